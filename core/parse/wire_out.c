/*
 * What a step said: encoded by the worker, decoded by the core.
 *
 * The decoder is the core's wall against plugins.  It takes the whole step at
 * once, so the result can point into the bytes that came; what breaks a rule
 * spoils the step.  (The worker shortens and mends what strangers wrote, so
 * only a broken plugin meets these rules.)
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "parse/wire_field.h"

#define FEED_POSTS_MAX (20 * STEP_POSTS_MAX)
#define MANY 1000               /* places, answers, findings... of a step */
#define FEED_BADS_MAX (WIRE_FEED_MAX / 2)

#define POST_FLAGS (KP_DELETED | KP_LOCKED | KP_SOLVED | KP_OURS |             \
	    KP_COUNTED | KP_TRUNCATED)
#define SEES_ALL (KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS |          \
	    KP_SEES_EDITS | KP_SEES_DELETIONS | KP_CAN_REPLY | KP_CAN_CONFIRM | \
	    KP_FLAT)

static const struct wire_field post_fields[] = {
	WIRE_FIELD(1, U32, kp_post, flags, UINT32_MAX),
	WIRE_FIELD(2, TEXT, kp_post, place, WIRE_ID_MAX),
	WIRE_FIELD(3, TEXT, kp_post, id, WIRE_ID_MAX),
	WIRE_FIELD(4, TEXT, kp_post, parent, WIRE_ID_MAX),
	WIRE_FIELD(5, TEXT, kp_post, thread, WIRE_ID_MAX),
	WIRE_FIELD(6, TEXT, kp_post, url, WIRE_URL_MAX),
	WIRE_FIELD(7, TEXT, kp_post, author, WIRE_ID_MAX),
	WIRE_FIELD(8, TEXT, kp_post, name, WIRE_NAME_MAX),
	WIRE_FIELD(9, TEXT, kp_post, title, WIRE_TITLE_MAX),
	WIRE_FIELD(10, TEXT, kp_post, text, STEP_TEXT_MAX),
	WIRE_FIELD(11, TEXT, kp_post, lang, WIRE_LANG_MAX),
	WIRE_FIELD(12, PAST, kp_post, created, 0),
	WIRE_FIELD(13, PAST, kp_post, edited, 0),
	WIRE_FIELD(14, I32, kp_post, replies, INT32_MAX),
	WIRE_FIELD(15, TEXT, kp_post, ref, WIRE_REF_MAX),
};

static const struct wire_field place_fields[] = {
	WIRE_FIELD(1, TEXT, kp_place, id, WIRE_ID_MAX),
	WIRE_FIELD(2, TEXT, kp_place, name, WIRE_NAME_MAX),
	WIRE_FIELD(3, TEXT, kp_place, url, WIRE_URL_MAX),
	WIRE_FIELD(4, U32, kp_place, kind, KP_ARCHIVE),
	WIRE_FIELD(5, U32, kp_place, health, KP_LOST),
	WIRE_FIELD(6, TEXT, kp_place, reason, WIRE_REASON_MAX),
	WIRE_FIELD(7, U32, kp_place, blind, UINT32_MAX),
	WIRE_FIELD(8, TEXT, kp_place, was_id, WIRE_ID_MAX),
};

static const struct wire_field request_fields[] = {
	WIRE_FIELD(1, U32, kp_request, flags, UINT32_MAX),
	WIRE_FIELD(2, TEXT, kp_request, method, 16),
	WIRE_FIELD(3, TEXT, kp_request, url, WIRE_URL_MAX),
	WIRE_FIELD(4, TEXT, kp_request, type, 200),
	WIRE_FIELD(5, BYTES, kp_request, body, WIRE_BODY_MAX),
	WIRE_FIELD(6, BYTES, kp_request, state, WIRE_STATE_MAX),
	WIRE_FIELD(8, LATER, kp_request, not_before, 0),
};
#define REQUEST_HEADER 7
#define HEADER_MAX 4096

