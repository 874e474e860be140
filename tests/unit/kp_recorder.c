/*
 * Each callback of struct kp_out checks what it is given, copies it and puts it
 * into a struct step.  The checks are those of the interface's text, written
 * anew here rather than shared with the decoder, so that a limit which only one
 * of the two believes in shows up.
 */
#include "kp_recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define YEAR_1990 INT64_C(631152000000)
#define DAY_MS INT64_C(86400000)
#define ID_MAX 512
#define REF_MAX 1024
#define STATE_MAX 4096
#define CURSOR_MAX 65536
#define URL_MAX 4096
#define RECORDS_POSTS_MAX 20000         /* of an import's step */

static void breaks(struct recorder *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
breaks(struct recorder *r, const char *format, ...)
{
	va_list ap;

	if (r->broken[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(r->broken, sizeof(r->broken), format, ap);
	va_end(ap);
}

/* Bytes of any kind: cursor, state, body. */
static struct kp_str
keep_bytes(struct recorder *r, struct kp_str s, size_t max, const char *what)
{
	if (s.n > max)
		breaks(r, "%s of %zu bytes", what, s.n);
	if (s.p == NULL && s.n != 0)
		breaks(r, "%s points nowhere", what);
	if (s.p == NULL)
		return (struct kp_str){ NULL, 0 };
	r->texts = xreallocarray(r->texts, r->ntexts + 1, sizeof(*r->texts));
	r->texts[r->ntexts] = xstrndup(s.p, s.n);
	return (struct kp_str){ r->texts[r->ntexts++], s.n };
}

static struct kp_str
keep(struct recorder *r, struct kp_str s, size_t max, const char *what)
{
	if (s.p != NULL && !str_is_utf8((struct str){ s.p, s.n }))
		breaks(r, "%s is not UTF-8", what);
	if (s.p != NULL && memchr(s.p, '\0', s.n) != NULL)
		breaks(r, "%s holds a NUL", what);
	return keep_bytes(r, s, max, what);
}

static struct kp_str
keep_url(struct recorder *r, struct kp_str s, const char *what)
{
	if (s.n != 0 && (s.n < 8 || (strncmp(s.p, "http://", 7) != 0 &&
	    strncmp(s.p, "https://", 8) != 0)))
		breaks(r, "%s is not absolute: %.*s", what, (int)s.n, s.p);
	return keep(r, s, URL_MAX, what);
}

static void
check_time(struct recorder *r, int64_t at, const char *what)
{
	if (at != 0 && (at < YEAR_1990 || at > r->now + DAY_MS))
		breaks(r, "%s is %lld", what, (long long)at);
}

/* The array of the step, with room for one more and that one zeroed. */
#define NEXT(r, array, count)                                                  \
	((r)->step.array = xreallocarray((r)->step.array,                      \
	    (r)->step.count + 1, sizeof(*(r)->step.array)),                    \
	    memset(&(r)->step.array[(r)->step.count], 0,                       \
	    sizeof(*(r)->step.array)), &(r)->step.array[(r)->step.count++])

static void
on_post(struct kp_out *out, const struct kp_post *post)
{
	struct recorder *r = (struct recorder *)out;
	struct kp_post *p = NEXT(r, posts, nposts);

	*p = *post;
	if (post->size != sizeof(*post))
		breaks(r, "post.size is %zu", post->size);
	if (post->id.n == 0)
		breaks(r, "a post has no id");
	p->place = keep(r, post->place, ID_MAX, "post.place");
	p->id = keep(r, post->id, ID_MAX, "post.id");
	p->parent = keep(r, post->parent, ID_MAX, "post.parent");
	p->thread = keep(r, post->thread, ID_MAX, "post.thread");
	p->url = keep_url(r, post->url, "post.url");
	p->author = keep(r, post->author, ID_MAX, "post.author");
	p->name = keep(r, post->name, ID_MAX, "post.name");
	/* HTML is bigger than what is left of it. */
	p->title = keep(r, post->title, 2000, "post.title");
	p->text = keep(r, post->text, (post->flags & KP_HTML) != 0 ?
	    (size_t)1 << 20 : STEP_TEXT_MAX, "post.text");
	p->lang = keep(r, post->lang, 64, "post.lang");
	p->ref = keep(r, post->ref, REF_MAX, "post.ref");
	check_time(r, post->created, "post.created");
	check_time(r, post->edited, "post.edited");
	if (post->replies < 0)
		breaks(r, "post.replies is %d", post->replies);
	if (r->step.nposts > (r->records ? RECORDS_POSTS_MAX : STEP_POSTS_MAX))
		breaks(r, "%zu posts", r->step.nposts);
}

static void
on_place(struct kp_out *out, const struct kp_place *place)
{
	struct recorder *r = (struct recorder *)out;
	struct kp_place *p = NEXT(r, places, nplaces);

	*p = *place;
	if (place->size != sizeof(*place))
		breaks(r, "place.size is %zu", place->size);
	if (place->id.n == 0)
		breaks(r, "a place has no id");
	p->id = keep(r, place->id, ID_MAX, "place.id");
	p->name = keep(r, place->name, ID_MAX, "place.name");
	p->url = keep_url(r, place->url, "place.url");
	p->reason = keep(r, place->reason, STEP_TEXT_MAX, "place.reason");
	p->was_id = keep(r, place->was_id, ID_MAX, "place.was_id");
}

static void
on_request(struct kp_out *out, const struct kp_request *request)
{
	struct recorder *r = (struct recorder *)out;
	struct kp_request *q = NEXT(r, requests, nrequests);
	struct kp_pair *headers = NULL;
	size_t i;

	*q = *request;
	if (request->size != sizeof(*request))
		breaks(r, "request.size is %zu", request->size);
	if (request->url.n == 0)
		breaks(r, "a request has no url");
	q->method = keep(r, request->method, 16, "request.method");
	q->url = keep_url(r, request->url, "request.url");
	q->type = keep(r, request->type, ID_MAX, "request.type");
	q->body = keep_bytes(r, request->body, STEP_TEXT_MAX, "request.body");
	q->state = keep_bytes(r, request->state, STATE_MAX, "request.state");
	if (request->nheaders > 0) {
		/* Pairs go into a text's memory, to be freed with the rest. */
		struct kp_str m = keep_bytes(r, (struct kp_str){
		    (const char *)request->headers,
		    request->nheaders * sizeof(*headers) },
		    STEP_TEXT_MAX, "request.headers");

		headers = (struct kp_pair *)(uintptr_t)m.p;
	}
	for (i = 0; i < request->nheaders; i++) {
		headers[i].key = keep(r, request->headers[i].key, 256, "header");
		headers[i].val = keep(r, request->headers[i].val, 8192, "header");
	}
	q->headers = headers;
	if (r->step.nrequests > STEP_REQUESTS_MAX)
		breaks(r, "more than %d requests", STEP_REQUESTS_MAX);
}

static void
on_cursor(struct kp_out *out, struct kp_str cursor)
{
	struct recorder *r = (struct recorder *)out;

	r->step.has_cursor = true;
	r->step.cursor = keep_bytes(r, cursor, CURSOR_MAX, "cursor");
}

static void
on_pause(struct kp_out *out, uint32_t scope, struct kp_str id, int64_t until)
{
	struct recorder *r = (struct recorder *)out;
	struct step_pause *p = NEXT(r, pauses, npauses);

	if (scope < KP_SOURCE || scope > KP_HOST)
		breaks(r, "pause has scope %u", scope);
	p->scope = scope;
	p->id = keep(r, id, ID_MAX, "pause.id");
	p->until = until;
}

static void
on_timer(struct kp_out *out, int64_t at, struct kp_str state)
{
	struct recorder *r = (struct recorder *)out;
	struct step_timer *t = NEXT(r, timers, ntimers);

	t->at = at;
	t->state = keep_bytes(r, state, STATE_MAX, "timer.state");
}

static void
on_answer(struct kp_out *out, const struct kp_answer *answer)
{
	struct recorder *r = (struct recorder *)out;
	struct kp_answer *a = NEXT(r, answers, nanswers);

	*a = *answer;
	a->text = keep(r, answer->text, ID_MAX, "answer.text");
	a->place = keep(r, answer->place, ID_MAX, "answer.place");
	a->thread = keep(r, answer->thread, ID_MAX, "answer.thread");
	a->id = keep(r, answer->id, ID_MAX, "answer.id");
	a->ref = keep(r, answer->ref, REF_MAX, "answer.ref");
	a->lang = keep(r, answer->lang, 64, "answer.lang");
}

static void
on_finding(struct kp_out *out, uint32_t level, struct kp_str code,
    struct kp_str text)
{
	struct recorder *r = (struct recorder *)out;
	struct step_finding *f = NEXT(r, findings, nfindings);

	if (level < KP_INFO || level > KP_ERROR)
		breaks(r, "finding has level %u", level);
	if (code.n == 0 || text.n == 0)
		breaks(r, "a finding without code or text");
	f->level = level;
	f->code = keep(r, code, 64, "finding.code");
	f->text = keep(r, text, STEP_TEXT_MAX, "finding.text");
}

static void
on_bad(struct kp_out *out, int64_t record, struct kp_str text)
{
	struct recorder *r = (struct recorder *)out;
	struct step_bad *b = NEXT(r, bads, nbads);

	if (record < 1 || text.n == 0)
		breaks(r, "bad() without record or text");
	b->record = record;
	b->text = keep(r, text, STEP_TEXT_MAX, "bad.text");
}

static void
on_done(struct kp_out *out, struct kp_str id, struct kp_str url)
{
	struct recorder *r = (struct recorder *)out;

	r->step.done = true;
	r->step.done_id = keep(r, id, ID_MAX, "done.id");
	r->step.done_url = keep_url(r, url, "done.url");
}

static void
on_fail(struct kp_out *out, uint32_t why, struct kp_str text)
{
	struct recorder *r = (struct recorder *)out;

	if (why < KP_BAD_FORMAT || why > KP_TRY_LATER || text.n == 0)
		breaks(r, "fail() without why or text");
	if (r->step.fail == 0) {
		r->step.fail = why;
		r->step.fail_text = keep(r, text, STEP_TEXT_MAX, "fail.text");
	}
}

void
recorder_init(struct recorder *r)
{
	memset(r, 0, sizeof(*r));
	r->out = (struct kp_out){
		.size = sizeof(r->out),
		.post = on_post,
		.place = on_place,
		.request = on_request,
		.cursor = on_cursor,
		.pause = on_pause,
		.timer = on_timer,
		.answer = on_answer,
		.finding = on_finding,
		.bad = on_bad,
		.done = on_done,
		.fail = on_fail,
	};
}

void
recorder_reset(struct recorder *r)
{
	size_t i;

	for (i = 0; i < r->ntexts; i++)
		free(r->texts[i]);
	free(r->texts);
	free(r->step.posts);
	free(r->step.places);
	free(r->step.requests);
	free(r->step.answers);
	free(r->step.timers);
	free(r->step.pauses);
	free(r->step.findings);
	free(r->step.bads);
	recorder_init(r);
}

/* An exact copy, without a terminator to hide an overrun. */
static struct kp_str
exact(struct kp_str s, void **memory)
{
	if (s.p == NULL)
		return s;
	*memory = xcalloc(1, s.n == 0 ? 1 : s.n);
	memcpy(*memory, s.p, s.n);
	return (struct kp_str){ *memory, s.n };
}

void
recorder_run(struct recorder *r, const struct kp_plugin *plugin,
    const struct kp_in *in)
{
	struct kp_in copy = *in;
	struct kp_response response;
	struct kp_record *records;
	void *body = NULL, *cursor = NULL, *state = NULL;
	void **lines = xcalloc(in->nrecords + 1, sizeof(*lines));
	size_t i;

	r->now = in->now;
	r->records = in->event == KP_DATA;
	copy.size = sizeof(copy);
	copy.cursor = exact(in->cursor, &cursor);
	copy.state = exact(in->state, &state);
	if (in->response != NULL) {
		response = *in->response;
		response.size = sizeof(response);
		response.body = exact(in->response->body, &body);
		copy.response = &response;
	}
	records = xcalloc(in->nrecords + 1, sizeof(*records));
	for (i = 0; i < in->nrecords; i++) {
		records[i] = in->records[i];
		records[i].bytes = exact(in->records[i].bytes, &lines[i]);
	}
	if (in->nrecords > 0)
		copy.records = records;
	plugin->step(&copy, &r->out);
	for (i = 0; i < in->nrecords; i++)
		free(lines[i]);
	free(lines);
	free(records);
	free(body);
	free(cursor);
	free(state);
}

const struct kp_post *
recorder_post(const struct recorder *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->step.nposts; i++)
		if (kp_is(r->step.posts[i].id, id))
			return &r->step.posts[i];
	return NULL;
}

const struct kp_place *
recorder_place(const struct recorder *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->step.nplaces; i++)
		if (kp_is(r->step.places[i].id, id))
			return &r->step.places[i];
	return NULL;
}

const struct kp_request *
recorder_request(const struct recorder *r, const char *url)
{
	size_t i;

	for (i = 0; i < r->step.nrequests; i++)
		if (kp_is(r->step.requests[i].url, url))
			return &r->step.requests[i];
	return NULL;
}

const struct step_finding *
recorder_finding(const struct recorder *r, const char *code)
{
	size_t i;

	for (i = 0; i < r->step.nfindings; i++)
		if (kp_is(r->step.findings[i].code, code))
			return &r->step.findings[i];
	return NULL;
}

const struct step_bad *
recorder_bad(const struct recorder *r, int64_t record)
{
	size_t i;

	for (i = 0; i < r->step.nbads; i++)
		if (r->step.bads[i].record == record)
			return &r->step.bads[i];
	return NULL;
}

bool
text_has(struct kp_str s, const char *text)
{
	return s.p != NULL && memmem(s.p, s.n, text, strlen(text)) != NULL;
}
