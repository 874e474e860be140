/*
 * How items hang together, and the posts that become of them.
 *
 * RFC 4685 says it plainly and few speak it.  For the rest an item's address
 * has to do: WordPress's comments are at PAGE#comment-7, a forum's posts at
 * viewtopic.php?t=5&p=7.
 */
#include "feed.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)24 << 20)    /* of text in a step */
#define ID_MAX 512
#define REF_MAX 1024

static bool
has_port(struct job *job, struct kp_str url)
{
	return kp_url_origin(job->mem, url).n !=
	    (kp_starts(url, "https:") ? 8 : 7) + kp_url_host(job->mem, url).n;
}

/*
 * Blogs that were moved to https go on naming their comment feeds http; those
 * are put right.
 */
struct kp_str
posts_same_site(struct job *job, struct kp_str url)
{
	struct kp_str source = job->in->source;

	if (url.n == 0 || kp_eq(kp_url_origin(job->mem, url),
	    kp_url_origin(job->mem, source)))
		return url;
	if (!kp_eq(kp_url_host(job->mem, url), kp_url_host(job->mem, source)) ||
	    has_port(job, url) || has_port(job, source))
		return KP_NONE;
	if (kp_starts(url, "http:"))
		return kp_fmt(job->mem, "https%.*s", (int)url.n - 4, url.p + 4);
	return url;
}

