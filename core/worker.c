/*
 * kompan-worker: one plugin in its box.
 *
 *      kompan-worker PLUGINS_DIR NAME MEMORY_MAX PARENT
 *
 * It is started by kompan alone, with a socket as descriptor 3.  The order in
 * which it locks itself matters: everything that needs files (loading, charset
 * modules, hash seeds) happens between the two filters, and the plugin's own
 * code first runs after the first of them.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "parse/frame.h"
#include "parse/load.h"
#include "parse/out.h"
#include "parse/sandbox.h"
#include "parse/text.h"
#include "parse/wire.h"

#define WIRE_FD 3
#define READ_SIZE ((size_t)256 << 10)
#define BATCH_RECORDS 500
#define BATCH_BYTES ((size_t)8 << 20)
#define FEED_BADS_MAX 1000

struct worker {
	struct kp_plugin plugin;
	struct buf in, wire;    /* read and not yet served; to be written */
	struct out out;
	struct buf body, header;
	struct framer *framer;  /* of the open stream */
	/* The batch of records that is being gathered. */
	struct kp_in *now;
	struct kp_record records[BATCH_RECORDS];
	size_t nrecords;
	struct buf bytes;       /* they are offsets into it until it is full */
	struct buf cursor;      /* from which the next batch goes on */
	size_t bads;
};

#ifdef SANITIZED
/*
 * Leaks need ptrace to be found; crashes are the sandbox's to explain; the
 * limit stands in for RLIMIT_AS.
 */
__attribute__((visibility("default"))) const char *
__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0:handle_abort=0:handle_sigbus=0:"
	    "handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:"
	    "symbolize=0:allocator_may_return_null=1:max_allocation_size_mb=1024:"
	    "exitcode=113";
}
#endif

static void
write_all(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(WIRE_FD, p, n);

		if (done == -1 && errno == EINTR)
			continue;
		/* The core is gone: nobody is left to tell. */
		if (done <= 0)
			sandbox_exit(WORKER_OK);
		p += done;
		n -= (size_t)done;
	}
}

/* Called in a signal handler. */
static void
on_broke(int number, const char *name)
{
	char message[WIRE_BROKE_SIZE];

	write_all(message, wire_broke(message, number, name));
}

static void
refuse(const struct err *err)
{
	struct buf b;

	buf_init(&b, WIRE_OUT_MAX);
	wire_put_refused(&b, (struct kp_str){ err->text,
	    strlen(err->text) });
	write_all(b.p, b.n);
	sandbox_exit(WORKER_OK);
}

/* One whole message; its fields are borrowed until the next call. */
static uint8_t
read_message(struct worker *w, size_t *served, struct str *fields)
{
	static char chunk[READ_SIZE];
	struct err err = ERR_INIT;
	uint8_t type;
	int64_t whole;

	buf_shift(&w->in, *served);
	for (;;) {
		ssize_t n;

		whole = wire_message(buf_get(&w->in), WIRE_IN_MAX, &type,
		    fields, &err);
		if (whole == -1)
			sandbox_exit(WORKER_BROKEN_WIRE);
		if (whole > 0)
			break;
		n = read(WIRE_FD, chunk, sizeof(chunk));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			sandbox_exit(WORKER_OK);
		if (buf_add(&w->in, chunk, (size_t)n) == -1)
			sandbox_exit(WORKER_BROKEN_WIRE);
	}
	*served = (size_t)whole;
	return type;
}

/* Steps. */

static void
run_step(struct worker *w, struct kp_in *in)
{
	out_begin(&w->out, in->now);
	errno = 0;
	w->plugin.step(in, &w->out.api);
	if (!w->out.failed && w->wire.failed)
		out_error(&w->out, "it said more than %zu MiB in one step",
		    w->wire.max >> 20);
}

