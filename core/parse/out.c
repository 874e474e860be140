/*
 * Each call of a plugin becomes one message.
 *
 * A plugin may have been built for an older interface, so of each struct only
 * the part that it knows is read.  Times that cannot be, addresses that are
 * none and text that is too long or no UTF-8 come from strangers: they are
 * dropped or mended.
 */
#include "parse/out.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "parse/text.h"
#include "parse/wire.h"

void
out_error(struct out *out, const char *format, ...)
{
	va_list ap;

	if (out->error[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(out->error, sizeof(out->error), format, ap);
	va_end(ap);
	out->failed = true;
}

static struct out *
begin(struct kp_out *api)
{
	struct out *out = (struct out *)api;

	if (!out->failed && out->wire->failed)
		out_error(out, "it said more than %zu MiB in one step",
		    out->wire->max >> 20);
	return out->failed ? NULL : out;
}

/* Copy what there is of a struct of the plugin's; false: nonsense. */
static bool
take(struct out *out, const char *what, void *copy, size_t size,
    const void *from)
{
	size_t has;

	if (from == NULL) {
		out_error(out, "%s(NULL)", what);
		return false;
	}
	memcpy(&has, from, sizeof(has));
	if (has < 2 * sizeof(size_t)) {
		out_error(out, "%s() without a size: use KP_POST() and the "
		    "like", what);
		return false;
	}
	memset(copy, 0, size);
	memcpy(copy, from, has < size ? has : size);
	return true;
}

/* What the plugin itself is to blame for. */
static void
need(struct out *out, struct kp_str *s, size_t max, const char *what)
{
	struct str text = { s->p, s->n };

	if (s->n > max)
		out_error(out, "%s is %zu bytes, at most %zu", what, s->n,
		    max);
	else if (s->n > 0 && s->p == NULL)
		out_error(out, "%s has a length and no bytes", what);
	else if (!str_is_utf8(text) || (s->n > 0 && memchr(s->p, '\0',
	    s->n) != NULL))
		out_error(out, "%s is no text", what);
}

/* What strangers wrote: mended, and cut where it is too long. */
static void
mend(struct kp_str *s, size_t max, struct buf *room)
{
	struct str text = { s->p, s->n };

	if (text.n > 4 * max)
		text.n = 4 * max;
	buf_reset(room);
	text = str_fit(text_clean(text, room), max);
	*s = (struct kp_str){ text.p, text.n };
}

static void
mend_url(struct kp_str *url)
{
	struct str s = { url->p, url->n };

	if (s.n > WIRE_URL_MAX || !str_is_utf8(s) ||
	    (!str_starts(s, STR("https://")) &&
	    !str_starts(s, STR("http://"))) || memchr(s.p, '\0', s.n) != NULL)
		*url = (struct kp_str){ NULL, 0 };
}

static void
mend_past(const struct out *out, int64_t *at)
{
	if (*at < WIRE_TIME_MIN || *at > out->now + WIRE_SOON_MS)
		*at = 0;
}

static void
mend_later(const struct out *out, int64_t *at)
{
	if (*at > out->now + WIRE_LATER_MS)
		*at = out->now + WIRE_LATER_MS;
	if (*at != 0 && *at < WIRE_TIME_MIN)
		*at = out->now;
}

/*
 * Text of a post: ${room} holds it.  False where something was cut off.
 */
static bool
post_text(struct kp_str *s, bool html, size_t max, struct buf *room,
    struct buf *cleaned)
{
	bool all = s->n <= max || html;

	if (!html) {
		mend(s, max, room);
		return all;
	}
	/* Cleaned first, since the parser stops at a NUL. */
	mend(s, (size_t)1 << 20, cleaned);
	buf_reset(room);
	all = text_of_html((struct str){ s->p, s->n }, room);
	if (room->n > max)
		all = false;
	*s = (struct kp_str){ room->p,
		str_fit(buf_get(room), max).n };
	return all;
}

static void
out_post(struct kp_out *api, const struct kp_post *from)
{
	struct out *out = begin(api);
	struct kp_post post;
	bool html;

	if (out == NULL || !take(out, "post", &post, sizeof(post), from))
		return;
	if (++out->posts > STEP_POSTS_MAX) {
		out_error(out, "more than %d posts in one step",
		    STEP_POSTS_MAX);
		return;
	}
	if (post.id.n == 0)
		out_error(out, "a post without id");
	need(out, &post.id, WIRE_ID_MAX, "id of a post");
	need(out, &post.place, WIRE_ID_MAX, "place of a post");
	need(out, &post.parent, WIRE_ID_MAX, "parent of a post");
	need(out, &post.thread, WIRE_ID_MAX, "thread of a post");
	need(out, &post.author, WIRE_ID_MAX, "author of a post");
	need(out, &post.lang, WIRE_LANG_MAX, "lang of a post");
	need(out, &post.ref, WIRE_REF_MAX, "ref of a post");
	if (out->failed)
		return;
	html = (post.flags & KP_HTML) != 0;
	post.flags &= ~(uint32_t)KP_HTML;
	if (!post_text(&post.text, html, STEP_TEXT_MAX, &out->text[0],
	    &out->scratch))
		post.flags |= KP_TRUNCATED;
	(void)post_text(&post.title, html, WIRE_TITLE_MAX, &out->text[1],
	    &out->scratch);
	mend(&post.name, WIRE_NAME_MAX, &out->text[2]);
	mend_url(&post.url);
	mend_past(out, &post.created);
	mend_past(out, &post.edited);
	if (post.replies < 0)
		post.replies = 0;
	wire_put_post(out->wire, &post);
}

static void
out_place(struct kp_out *api, const struct kp_place *from)
{
	struct out *out = begin(api);
	struct kp_place place;

	if (out == NULL || !take(out, "place", &place, sizeof(place), from))
		return;
	if (place.id.n == 0)
		out_error(out, "a place without id");
	need(out, &place.id, WIRE_ID_MAX, "id of a place");
	need(out, &place.was_id, WIRE_ID_MAX, "was_id of a place");
	if (place.kind > KP_ARCHIVE || place.health > KP_LOST)
		out_error(out, "kind or health of a place is unknown");
	if (out->failed)
		return;
	mend(&place.name, WIRE_NAME_MAX, &out->text[0]);
	mend(&place.reason, WIRE_REASON_MAX, &out->text[1]);
	mend_url(&place.url);
	wire_put_place(out->wire, &place);
}

static void
out_request(struct kp_out *api, const struct kp_request *from)
{
	struct out *out = begin(api);
	struct kp_request request;

	if (out == NULL || !take(out, "request", &request, sizeof(request),
	    from))
		return;
	if (++out->requests > STEP_REQUESTS_MAX)
		out_error(out, "more than %d requests in one step",
		    STEP_REQUESTS_MAX);
	need(out, &request.url, WIRE_URL_MAX, "url of a request");
	need(out, &request.method, 16, "method of a request");
	need(out, &request.type, 200, "type of a request");
	if (request.body.n > WIRE_BODY_MAX || request.state.n >
	    WIRE_STATE_MAX || request.nheaders > WIRE_HEADERS_MAX)
		out_error(out, "body, state or headers of a request are too "
		    "large");
	if (out->failed)
		return;
	mend_later(out, &request.not_before);
	wire_put_request(out->wire, &request);
}

static void
out_cursor(struct kp_out *api, struct kp_str cursor)
{
	struct out *out = begin(api);

	if (out == NULL)
		return;
	if (cursor.n > WIRE_CURSOR_MAX) {
		out_error(out, "a cursor of %zu bytes, at most %d", cursor.n,
		    WIRE_CURSOR_MAX);
		return;
	}
	buf_reset(&out->cursor);
	(void)buf_add(&out->cursor, cursor.p, cursor.n);
	out->has_cursor = true;
	wire_put_cursor(out->wire, cursor);
}

static void
out_pause(struct kp_out *api, uint32_t scope, struct kp_str id, int64_t until)
{
	struct out *out = begin(api);
	struct step_pause pause = { scope, id, until };

	if (out == NULL)
		return;
	if (scope < KP_SOURCE || scope > KP_HOST ||
	    ((scope == KP_PLACE || scope == KP_HOST) && id.n == 0))
		out_error(out, "a pause for nobody");
	need(out, &pause.id, WIRE_ID_MAX, "id of a pause");
	if (out->failed)
		return;
	mend_later(out, &pause.until);
	wire_put_pause(out->wire, &pause);
}

static void
out_timer(struct kp_out *api, int64_t at, struct kp_str state)
{
	struct out *out = begin(api);
	struct step_timer timer = { at, state };

	if (out == NULL)
		return;
	if (++out->requests > STEP_REQUESTS_MAX ||
	    state.n > WIRE_STATE_MAX) {
		out_error(out, "too many timers, or too large a state");
		return;
	}
	mend_later(out, &timer.at);
	wire_put_timer(out->wire, &timer);
}

static void
out_answer(struct kp_out *api, const struct kp_answer *from)
{
	struct out *out = begin(api);
	struct kp_answer answer;

	if (out == NULL || !take(out, "answer", &answer, sizeof(answer), from))
		return;
	if (answer.text.n == 0)
		out_error(out, "an answer without text");
	need(out, &answer.text, WIRE_CODE_MAX, "text of an answer");
	need(out, &answer.place, WIRE_ID_MAX, "place of an answer");
	need(out, &answer.thread, WIRE_ID_MAX, "thread of an answer");
	need(out, &answer.id, WIRE_ID_MAX, "id of an answer");
	need(out, &answer.ref, WIRE_REF_MAX, "ref of an answer");
	need(out, &answer.lang, WIRE_LANG_MAX, "lang of an answer");
	if (!out->failed)
		wire_put_answer(out->wire, &answer);
}

static void
out_finding(struct kp_out *api, uint32_t level, struct kp_str code,
    struct kp_str text)
{
	struct out *out = begin(api);
	struct step_finding finding = { level, code, text };

	if (out == NULL)
		return;
	if (level < KP_INFO || level > KP_ERROR || code.n == 0)
		out_error(out, "a finding without level or code");
	need(out, &finding.code, WIRE_CODE_MAX, "code of a finding");
	if (out->failed)
		return;
	mend(&finding.text, WIRE_REASON_MAX, &out->text[0]);
	wire_put_finding(out->wire, &finding);
}

static void
out_bad(struct kp_out *api, int64_t record, struct kp_str text)
{
	struct out *out = begin(api);
	struct step_bad bad = { record < 0 ? 0 : record, text };

	if (out == NULL)
		return;
	mend(&bad.text, WIRE_REASON_MAX, &out->text[0]);
	wire_put_bad(out->wire, &bad);
}

static void
out_done(struct kp_out *api, struct kp_str id, struct kp_str url)
{
	struct out *out = begin(api);

	if (out == NULL)
		return;
	need(out, &id, WIRE_ID_MAX, "id of done()");
	if (out->failed)
		return;
	mend_url(&url);
	wire_put_done(out->wire, id, url);
}

static void
out_fail(struct kp_out *api, uint32_t why, struct kp_str text)
{
	struct out *out = begin(api);

	if (out == NULL)
		return;
	if (why < KP_BAD_FORMAT || why > KP_TRY_LATER) {
		out_error(out, "fail() without a reason");
		return;
	}
	mend(&text, WIRE_REASON_MAX, &out->text[0]);
	wire_put_fail(out->wire, why, text);
}

void
out_init(struct out *out, struct buf *wire)
{
	size_t i;

	*out = (struct out){ .api = { .size = sizeof(out->api),
		.post = out_post, .place = out_place, .request = out_request,
		.cursor = out_cursor, .pause = out_pause, .timer = out_timer,
		.answer = out_answer, .finding = out_finding, .bad = out_bad,
		.done = out_done, .fail = out_fail }, .wire = wire };
	for (i = 0; i < sizeof(out->text) / sizeof(out->text[0]); i++)
		buf_init(&out->text[i], (size_t)4 << 20);
	buf_init(&out->scratch, (size_t)4 << 20);
	buf_init(&out->cursor, WIRE_CURSOR_MAX);
}

void
out_fini(struct out *out)
{
	size_t i;

	for (i = 0; i < sizeof(out->text) / sizeof(out->text[0]); i++)
		buf_fini(&out->text[i]);
	buf_fini(&out->scratch);
	buf_fini(&out->cursor);
}

void
out_begin(struct out *out, int64_t now)
{
	out->now = now;
	out->posts = out->requests = 0;
	out->failed = false;
	out->has_cursor = false;
	out->error[0] = '\0';
}
