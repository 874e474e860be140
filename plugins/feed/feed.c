/*
 * feed - RSS and Atom, with the conversations that hang on them.
 *
 * A poll asks for the feed, says everything that stands in it (the core knows
 * what it has already and sees edits), and then asks for the comment feeds of
 * those items that have comments which were not read yet:
 *
 *      start -> "main" --+--> "comments" (one for each item, bounded)
 *                        +--> the cursor
 *
 * The cursor says how many comments of each item were read.  An item's count
 * goes into it only when its comment feed was really read, so what did not fit
 * into this poll, or failed, is asked for in the next one.
 */
#include "feed.h"

#include <inttypes.h>

#define FOLLOW_MAX 50           /* comment feeds of one poll */
#define DAY_MS INT64_C(86400000)

static void
ask(struct job *job, struct kp_str url, struct kp_str state, uint32_t flags)
{
	static const struct kp_pair accept = { KP_S("Accept"),
	    KP_S("application/atom+xml, application/rss+xml, "
	    "application/rdf+xml, application/xml;q=0.9, */*;q=0.1") };

	job->out->request(job->out, KP_REQUEST(.flags = KP_ERRORS | flags,
	    .url = kp_cut(&url, '#'), .state = state, .headers = &accept,
	    .nheaders = 1));
}

/* Whether the item's comments have to be read now. */
static bool
is_due(struct job *job, struct cursor *cursor, const struct feed_item *item)
{
	int64_t days = kp_setting_i64(job->in, "recent", 14);

	if (item->deleted || item->parent.n > 0 ||
	    posts_same_site(job, item->comments).n == 0)
		return false;
	if (item->count >= 0)
		return item->count != cursor_count(cursor,
		    cursor_hash(job, item->id));
	return item->created > job->in->now - days * DAY_MS;
}

/* The newest first; returns how many were asked for. */
static size_t
follow(struct job *job, struct cursor *cursor)
{
	struct feed_item **order = posts_order(job);
	int64_t max = kp_setting_i64(job->in, "comments", 10);
	size_t i, n = 0;

	if (max > FOLLOW_MAX)
		max = FOLLOW_MAX;
	for (i = job->feed.n; i > 0 && (int64_t)n < max; i--) {
		const struct feed_item *item = order[i - 1];

		if (!is_due(job, cursor, item))
			continue;
		ask(job, posts_same_site(job, item->comments), kp_fmt(job->mem,
		    "comments %.*s\n%" PRId32 "\n%.*s",
		    KP_ARG(cursor_hash(job, item->id)), item->count,
		    KP_ARG(item->id)), 0);
		n++;
	}
	return n;
}

/* What the admin should know. */

static void
tell(struct job *job, uint32_t level, const char *code, struct kp_str text)
{
	job->out->finding(job->out, level, kp_s(code), text);
}

/* A URL without "#..." and without the last "/", for comparing. */
static struct kp_str
bare(struct kp_str url)
{
	url = kp_cut(&url, '#');
	while (url.n > 0 && url.p[url.n - 1] == '/')
		url.n--;
	return url;
}

static void
say_findings(struct job *job, struct kp_str foreign)
{
	struct kp_str url = job->in->response->url;

	if (url.n > 0 && !kp_eq(bare(url), bare(job->in->source)))
		tell(job, KP_WARNING, "moved", kp_fmt(job->mem, "The feed is "
		    "answered from %.*s now: make that the source's url",
		    KP_ARG(url)));
	if (job->feed.fault.n > 0)
		tell(job, KP_WARNING, "malformed", kp_fmt(job->mem, "The feed "
		    "is malformed, items may be missing: %.*s",
		    KP_ARG(job->feed.fault)));
	if (job->feed.more)
		tell(job, KP_WARNING, "too-long", KP_S("The feed is longer "
		    "than what is taken of one answer: 1000 items, 24 MiB"));
	if (foreign.n > 0)
		tell(job, KP_WARNING, "comments-elsewhere", kp_fmt(job->mem,
		    "The comments are at another host, which this source may "
		    "not ask: %.*s.  Add that feed as a source of its own",
		    KP_ARG(foreign)));
}

