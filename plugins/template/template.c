/*
 * template: a forum that exists nowhere, as the pattern of a plugin.
 *
 * Its API has one call:
 *
 *	GET /api/posts?after=ID -> { "forum": { "id": 7, "name": "..." },
 *	    "posts": [ { "id": 12, "thread": 10, "answers": 11,
 *	    "author": "u1", "at": "2026-03-01T18:00:00Z", "html": "<p>..." } ],
 *	    "more": true }
 *
 * The cursor is "1 ID": a format number, since a later version may need
 * another one, and the newest post that was seen.
 */
#include "kp.h"

static const struct kp_key keys[] = {
	{ "page_size", "100", "posts to ask for at once", KP_NUMBER, 0 },
};

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/api/posts", NULL },
};

static const struct kp_limit limits[] = {
	{ "=source", 60, 60 * 1000 },
};

static void
ask(struct kp_mem *mem, const struct kp_in *in, struct kp_out *out,
    struct kp_str after)
{
	struct kp_str url = kp_url_resolve(mem, in->source,
	    KP_S("/api/posts"));

	url = kp_url_add(mem, url, "size", kp_setting(in, "page_size"));
	if (after.n > 0)
		url = kp_url_add(mem, url, "after", after);
	out->request(out, KP_REQUEST(.url = url, .state = KP_S("posts")));
}

/* What is missing or odd in one post costs that post, not the others. */
static void
emit(struct kp_mem *mem, struct kp_json *post, struct kp_str place,
    struct kp_out *out)
{
	struct kp_str id = kp_json_id(mem, post, "id");
	int64_t at = 0;

	if (id.n == 0)
		return;
	(void)kp_time_iso(kp_json_str(post, "at"), &at);
	out->post(out, KP_POST(.place = place, .id = id,
	    .thread = kp_json_id(mem, post, "thread"),
	    .parent = kp_json_id(mem, post, "answers"),
	    .author = kp_json_id(mem, post, "author"),
	    .text = kp_json_str(post, "html"), .flags = KP_HTML,
	    .created = at));
}

static void
answered(struct kp_mem *mem, const struct kp_in *in, struct kp_out *out)
{
	struct kp_json *page = kp_json(mem, in->response->body);
	struct kp_str place = kp_json_id(mem, page, "forum.id");
	struct kp_str last = KP_NONE;
	size_t i, n = kp_json_n(page, "posts");

	if (place.n == 0 || !kp_json_is_array(kp_json_get(page, "posts"))) {
		out->fail(out, KP_BAD_FORMAT, page == NULL ? kp_s(mem->why) :
		    KP_S("the answer has no forum.id or no posts"));
		return;
	}
	out->place(out, KP_PLACED(.id = place, .kind = KP_FORUM,
	    .name = kp_json_str(page, "forum.name"), .url = in->source));
	for (i = 0; i < n; i++) {
		struct kp_json *post = kp_json_at(page, "posts", i);

		emit(mem, post, place, out);
		last = kp_json_id(mem, post, "id");
	}
	if (last.n == 0)
		return;
	out->cursor(out, kp_fmt(mem, "1 %.*s", KP_ARG(last)));
	if (kp_json_bool(page, "more", false))
		ask(mem, in, out, last);
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	struct kp_mem mem = KP_MEM;
	struct kp_str after = in->cursor;

	(void)kp_cut(&after, ' ');
	switch (in->event) {
	case KP_START:
		ask(&mem, in, out, after);
		break;
	case KP_RESPONSE:
		answered(&mem, in, out);
		break;
	}
	kp_mem_free(&mem);
}

KP_PLUGIN(template, .name = "template", .version = "1.0",
    .summary = "a forum that exists nowhere",
    .jobs = KP_CAN(KP_POLL), .interval = 5 * 60 * 1000,
    .abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS,
    .keys = KP_TABLE(keys), .endpoints = KP_TABLE(endpoints),
    .limits = KP_TABLE(limits), .step = step);
