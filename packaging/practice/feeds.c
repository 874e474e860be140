/*
 * Places as feeds, and threads as pages for people.
 *
 * Atom: the place's feed holds every post, replies with thr:in-reply-to, and
 * openers with a link to the feed of their thread (RFC 4685).  RSS 2.0: the
 * place's feed holds openers only, as a blog's does; the replies are behind
 * wfw:commentRss.  So both ways of finding replies are practised.
 */
#include "packaging/practice/practice.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/timefmt.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define THR "http://purl.org/syndication/thread/1.0"

/* What is being written; `failed` is looked at once, at the end. */
struct feed {
	xmlTextWriterPtr w;
	const struct community *c;
	const struct place *place;
	const char *base;
	int64_t now;
	bool failed;
};

static void
attribute(struct feed *f, const char *name, const char *value)
{
	if (xmlTextWriterWriteAttribute(f->w, BAD_CAST name,
	    BAD_CAST value) < 0)
		f->failed = true;
}

static void
start(struct feed *f, const char *name)
{
	if (xmlTextWriterStartElement(f->w, BAD_CAST name) < 0)
		f->failed = true;
}

static void
end(struct feed *f)
{
	if (xmlTextWriterEndElement(f->w) < 0)
		f->failed = true;
}

static void
content(struct feed *f, const char *text)
{
	if (xmlTextWriterWriteString(f->w, BAD_CAST text) < 0)
		f->failed = true;
}

static void
element(struct feed *f, const char *name, const char *text)
{
	start(f, name);
	content(f, text);
	end(f);
}

static void
link_to(struct feed *f, const char *rel, const char *type, const char *href)
{
	start(f, "link");
	attribute(f, "rel", rel);
	attribute(f, "type", type);
	attribute(f, "href", href);
	end(f);
}

/* RFC 5322, as RSS and WordPress have it. */
static void
date_mail(struct feed *f, const char *name, int64_t at)
{
	time_t seconds = (time_t)(at / SECOND_MS);
	struct tm tm;
	char text[40];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	element(f, name, text);
}

static void
date_iso(struct feed *f, const char *name, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	time_format(at, text);
	element(f, name, text);
}

/* A post's text as HTML: a paragraph a line, escaped. */
static char *
post_html(const char *text)
{
	struct buf b;
	struct str rest = str_of(text), line;
	xmlChar *escaped;
	char *copy;

	buf_init(&b, ANSWER_MAX);
	while (rest.p != NULL) {
		line = str_cut(&rest, '\n');
		if (line.n == 0)
			continue;
		copy = str_dup(line);
		escaped = xmlEncodeSpecialChars(NULL, BAD_CAST copy);
		buf_printf(&b, "<p>%s</p>\n",
		    escaped == NULL ? "" : (char *)escaped);
		xmlFree(escaped);
		free(copy);
	}
	return buf_take(&b);
}

/* For a post the address to read it at, for a thread that of its feed. */
static char *
post_url(const struct feed *f, const struct post *p)
{
	return xasprintf("%s/%s/%s#p%s", f->base, f->place->id, p->thread->id,
	    p->id);
}

static char *
thread_feed_url(const struct feed *f, const struct thread *t)
{
	return xasprintf("%s/%s/%s/feed", f->base, f->place->id, t->id);
}

/* An address that stays when the server moves to another port. */
static char *
post_tag(const struct feed *f, const struct post *p)
{
	return xasprintf("tag:practice.example.org,2026:%s/%s/%s",
	    f->place->id, p->thread->id, p->id);
}

static const struct post *
opener(const struct thread *t)
{
	return t->posts[0];
}

/* How many replies there are, and when the last one came or changed. */
static int
replies_count(const struct thread *t, int64_t now, int64_t *newest)
{
	int n = 0;

	for (size_t i = 1; i < t->nposts; i++) {
		if (t->posts[i]->at > now)
			continue;
		if (t->posts[i]->edit_of == NULL)
			n++;
		if (t->posts[i]->at > *newest)
			*newest = t->posts[i]->at;
	}
	return n;
}

static const char *
thread_title(const struct thread *t)
{
	return t->title != NULL ? t->title : t->id;
}

static void
in_reply_to(struct feed *f, const struct post *parent)
{
	char *tag = post_tag(f, parent), *url = post_url(f, parent);

	start(f, "thr:in-reply-to");
	attribute(f, "ref", tag);
	attribute(f, "type", "text/html");
	attribute(f, "href", url);
	end(f);
	free(tag);
	free(url);
}

static void
replies_link(struct feed *f, const struct thread *t)
{
	int64_t newest = opener(t)->at;
	int n = replies_count(t, f->now, &newest);
	char *url = thread_feed_url(f, t), count[16], updated[TIME_TEXT_SIZE];

	snprintf(count, sizeof(count), "%d", n);
	time_format(newest, updated);
	start(f, "link");
	attribute(f, "rel", "replies");
	attribute(f, "type", "application/atom+xml");
	attribute(f, "href", url);
	attribute(f, "thr:count", count);
	attribute(f, "thr:updated", updated);
	end(f);
	element(f, "thr:total", count);
	free(url);
}