/* The feed as a place, and how much of a conversation shows there. */
static void
say_place(struct job *job)
{
	struct feed *feed = &job->feed;
	bool replies = feed->replies, authors = false, forum = false;
	struct kp_str foreign = KP_NONE;
	size_t i;

	for (i = 0; i < feed->n; i++) {
		struct feed_item *item = &feed->items[i];

		if (item->comments.n > 0 &&
		    posts_same_site(job, item->comments).n == 0)
			foreign = item->comments;
		if (item->parent.n > 0 || item->comments.n > 0 ||
		    posts_is_comment(item))
			replies = true;
		if (posts_is_forum(job, item))
			forum = true;
		if (item->author.n > 0)
			authors = true;
	}
	job->out->place(job->out, KP_PLACED(
	    .id = FEED_PLACE,
	    .name = feed->title.n > 0 ? feed->title :
	    kp_url_host(job->mem, job->in->source),
	    .url = feed->link,
	    .kind = forum ? KP_FORUM : KP_FEED,
	    .health = KP_OPEN,
	    .blind = ((replies && foreign.n == 0) || forum ? 0 :
	    KP_SEES_REPLIES) | (feed->tombstones ? 0 : KP_SEES_DELETIONS) |
	    (authors ? 0 : KP_SEES_AUTHORS)));
	say_findings(job, foreign);
}

/* Answers. */

static void
fail(struct job *job, uint32_t why, struct kp_str text)
{
	job->out->fail(job->out, why, text);
}

/* True where the answer is one to read; else it has been dealt with. */
static bool
is_answer(struct job *job)
{
	int status = job->in->response->status;

	if (status == 200 || status == 203)
		return true;
	if (status == 304)
		return false;
	if (status == 410)
		fail(job, KP_GONE, KP_S("the feed is gone for good (410)"));
	else if (status == 404)
		fail(job, KP_TRY_LATER, KP_S("there is no feed there (404)"));
	else if (status == 401 || status == 403 || status == 451)
		fail(job, KP_DENIED, kp_fmt(job->mem,
		    "the feed is not for us (%d)", status));
	else
		fail(job, KP_TRY_LATER, status == 0 ? KP_S("no answer") :
		    kp_fmt(job->mem, "the server answers %d", status));
	return false;
}

static void
not_a_feed(struct job *job)
{
	const struct kp_response *r = job->in->response;
	struct kp_str url = r->url.n > 0 ? r->url : job->in->source;
	struct kp_str found = feed_of_page(job->mem, r->body, url);

	if (found.n > 0)
		tell(job, KP_ERROR, "page", kp_fmt(job->mem, "%.*s is a web "
		    "page.  It names this feed: %.*s", KP_ARG(url),
		    KP_ARG(found)));
	fail(job, KP_BAD_FORMAT, kp_fmt(job->mem, "not a feed: %s",
	    job->mem->why));
}

static bool
read_feed(struct job *job)
{
	const struct kp_response *r = job->in->response;

	return feed_read(job->mem, r->body, r->url.n > 0 ? r->url :
	    job->in->source, job->in->now, &job->feed);
}

/* Nobody knows it of a feed that is empty: perhaps the first comment comes. */
static bool
may_carry_conversations(struct job *job)
{
	bool may = job->feed.replies || job->feed.n == 0;
	size_t i;

	for (i = 0; !may && i < job->feed.n; i++)
		may = posts_is_comment(&job->feed.items[i]) ||
		    job->feed.items[i].parent.n > 0 ||
		    posts_is_forum(job, &job->feed.items[i]);
	return may;
}

static void
main_answer(struct job *job)
{
	struct cursor cursor;
	size_t asked = 0, i;

	if (!is_answer(job))
		return;
	if (!read_feed(job)) {
		not_a_feed(job);
		return;
	}
	posts_say(job);
	say_place(job);
	if (job->in->job != KP_POLL)
		return;
	cursor_read(job, &cursor);
	/* Of these an edit or a count changes neither ETag nor date. */
	cursor.counts = false;
	for (i = 0; i < job->feed.n; i++)
		if ((job->feed.items[i].count >= 0 &&
		    job->feed.items[i].comments.n > 0) ||
		    posts_is_comment(&job->feed.items[i]))
			cursor.counts = true;
	asked = follow(job, &cursor);
	cursor_say(job, &cursor);
	/* Conversations are looked at when they need it, not when news do. */
	if (asked == 0 && !may_carry_conversations(job) &&
	    job->feed.ttl > 0 && kp_setting_on(job->in, "ttl"))
		job->out->pause(job->out, KP_SOURCE, KP_NONE, job->in->now +
		    (job->feed.ttl < DAY_MS ? job->feed.ttl : DAY_MS));
}

