/*
 * Elements of JSON arrays, cut from a stream of any length by yajl.
 *
 *      bytes -> filter -> yajl -> events -> where are we? -> a record's JSON
 *
 * The filter turns \xNN, which is no JSON but what Telegram Desktop writes for
 * control characters, into \u00NN, and bounds what yajl would have to hold in
 * one piece (a text or number).  The position is a stack of frames; each knows
 * which of the paths still fit.  Within a record the events are written out
 * again, so a record is compact, well-formed JSON.
 */
#include "parse/frame_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "base/buf.h"
#include "base/mem.h"

#define PATHS_MAX 8
#define SEGMENTS_MAX 8
#define DEPTH_MAX 64            /* within a record */
#define NESTING_MAX 1000        /* of the whole file */
#define TOKEN_MAX ((size_t)4 << 20)

struct path {
	struct str segments[SEGMENTS_MAX];      /* "[]": any element */
	size_t n;
};

/* An object or array that may lead to records. */
struct frame {
	bool array, records;
	unsigned fits;          /* paths that fit so far: bit i for path i */
	unsigned next;          /* of them, those that the coming value fits */
	yajl_gen context;       /* of an object: its plain members so far */
};

struct frame_json {
	const struct framer_calls *calls;
	void *arg;
	struct path paths[PATHS_MAX];
	size_t npaths;
	char *names;            /* for error messages */

	yajl_handle yajl;
	struct frame stack[SEGMENTS_MAX + 2];
	size_t depth;           /* of stack */
	size_t skipping;        /* containers below it that lead nowhere */
	bool found;
	struct str context;     /* of the open array of records */
	struct buf key;         /* of the member that comes */

	yajl_gen record;        /* NULL: not within one */
	size_t record_depth;
	const char *record_bad;
	int64_t number;

	/* The filter. */
	uint64_t at;            /* bytes of the stream that yajl has seen */
	uint64_t marked;        /* of them, byte order mark */
	bool in_text, escaped;
	size_t token;           /* bytes of the open text, number or word */
	const char *limit;      /* what was overstepped */
};

static void
path_parse(struct path *path, struct str s)
{
	while (s.p != NULL && s.n > 0 && path->n < SEGMENTS_MAX) {
		struct str part = str_cut(&s, '.');
		bool any = part.n > 2 && memcmp(part.p + part.n - 2, "[]",
		    2) == 0;

		if (any)
			part.n -= 2;
		path->segments[path->n++] = part;
		if (any && path->n < SEGMENTS_MAX)
			path->segments[path->n++] = STR("[]");
	}
}

/* Paths that end after ${n} segments. */
static unsigned
ended(const struct frame_json *f, unsigned fits, size_t n)
{
	unsigned result = 0;
	size_t i;

	for (i = 0; i < f->npaths; i++) {
		if ((fits & 1u << i) != 0 && f->paths[i].n == n)
			result |= 1u << i;
	}
	return result;
}

/* Of the paths ${fits}, those whose segment ${n} is ${name}. */
static unsigned
narrow(const struct frame_json *f, unsigned fits, size_t n, struct str name)
{
	unsigned result = 0;
	size_t i;

	for (i = 0; i < f->npaths; i++) {
		if ((fits & 1u << i) != 0 && n < f->paths[i].n &&
		    str_eq(f->paths[i].segments[n], name))
			result |= 1u << i;
	}
	return result;
}

/* Records. */

static void
record_begin(struct frame_json *f)
{
	f->number++;
	f->record = yajl_gen_alloc(NULL);
	if (f->record == NULL)
		abort();
	f->record_depth = 0;
	f->record_bad = NULL;
}

static void
record_end(struct frame_json *f)
{
	const unsigned char *p;
	size_t n;

	(void)yajl_gen_get_buf(f->record, &p, &n);
	if (f->record_bad == NULL && n > FRAME_RECORD_MAX)
		f->record_bad = "it is larger than 1 MiB";
	if (f->record_bad != NULL) {
		f->calls->bad(f->arg, f->number, f->record_bad);
	} else {
		const struct kp_record record = { .number = f->number,
			.bytes = { (const char *)p, n },
			.context = { f->context.p, f->context.n } };

		f->calls->record(f->arg, &record);
	}
	yajl_gen_free(f->record);
	f->record = NULL;
}

/*
 * Before a value of a record is written: whether to write it.  A bad record
 * is followed to its end, but no longer kept.
 */
static bool
record_takes(struct frame_json *f)
{
	const unsigned char *p;
	size_t n;

	if (f->record_bad != NULL)
		return false;
	(void)yajl_gen_get_buf(f->record, &p, &n);
	if (n > FRAME_RECORD_MAX)
		f->record_bad = "it is larger than 1 MiB";
	else if (f->record_depth > DEPTH_MAX)
		f->record_bad = "it nests deeper than 64 levels";
	if (f->record_bad != NULL)
		yajl_gen_clear(f->record);
	return f->record_bad == NULL;
}

/* The position. */

