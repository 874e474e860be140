/*
 * Key files: "lasting.key", and for each epoch "epoch-NUMBER-SINCE.key" with
 * the time at which it began, 32 random bytes each.  A file appears whole or
 * not at all (written aside, synced, renamed); a pseudonym is never given
 * before the key behind it is on the disk.
 */
#include "storage/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define KEY_SIZE crypto_generichash_KEYBYTES
#define HASH_SIZE 16

struct epoch {
	int64_t number, since;
	unsigned char key[KEY_SIZE];
};

struct keys {
	char *dir;
	unsigned char lasting[KEY_SIZE];
	struct epoch *epochs;           /* by number, rising */
	size_t n, room;
};

static int
key_read(int dir, const char *name, unsigned char key[KEY_SIZE],
    struct err *err)
{
	struct stat st;
	int fd, r = -1;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_errno(err, errno, "cannot open key %s", name);
	if (fstat(fd, &st) == -1)
		err_errno(err, errno, "key %s", name);
	else if ((st.st_mode & 077) != 0)
		err_set_code(err, ERR_DENIED,
		    "key %s can be read by others: chmod 600 it", name);
	else if (read(fd, key, KEY_SIZE) != (ssize_t)KEY_SIZE)
		err_set_code(err, ERR_CORRUPT, "key %s is cut off", name);
	else
		r = 0;
	close(fd);
	return r;
}

static int
key_make(int dir, const char *name, unsigned char key[KEY_SIZE],
    struct err *err)
{
	static const char aside[] = "new.tmp";
	int fd, r = -1;

	randombytes_buf(key, KEY_SIZE);
	if (unlinkat(dir, aside, 0) == -1 && errno != ENOENT)
		return err_errno(err, errno, "cannot remove %s", aside);
	fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_errno(err, errno, "cannot make key %s", name);
	if (write(fd, key, KEY_SIZE) != (ssize_t)KEY_SIZE || fsync(fd) == -1 ||
	    renameat(dir, aside, dir, name) == -1 || fsync(dir) == -1)
		err_errno(err, errno, "cannot write key %s", name);
	else
		r = 0;
	close(fd);
	return r;
}

