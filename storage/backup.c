/*
 * Both directions write a file aside and rename it when it is good, so that
 * whatever stops them leaves the old state.
 */
#include "storage/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "storage/check.h"
#include "storage/db.h"
#include "storage/lock.h"
#include "storage/migrate.h"

/* Make a rename in the folder of ${path} last. */
static int
sync_folder(const char *path, struct err *err)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');
	int fd, r = -1;

	if (slash != NULL)
		slash[slash == dir] = '\0';
	fd = open(slash == NULL ? "." : dir, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fsync(fd) == -1)
		err_errno(err, errno, "cannot sync the folder of %s", path);
	else
		r = 0;
	if (fd != -1)
		close(fd);
	free(dir);
	return r;
}

/* A database file and what SQLite and the lock put beside it. */
static void
remove_all(const char *path)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal",
		".lock" };
	size_t k;

	for (k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
		char *name = xasprintf("%s%s", path, tails[k]);

		unlink(name);
		free(name);
	}
}

int
backup_make(struct db *db, const char *file,
    void (*progress)(void *, int64_t, int64_t), void *arg, struct err *err)
{
	char *aside = xasprintf("%s.part", file);
	bool begun = false;
	int64_t have;
	int r = -1;

	if (access(file, F_OK) == 0) {
		err_set_code(err, ERR_CONFLICT, "%s exists", file);
		goto out;
	}
	remove_all(aside);
	/* One snapshot for all of it; it begins with the first reading. */
	if (db_begin(db, err) == -1)
		goto out;
	begun = true;
	if (migrate_version(db, &have, err) == -1 ||
	    db_copy(db, aside, progress, arg, err) == -1)
		goto out;
	if (rename(aside, file) == -1) {
		err_errno(err, errno, "cannot rename %s", aside);
		goto out;
	}
	r = sync_folder(file, err);
out:
	if (begun)
		db_rollback(db);
	if (r == -1)
		remove_all(aside);
	free(aside);
	return r;
}

static void
first_fault(void *arg, const char *fault)
{
	char *text = arg;

	if (text[0] == '\0')
		snprintf(text, 128, "%s", fault);
}

/* A sound copy of ${file} as ${aside}. */
static int
restore_copy(const char *file, const char *aside, struct err *err)
{
	struct check_counts counts;
	char fault[128] = "";
	struct db *db = NULL;
	int64_t faults;
	int r = -1;

	if (db_open(file, DB_READ, &db, err) == -1)
		return -1;
	faults = check_run(db, first_fault, fault, &counts, err);
	if (faults > 0)
		err_set_code(err, ERR_CORRUPT, "%s is damaged: %s", file,
		    fault);
	else if (faults == 0)
		r = db_copy(db, aside, NULL, NULL, err);
	db_close(db);
	return r;
}

/* The schema of today, and replies that nobody can be sure of. */
static int
restore_prepare(const char *aside, int64_t now, int64_t *unclear,
    struct err *err)
{
	struct db *db = NULL;
	struct stmt *q;
	int r = -1;

	if (db_open(aside, DB_WRITE, &db, err) == -1)
		return -1;
	if (migrate_up(db, err) == -1)
		goto out;
	q = db_stmt(db, Q_RESTORE_UNCLEAR);
	stmt_bind_i64(q, ":now", now);
	*unclear = stmt_run(q, err);
	if (*unclear != -1)
		r = db_settle(db, err) == -1 ? -1 : 0;
out:
	db_close(db);
	return r;
}

/* The old file and its WAL, under another name. */
static int
restore_put_aside(const char *database, int64_t now,
    struct backup_restored *ret, struct err *err)
{
	char *wal = xasprintf("%s-wal", database),
	    *shm = xasprintf("%s-shm", database), *wal_aside = NULL;
	int r = -1;

	ret->aside[0] = '\0';
	if (access(database, F_OK) == -1) {
		r = 0;
		goto out;
	}
	snprintf(ret->aside, sizeof(ret->aside), "%s.before-%" PRId64,
	    database, now / 1000);
	wal_aside = xasprintf("%s-wal", ret->aside);
	if ((rename(wal, wal_aside) == -1 && errno != ENOENT) ||
	    rename(database, ret->aside) == -1) {
		err_errno(err, errno, "cannot put %s aside", database);
		goto out;
	}
	unlink(shm);
	r = 0;
out:
	free(wal);
	free(shm);
	free(wal_aside);
	return r;
}

int
backup_restore(const char *file, const char *database, int64_t now,
    struct backup_restored *ret, struct err *err)
{
	char *aside = xasprintf("%s.restore", database);
	int lock = -1, r = -1;

	if (lock_take(database, &lock, err) == -1)
		goto out;
	remove_all(aside);
	if (restore_copy(file, aside, err) == -1 ||
	    restore_prepare(aside, now, &ret->unclear, err) == -1 ||
	    restore_put_aside(database, now, ret, err) == -1)
		goto out;
	if (rename(aside, database) == -1) {
		err_errno(err, errno, "cannot rename %s", aside);
		goto out;
	}
	r = sync_folder(database, err);
out:
	remove_all(aside);
	lock_drop(lock);
	free(aside);
	return r;
}