static const struct wire_field answer_fields[] = {
	WIRE_FIELD(1, TEXT, kp_answer, text, WIRE_CODE_MAX),
	WIRE_FIELD(2, TEXT, kp_answer, place, WIRE_ID_MAX),
	WIRE_FIELD(3, TEXT, kp_answer, thread, WIRE_ID_MAX),
	WIRE_FIELD(4, TEXT, kp_answer, id, WIRE_ID_MAX),
	WIRE_FIELD(5, TEXT, kp_answer, ref, WIRE_REF_MAX),
	WIRE_FIELD(6, TEXT, kp_answer, lang, WIRE_LANG_MAX),
};

static const struct wire_field timer_fields[] = {
	WIRE_FIELD(1, LATER, step_timer, at, 0),
	WIRE_FIELD(2, BYTES, step_timer, state, WIRE_STATE_MAX),
};

static const struct wire_field pause_fields[] = {
	WIRE_FIELD(1, U32, step_pause, scope, KP_HOST),
	WIRE_FIELD(2, TEXT, step_pause, id, WIRE_ID_MAX),
	WIRE_FIELD(3, LATER, step_pause, until, 0),
};

static const struct wire_field finding_fields[] = {
	WIRE_FIELD(1, U32, step_finding, level, KP_ERROR),
	WIRE_FIELD(2, TEXT, step_finding, code, WIRE_CODE_MAX),
	WIRE_FIELD(3, TEXT, step_finding, text, WIRE_REASON_MAX),
};

static const struct wire_field bad_fields[] = {
	WIRE_FIELD(1, I64, step_bad, record, INT64_MAX),
	WIRE_FIELD(2, TEXT, step_bad, text, WIRE_REASON_MAX),
};

static const struct wire_field cursor_fields[] = {
	WIRE_FIELD(1, BYTES, step, cursor, WIRE_CURSOR_MAX),
};

static const struct wire_field done_fields[] = {
	WIRE_FIELD(1, TEXT, step, done_id, WIRE_ID_MAX),
	WIRE_FIELD(2, TEXT, step, done_url, WIRE_URL_MAX),
};

static const struct wire_field fail_fields[] = {
	WIRE_FIELD(1, U32, step, fail, KP_TRY_LATER),
	WIRE_FIELD(2, TEXT, step, fail_text, WIRE_REASON_MAX),
};

struct end {
	struct kp_str error, refused;
};
static const struct wire_field end_fields[] = {
	WIRE_FIELD(1, TEXT, end, error, WIRE_REASON_MAX),
	WIRE_FIELD(2, TEXT, end, refused, WIRE_NAME_MAX),
};

/* Encoding. */

static void
put(struct buf *b, enum wire_type type, const struct wire_field *table,
    size_t n, const void *object)
{
	size_t at = wire_open(b, type);

	wire_put_fields(b, table, n, object);
	wire_close(b, at);
}

void
wire_put_post(struct buf *b, const struct kp_post *post)
{
	put(b, WIRE_POST, post_fields, WIRE_N(post_fields), post);
}

void
wire_put_place(struct buf *b, const struct kp_place *place)
{
	put(b, WIRE_PLACE, place_fields, WIRE_N(place_fields), place);
}

void
wire_put_request(struct buf *b, const struct kp_request *request)
{
	size_t at = wire_open(b, WIRE_REQUEST), i;

	wire_put_fields(b, request_fields, WIRE_N(request_fields), request);
	for (i = 0; i < request->nheaders; i++)
		wire_put_pair(b, REQUEST_HEADER, &request->headers[i]);
	wire_close(b, at);
}

void
wire_put_cursor(struct buf *b, struct kp_str cursor)
{
	size_t at = wire_open(b, WIRE_CURSOR);

	wire_put_bytes(b, 1, cursor);
	wire_close(b, at);
}

void
wire_put_pause(struct buf *b, const struct step_pause *pause)
{
	put(b, WIRE_PAUSE, pause_fields, WIRE_N(pause_fields), pause);
}

void
wire_put_timer(struct buf *b, const struct step_timer *timer)
{
	put(b, WIRE_TIMER, timer_fields, WIRE_N(timer_fields), timer);
}

void
wire_put_answer(struct buf *b, const struct kp_answer *answer)
{
	put(b, WIRE_ANSWER, answer_fields, WIRE_N(answer_fields), answer);
}

void
wire_put_finding(struct buf *b, const struct step_finding *finding)
{
	put(b, WIRE_FINDING, finding_fields, WIRE_N(finding_fields), finding);
}