static void
atom_author(struct feed *f, const struct post *p)
{
	char *uri;

	/* Not left out: the feed's author would count as this one's. */
	start(f, "author");
	element(f, "name", p->name == NULL ? "?" : p->name);
	if (p->author != NULL) {
		uri = xasprintf("%suser/%s", f->place->url, p->author);
		element(f, "uri", uri);
		free(uri);
	}
	end(f);
}

static void
atom_entry(struct feed *f, const struct post *p)
{
	const struct post *version = post_version(p, f->now);
	char *tag = post_tag(f, p), *url = post_url(f, p);
	char *html = post_html(version->text), *title;

	title = xasprintf("%s%s", p == opener(p->thread) ? "" : "Re: ",
	    thread_title(p->thread));
	start(f, "entry");
	element(f, "id", tag);
	element(f, "title", title);
	atom_author(f, p);
	date_iso(f, "published", p->at);
	date_iso(f, "updated", version->at);
	link_to(f, "alternate", "text/html", url);
	if (p->parent != NULL)
		in_reply_to(f, p->parent);
	if (p == opener(p->thread))
		replies_link(f, p->thread);
	start(f, "content");
	attribute(f, "type", "html");
	content(f, html);
	end(f);
	end(f);
	free(tag);
	free(url);
	free(html);
	free(title);
}

static void
atom_start(struct feed *f, const struct thread *t, const char *self)
{
	char *id = xasprintf("tag:practice.example.org,2026:%s%s%s",
	    f->place->id, t == NULL ? "" : "/", t == NULL ? "" : t->id);

	start(f, "feed");
	attribute(f, "xmlns", ATOM);
	attribute(f, "xmlns:thr", THR);
	attribute(f, "xml:lang", f->place->lang);
	element(f, "id", id);
	element(f, "title", t == NULL ? f->place->name : thread_title(t));
	date_iso(f, "updated", feed_changed(f->c, f->place, t, f->now));
	link_to(f, "self", "application/atom+xml", self);
	start(f, "author");
	element(f, "name", f->place->name);
	end(f);
	free(id);
}

static void
rss_item(struct feed *f, const struct post *p)
{
	const struct post *version = post_version(p, f->now);
	const struct thread *t = p->thread;
	bool reply = p != opener(t);
	char *url = post_url(f, p), *tag = post_tag(f, p);
	char *html = post_html(version->text), *text;
	int64_t newest = 0;

	start(f, "item");
	if (reply)
		text = xasprintf("By: %s", p->name == NULL ? "?" : p->name);
	else
		text = xstrdup(thread_title(t));
	element(f, "title", text);
	free(text);
	element(f, "link", url);
	if (p->name != NULL)
		element(f, "dc:creator", p->name);
	date_mail(f, "pubDate", p->at);
	start(f, "guid");
	attribute(f, "isPermaLink", "false");
	content(f, tag);
	end(f);
	if (reply && p->parent != NULL && p->parent != opener(t))
		in_reply_to(f, p->parent);
	element(f, "description", html);
	element(f, "content:encoded", html);
	if (!reply) {
		text = thread_feed_url(f, t);
		element(f, "wfw:commentRss", text);
		free(text);
		text = xasprintf("%d", replies_count(t, f->now, &newest));
		element(f, "slash:comments", text);
		free(text);
	}
	end(f);
	free(url);
	free(tag);
	free(html);
}

static void
rss_start(struct feed *f, const struct thread *t, const char *self)
{
	start(f, "rss");
	attribute(f, "version", "2.0");
	attribute(f, "xmlns:content",
	    "http://purl.org/rss/1.0/modules/content/");
	attribute(f, "xmlns:wfw", "http://wellformedweb.org/CommentAPI/");
	attribute(f, "xmlns:dc", "http://purl.org/dc/elements/1.1/");
	attribute(f, "xmlns:atom", ATOM);
	attribute(f, "xmlns:slash",
	    "http://purl.org/rss/1.0/modules/slash/");
	attribute(f, "xmlns:thr", THR);
	start(f, "channel");
	element(f, "title", t == NULL ? f->place->name : thread_title(t));
	start(f, "atom:link");
	attribute(f, "href", self);
	attribute(f, "rel", "self");
	attribute(f, "type", "application/rss+xml");
	end(f);
	element(f, "link", f->place->url);
	element(f, "description", f->place->name);
	element(f, "language", f->place->lang);
	date_mail(f, "lastBuildDate",
	    feed_changed(f->c, f->place, t, f->now));
}