static void
end_step(struct worker *w)
{
	const char *error = w->out.error, *refused = sandbox_refused();
	char told[100] = "";

	/* What was said before the error counts as nothing anyway. */
	if (error[0] != '\0')
		buf_reset(&w->wire);
	if (refused != NULL)
		snprintf(told, sizeof(told), "it called %.20s(), which was "
		    "refused", refused);
	wire_put_step_end(&w->wire, (struct kp_str){ error, strlen(error) },
	    (struct kp_str){ told, strlen(told) });
	write_all(w->wire.p, w->wire.n);
	buf_reset(&w->wire);
}

static void
text_field(struct kp_str *s, struct buf *b)
{
	size_t before = b->n;
	struct str clean = text_clean((struct str){ s->p, s->n }, b);

	if (clean.p == b->p && b->n > before)
		clean = (struct str){ b->p + before, b->n - before };
	*s = (struct kp_str){ clean.p, clean.n };
}

/* Bodies and headers as text. */
static void
decode_response(struct worker *w, struct wire_in *in)
{
	struct kp_response *r = &in->response;
	struct str body = { r->body.p, r->body.n }, charset = STR_NONE;
	struct str type = { r->type.p, r->type.n };
	size_t i;

	buf_reset(&w->header);
	for (i = 0; i < r->nheaders; i++) {
		struct kp_pair *header = &in->headers[i];

		if (str_is((struct str){ header->key.p, header->key.n },
		    "content-type"))
			charset = text_charset((struct str){ header->val.p,
			    header->val.n });
		/* Never legal, seldom seen: dropped rather than mended. */
		if (!str_is_utf8((struct str){ header->val.p,
		    header->val.n }))
			header->val = (struct kp_str){ NULL, 0 };
	}
	text_field(&r->url, &w->header);
	buf_reset(&w->body);
	if (text_is_media(type)) {
		body = text_decode(body, charset, &w->body);
		r->body = (struct kp_str){ body.p, body.n };
	}
}

static void
serve_step(struct worker *w, struct str fields)
{
	struct err err = ERR_INIT;
	struct wire_in in;

	if (wire_get_in(fields, &in, &err) == -1)
		sandbox_exit(WORKER_BROKEN_WIRE);
	if (in.in.response != NULL)
		decode_response(w, &in);
	run_step(w, &in.in);
	end_step(w);
	wire_in_fini(&in);
}

/* Streams. */

static void
run_batch(struct worker *w)
{
	struct kp_in *in = w->now;
	size_t i;

	if (w->nrecords == 0 || w->out.failed)
		goto out;
	for (i = 0; i < w->nrecords; i++) {
		struct kp_record *record = &w->records[i];

		record->bytes.p = w->bytes.p + (size_t)record->bytes.p;
		record->context.p = record->context.n == 0 ? NULL :
		    w->bytes.p + (size_t)record->context.p;
	}
	in->event = KP_DATA;
	in->records = w->records;
	in->nrecords = w->nrecords;
	run_step(w, in);
	/* The next batch goes on from there. */
	if (w->out.has_cursor) {
		buf_reset(&w->cursor);
		(void)buf_str(&w->cursor, buf_get(&w->out.cursor));
		in->cursor = (struct kp_str){ w->cursor.p, w->cursor.n };
	}
out:
	w->nrecords = 0;
	buf_reset(&w->bytes);
	in->records = NULL;
	in->nrecords = 0;
}

static struct kp_str
keep(struct worker *w, struct kp_str s)
{
	struct kp_str kept = { (const char *)w->bytes.n, s.n };

	(void)buf_add(&w->bytes, s.p, s.n);
	(void)buf_putc(&w->bytes, '\0');
	return kept;
}

static void
on_record(void *arg, const struct kp_record *record)
{
	struct worker *w = arg;
	size_t n = record->bytes.n + record->context.n;

	if (w->nrecords == BATCH_RECORDS || w->bytes.n + n > BATCH_BYTES)
		run_batch(w);
	w->records[w->nrecords] = (struct kp_record){
		.number = record->number, .bytes = keep(w, record->bytes),
		.context = keep(w, record->context) };
	w->nrecords++;
}