void
wire_put_bad(struct buf *b, const struct step_bad *bad)
{
	put(b, WIRE_BAD, bad_fields, WIRE_N(bad_fields), bad);
}

void
wire_put_done(struct buf *b, struct kp_str id, struct kp_str url)
{
	const struct step step = { .done_id = id, .done_url = url };

	put(b, WIRE_DONE, done_fields, WIRE_N(done_fields), &step);
}

void
wire_put_fail(struct buf *b, uint32_t why, struct kp_str text)
{
	const struct step step = { .fail = why, .fail_text = text };

	put(b, WIRE_FAIL, fail_fields, WIRE_N(fail_fields), &step);
}

void
wire_put_step_end(struct buf *b, struct kp_str error, struct kp_str refused)
{
	const struct end end = { error, refused };

	put(b, WIRE_STEP_END, end_fields, WIRE_N(end_fields), &end);
}

/* Decoding. */

struct rooms {
	size_t posts, places, requests, answers, timers, pauses, findings,
	    bads;
	size_t posts_max, bads_max;
};

static int
too_many(struct err *err, size_t n, const char *what)
{
	return err_set_code(err, ERR_INVALID, "more than %zu %s in one step",
	    n, what);
}

static int
lacks(struct err *err, const char *what)
{
	return err_set_code(err, ERR_INVALID, "has no %s", what);
}

