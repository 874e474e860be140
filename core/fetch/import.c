/*
 *     file -> 16 KiB -> worker (frames, steps) -> a transaction -> next
 *
 * The pieces are small, so that people's commands get their turn between two
 * transactions.  What was read is in the database together with the position
 * after it: after a crash nothing is missing and nothing is there twice.
 */
#include "fetch/import.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/fetch_part.h"
#include "storage/import.h"
#include "storage/ingest.h"

#define PIECE ((size_t)16 << 10)
#define HEAD ((size_t)4096)             /* by which a file is known again */
#define CURSOR_MAX ((size_t)64 << 10)

enum import_state { IMPORT_WAITS, IMPORT_RUNS, IMPORT_DONE, IMPORT_FAILED };

struct import {
	struct import *next;
	struct fetch *fetch;
	struct fsource *source;
	enum import_state state;
	bool busy, stopped;             /* somebody will call back */
	char *path, *key;
	int fd;
	int64_t size, at;
	bool end;
	struct worker *worker;
	const struct plugin_info *info;
	struct json_object *settings;
	struct kp_pair *pairs;
	size_t npairs;
	struct buf cursor;
	int64_t posts, known, bad;
	char error[256];
	/* for the writer */
	struct step *step;
	struct ingest_result result;
	char piece[PIECE];
};

static void
import_free(struct import *im)
{
	if (im->fd != -1)
		close(im->fd);
	worker_free(im->worker);
	step_free(im->step);
	json_object_put(im->settings);
	free(im->pairs);
	buf_fini(&im->cursor);
	free(im->path);
	free(im->key);
	free(im);
}

/* The state stays to be asked for; the source is free again. */
static void
finish(struct import *im, enum import_state state)
{
	im->state = state;
	if (im->fd != -1)
		close(im->fd);
	im->fd = -1;
	/* Not from within the worker's callback: at the end, or when reused. */
	im->source->importing = false;
	fetch_refresh(im->source);
	fetch_turn(im->source);
}

static void
fail(struct import *im, const char *what)
{
	snprintf(im->error, sizeof(im->error), "%s", what);
	finish(im, IMPORT_FAILED);
}

/* True: we were stopped meanwhile, and ${im} is gone. */
static bool
was_stopped(struct import *im)
{
	im->busy = false;
	if (!im->stopped)
		return false;
	im->worker = NULL;              /* freed by who stopped us */
	import_free(im);
	return true;
}

static void feed(struct import *);

static int
run_store(struct db *db, void *arg, struct err *err)
{
	struct import *im = arg;
	struct step *step = im->step;
	struct ingest_ctx ctx = { .now = clock_now(), .keys = im->fetch->keys,
		.config = im->fetch->config, .job = KP_IMPORT,
		.event = im->end ? KP_END : KP_DATA, .heard = true,
		.abilities = im->info->abilities, .replies_in_poll = true };
	bool cursor = step->has_cursor;
	int r;

	/* The position belongs to the file, not to what the source polls. */
	step->has_cursor = false;
	r = ingest_step(db, im->source->id, &ctx, step, &im->result, err);
	step->has_cursor = cursor;
	if (r == 0 && cursor && step->fail == 0)
		r = import_put(db, im->key, (struct str){ step->cursor.p,
		    step->cursor.n }, err);
	return r;
}

static void
on_stored(void *arg, int result, const struct err *err)
{
	struct import *im = arg;
	struct step *step = im->step;

	if (was_stopped(im))
		return;
	if (result == -1) {
		fail(im, err->text);
		return;
	}
	fetch_count(&im->result);
	im->posts += im->result.added;
	im->known += (int64_t)step->nposts - im->result.added;
	im->bad += (int64_t)step->nbads;
	if (step->has_cursor) {
		buf_reset(&im->cursor);
		buf_add(&im->cursor, step->cursor.p, step->cursor.n);
	}
	if (step->fail != 0) {
		char *text = str_dup((struct str){ step->fail_text.p,
			step->fail_text.n });

		fail(im, text);
		free(text);
		return;
	}
	step_free(step);
	im->step = NULL;
	if (im->end)
		finish(im, IMPORT_DONE);
	else
		feed(im);
}

static void
on_fed(void *arg, struct step *step, const struct err *err)
{
	struct import *im = arg;

	if (was_stopped(im)) {
		step_free(step);
		return;
	}
	if (step == NULL) {
		count_add(COUNT_STEPS_LOST, 1);
		fail(im, err->text);
		return;
	}
	im->step = step;
	im->busy = true;
	writer_post(im->fetch->writer, WRITER_BULK, run_store, im,
	    im->fetch->loop, on_stored);
}

static struct kp_str
kp(struct str s)
{
	return (struct kp_str){ s.p, s.n };
}

static void
feed(struct import *im)
{
	uint8_t seed[32];
	struct kp_in in = { .size = sizeof(in), .job = KP_IMPORT,
		.event = im->at == 0 ? KP_START : KP_DATA,
		.now = clock_now(), .seed = seed,
		.source = kp(str_of(im->source->row.target)),
		.settings = im->pairs, .nsettings = im->npairs,
		.cursor = kp(buf_get(&im->cursor)) };
	ssize_t n;

	do
		n = read(im->fd, im->piece, sizeof(im->piece));
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		fail(im, strerror(errno));
		return;
	}
	im->at += n;
	im->end = n == 0;
	im->busy = true;
	randombytes_buf(seed, sizeof(seed));
	worker_feed(im->worker, &in, (struct kp_str){ im->piece, (size_t)n },
	    im->end, on_fed, im);
}

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct import *im = arg;

	if (was_stopped(im))
		return;
	if (info == NULL) {
		fail(im, err->text);
		return;
	}
	if (!(info->jobs & KP_CAN(KP_IMPORT))) {
		fail(im, "this source's plugin cannot import files");
		return;
	}
	im->info = info;
	im->pairs = job_settings(info, im->settings, &im->npairs);
	feed(im);
}