static struct frame *
top(struct frame_json *f)
{
	return f->depth == 0 ? NULL : &f->stack[f->depth - 1];
}

/* Paths that the value which begins now fits. */
static unsigned
coming(struct frame_json *f)
{
	const struct frame *t = top(f);

	if (t == NULL)
		return (1u << f->npaths) - 1;
	return t->next;
}

/* Whether a value that begins now belongs to a record; begins one. */
static bool
in_record(struct frame_json *f)
{
	const struct frame *t = top(f);

	if (f->record == NULL && f->skipping == 0 && t != NULL && t->records)
		record_begin(f);
	return f->record != NULL;
}

/* The members that stood before the array, as an object. */
static void
context_take(struct frame_json *f)
{
	const struct frame *t = top(f);
	const unsigned char *p;
	size_t n;
	char *copy;

	f->context = STR_NONE;
	if (t == NULL || t->context == NULL)
		return;
	(void)yajl_gen_get_buf(t->context, &p, &n);
	copy = xcalloc(1, n + 2);
	memcpy(copy, p, n);
	copy[n] = '}';
	f->context = (struct str){ copy, n + 1 };
}

static int
push(struct frame_json *f, bool array)
{
	unsigned fits = coming(f);
	size_t at = f->depth;
	struct frame *t;

	if (f->skipping > 0 || fits == 0) {
		if (++f->skipping > NESTING_MAX) {
			f->limit = "deeper than 1000 levels";
			return 0;
		}
		return 1;
	}
	t = &f->stack[f->depth];
	*t = (struct frame){ .array = array, .fits = fits };
	if (array) {
		t->records = ended(f, fits, at) != 0;
		t->next = narrow(f, fits, at, STR("[]"));
		if (t->records) {
			context_take(f);
			f->found = true;
		}
	} else {
		t->context = yajl_gen_alloc(NULL);
		if (t->context == NULL)
			abort();
		yajl_gen_map_open(t->context);
	}
	f->depth++;
	return 1;
}

static void
pop(struct frame_json *f)
{
	struct frame *t;

	if (f->skipping > 0) {
		f->skipping--;
		return;
	}
	t = top(f);
	if (t->context != NULL)
		yajl_gen_free(t->context);
	if (t->records) {
		free((char *)f->context.p);
		f->context = STR_NONE;
	}
	f->depth--;
}

/* yajl's events. */

/*
 * Where a scalar of ${n} bytes is to be written: into its record, or, as a
 * plain member of an object on the way, into the context while that is small;
 * NULL: nowhere.
 */
static yajl_gen
scalar_to(struct frame_json *f, size_t n)
{
	struct frame *t = top(f);
	const unsigned char *p;
	size_t has;

	if (in_record(f))
		return record_takes(f) ? f->record : NULL;
	if (f->skipping > 0 || t == NULL || t->context == NULL || f->key.failed)
		return NULL;
	(void)yajl_gen_get_buf(t->context, &p, &has);
	if (has + f->key.n + n > FRAME_CONTEXT_MAX)
		return NULL;
	(void)yajl_gen_string(t->context, (const unsigned char *)f->key.p,
	    f->key.n);
	return t->context;
}

static void
scalar_done(struct frame_json *f)
{
	if (f->record != NULL && f->record_depth == 0)
		record_end(f);
}

static int
on_null(void *arg)
{
	struct frame_json *f = arg;

	if (in_record(f) && record_takes(f))
		(void)yajl_gen_null(f->record);
	scalar_done(f);
	return 1;
}

static int
on_boolean(void *arg, int value)
{
	struct frame_json *f = arg;
	yajl_gen to = scalar_to(f, sizeof("false"));

	if (to != NULL)
		(void)yajl_gen_bool(to, value);
	scalar_done(f);
	return 1;
}

static int
on_number(void *arg, const char *p, size_t n)
{
	struct frame_json *f = arg;
	yajl_gen to = scalar_to(f, n);

	if (to != NULL)
		(void)yajl_gen_number(to, p, n);
	scalar_done(f);
	return 1;
}

static int
on_string(void *arg, const unsigned char *p, size_t n)
{
	struct frame_json *f = arg;
	yajl_gen to = scalar_to(f, n);

	if (to != NULL)
		(void)yajl_gen_string(to, p, n);
	scalar_done(f);
	return 1;
}

static int
on_key(void *arg, const unsigned char *p, size_t n)
{
	struct frame_json *f = arg;
	struct frame *t = top(f);

	if (f->record != NULL) {
		if (record_takes(f))
			(void)yajl_gen_string(f->record, p, n);
	} else if (f->skipping == 0) {
		t->next = narrow(f, t->fits, f->depth - 1,
		    (struct str){ (const char *)p, n });
		buf_reset(&f->key);
		(void)buf_add(&f->key, p, n);
	}
	return 1;
}

static int
begins(struct frame_json *f, bool array)
{
	if (!in_record(f))
		return push(f, array);
	if (record_takes(f))
		(void)(array ? yajl_gen_array_open(f->record) :
		    yajl_gen_map_open(f->record));
	if (++f->record_depth > NESTING_MAX) {
		f->limit = "more than 1000 levels";
		return 0;
	}
	return 1;
}