/* Whether the feed of ${place}, or of its ${t}, shows this post. */
static bool
feed_shows(const struct place *place, const struct thread *t,
    const struct post *p)
{
	if (p->edit_of != NULL || p->place != place)
		return false;
	if (!place->rss)
		return t == NULL || p->thread == t;
	/* A blog: posts in the one, comments in the other. */
	if (t == NULL)
		return p == opener(p->thread);
	return p->thread == t && p != opener(t);
}

int64_t
feed_changed(const struct community *c, const struct place *place,
    const struct thread *t, int64_t now)
{
	int64_t newest = 0;

	/* Counts of replies change openers too. */
	for (size_t i = 0; i < c->nposts && c->posts[i]->at <= now; i++)
		if (c->posts[i]->place == place &&
		    (t == NULL || c->posts[i]->thread == t))
			newest = c->posts[i]->at;
	return newest != 0 ? newest : c->start;
}

static int
finish(struct feed *f, xmlBufferPtr xml, struct buf *out)
{
	if (xmlTextWriterEndDocument(f->w) < 0)
		f->failed = true;
	xmlFreeTextWriter(f->w);
	if (!f->failed && buf_add(out, xmlBufferContent(xml),
	    (size_t)xmlBufferLength(xml)) == -1)
		f->failed = true;
	xmlBufferFree(xml);
	return f->failed ? -1 : 0;
}

int
feed_write(const struct community *c, const struct place *place,
    const struct thread *t, const char *base, int64_t now, struct buf *out)
{
	struct feed f = { NULL, c, place, base, now, false };
	xmlBufferPtr xml = xmlBufferCreate();
	char *self;

	f.w = xmlNewTextWriterMemory(xml, 0);
	if (xml == NULL || f.w == NULL)
		abort();
	if (xmlTextWriterStartDocument(f.w, NULL, "UTF-8", NULL) < 0)
		f.failed = true;
	self = t != NULL ? thread_feed_url(&f, t) :
	    xasprintf("%s/%s/feed", base, place->id);
	if (place->rss)
		rss_start(&f, t, self);
	else
		atom_start(&f, t, self);
	/* The newest stands first. */
	for (size_t i = c->nposts; i > 0; i--) {
		if (c->posts[i - 1]->at > now ||
		    !feed_shows(place, t, c->posts[i - 1]))
			continue;
		if (place->rss)
			rss_item(&f, c->posts[i - 1]);
		else
			atom_entry(&f, c->posts[i - 1]);
	}
	free(self);
	return finish(&f, xml, out);
}

static void
page_post(struct feed *f, const struct post *p)
{
	char *id = xasprintf("p%s", p->id), at[TIME_TEXT_SIZE];

	time_format(p->at, at);
	start(f, "article");
	attribute(f, "id", id);
	start(f, "p");
	element(f, "b", p->name == NULL ? "?" : p->name);
	content(f, " ");
	element(f, "time", at);
	end(f);
	start(f, "p");
	attribute(f, "style", "white-space: pre-wrap");
	content(f, post_version(p, f->now)->text);
	end(f);
	end(f);
	free(id);
}

static void
page_list(struct feed *f)
{
	const struct thread *t;
	char *href;

	start(f, "ul");
	for (size_t i = 0; i < f->c->nthreads; i++) {
		t = &f->c->threads[i];
		if (opener(t)->at > f->now)
			continue;
		href = xasprintf("/%s/%s", t->place->id, t->id);
		start(f, "li");
		content(f, t->place->name);
		content(f, ": ");
		start(f, "a");
		attribute(f, "href", href);
		content(f, thread_title(t));
		end(f);
		end(f);
		free(href);
	}
	end(f);
}

int
page_write(const struct community *c, const struct thread *t, int64_t now,
    struct buf *out)
{
	struct feed f = { NULL, c, NULL, "", now, false };
	xmlBufferPtr xml = xmlBufferCreate();

	f.w = xmlNewTextWriterMemory(xml, 0);
	if (xml == NULL || f.w == NULL)
		abort();
	if (xmlTextWriterWriteDTD(f.w, BAD_CAST "html", NULL, NULL, NULL) < 0)
		f.failed = true;
	start(&f, "html");
	attribute(&f, "lang", t == NULL ? "en" : t->lang);
	start(&f, "head");
	start(&f, "meta");
	attribute(&f, "charset", "utf-8");
	end(&f);
	element(&f, "title", t == NULL ? "Practice community" :
	    thread_title(t));
	end(&f);
	start(&f, "body");
	element(&f, "h1", t == NULL ? "Practice community" : t->place->name);
	if (t == NULL)
		page_list(&f);
	for (size_t i = 0; t != NULL && i < t->nposts; i++)
		if (t->posts[i]->edit_of == NULL && t->posts[i]->at <= now)
			page_post(&f, t->posts[i]);
	return finish(&f, xml, out);
}