/* A file is known by how it begins: it may have grown since. */
static int
know_again(struct import *im, struct err *err)
{
	unsigned char hash[16];
	char head[HEAD], hex[33];
	ssize_t n = pread(im->fd, head, sizeof(head), 0);

	if (n == -1)
		return err_errno(err, errno, "%s", im->path);
	crypto_generichash(hash, sizeof(hash), (unsigned char *)head,
	    (unsigned long long)n, NULL, 0);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	im->key = xasprintf("import:%" PRId64 ":%s", im->source->id, hex);
	return import_get(im->fetch->db, im->key, &im->cursor, err);
}

static int
open_file(struct import *im, struct err *err)
{
	struct stat st;

	im->fd = open(im->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (im->fd == -1 || fstat(im->fd, &st) == -1)
		return err_errno(err, errno, "%s", im->path);
	if (!S_ISREG(st.st_mode))
		return err_set_code(err, ERR_INVALID, "%s is no file",
		    im->path);
	im->size = st.st_size;
	return know_again(im, err);
}

static struct import *
find(struct fetch *fetch, const struct fsource *source)
{
	struct import *im;

	for (im = fetch->imports; im != NULL; im = im->next) {
		if (im->source == source)
			return im;
	}
	return NULL;
}

static void
forget(struct fetch *fetch, struct import *gone)
{
	struct import **at = &fetch->imports;

	while (*at != NULL && *at != gone)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	*at = gone->next;
	import_free(gone);
}

void
import_turn(struct fsource *s)
{
	struct import *im = find(s->fetch, s);
	struct worker_options options = worker_defaults;

	if (im == NULL || im->state != IMPORT_WAITS || s->job != NULL)
		return;
	s->importing = true;
	schedule_remove(&s->fetch->schedule, &s->item);
	im->state = IMPORT_RUNS;
	options.program = s->fetch->config->worker;
	options.plugins_dir = s->fetch->config->plugins_dir;
	im->worker = worker_new(s->fetch->loop, &options, s->row.plugin);
	im->busy = true;
	worker_hello(im->worker, on_hello, im);
}

static int
run_forget_errors(struct db *db, void *arg, struct err *err)
{
	return import_errors_forget(db, *(int64_t *)arg, err);
}

static int
start(struct fetch *fetch, struct fsource *s, struct json_object *args,
    struct err *err)
{
	struct import *im = find(fetch, s);

	if (im != NULL && (im->state == IMPORT_WAITS ||
	    im->state == IMPORT_RUNS))
		return err_set_code(err, ERR_BUSY, "source %s is importing %s",
		    s->row.name, im->path);
	if (im != NULL)
		forget(fetch, im);
	im = xcalloc(1, sizeof(*im));
	im->fetch = fetch;
	im->source = s;
	im->fd = -1;
	im->path = str_dup(json_get_str(args, "path"));
	buf_init(&im->cursor, CURSOR_MAX);
	(void)json_parse(str_of(s->row.settings), &im->settings, err);
	if (open_file(im, err) == -1 || writer_do(fetch->writer, WRITER_NOW,
	    run_forget_errors, &s->id, err) == -1) {
		import_free(im);
		return -1;
	}
	im->next = fetch->imports;
	fetch->imports = im;
	import_turn(s);
	return 0;
}

static struct json_object *
state_json(const struct import *im)
{
	static const char *const names[] = { "waits", "runs", "done",
		"failed" };
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "state", names[im->state]);
	json_put_cstr(o, "path", im->path);
	json_put_i64(o, "bytes", im->at);
	json_put_i64(o, "size", im->size);
	json_put_i64(o, "posts_new", im->posts);
	json_put_i64(o, "posts_known", im->known);
	json_put_i64(o, "bad", im->bad);
	json_put_cstr(o, "error", im->error[0] != '\0' ? im->error : NULL);
	return o;
}

int
import_command(struct fetch *fetch, const char *name,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	bool starts = strcmp(name, "import.start") == 0;
	struct fsource *s;
	struct import *im;
	char *source;

	if (!starts && strcmp(name, "import.state") != 0)
		return 1;
	source = str_dup(json_get_str(args, "source"));
	s = fetch_source(fetch, source);
	if (s == NULL) {
		err_set_code(err, ERR_NOT_FOUND, "there is no source %s",
		    source);
		free(source);
		return -1;
	}
	free(source);
	if (starts && start(fetch, s, args, err) == -1)
		return -1;
	im = find(fetch, s);
	if (im == NULL)
		return err_set_code(err, ERR_NOT_FOUND,
		    "source %s imports nothing", s->row.name);
	*ret = state_json(im);
	return 0;
}

void
imports_stop(struct fetch *fetch)
{
	struct import *im;

	while ((im = fetch->imports) != NULL) {
		fetch->imports = im->next;
		im->stopped = true;
		if (im->busy && im->step == NULL) {
			/* The worker's end calls back with an error. */
			struct worker *worker = im->worker;

			worker_free(worker);
		} else if (im->busy) {
			worker_free(im->worker);
			im->worker = NULL;      /* on_stored() buries it */
		} else
			import_free(im);
	}
}
