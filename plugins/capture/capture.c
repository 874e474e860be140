/*
 * capture - posts and threads that a person, or another tool, wrote down.
 *
 * One line is one JSON object: a post (platforms differ in what they call its
 * members, so several names are tried), or a thread, which is an object with
 * "posts".  A line is taken whole or not at all; what is wrong with it goes to
 * bad() with its number, and the next one is read.
 *
 * What comes twice is the same post twice: an id that is missing is made of the
 * post's address, else of its place, author, time and text.  Nothing is kept
 * between lines and there is no cursor, so an import that is begun anew changes
 * nothing.  Labels ("question", "claims", "unanswered") are never looked at.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <kp.h>

#define ID_MAX 512
#define NAME_MAX 400
#define TITLE_MAX 2000
#define TEXT_MAX 50000
#define URL_MAX 4000
#define POSTS_MAX 1000          /* of one thread */
#define YEAR_1990 INT64_C(631152000000)
#define DAY_MS INT64_C(86400000)

/* Places that were told to the core in this step. */
struct told {
	struct told *next;
	struct kp_str id, name, url;
};

/* The line that is being read. */
struct line {
	const struct kp_in *in;
	struct kp_out *out;
	struct kp_mem *mem;
	struct told *told;
	struct kp_post *posts;
	size_t n;
	struct kp_place place;
	struct kp_str thread_id;
	char why[200];          /* what is wrong with it */
};

/* What the members are called; NULL at the end. */
static const char *const id_names[] = { "post_id", "id", "message_id",
	"comment_id", NULL };
static const char *const thread_names[] = { "thread_id", "thread", "topic_id",
	NULL };
static const char *const parent_names[] = { "parent_id", "reply_to", "parent",
	"in_reply_to", "in_reply_to_id", "reply_to_id", "reply_to_message_id",
	NULL };
static const char *const author_names[] = { "author_id", "author.id", "author",
	"user_id", "from_id", "author.name", "author_name", "name", NULL };
static const char *const name_names[] = { "author_name", "author.name", "name",
	"username", "from", NULL };
static const char *const created_names[] = { "created_at", "created", "at",
	"date", "time", "timestamp", "published", NULL };
static const char *const edited_names[] = { "edited_at", "edited",
	"updated_at", NULL };
static const char *const text_names[] = { "text", "message", "body", "content",
	"selection", "caption", NULL };
static const char *const html_names[] = { "text_html", "html",
	"selection_html", NULL };
static const char *const title_names[] = { "title", "subject", NULL };
static const char *const url_names[] = { "permalink", "url", "link", NULL };
static const char *const lang_names[] = { "lang", "language", NULL };
static const char *const place_names[] = { "place.id", "place_id", "place",
	"source_id", "group_id", "group", "channel", "place.name", NULL };
static const char *const place_name_names[] = { "place.name", "place_name",
	NULL };
static const char *const place_url_names[] = { "place.url", "place_url", NULL };

static bool
wrong(struct line *l, const char *what, const char *why)
{
	if (l->why[0] == '\0')
		snprintf(l->why, sizeof(l->why), "%s%s%s", what,
		    what[0] == '\0' ? "" : ": ", why);
	return false;
}

/* The first of them that is there, as text; whole numbers count as text. */
static struct kp_str
member(struct line *l, struct kp_json *json, const char *const *names)
{
	struct kp_str s = KP_NONE;
	size_t i;

	for (i = 0; names[i] != NULL && s.n == 0; i++)
		s = kp_trim(kp_json_id(l->mem, json, names[i]));
	return s;
}

/* Without the control characters that JSON lets through. */
static struct kp_str
clean(struct line *l, struct kp_str s, size_t max)
{
	char *p = kp_alloc(l->mem, s.n + 1);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t')
			p[n++] = s.p[i];
	}
	return kp_trim(kp_fit(kp_trim((struct kp_str){ p, n }), max));
}

static struct kp_str
word(struct line *l, struct kp_json *json, const char *const *names,
    size_t max)
{
	struct kp_str s = clean(l, member(l, json, names), SIZE_MAX);
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '\n' || s.p[i] == '\t')
			((char *)(uintptr_t)s.p)[i] = ' ';
	return kp_fit(s, max);
}

/* Ids are never cut: two could become one. */
static struct kp_str
id_of(struct line *l, struct kp_str s)
{
	return s.n <= ID_MAX ? s :
	    kp_fmt(l->mem, "h:%.*s", KP_ARG(kp_hash(l->mem, s)));
}