static bool
ends_in(struct kp_str s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

static struct kp_str
without_fragment(struct kp_str url)
{
	return kp_cut(&url, '#');
}

/* The value of a parameter of the query, or KP_NONE. */
static struct kp_str
query_value(struct kp_str url, const char *key)
{
	struct kp_str rest = without_fragment(url);

	(void)kp_cut(&rest, '?');
	while (rest.p != NULL) {
		struct kp_str value = kp_cut(&rest, '&');

		if (kp_is(kp_cut(&value, '='), key))
			return value;
	}
	return KP_NONE;
}

/* public-inbox has a feed of each thread without naming it. */
static struct kp_str
comments_of(struct job *job, const struct feed_item *item)
{
	struct kp_str self = job->feed.self;

	if (item->comments.n > 0)
		return item->comments;
	if (ends_in(self, "/new.atom") && ends_in(item->link, "/"))
		return kp_fmt(job->mem, "%.*st.atom", KP_ARG(item->link));
	return KP_NONE;
}

/* WordPress's comments are "PAGE#comment-7", in guid and link; "#comment-7". */
static struct kp_str
comment_mark(struct kp_str id)
{
	struct kp_str rest = id;
	int64_t number;

	(void)kp_cut(&rest, '#');
	if (!kp_starts(rest, "comment-") || !kp_number((struct kp_str){
	    rest.p + 8, rest.n - 8 }, &number))
		return KP_NONE;
	return (struct kp_str){ rest.p - 1, rest.n + 1 };
}

/* The topic of a post in a forum's feed: phpBB, MyBB, vBulletin. */
static struct kp_str
forum_topic(struct job *job, struct kp_str link)
{
	struct kp_str path = kp_url_path(job->mem, link);
	struct kp_str topic = KP_NONE;

	if (ends_in(path, "/showthread.php"))
		topic = query_value(link, "tid");
	if (topic.n == 0 && (ends_in(path, "/viewtopic.php") ||
	    ends_in(path, "/showthread.php")))
		topic = query_value(link, "t");
	return topic.n == 0 || topic.n > 32 ? KP_NONE :
	    kp_fmt(job->mem, "t=%.*s", KP_ARG(topic));
}

/*
 * The thread of a page and its comments is called as the page's own item is,
 * so that the core knows which post opened it.
 */
static struct kp_str
thread_of(struct job *job, const struct feed_item *item)
{
	struct kp_str mark = comment_mark(item->id);

	if (job->thread.n > 0)
		return job->thread;
	if (mark.n > 0)
		return (struct kp_str){ item->id.p, item->id.n - mark.n };
	return item->parent.n > 0 ? KP_NONE : forum_topic(job, item->link);
}

bool
posts_is_comment(const struct feed_item *item)
{
	return comment_mark(item->id).n > 0;
}

bool
posts_is_forum(struct job *job, const struct feed_item *item)
{
	return forum_topic(job, item->link).n > 0;
}

/*
 * WordPress says whom a comment answers in its text alone, translated: one
 * short paragraph with one link to "#comment-7".  Take the 7 and the paragraph
 * out.
 */
static struct kp_str
take_reply_line(struct kp_str *html)
{
	const char *p = html->p, *end, *a, *mark, *quote;
	size_t n;

	if (!kp_starts(*html, "<p>"))
		return KP_NONE;
	end = memmem(p, html->n, "</p>", 4);
	if (end == NULL || end - p > 2000)
		return KP_NONE;
	n = (size_t)(end - p);
	a = memmem(p, n, "<a ", 3);
	mark = memmem(p, n, "#comment-", 9);
	if (a == NULL || mark == NULL || a - p > 60 || mark < a ||
	    memmem(a + 3, n - (size_t)(a + 3 - p), "<a ", 3) != NULL)
		return KP_NONE;
	quote = memchr(mark, '"', (size_t)(end - mark));
	if (quote == NULL || memchr(a, '>', (size_t)(mark - a)) != NULL)
		return KP_NONE;
	a = memmem(quote, (size_t)(end - quote), "</a>", 4);
	if (a == NULL || end - a > 24)
		return KP_NONE;
	*html = kp_trim((struct kp_str){ end + 4, html->n - n - 4 });
	return (struct kp_str){ mark, (size_t)(quote - mark) };
}

/*
 * phpBB ends each post with "<p>Statistics: Posted by NAME ...</p><hr />", in
 * the board's language: a name that no pseudonym would hide.  Its posts break
 * lines with <br>, so that is the only paragraph.
 */
static struct kp_str
without_statistics(struct kp_str html)
{
	struct kp_str rest = html;
	size_t i;

	if (!ends_in(rest, "<hr />"))
		return html;
	rest = kp_trim((struct kp_str){ rest.p, rest.n - 6 });
	if (!ends_in(rest, "</p>"))
		return rest;
	for (i = rest.n; i > 3; i--)
		if (memcmp(rest.p + i - 3, "<p>", 3) == 0)
			return kp_trim((struct kp_str){ rest.p, i - 3 });
	return rest;
}

/* The post that an item answers. */
static struct kp_str
parent_of(struct job *job, const struct feed_item *item, struct kp_str *html)
{
	struct kp_str mark = comment_mark(item->id), answered, parent;

	if (mark.n > 0) {
		answered = take_reply_line(html);
		if (comment_mark(answered).n == 0)
			answered = KP_NONE;
		parent = kp_fmt(job->mem, "%.*s%.*s", (int)(item->id.n - mark.n),
		    item->id.p, KP_ARG(answered));
		if (item->parent.n == 0 && parent.n <= ID_MAX)
			return parent;
	}
	if (item->parent.n > 0 || kp_eq(item->id, job->root))
		return item->parent;
	return job->root;
}

/* A forum's "Board • Re: Topic" is "Topic", and nothing at all on a reply. */
static struct kp_str
title_of(struct job *job, const struct feed_item *item, bool reply)
{
	struct kp_str title = item->title;
	const char *dot;

	if (reply && item->html.n > 0)
		return KP_NONE;
	if (title.n == 0 || !posts_is_forum(job, item))
		return title;
	dot = memmem(title.p, title.n, "•", 3);
	if (dot != NULL)
		title = kp_trim((struct kp_str){ dot + 3,
		    title.n - (size_t)(dot + 3 - title.p) });
	return kp_starts(title, "Re:") && item->html.n > 0 ? KP_NONE : title;
}

/*
 * The core puts the title of the post that opened a thread before its text.
 * Which post that is in a forum's topic does not show, but only the first has a
 * title that is its own.
 */
static struct kp_str
text_of(struct job *job, const struct feed_item *item, struct kp_str title,
    struct kp_str html)
{
	if (title.n == 0 || html.n == 0 || !posts_is_forum(job, item))
		return html;
	return kp_fmt(job->mem, "<p>%.*s</p>%.*s", KP_ARG(title), KP_ARG(html));
}

/*
 * What KP_THREAD will need: the comment feed, and whose comments they are.  A
 * comment's own are in the feed that it stands in.
 */
static struct kp_str
ref_of(struct job *job, const struct feed_item *item)
{
	struct kp_str url = posts_same_site(job, comments_of(job, item));
	struct kp_str root = item->comments.n > 0 ? item->id : KP_NONE;

	if (url.n == 0 && job->root.n > 0) {
		url = posts_same_site(job, job->in->response->url);
		root = job->root;
	}
	if (url.n == 0 || url.n + 1 + root.n > REF_MAX)
		return KP_NONE;
	return kp_fmt(job->mem, "%.*s %.*s", KP_ARG(url), KP_ARG(root));
}

static void
say_item(struct job *job, const struct feed_item *item)
{
	struct kp_str html = item->html;
	struct kp_str parent, title;

	if (item->deleted) {
		job->out->post(job->out, KP_POST(.flags = KP_DELETED,
		    .place = FEED_PLACE, .id = item->id));
		return;
	}
	if (posts_is_forum(job, item))
		html = without_statistics(html);
	parent = parent_of(job, item, &html);
	title = title_of(job, item, parent.n > 0);
	job->out->post(job->out, KP_POST(
	    .flags = KP_HTML | (item->cut ? KP_TRUNCATED : 0) |
	    (item->count >= 0 ? KP_COUNTED : 0),
	    .place = FEED_PLACE,
	    .id = item->id,
	    .parent = parent,
	    .thread = thread_of(job, item),
	    .url = item->link,
	    .author = item->author,
	    .name = item->name,
	    .title = title,
	    .text = text_of(job, item, title, html),
	    .lang = item->lang,
	    .created = item->created,
	    .edited = item->edited,
	    .replies = item->count >= 0 ? item->count : 0,
	    .ref = ref_of(job, item)));
}

static int
by_time(const void *a, const void *b)
{
	const struct feed_item *x = *(const struct feed_item *const *)a;
	const struct feed_item *y = *(const struct feed_item *const *)b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return x > y ? -1 : 1;  /* feeds are newest first */
}

/* The oldest first, so that what is answered comes before its answers. */
struct feed_item **
posts_order(struct job *job)
{
	struct feed_item **order;
	size_t i;

	order = kp_alloc(job->mem, (job->feed.n + 1) * sizeof(*order));
	for (i = 0; i < job->feed.n; i++)
		order[i] = &job->feed.items[i];
	qsort(order, job->feed.n, sizeof(*order), by_time);
	return order;
}

void
posts_say(struct job *job)
{
	struct feed_item **order = posts_order(job);
	size_t i, bytes = 0;

	for (i = job->feed.n; i > 0; i--) {
		bytes += order[i - 1]->html.n + order[i - 1]->title.n;
		if (bytes > BYTES_MAX)
			break;
	}
	if (i > 0)
		job->feed.more = true;
	for (; i < job->feed.n; i++)
		say_item(job, order[i]);
}