static struct epoch *
epoch_find(const struct keys *keys, int64_t number)
{
	size_t lo = 0, hi = keys->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (keys->epochs[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < keys->n && keys->epochs[lo].number == number ?
	    &keys->epochs[lo] : NULL;
}

static int
epoch_order(const void *a, const void *b)
{
	const struct epoch *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void
epoch_name(const struct epoch *e, char name[64])
{
	snprintf(name, 64, "epoch-%" PRId64 "-%" PRId64 ".key", e->number,
	    e->since);
}

/* 0: read; 1: not the name of an epoch's key; -1. */
static int
epoch_read(struct keys *keys, int dir, const char *name, struct err *err)
{
	struct str rest = str_of(name), number, since;
	struct epoch e;

	if (!str_starts(rest, STR("epoch-")) || rest.n < 11 ||
	    strcmp(name + rest.n - 4, ".key") != 0)
		return 1;
	rest = (struct str){ name + 6, rest.n - 10 };
	number = str_cut(&rest, '-');
	since = rest;
	if (str_to_i64(number, 1, INT64_MAX, &e.number) == -1 ||
	    str_to_i64(since, 0, INT64_MAX, &e.since) == -1)
		return 1;
	if (key_read(dir, name, e.key, err) == -1)
		return -1;
	vec_grow(keys->epochs, keys->n, keys->room);
	keys->epochs[keys->n++] = e;
	sodium_memzero(&e, sizeof(e));
	return 0;
}

static int
keys_read(struct keys *keys, int fd, struct err *err)
{
	struct dirent *entry;
	int copy = dup(fd), r = 0;
	DIR *dir = copy == -1 ? NULL : fdopendir(copy);

	if (dir == NULL) {
		if (copy != -1)
			close(copy);
		return err_errno(err, errno, "cannot read the folder");
	}
	while (r != -1 && (entry = readdir(dir)) != NULL)
		r = epoch_read(keys, fd, entry->d_name, err);
	closedir(dir);
	if (keys->n > 0)
		qsort(keys->epochs, keys->n, sizeof(*keys->epochs),
		    epoch_order);
	return r == -1 ? -1 : 0;
}

static int
dir_open(const char *path, struct err *err)
{
	int fd;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return err_errno(err, errno, "cannot make the folder");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return err_errno(err, errno, "cannot open the folder");
	return fd;
}

int
keys_open(const char *path, struct keys **ret, struct err *err)
{
	static const char lasting[] = "lasting.key";
	struct keys *keys = NULL;
	int dir, r = -1;

	if (sodium_init() == -1)
		return err_set(err, "libsodium does not start");
	dir = dir_open(path, err);
	if (dir == -1)
		goto out;
	keys = xcalloc(1, sizeof(*keys));
	keys->dir = xstrdup(path);
	if (faccessat(dir, lasting, F_OK, 0) == 0)
		r = key_read(dir, lasting, keys->lasting, err);
	else
		r = key_make(dir, lasting, keys->lasting, err);
	if (r == 0)
		r = keys_read(keys, dir, err);
	if (r == 0) {
		*ret = keys;
		keys = NULL;
	}
	close(dir);
out:
	if (r == -1)
		err_prefix(err, "%s", path);
	keys_close(keys);
	return r;
}

void
keys_close(struct keys *keys)
{
	if (keys == NULL)
		return;
	if (keys->epochs != NULL)
		sodium_memzero(keys->epochs,
		    keys->room * sizeof(*keys->epochs));
	sodium_memzero(keys->lasting, sizeof(keys->lasting));
	free(keys->epochs);
	free(keys->dir);
	free(keys);
}

int
keys_epoch(struct keys *keys, int64_t now, int64_t epoch_ms, int64_t *ret,
    struct err *err)
{
	struct epoch *newest = keys->n == 0 ? NULL :
	    &keys->epochs[keys->n - 1];
	struct epoch e;
	char name[64];
	int dir, r;

	if (newest != NULL && now - newest->since < epoch_ms) {
		*ret = newest->number;
		return 0;
	}
	e.number = newest == NULL ? 1 : newest->number + 1;
	e.since = now;
	epoch_name(&e, name);
	dir = dir_open(keys->dir, err);
	r = dir == -1 ? -1 : key_make(dir, name, e.key, err);
	if (dir != -1)
		close(dir);
	if (r == -1) {
		err_prefix(err, "%s", keys->dir);
		return -1;
	}
	vec_grow(keys->epochs, keys->n, keys->room);
	keys->epochs[keys->n++] = e;
	sodium_memzero(&e, sizeof(e));
	*ret = keys->epochs[keys->n - 1].number;
	return 0;
}

int64_t
keys_next(const struct keys *keys, int64_t after)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (keys->epochs[i].number > after)
			return keys->epochs[i].number;
	return 0;
}

bool
keys_has(const struct keys *keys, int64_t epoch)
{
	return epoch_find(keys, epoch) != NULL;
}

/*
 * On journals and flash the old bytes may outlive being overwritten; what
 * keeps them from being read there is the disk's own encryption.
 */
int
keys_destroy(struct keys *keys, int64_t number, struct err *err)
{
	static const unsigned char zeros[KEY_SIZE];
	struct epoch *e = epoch_find(keys, number);
	char name[64], *path;
	int fd, r = -1;

	if (e == NULL)
		return 0;
	epoch_name(e, name);
	path = xasprintf("%s/%s", keys->dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno != ENOENT) {
		err_errno(err, errno, "cannot open %s", path);
		goto out;
	}
	if (fd != -1 && (write(fd, zeros, KEY_SIZE) == -1 ||
	    fsync(fd) == -1 || unlink(path) == -1)) {
		err_errno(err, errno, "cannot destroy %s", path);
		goto out;
	}
	keys->n--;
	memmove(e, e + 1, (size_t)(keys->epochs + keys->n - e) * sizeof(*e));
	sodium_memzero(&keys->epochs[keys->n], sizeof(*e));
	r = 0;
out:
	if (fd != -1)
		close(fd);
	free(path);
	return r;
}

static void
hash_i64(crypto_generichash_state *st, int64_t value)
{
	unsigned char b[8];
	int i;

	for (i = 0; i < 8; i++)
		b[i] = (unsigned char)((uint64_t)value >> (8 * i));
	crypto_generichash_update(st, b, sizeof(b));
}

static void
hash_str(crypto_generichash_state *st, struct str s)
{
	/* With its length, so that ("ab", "c") is not ("a", "bc"). */
	hash_i64(st, (int64_t)s.n);
	if (s.n > 0)
		crypto_generichash_update(st, (const unsigned char *)s.p, s.n);
}

static void
hash_begin(crypto_generichash_state *st, const unsigned char key[KEY_SIZE],
    const char *purpose)
{
	crypto_generichash_init(st, key, KEY_SIZE, HASH_SIZE);
	hash_str(st, str_of(purpose));
}

static void
hash_end(crypto_generichash_state *st, char hex[KEYS_HEX_SIZE])
{
	unsigned char hash[HASH_SIZE];

	crypto_generichash_final(st, hash, sizeof(hash));
	sodium_bin2hex(hex, KEYS_HEX_SIZE, hash, sizeof(hash));
}

bool
keys_pseudonym(const struct keys *keys, int64_t epoch, int64_t place,
    struct str author, char hex[KEYS_HEX_SIZE])
{
	const struct epoch *e = epoch_find(keys, epoch);
	crypto_generichash_state st;

	if (e == NULL)
		return false;
	hash_begin(&st, e->key, "author");
	hash_i64(&st, place);
	hash_str(&st, author);
	hash_end(&st, hex);
	return true;
}

void
keys_text(const struct keys *keys, struct str title, struct str text,
    char hex[KEYS_HEX_SIZE])
{
	crypto_generichash_state st;

	hash_begin(&st, keys->lasting, "text");
	hash_str(&st, title);
	hash_str(&st, text);
	hash_end(&st, hex);
}

void
keys_post(const struct keys *keys, int64_t place, struct str ext,
    char hex[KEYS_HEX_SIZE])
{
	crypto_generichash_state st;

	hash_begin(&st, keys->lasting, "post");
	hash_i64(&st, place);
	hash_str(&st, ext);
	hash_end(&st, hex);
}