static struct kp_str
url_of(struct line *l, struct kp_json *json, const char *const *names)
{
	struct kp_str url = word(l, json, names, SIZE_MAX);

	if ((!kp_starts(url, "https://") && !kp_starts(url, "http://")) ||
	    url.n > URL_MAX || kp_url_host(l->mem, url).n == 0)
		return KP_NONE;
	return url;
}

/* The first of them that is there at all, as it is written. */
static struct kp_str
time_text(struct line *l, struct kp_json *json, const char *const *names)
{
	struct kp_str s = KP_NONE;
	struct kp_json *value;
	size_t i;

	for (i = 0; names[i] != NULL && s.n == 0; i++) {
		value = kp_json_get(json, names[i]);
		s = kp_json_str(value, NULL);
		if (value != NULL && s.p == NULL) {
			s = kp_json_text(l->mem, value);
			if (!kp_json_is_object(value) &&
			    !kp_json_is_array(value))
				s = kp_cut(&s, '.');    /* of a second */
		}
	}
	return kp_trim(s);
}

/*
 * Times: RFC 3339, RFC 5322, seconds or milliseconds since 1970, also as text.
 * False where one is there and cannot be: a post at a wrong time would be
 * judged wrongly.
 */
static bool
time_of(struct line *l, struct kp_json *json, const char *const *names,
    int64_t *ret)
{
	struct kp_str s = time_text(l, json, names);
	int64_t at;

	*ret = 0;
	if (s.n == 0)
		return true;
	if (kp_number(s, &at)) {
		if (at > -INT64_C(100000000000) && at < INT64_C(100000000000))
			at *= 1000;
	} else if (!kp_time_iso(s, &at) && !kp_time_mail(s, &at))
		return wrong(l, names[0], "this is no time");
	if (at < YEAR_1990)
		return wrong(l, names[0], "before 1990");
	if (at > l->in->now + DAY_MS)
		return wrong(l, names[0], "in the future");
	*ret = at;
	return true;
}

/*
 * "Anonymous participant 12", as groups show people who hide: whoever it is, two
 * of them are never one person, not even with the same number in two threads.
 */
static bool
is_nobody(struct kp_str author)
{
	static const char *const starts[] = { "anonym", "anonim", "Анонимен",
		"анонимен", "Анонимна", "анонимна" };
	struct kp_str word = kp_cut(&author, ' ');
	size_t i, n;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		n = strlen(starts[i]);
		if (word.n >= n && word.n <= n + 4 &&
		    strncasecmp(word.p, starts[i], n) == 0)
			return true;
	}
	return false;
}

/* Places. */