static int
ends(struct frame_json *f, bool array)
{
	if (f->record == NULL) {
		pop(f);
		return 1;
	}
	if (f->record_bad == NULL)
		(void)(array ? yajl_gen_array_close(f->record) :
		    yajl_gen_map_close(f->record));
	f->record_depth--;
	scalar_done(f);
	return 1;
}

static int
on_map(void *arg)
{
	return begins(arg, false);
}

static int
on_map_end(void *arg)
{
	return ends(arg, false);
}

static int
on_array(void *arg)
{
	return begins(arg, true);
}

static int
on_array_end(void *arg)
{
	return ends(arg, true);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_map_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

struct frame_json *
frame_json_new(const struct kp_framing *framings, size_t n,
    const struct framer_calls *calls, void *arg)
{
	struct frame_json *f = xcalloc(1, sizeof(*f));
	struct buf names;

	f->calls = calls;
	f->arg = arg;
	buf_init(&f->key, 256);
	buf_init(&names, 200);
	for (; f->npaths < n && f->npaths < PATHS_MAX; f->npaths++) {
		struct str path = str_of(framings[f->npaths].path);

		path_parse(&f->paths[f->npaths], path);
		(void)buf_printf(&names, "%s`%.*s'", f->npaths == 0 ? "" :
		    " or ", STR_ARG(path));
	}
	f->names = buf_take(&names);
	f->yajl = yajl_alloc(&callbacks, NULL, f);
	if (f->yajl == NULL)
		abort();
	return f;
}

void
frame_json_free(struct frame_json *f)
{
	if (f == NULL)
		return;
	f->skipping = 0;
	while (f->depth > 0)
		pop(f);
	if (f->record != NULL)
		yajl_gen_free(f->record);
	yajl_free(f->yajl);
	buf_fini(&f->key);
	free(f->names);
	free(f);
}

/* yajl's words, without its line end. */
static int
corrupt(struct frame_json *f, struct err *err)
{
	uint64_t at = f->at + yajl_get_bytes_consumed(f->yajl);
	unsigned char *told;

	if (f->limit != NULL)
		return err_set_code(err, ERR_INVALID, "byte %" PRIu64 ": %s",
		    at, f->limit);
	told = yajl_get_error(f->yajl, 0, NULL, 0);
	err_set_code(err, ERR_INVALID, "byte %" PRIu64 ": %.*s", at,
	    (int)strcspn((char *)told, "\n"), (char *)told);
	yajl_free_error(f->yajl, told);
	return -1;
}

static int
parse(struct frame_json *f, const char *p, size_t n, struct err *err)
{
	if (n > 0 && yajl_parse(f->yajl, (const unsigned char *)p, n) !=
	    yajl_status_ok)
		return corrupt(f, err);
	return 0;
}

/* Follow one byte; whether it is the x of a \x. */
static bool
follow(struct frame_json *f, char c)
{
	bool was_escaped = f->escaped;

	f->escaped = false;
	f->token++;
	if (f->in_text) {
		if (was_escaped)
			return c == 'x';
		if (c == '\\')
			f->escaped = true;
		else if (c == '"')
			f->in_text = false;
		return false;
	}
	if (c == '"')
		f->in_text = true;
	if (c == '"' || c == ',' || c == ':' || c == ' ' || c == '\n' ||
	    c == '[' || c == ']' || c == '{' || c == '}' || c == '\t' ||
	    c == '\r')
		f->token = 0;
	return false;
}

int
frame_json_feed(struct frame_json *f, struct str s, struct err *err)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t begin = 0, i;

	/* A byte order mark may come in pieces too. */
	while (begin < s.n && f->at < 3 && f->at == f->marked &&
	    s.p[begin] == mark[f->at]) {
		f->marked++;
		f->at++;
		begin++;
	}
	for (i = begin; i < s.n; i++) {
		bool x = follow(f, s.p[i]);

		if (f->token > TOKEN_MAX)
			return err_set_code(err, ERR_INVALID, "byte %" PRIu64
			    ": a text or number of more than 4 MiB",
			    f->at + (i - begin) + 1);
		if (!x)
			continue;
		if (parse(f, s.p + begin, i - begin, err) == -1 ||
		    parse(f, "u00", 3, err) == -1)
			return -1;
		f->at += i + 1 - begin;
		begin = i + 1;
	}
	if (parse(f, s.p + begin, s.n - begin, err) == -1)
		return -1;
	f->at += s.n - begin;
	return 0;
}

int
frame_json_end(struct frame_json *f, struct err *err)
{
	if (yajl_complete_parse(f->yajl) != yajl_status_ok)
		return err_set_code(err, ERR_INVALID,
		    "byte %" PRIu64 ": it ends in the middle", f->at);
	if (!f->found)
		return err_set_code(err, ERR_INVALID,
		    "it holds no list at %s", f->names);
	return 0;
}