/* The comments of one item, asked for by a poll. */
static void
comments_answer(struct job *job)
{
	struct kp_str rest = kp_state_rest(job->in);
	struct kp_str hash = kp_cut(&rest, '\n');
	struct kp_str count = kp_cut(&rest, '\n');
	int status = job->in->response->status;
	struct cursor cursor;
	int64_t n;

	job->root = job->thread = rest;
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return;         /* asked for again by the next poll */
	if (status == 200 && read_feed(job))
		posts_say(job);
	else if (status != 304)
		tell(job, KP_WARNING, "comments", kp_fmt(job->mem, "The "
		    "comments at %.*s cannot be read: %s",
		    KP_ARG(job->in->response->url), status == 200 ?
		    job->mem->why : "the server refuses them"));
	/* What is missing of half a feed is asked for by the next poll, too. */
	if (job->feed.half || !kp_number(count, &n) || n < 0)
		return;
	cursor_read(job, &cursor);
	cursor_set(&cursor, hash, n);
	cursor_say(job, &cursor);
}

/* The thread again, from the feed that its post named, or the whole feed. */
static void
thread_start(struct job *job)
{
	struct kp_str root = job->in->target->ref;
	struct kp_str url = posts_same_site(job, kp_cut(&root, ' '));

	if (url.n == 0)
		ask(job, job->in->source, KP_S("main"), 0);
	else
		ask(job, url, kp_fmt(job->mem, "thread %.*s", KP_ARG(root)), 0);
}

static void
thread_answer(struct job *job)
{
	job->root = kp_state_rest(job->in);
	job->thread = job->in->target->thread;
	if (!is_answer(job))
		return;
	if (read_feed(job))
		posts_say(job);
	else
		not_a_feed(job);
}

/*
 * WordPress answers 304 for its feed though comments have come: whose counts we
 * need is asked for afresh.
 */
static void
poll_start(struct job *job)
{
	struct cursor cursor;

	cursor_read(job, &cursor);
	ask(job, job->in->source, KP_S("main"), cursor.counts ? KP_FRESH : 0);
}

static void
start(struct job *job)
{
	if (kp_url_host(job->mem, job->in->source).n == 0 ||
	    (!kp_starts(job->in->source, "https://") &&
	    !kp_starts(job->in->source, "http://")))
		fail(job, KP_BAD_CONFIG, KP_S("a feed needs a URL that begins "
		    "with https://"));
	else if (job->in->job == KP_THREAD)
		thread_start(job);
	else
		poll_start(job);
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	struct kp_mem mem = KP_MEM;
	struct job job = { .in = in, .out = out, .mem = &mem };

	switch (in->event) {
	case KP_START:
		start(&job);
		break;
	case KP_RESPONSE:
		if (kp_state(in, "main"))
			main_answer(&job);
		else if (kp_state(in, "comments"))
			comments_answer(&job);
		else if (kp_state(in, "thread"))
			thread_answer(&job);
		break;
	}
	kp_mem_free(&mem);
}

static const struct kp_key keys[] = {
	{ "comments", "10", "comment feeds asked for at each poll, at most 50; "
	    "0: none", KP_NUMBER, 0 },
	{ "recent", "14", "days for which an item's comment feed is asked for "
	    "where the feed does not count comments", KP_NUMBER, 0 },
	{ "ttl", "yes", "poll no more often than the feed asks for, if it "
	    "carries no conversations", KP_SWITCH, 0 },
};

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL) | KP_CAN(KP_THREAD), "GET", "=source", "/*", NULL },
};

/* Nobody publishes a limit for feeds; this is what nobody minds. */
static const struct kp_limit limits[] = { { "=source", 60, 60000 } };

KP_PLUGIN(feed,
    .name = "feed",
    .version = "1.0",
    .summary = "RSS and Atom feeds, with the comments that hang on them",
    .jobs = KP_CAN(KP_POLL) | KP_CAN(KP_THREAD),
    .abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS |
	KP_SEES_EDITS | KP_SEES_DELETIONS,
    .interval = 5 * 60 * 1000,
    .keys = KP_TABLE(keys),
    .endpoints = KP_TABLE(endpoints),
    .limits = KP_TABLE(limits),
    .step = step);