static uint32_t
kind_of(struct kp_str kind)
{
	static const struct {
		const char *name;
		uint32_t kind;
	} t[] = {
		{ "group", KP_GROUP }, { "channel", KP_CHANNEL },
		{ "forum", KP_FORUM }, { "feed", KP_FEED }, { "page", KP_PAGE },
		{ "archive", KP_ARCHIVE },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (kp_is(kind, t[i].name))
			return t[i].kind;
	return 0;
}

/*
 * "facebook:GROUP"; where no place is named, the platform is one.  Threads
 * whose answers could not be captured are kept in a place apart, so that what
 * is known of the others does not depend on the order of the lines.
 */
static void
read_place(struct line *l, struct kp_json *json)
{
	static const char *const platform_names[] = { "platform", NULL };
	static const char *const kind_names[] = { "place.kind", "place_kind",
		NULL };
	struct kp_str platform = word(l, json, platform_names, 64);
	struct kp_str id = word(l, json, place_names, SIZE_MAX);
	bool visible = kp_json_bool(json, "replies_visible", true);

	if (platform.n == 0)
		platform = KP_S("capture");
	id = id.n == 0 ? platform : id_of(l, kp_fmt(l->mem, "%.*s:%.*s",
	    KP_ARG(platform), KP_ARG(id)));
	l->place = (struct kp_place){
		.size = sizeof(l->place),
		.id = visible ? id : id_of(l, kp_fmt(l->mem,
		    "%.*s?replies=hidden", KP_ARG(id))),
		.name = word(l, json, place_name_names, NAME_MAX),
		.url = url_of(l, json, place_url_names),
		.kind = kind_of(word(l, json, kind_names, 20)),
		.health = visible ? KP_OPEN : KP_PARTLY,
		.reason = visible ? KP_NONE :
		    KP_S("who captured it could not see the replies"),
		.blind = visible ? 0 : KP_SEES_REPLIES,
	};
}

/* Tell the core of a place, once unless more becomes known. */
static void
say_place(struct line *l)
{
	const struct kp_place *p = &l->place;
	struct told *t;

	for (t = l->told; t != NULL; t = t->next)
		if (kp_eq(t->id, p->id))
			break;
	if (t == NULL) {
		t = kp_alloc(l->mem, sizeof(*t));
		t->id = p->id;
		t->next = l->told;
		l->told = t;
	} else if ((p->name.n == 0 || kp_eq(p->name, t->name)) &&
	    (p->url.n == 0 || kp_eq(p->url, t->url)))
		return;
	t->name = p->name;
	t->url = p->url;
	l->out->place(l->out, p);
}

/* Posts. */

static struct kp_str
made_id(struct line *l, const struct kp_post *p)
{
	struct kp_str what = p->url.n > 0 ? p->url : kp_fmt(l->mem,
	    "%.*s\n%.*s%.*s\n%.*s\n%" PRId64 "\n%.*s\n%.*s",
	    KP_ARG(l->place.id), KP_ARG(l->thread_id), KP_ARG(p->thread),
	    KP_ARG(p->author), p->created, KP_ARG(p->title), KP_ARG(p->text));

	return kp_fmt(l->mem, "h:%.*s", KP_ARG(kp_hash(l->mem, what)));
}

/* Within a thread ids are often 1, 2, 3: they are its own. */
static struct kp_str
scoped(struct line *l, struct kp_str id)
{
	if (id.n == 0)
		return KP_NONE;
	return id_of(l, l->thread_id.n == 0 ? id : kp_fmt(l->mem, "%.*s/%.*s",
	    KP_ARG(l->thread_id), KP_ARG(id)));
}

static void
read_flags(struct kp_json *json, struct kp_post *p)
{
	int64_t replies = kp_json_i64(json, "replies", -1);

	if (kp_json_bool(json, "deleted", false))
		p->flags |= KP_DELETED;
	if (kp_json_bool(json, "locked", false))
		p->flags |= KP_LOCKED;
	if (kp_json_bool(json, "solved", false))
		p->flags |= KP_SOLVED;
	if (replies >= 0 && replies <= INT32_MAX) {
		p->flags |= KP_COUNTED;
		p->replies = (int32_t)replies;
	}
}

static void
read_text(struct line *l, struct kp_json *json, struct kp_post *p)
{
	struct kp_str text = member(l, json, text_names);

	if (text.n == 0) {
		text = member(l, json, html_names);
		if (text.n > 0)
			p->flags |= KP_HTML;
	}
	p->text = clean(l, text, TEXT_MAX);
	if (text.n > TEXT_MAX)
		p->flags |= KP_TRUNCATED;
	/* A title of a post that is HTML would be read as HTML. */
	if ((p->flags & KP_HTML) == 0)
		p->title = word(l, json, title_names, TITLE_MAX);
}

static bool
read_post(struct line *l, struct kp_json *json, struct kp_post *p)
{
	if (!kp_json_is_object(json))
		return wrong(l, "", "this is no JSON object");
	*p = (struct kp_post){ .size = sizeof(*p), .place = l->place.id };
	read_flags(json, p);
	read_text(l, json, p);
	p->url = url_of(l, json, url_names);
	p->thread = id_of(l, word(l, json, thread_names, SIZE_MAX));
	p->author = id_of(l, word(l, json, author_names, SIZE_MAX));
	if (is_nobody(p->author))
		p->author = KP_NONE;
	p->name = word(l, json, name_names, NAME_MAX);
	p->lang = word(l, json, lang_names, 35);
	if (!time_of(l, json, created_names, &p->created) ||
	    !time_of(l, json, edited_names, &p->edited))
		return false;
	if (p->text.n == 0 && p->title.n == 0 && (p->flags & KP_DELETED) == 0)
		return wrong(l, "text", "there is none");
	p->id = scoped(l, word(l, json, id_names, SIZE_MAX));
	if (p->id.n == 0 && (p->flags & KP_DELETED) != 0 && p->url.n == 0)
		return wrong(l, "id", "what is deleted needs one, or a url");
	if (p->id.n == 0)
		p->id = made_id(l, p);
	p->parent = scoped(l, word(l, json, parent_names, SIZE_MAX));
	if (kp_eq(p->parent, p->id))
		p->parent = KP_NONE;
	return true;
}

static void
say_posts(struct line *l)
{
	size_t i;

	say_place(l);
	for (i = 0; i < l->n; i++)
		l->out->post(l->out, &l->posts[i]);
}

static bool
one_post(struct line *l, struct kp_json *json)
{
	l->posts = kp_alloc(l->mem, sizeof(*l->posts));
	l->n = 1;
	read_place(l, json);
	return read_post(l, json, l->posts);
}

/* A thread without an id is known by its first post. */
static struct kp_str
thread_name(struct line *l, struct kp_json *json)
{
	static const char *const names[] = { "id", "thread_id", "permalink",
		"url", NULL };
	struct kp_str id = word(l, json, names, SIZE_MAX);
	struct kp_post first;

	if (id.n > 0)
		return id_of(l, id);
	if (!read_post(l, kp_json_at(json, "posts", 0), &first))
		return KP_NONE;
	return made_id(l, &first);
}

/* The thread is called as its first post is, which opened it. */
static bool
all_posts(struct line *l, struct kp_json *json)
{
	struct kp_str title = word(l, json, title_names, TITLE_MAX);
	struct kp_str url = url_of(l, json, url_names);
	struct kp_str lang = word(l, json, lang_names, 35);
	size_t i;

	l->n = kp_json_n(json, "posts");
	if (l->n == 0 || l->n > POSTS_MAX)
		return wrong(l, "posts", l->n == 0 ? "there is none" :
		    "more than 1000 in one thread");
	read_place(l, json);
	l->thread_id = thread_name(l, json);
	l->posts = kp_alloc(l->mem, l->n * sizeof(*l->posts));
	for (i = 0; i < l->n; i++) {
		struct kp_post *p = &l->posts[i];

		if (!read_post(l, kp_json_at(json, "posts", i), p)) {
			char why[sizeof(l->why)];

			snprintf(why, sizeof(why), "%s", l->why);
			snprintf(l->why, sizeof(l->why), "post %zu: %.170s",
			    i + 1, why);
			return false;
		}
		p->thread = l->posts[0].id;
		if (p->url.n == 0)
			p->url = url;
		if (p->lang.n == 0)
			p->lang = lang;
	}
	if (l->posts[0].title.n == 0 && (l->posts[0].flags & KP_HTML) == 0)
		l->posts[0].title = title;
	return true;
}

static void
record(struct line *l, const struct kp_record *r)
{
	struct kp_str bytes = r->bytes;
	struct kp_json *json;
	bool ok;

	if (kp_starts(bytes, "\xef\xbb\xbf"))
		bytes = (struct kp_str){ bytes.p + 3, bytes.n - 3 };
	bytes = kp_trim(bytes);
	if (bytes.n == 0)
		return;
	json = kp_json(l->mem, bytes);
	if (json == NULL)
		ok = wrong(l, "", l->mem->why);
	else if (!kp_json_is_object(json))
		ok = wrong(l, "", "this is no JSON object");
	else if (kp_json_is_array(kp_json_get(json, "posts")))
		ok = all_posts(l, json);
	else
		ok = one_post(l, json);
	if (ok)
		say_posts(l);
	else
		l->out->bad(l->out, r->number, kp_s(l->why));
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	struct kp_mem mem = KP_MEM;
	struct told *told = NULL;
	size_t i;

	switch (in->event) {
	case KP_DATA:
		for (i = 0; i < in->nrecords; i++) {
			struct line l = { .in = in, .out = out, .mem = &mem,
				.told = told };

			record(&l, &in->records[i]);
			told = l.told;
		}
		break;
	case KP_START:
	case KP_END:
		break;          /* a line needs no other */
	}
	kp_mem_free(&mem);
}

static const struct kp_framing framings[] = { { KP_LINES, NULL } };

KP_PLUGIN(capture,
    .name = "capture",
    .version = "1.0",
    .summary = "posts and threads from other tools, one JSON object a line",
    .jobs = KP_CAN(KP_IMPORT) | KP_CAN(KP_PUSH),
    .abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS |
	KP_SEES_EDITS | KP_SEES_DELETIONS,
    .framings = KP_TABLE(framings),
    .step = step);