static void
on_bad(void *arg, int64_t number, const char *why)
{
	struct worker *w = arg;

	if (w->bads++ < FEED_BADS_MAX)
		w->out.api.bad(&w->out.api, number, (struct kp_str){ why,
		    strlen(why) });
}

/* A stream that is not what it should be fails the job, after what came. */
static void
stream_fails(struct worker *w, const struct err *err)
{
	if (w->out.failed)
		return;
	w->out.api.fail(&w->out.api, KP_BAD_FORMAT, (struct kp_str){
	    err->text, strlen(err->text) });
	framer_free(w->framer);
	w->framer = NULL;
}

static void
serve_feed(struct worker *w, struct str fields)
{
	static const struct framer_calls calls = { on_record, on_bad };
	struct err err = ERR_INIT;
	struct wire_in in;
	int r;

	if (wire_get_in(fields, &in, &err) == -1)
		sandbox_exit(WORKER_BROKEN_WIRE);
	if (in.in.event == KP_START) {
		framer_free(w->framer);
		w->framer = framer_new(w->plugin.framings.entries,
		    w->plugin.framings.n, &calls, w);
	}
	w->now = &in.in;
	w->bads = 0;
	out_begin(&w->out, in.in.now);
	if (w->framer == NULL) {
		out_error(&w->out, "the stream is no longer open");
	} else {
		r = framer_feed(w->framer, (struct str){ in.bytes.p,
		    in.bytes.n }, &err);
		if (r == 0 && in.end)
			r = framer_end(w->framer, &err);
		run_batch(w);
		if (r == -1)
			stream_fails(w, &err);
	}
	if (in.end && w->framer != NULL && !w->out.failed) {
		in.in.event = KP_END;
		run_step(w, &in.in);
		framer_free(w->framer);
		w->framer = NULL;
	}
	end_step(w);
	w->now = NULL;
	wire_in_fini(&in);
}

static void
serve(struct worker *w)
{
	size_t served = 0;
	struct str fields;

	for (;;) {
		switch (read_message(w, &served, &fields)) {
		case WIRE_STEP:
			serve_step(w, fields);
			break;
		case WIRE_FEED:
			serve_feed(w, fields);
			break;
		default:
			sandbox_exit(WORKER_BROKEN_WIRE);
		}
	}
}

static void
worker_init(struct worker *w)
{
	buf_init(&w->in, WIRE_IN_MAX + WIRE_FRAME + READ_SIZE);
	buf_init(&w->wire, STEP_BYTES_MAX - WIRE_OUT_MAX);
	buf_init(&w->body, 3 * WIRE_IN_MAX);
	buf_init(&w->header, (size_t)1 << 20);
	/* One record of a whole file may be larger than a batch. */
	buf_init(&w->bytes, BATCH_BYTES + 3 * FRAME_WHOLE_MAX);
	buf_init(&w->cursor, WIRE_CURSOR_MAX);
	out_init(&w->out, &w->wire);
}

int
main(int argc, char **argv)
{
	static struct worker w;
	struct err err = ERR_INIT;
	int64_t memory_max, parent;

	if (argc != 5 ||
	    str_to_i64(str_of(argv[3]), 0, INT64_MAX, &memory_max) == -1 ||
	    str_to_i64(str_of(argv[4]), 1, INT32_MAX, &parent) == -1) {
		fputs("kompan-worker is started by kompan alone\n", stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != (pid_t)parent)
		return WORKER_OK;
	if (sandbox_open(argv[1], (size_t)memory_max, on_broke,
	    &err) == -1 || load_plugin(argv[1], argv[2], &w.plugin, &err) ==
	    -1)
		refuse(&err);
	(void)text_init();
	worker_init(&w);
	wire_put_hello(&w.wire, &w.plugin);
	if (w.wire.failed) {
		err_set(&err, "what it says of itself is too long");
		refuse(&err);
	}
	write_all(w.wire.p, w.wire.n);
	buf_reset(&w.wire);
	if (sandbox_shut(&err) == -1)
		refuse(&err);
	serve(&w);
}