/* One more element at the end of a vector, zeroed, or -1. */
#define ADD(step, name, room, max) do {                                        \
		if ((step)->n##name == (max))                                  \
			return too_many(err, (max), #name);                    \
		vec_grow((step)->name, (step)->n##name, (room));               \
		memset(&(step)->name[(step)->n##name], 0,                      \
		    sizeof((step)->name[0]));                                  \
	} while (0)
#define LAST(step, name) (&(step)->name[(step)->n##name])
#define GET(table, object) \
	wire_get_fields(table, WIRE_N(table), fields, now, (object), err)

/* People will click on it. */
static int
check_link(struct kp_str url, struct err *err)
{
	struct str s = { url.p, url.n };

	if (s.n == 0 || str_starts(s, STR("https://")) ||
	    str_starts(s, STR("http://")))
		return 0;
	return err_set_code(err, ERR_INVALID, "url is no http(s) URL");
}

static int
get_post(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct kp_post *post;

	ADD(step, posts, rooms->posts, rooms->posts_max);
	post = LAST(step, posts);
	post->size = sizeof(*post);
	if (GET(post_fields, post) == -1)
		return -1;
	if (post->id.n == 0)
		return lacks(err, "id");
	if (check_link(post->url, err) == -1)
		return -1;
	post->flags &= POST_FLAGS;
	step->nposts++;
	return 0;
}

static int
get_place(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct kp_place *place;

	ADD(step, places, rooms->places, MANY);
	place = LAST(step, places);
	place->size = sizeof(*place);
	if (GET(place_fields, place) == -1)
		return -1;
	if (place->id.n == 0)
		return lacks(err, "id");
	if (check_link(place->url, err) == -1)
		return -1;
	place->blind &= SEES_ALL;
	step->nplaces++;
	return 0;
}

/* The bytes of a token as HTTP has it. */
static bool
is_token(struct kp_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7F ||
		    strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
			return false;
	}
	return s.n > 0;
}

static bool
is_line(struct kp_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

/* Headers by which a plugin could speak for the core. */
static bool
is_ours(struct kp_str name)
{
	static const char *const ours[] = { "host", "cookie", "authorization",
		"content-length", "transfer-encoding", "connection", "te",
		"upgrade", "expect", "trailer", "keep-alive", "content-type",
		"accept-encoding", "if-none-match", "if-modified-since",
		"range", "user-agent" };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (name.n == strlen(ours[i]) &&
		    strncasecmp(name.p, ours[i], name.n) == 0)
			return true;
	}
	return name.n >= 6 && strncasecmp(name.p, "proxy-", 6) == 0;
}

static int
get_header(struct kp_request *request, struct kp_pair *headers,
    struct str value, struct err *err)
{
	struct kp_pair *header = &headers[request->nheaders];

	if (request->nheaders == WIRE_HEADERS_MAX)
		return too_many(err, WIRE_HEADERS_MAX, "headers");
	if (wire_get_pair(value, HEADER_MAX, header, err) == -1)
		return -1;
	if (!is_token(header->key) || !is_line(header->val))
		return err_set_code(err, ERR_INVALID,
		    "a header that is none");
	if (is_ours(header->key))
		return err_set_code(err, ERR_INVALID,
		    "header %.*s, which only the core sets",
		    (int)header->key.n, header->key.p);
	request->nheaders++;
	return 0;
}

static int
check_request(const struct kp_request *request, struct err *err)
{
	struct str url = { request->url.p, request->url.n };

	if (!str_starts(url, STR("https://")) &&
	    !str_starts(url, STR("http://")))
		return err_set_code(err, ERR_INVALID,
		    "url `%.*s' is no absolute http(s) URL",
		    (int)str_fit(url, 80).n, url.p == NULL ? "" : url.p);
	if (!is_line(request->url) || memchr(url.p, ' ', url.n) != NULL)
		return err_set_code(err, ERR_INVALID,
		    "url has blanks or control characters");
	if (request->method.n != 0 && !is_token(request->method))
		return err_set_code(err, ERR_INVALID, "method is no word");
	if (!is_line(request->type))
		return err_set_code(err, ERR_INVALID, "type is no line");
	return 0;
}

static int
get_request(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct wire_reader r = { .rest = fields };
	struct kp_pair headers[WIRE_HEADERS_MAX];
	struct kp_request *request;
	struct kp_pair *copy;
	struct str value;
	uint16_t id;
	int more;

	ADD(step, requests, rooms->requests, STEP_REQUESTS_MAX);
	request = LAST(step, requests);
	request->size = sizeof(*request);
	while ((more = wire_next(&r, &id, &value, err)) == 1) {
		if (id == REQUEST_HEADER ?
		    get_header(request, headers, value, err) == -1 :
		    wire_get_field(request_fields, WIRE_N(request_fields), id,
		    value, now, request, err) == -1)
			return -1;
	}
	if (more == -1 || check_request(request, err) == -1)
		return -1;
	request->flags &= KP_ERRORS | KP_FRESH;
	if (request->nheaders > 0) {
		copy = xcalloc(request->nheaders, sizeof(*copy));
		memcpy(copy, headers, request->nheaders * sizeof(*copy));
		request->headers = copy;
	}
	step->nrequests++;
	return 0;
}

static int
get_answer(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct kp_answer *answer;

	ADD(step, answers, rooms->answers, MANY);
	answer = LAST(step, answers);
	answer->size = sizeof(*answer);
	if (GET(answer_fields, answer) == -1)
		return -1;
	if (answer->text.n == 0)
		return lacks(err, "text");
	step->nanswers++;
	return 0;
}

static int
get_timer(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	ADD(step, timers, rooms->timers, STEP_REQUESTS_MAX);
	if (GET(timer_fields, LAST(step, timers)) == -1)
		return -1;
	step->ntimers++;
	return 0;
}

static int
get_pause(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct step_pause *pause;

	ADD(step, pauses, rooms->pauses, MANY);
	pause = LAST(step, pauses);
	if (GET(pause_fields, pause) == -1)
		return -1;
	if (pause->scope == 0)
		return lacks(err, "scope");
	if ((pause->scope == KP_PLACE || pause->scope == KP_HOST) &&
	    pause->id.n == 0)
		return lacks(err, "place or host");
	step->npauses++;
	return 0;
}

static int
get_finding(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	struct step_finding *finding;

	ADD(step, findings, rooms->findings, MANY);
	finding = LAST(step, findings);
	if (GET(finding_fields, finding) == -1)
		return -1;
	if (finding->level == 0 || finding->code.n == 0)
		return lacks(err, "level or code");
	step->nfindings++;
	return 0;
}

static int
get_bad(struct step *step, struct rooms *rooms, struct str fields,
    int64_t now, struct err *err)
{
	ADD(step, bads, rooms->bads, rooms->bads_max);
	if (GET(bad_fields, LAST(step, bads)) == -1)
		return -1;
	step->nbads++;
	return 0;
}

/* The call of plugin and wire that a message is, for errors. */
static const char *
out_name(uint8_t type)
{
	static const char *const names[] = { "post", "place", "request",
		"cursor", "pause", "timer", "answer", "finding", "bad", "done",
		"fail" };

	if (type >= WIRE_POST && type < WIRE_POST + WIRE_N(names))
		return names[type - WIRE_POST];
	return type == WIRE_STEP_END ? "end of step" : NULL;
}

static int
get_out(struct step *step, struct rooms *rooms, uint8_t type,
    struct str fields, int64_t now, struct end *end, struct err *err)
{
	switch (type) {
	case WIRE_POST:
		return get_post(step, rooms, fields, now, err);
	case WIRE_PLACE:
		return get_place(step, rooms, fields, now, err);
	case WIRE_REQUEST:
		return get_request(step, rooms, fields, now, err);
	case WIRE_CURSOR:
		step->has_cursor = true;
		step->cursor = (struct kp_str){ NULL, 0 };
		return GET(cursor_fields, step);
	case WIRE_PAUSE:
		return get_pause(step, rooms, fields, now, err);
	case WIRE_TIMER:
		return get_timer(step, rooms, fields, now, err);
	case WIRE_ANSWER:
		return get_answer(step, rooms, fields, now, err);
	case WIRE_FINDING:
		return get_finding(step, rooms, fields, now, err);
	case WIRE_BAD:
		return get_bad(step, rooms, fields, now, err);
	case WIRE_DONE:
		step->done = true;
		return GET(done_fields, step);
	case WIRE_FAIL:
		if (GET(fail_fields, step) == -1)
			return -1;
		return step->fail == 0 ? lacks(err, "reason") : 0;
	case WIRE_STEP_END:
		return GET(end_fields, end);
	}
	return err_set_code(err, ERR_INVALID, "a message of unknown type %u",
	    type);
}

/* What the box refused is for the admin to know, as a finding. */
static void
add_refused(struct step *step, struct rooms *rooms, struct kp_str what)
{
	struct step_finding *finding;

	if (what.n == 0 || step->nfindings == MANY)
		return;
	vec_grow(step->findings, step->nfindings, rooms->findings);
	finding = &step->findings[step->nfindings++];
	finding->level = KP_WARNING;
	finding->code = (struct kp_str){ "refused", 7 };
	finding->text = what;
}

int
wire_get_outs(char *bytes, size_t n, bool feed, int64_t now,
    struct step **ret, struct err *err)
{
	struct step *step = xcalloc(1, sizeof(*step));
	struct rooms rooms = {
		.posts_max = feed ? FEED_POSTS_MAX : STEP_POSTS_MAX,
		.bads_max = feed ? FEED_BADS_MAX : MANY };
	struct str rest = { bytes, n }, fields;
	struct end end = { { NULL, 0 }, { NULL, 0 } };
	uint8_t type = 0;
	int64_t whole;
	int r = -1;

	step->memory = bytes;
	while (type != WIRE_STEP_END) {
		whole = wire_message(rest, WIRE_OUT_MAX, &type, &fields, err);
		if (whole == 0)
			err_set_code(err, ERR_INVALID, "half a message");
		if (whole <= 0)
			goto out;
		if (get_out(step, &rooms, type, fields, now, &end, err) == -1) {
			if (out_name(type) != NULL)
				err_prefix(err, "%s", out_name(type));
			goto out;
		}
		rest.p += whole;
		rest.n -= (size_t)whole;
	}
	if (rest.n != 0) {
		err_set_code(err, ERR_INVALID,
		    "%zu bytes after the end of the step", rest.n);
		goto out;
	}
	if (end.error.n != 0) {
		err_set_code(err, ERR_GENERAL, "%.*s",
		    (int)end.error.n, end.error.p);
		goto out;
	}
	add_refused(step, &rooms, end.refused);
	*ret = step;
	step = NULL;
	r = 0;
out:
	step_free(step);
	return r;
}

void
step_free(struct step *step)
{
	size_t i;

	if (step == NULL)
		return;
	for (i = 0; i < step->nrequests; i++)
		free((void *)step->requests[i].headers);
	free(step->posts);
	free(step->places);
	free(step->requests);
	free(step->answers);
	free(step->timers);
	free(step->pauses);
	free(step->findings);
	free(step->bads);
	free(step->memory);
	free(step);
}
