/*
 * The feed plugin, step by step: what stands in a feed comes out as posts that
 * hang together, and what a stranger writes into one does no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kp.h>

#include "kp_recorder.h"

extern const struct kp_plugin feed_LTX_kp_plugin;

#define SOURCE "https://blog.example/feed/"
#define NOW INT64_C(1795564800000)      /* 2026-11-25T00:00:00Z */
#define HOUR INT64_C(3600000)

/* What a step is asked; zero gives the usual. */
struct asked {
	uint32_t job;
	const char *source, *state, *cursor, *body, *url, *comments;
	int status;
	const struct kp_target *target;
	uint32_t event;
};

static void
run(struct recorder *r, const struct asked *a)
{
	const struct kp_pair settings[] = {
		{ KP_S("comments"), kp_s(a->comments == NULL ? "10" :
		    a->comments) },
		{ KP_S("recent"), KP_S("14") }, { KP_S("ttl"), KP_S("yes") },
	};
	const struct kp_response response = {
		.status = a->status == 0 ? 200 : a->status,
		.url = kp_s(a->url != NULL ? a->url :
		    a->source != NULL ? a->source : SOURCE),
		.body = kp_s(a->body),
	};
	const struct kp_in in = {
		.job = a->job == 0 ? KP_POLL : a->job,
		.event = a->event == 0 ? KP_RESPONSE : a->event,
		.now = NOW,
		.source = kp_s(a->source != NULL ? a->source : SOURCE),
		.settings = settings,
		.nsettings = 3,
		.cursor = kp_s(a->cursor),
		.state = kp_s(a->state != NULL ? a->state : "main"),
		.response = &response,
		.target = a->target,
	};

	recorder_init(r);
	recorder_run(r, &feed_LTX_kp_plugin, &in);
	if (r->broken[0] != '\0')
		fail_msg("the core would refuse this step: %s", r->broken);
}

static void
assert_text(struct kp_str s, const char *text)
{
	if (text == NULL ? s.n != 0 : !kp_is(s, text))
		fail_msg("\"%.*s\", not \"%s\"", KP_ARG(s),
		    text == NULL ? "" : text);
}

static const struct kp_post *
post(const struct recorder *r, const char *id)
{
	const struct kp_post *p = recorder_post(r, id);

	if (p == NULL)
		fail_msg("no post \"%s\"", id);
	return p;
}

#define RSS_HEAD                                                               \
	"<?xml version=\"1.0\" encoding=\"windows-1251\"?><rss version=\"2.0\""    \
	" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""           \
	" xmlns:dc=\"http://purl.org/dc/elements/1.1/\""                        \
	" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\""               \
	" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\""            \
	"%s><channel><title>Praca &amp;amp; dom</title>"                        \
	"<link>https://blog.example</link><language>pl</language>"
#define WFW " xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\""

static const char blog[] = "<?xml version=\"1.0\"?><rss version=\"2.0\""
    " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
    " xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\"" WFW
    "><channel><title>Praca &amp;amp; dom</title>"
    "<link>https://blog.example</link><language>pl</language>"
    "<item><title>Zwolnienie</title><link>/2026/zwolnienie/</link>"
    "<dc:creator>Halina</dc:creator>"
    "<pubDate>Tue, 24 Nov 2026 10:00:00 +0000</pubDate>"
    "<guid isPermaLink=\"false\">https://blog.example/?p=7</guid>"
    "<description>Skrót [&amp;#8230;]</description>"
    "<content:encoded><![CDATA[<p>Czy szef może mnie zwolnić?</p>]]>"
    "</content:encoded>"
    "<wfw:commentRss>http://blog.example/2026/zwolnienie/feed/"
    "</wfw:commentRss><slash:comments>2</slash:comments></item>"
    "<item><title>Meldunek</title><link>https://blog.example/2026/meldunek/"
    "</link><dc:creator>Gość</dc:creator>"
    "<pubDate>Mon, 23 Nov 2026 10:00:00 +0000</pubDate>"
    "<guid isPermaLink=\"false\">https://blog.example/?p=6</guid>"
    "<description>Termin dopiero za miesiąc [&#8230;]</description>"
    "<wfw:commentRss>https://blog.example/2026/meldunek/feed/"
    "</wfw:commentRss><slash:comments>0</slash:comments></item>"
    "</channel></rss>";

static void
test_a_blog_and_its_comments(void **state)
{
	struct recorder r;
	const struct kp_post *p;

	(void)state;
	run(&r, &(struct asked){ .body = blog });
	assert_int_equal(r.step.nposts, 2);
	assert_text(r.step.posts[0].id, "https://blog.example/?p=6");
	p = post(&r, "https://blog.example/?p=7");
	assert_text(p->title, "Zwolnienie");
	assert_text(p->text, "<p>Czy szef może mnie zwolnić?</p>");
	assert_text(p->thread, NULL);
	assert_text(p->url, "https://blog.example/2026/zwolnienie/");
	assert_text(p->author, "Halina");
	assert_text(p->lang, "pl");
	assert_text(p->parent, NULL);
	assert_text(p->ref, "https://blog.example/2026/zwolnienie/feed/ "
	    "https://blog.example/?p=7");
	assert_true(p->created == NOW - 14 * HOUR);
	assert_int_equal(p->flags, KP_HTML | KP_COUNTED);
	assert_int_equal(p->replies, 2);
	p = post(&r, "https://blog.example/?p=6");
	assert_int_equal(p->flags, KP_HTML | KP_COUNTED | KP_TRUNCATED);
	assert_text(p->author, NULL);
	assert_text(p->name, "Gość");
	/* Only the one with comments is followed, and by https. */
	assert_int_equal(r.step.nrequests, 1);
	assert_text(r.step.requests[0].url,
	    "https://blog.example/2026/zwolnienie/feed/");
	assert_text(r.step.cursor, "1 counts");
	assert_int_equal(r.step.nplaces, 1);
	assert_text(r.step.places[0].name, "Praca & dom");
	assert_int_equal(r.step.places[0].blind, KP_SEES_DELETIONS);
	assert_int_equal(r.step.nfindings, 0);
	recorder_reset(&r);
}

static const char comments[] = "<?xml version=\"1.0\"?><rss version=\"2.0\""
    " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>"
    "<title>Comments on Zwolnienie</title>"
    "<item><title>By: Halina</title>"
    "<link>https://blog.example/2026/zwolnienie/#comment-12</link>"
    "<dc:creator>Halina</dc:creator>"
    "<guid isPermaLink=\"false\">https://blog.example/?p=7#comment-12</guid>"
    "<content:encoded><![CDATA[<p>W odpowiedzi do <a href=\"https://blog."
    "example/2026/zwolnienie/#comment-11\">Jan</a>.</p>\n<p>Dziękuję.</p>]]>"
    "</content:encoded></item>"
    "<item><title>By: Jan</title>"
    "<link>https://blog.example/2026/zwolnienie/#comment-11</link>"
    "<dc:creator>Jan</dc:creator>"
    "<guid isPermaLink=\"false\">https://blog.example/?p=7#comment-11</guid>"
    "<content:encoded><![CDATA[<p>Nie, <a href=\"https://law.example/\">tu"
    "</a> masz ustawę.</p>]]></content:encoded></item>"
    "</channel></rss>";

static void
test_comments_answer_each_other(void **state)
{
	struct recorder r;
	const struct kp_post *p;
	char followed[512];

	(void)state;
	run(&r, &(struct asked){ .body = blog });
	snprintf(followed, sizeof(followed), "%.*s",
	    KP_ARG(r.step.requests[0].state));
	recorder_reset(&r);

	run(&r, &(struct asked){ .body = comments, .state = followed,
	    .cursor = "1 counts",
	    .url = "https://blog.example/2026/zwolnienie/feed/" });
	assert_int_equal(r.step.nposts, 2);
	p = post(&r, "https://blog.example/?p=7#comment-11");
	assert_text(p->parent, "https://blog.example/?p=7");
	assert_text(p->thread, "https://blog.example/?p=7");
	assert_text(p->title, NULL);
	assert_text(p->ref, "https://blog.example/2026/zwolnienie/feed/ "
	    "https://blog.example/?p=7");
	p = post(&r, "https://blog.example/?p=7#comment-12");
	assert_text(p->parent, "https://blog.example/?p=7#comment-11");
	assert_text(p->text, "<p>Dziękuję.</p>");
	assert_true(r.step.has_cursor);
	{
		char cursor[512];

		/* What was read once is not asked for again. */
		snprintf(cursor, sizeof(cursor), "%.*s",
		    KP_ARG(r.step.cursor));
		recorder_reset(&r);
		run(&r, &(struct asked){ .body = blog, .cursor = cursor });
		assert_int_equal(r.step.nrequests, 0);
		assert_text(r.step.cursor, cursor);
	}
	recorder_reset(&r);
}

/* What did not come is asked for again, what is refused is not. */
static void
test_failed_comment_feeds(void **state)
{
	static const struct {
		int status;
		bool marked;
		const char *point;
	} t[] = {
		{ 503, false, "the server is down" },
		{ 429, false, "too many" },
		{ 403, true, "the post is protected" },
		{ 404, true, "there is none" },
		{ 304, true, "nothing new" },
	};
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(&r, &(struct asked){ .status = t[i].status, .state =
		    "comments 0123456789abcdef\n2\nroot" });
		if (r.step.has_cursor != t[i].marked || r.step.fail != 0)
			fail_msg("%d: %s", t[i].status, t[i].point);
		recorder_reset(&r);
	}
}

static void
test_poll_begins(void **state)
{
	static const struct {
		const char *source, *cursor;
		uint32_t flags;
		const char *point;
	} t[] = {
		{ SOURCE, NULL, KP_ERRORS, "the first time" },
		{ SOURCE, "1", KP_ERRORS, "no counts: may be answered 304" },
		{ SOURCE, "1 counts\n0123456789abcdef 2", KP_ERRORS | KP_FRESH,
		    "counts change while the feed says 304" },
		{ SOURCE, "\xff\n\n 7", KP_ERRORS, "a spoilt cursor" },
		{ "blog.example", NULL, 0, "no URL" },
		{ "ftp://blog.example/feed", NULL, 0, "not of the web" },
	};
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(&r, &(struct asked){ .event = KP_START,
		    .source = t[i].source, .cursor = t[i].cursor });
		if (t[i].flags == 0 ? r.step.fail != KP_BAD_CONFIG :
		    r.step.nrequests != 1 ||
		    r.step.requests[0].flags != t[i].flags)
			fail_msg("%s", t[i].point);
		recorder_reset(&r);
	}
}

static const char inbox[] = "<?xml version=\"1.0\" encoding=\"us-ascii\"?>"
    "<feed xmlns=\"http://www.w3.org/2005/Atom\""
    " xmlns:thr=\"http://purl.org/syndication/thread/1.0\">"
    "<title>expats</title><link rel=\"alternate\" type=\"text/html\""
    " href=\"https://lists.example/expats/\"/>"
    "<link rel=\"self\" href=\"https://lists.example/expats/new.atom\"/>"
    "<id>mailto:expats@lists.example</id>"
    "<entry><author><name>Petr</name><email>petr@mail.example</email>"
    "</author><title>Re: Kaution</title><updated>2026-11-24T12:00:00Z"
    "</updated><link href=\"https://lists.example/expats/b@x/\"/>"
    "<id>urn:uuid:b</id><thr:in-reply-to ref=\"urn:uuid:a\""
    " href=\"https://lists.example/expats/a@x/\"/><content type=\"xhtml\">"
    "<x:div xmlns:x=\"http://www.w3.org/1999/xhtml\"><x:pre>Within a year"
    "</x:pre><x:b/></x:div></content></entry>"
    "<entry><author><name>Ema</name><email>ema@mail.example</email></author>"
    "<title>Kaution</title><updated>2026-11-24T11:00:00Z</updated>"
    "<link href=\"https://lists.example/expats/a@x/\"/><id>urn:uuid:a</id>"
    "<content type=\"text\">1 &lt; 2 &amp; so\non?</content></entry></feed>";

static void
test_mail_archive(void **state)
{
	struct recorder r;
	const struct kp_post *p;

	(void)state;
	run(&r, &(struct asked){ .body = inbox,
	    .source = "https://lists.example/expats/new.atom" });
	assert_int_equal(r.step.nposts, 2);
	assert_text(r.step.posts[0].id, "urn:uuid:a");
	assert_text(r.step.posts[0].text, "1 &lt; 2 &amp; so<br>\non?");
	assert_text(r.step.posts[0].title, "Kaution");
	assert_text(r.step.posts[0].author, "ema@mail.example");
	assert_text(r.step.posts[0].ref,
	    "https://lists.example/expats/a@x/t.atom ");
	p = post(&r, "urn:uuid:b");
	assert_text(p->parent, "urn:uuid:a");
	assert_text(p->thread, NULL);
	assert_text(p->title, NULL);
	assert_true(text_has(p->text, "<pre>Within a year</pre><b></b>"));
	assert_int_equal(r.step.nrequests, 0);
	assert_int_equal(r.step.places[0].blind, KP_SEES_DELETIONS);
	recorder_reset(&r);
}

static void
test_thread_is_read_again(void **state)
{
	static const struct {
		const char *ref, *url, *state, *point;
	} t[] = {
		{ "https://lists.example/expats/a@x/t.atom ",
		    "https://lists.example/expats/a@x/t.atom", "thread ",
		    "a feed of its own" },
		{ "https://lists.example/c https://lists.example/?p=7",
		    "https://lists.example/c",
		    "thread https://lists.example/?p=7", "comments of a post" },
		{ NULL, "https://lists.example/expats/new.atom", "main",
		    "nothing named: the whole feed" },
		{ "https://evil.example/t.atom x",
		    "https://lists.example/expats/new.atom", "main",
		    "another host is never asked" },
	};
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_target target = { .size = sizeof(target),
			.thread = KP_S("root"), .ref = kp_s(t[i].ref) };

		run(&r, &(struct asked){ .job = KP_THREAD, .event = KP_START,
		    .source = "https://lists.example/expats/new.atom",
		    .target = &target });
		if (r.step.nrequests != 1 ||
		    !kp_is(r.step.requests[0].url, t[i].url) ||
		    !kp_is(r.step.requests[0].state, t[i].state))
			fail_msg("%s", t[i].point);
		recorder_reset(&r);
		if (t[i].ref == NULL)
			continue;
		run(&r, &(struct asked){ .job = KP_THREAD, .body = inbox,
		    .state = t[i].state, .target = &target,
		    .source = "https://lists.example/expats/new.atom" });
		assert_int_equal(r.step.nposts, 2);
		if (strcmp(t[i].state, "main") != 0)
			assert_text(post(&r, "urn:uuid:b")->thread, "root");
		recorder_reset(&r);
	}
}

/* One item, and what becomes of it. */
static void
test_items(void **state)
{
	static const struct {
		const char *xml;
		const char *id, *url, *title, *text, *author, *lang;
		int64_t created, edited;
		const char *point;
	} t[] = {
		{ "<item><guid>https://a.example/1</guid><title>T</title></item>",
		    "https://a.example/1", "https://a.example/1", "T", NULL,
		    NULL, "pl", 0, 0, "a guid that is the link" },
		{ "<item><link>https://a.example/2#x</link><title>T</title>"
		    "</item>", "https://a.example/2#x",
		    "https://a.example/2#x", "T", NULL, NULL, "pl", 0, 0,
		    "no guid: the link is the id" },
		{ "<item><guid>7</guid><link>../ł b?x=ż</link><title>T</title>"
		    "</item>", "7", "https://blog.example/%C5%82%20b?x=%C5%BC",
		    "T", NULL, NULL, "pl", 0, 0, "a relative link with letters" },
		{ "<item><guid>7</guid><link>javascript:alert(1)</link>"
		    "<title>T</title></item>", "7", NULL, "T", NULL, NULL,
		    "pl", 0, 0, "not a link that anybody should follow" },
		{ "<item><guid>7</guid><description>Wiersz\ndrugi</description>"
		    "</item>", "7", NULL, NULL, "Wiersz<br>\ndrugi", NULL,
		    "pl", 0, 0, "text that calls itself HTML" },
		{ "<item><guid>7</guid><description>K&uuml;ndigung"
		    "</description></item>", "7", NULL, NULL, "Kündigung", NULL,
		    "pl", 0, 0,
		    "HTML's entities, undeclared" },
		{ "<item><guid>7</guid><description><p>a <b>b</b></p>"
		    "</description></item>", "7", NULL, NULL,
		    "<p>a <b>b</b></p>", NULL, "pl", 0, 0, "markup unescaped" },
		{ "<item><guid>7</guid><author>ola@mail.example (Ola)</author>"
		    "<title>T</title></item>", "7", NULL, "T", NULL,
		    "ola@mail.example", "pl", 0, 0, "author with address" },
		{ "<item><guid>7</guid><author>noreply@mail.example (Ola)"
		    "</author><title>T</title></item>", "7", NULL, "T", NULL,
		    "Ola", "pl", 0, 0, "everybody's address tells nobody" },
		{ "<item><guid>7</guid><dc:creator>ANONYMOUS</dc:creator>"
		    "<title>T</title></item>", "7", NULL, "T", NULL, NULL,
		    "pl", 0, 0, "a name that many share" },
		{ "<item><guid>7</guid><title>T</title>"
		    "<pubDate>24 Nov 26 10:00 MEZ</pubDate></item>", "7", NULL,
		    "T", NULL, NULL, "pl", NOW - 14 * HOUR, 0,
		    "a zone that nobody knows, a year of two digits" },
		{ "<item><guid>7</guid><title>T</title>"
		    "<dc:date>2026-11-24T11:00:00+01:00</dc:date></item>", "7",
		    NULL, "T", NULL, NULL, "pl", NOW - 14 * HOUR, 0, "dc:date" },
		{ "<item><guid>7</guid><title>T</title>"
		    "<pubDate>Tue, 24 Nov 2099 10:00:00 GMT</pubDate></item>",
		    "7", NULL, "T", NULL, NULL, "pl", 0, 0,
		    "not written in the future" },
		{ "<item xml:lang=\"ro\"><guid>7</guid><title>T</title></item>",
		    "7", NULL, "T", NULL, NULL, "ro", 0, 0, "its own language" },
		{ "<entry xmlns=\"http://www.w3.org/2005/Atom\" xml:base="
		    "\"https://b.example/d/\"><id>tag:7</id><link href=\"e\"/>"
		    "<title type=\"html\">A &amp;amp; B</title><published>"
		    "2026-11-24T10:00:00Z</published><updated>"
		    "2026-11-24T11:00:00Z</updated><summary>kurz</summary>"
		    "<content type=\"html\">&lt;i>x&lt;/i></content></entry>",
		    "tag:7", "https://b.example/d/e", "A &amp; B", "<i>x</i>",
		    NULL, "pl", NOW - 14 * HOUR, NOW - 13 * HOUR,
		    "Atom: base, types, edited" },
		{ "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>t</id>"
		    "<title>T</title><author><name>?</name><uri>/user/7</uri>"
		    "</author></entry>", "t", NULL, "T", NULL,
		    "https://blog.example/user/7", "pl", 0, 0, "a profile" },
		{ "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>t</id>"
		    "<title>T</title><author><name>Ola</name><uri>/</uri>"
		    "</author></entry>", "t", NULL, "T", NULL, "Ola", "pl",
		    0, 0, "everybody's site tells nobody" },
		{ "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>t</id>"
		    "<title>T</title><author><name>?</name></author></entry>",
		    "t", NULL, "T", NULL, NULL, "pl", 0, 0, "not a name" },
		{ "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:8</id>"
		    "<content type=\"image/png\">iVBORw0K</content><title>P"
		    "</title></entry>", "tag:8", NULL, "P", NULL, NULL, "pl",
		    0, 0, "a picture is no text" },
	};
	struct recorder r;
	char xml[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_post *p;

		snprintf(xml, sizeof(xml), RSS_HEAD "%s</channel></rss>", "",
		    t[i].xml);
		run(&r, &(struct asked){ .body = xml });
		p = recorder_post(&r, t[i].id);
		if (p == NULL || r.step.nposts != 1)
			fail_msg("%s: no post %s", t[i].point, t[i].id);
		if (!kp_is(p->url, t[i].url == NULL ? "" : t[i].url))
			fail_msg("%s: url %.*s", t[i].point, KP_ARG(p->url));
		if (!kp_is(p->title, t[i].title == NULL ? "" : t[i].title))
			fail_msg("%s: title %.*s", t[i].point,
			    KP_ARG(p->title));
		if (!kp_is(p->text, t[i].text == NULL ? "" : t[i].text))
			fail_msg("%s: text %.*s", t[i].point, KP_ARG(p->text));
		if (!kp_is(p->author, t[i].author == NULL ? "" : t[i].author))
			fail_msg("%s: author %.*s", t[i].point,
			    KP_ARG(p->author));
		if (!kp_is(p->lang, t[i].lang))
			fail_msg("%s: lang %.*s", t[i].point, KP_ARG(p->lang));
		if (p->created != t[i].created || p->edited != t[i].edited)
			fail_msg("%s: %lld %lld", t[i].point,
			    (long long)p->created, (long long)p->edited);
		recorder_reset(&r);
	}
}

/* Without guid and link an item keeps its id from poll to poll. */
static void
test_nameless_items_keep_their_id(void **state)
{
	struct recorder r, again;
	char xml[2048];

	(void)state;
	snprintf(xml, sizeof(xml), RSS_HEAD "<item><title>T</title><pubDate>"
	    "Tue, 24 Nov 2026 10:00:00 GMT</pubDate><description>a"
	    "</description></item></channel></rss>", "");
	run(&r, &(struct asked){ .body = xml });
	snprintf(xml, sizeof(xml), RSS_HEAD "<item><title>T</title><pubDate>"
	    "Tue, 24 Nov 2026 10:00:00 GMT</pubDate><description>b"
	    "</description></item></channel></rss>", "");
	run(&again, &(struct asked){ .body = xml });
	assert_int_equal(r.step.nposts, 1);
	assert_true(kp_eq(r.step.posts[0].id, again.step.posts[0].id));
	recorder_reset(&r);
	recorder_reset(&again);
}

static void
test_forum_feed(void **state)
{
	static const char xml[] = "<feed xmlns=\"http://www.w3.org/2005/Atom\">"
	    "<title>Forum</title><entry><id>https://f.example/viewtopic.php?"
	    "t=5&amp;p=9#p9</id><link href=\"https://f.example/viewtopic.php?"
	    "t=5&amp;p=9#p9\"/><title>Wohnen • Re: Kaution</title><content "
	    "type=\"html\">Ja</content></entry><entry><id>https://f.example/"
	    "viewtopic.php?t=5&amp;p=8#p8</id><link href=\"https://f.example/"
	    "viewtopic.php?t=5&amp;p=8#p8\"/><title>Wohnen • Kaution</title>"
	    "<content type=\"html\">Wann?</content></entry></feed>";
	struct recorder r;

	(void)state;
	run(&r, &(struct asked){ .body = xml,
	    .source = "https://f.example/feed.php?f=2" });
	assert_int_equal(r.step.nposts, 2);
	assert_text(r.step.posts[0].title, "Kaution");
	assert_text(r.step.posts[0].text, "<p>Kaution</p>Wann?");
	assert_text(r.step.posts[0].thread, "t=5");
	assert_text(r.step.posts[1].title, NULL);
	assert_text(r.step.posts[1].thread, "t=5");
	assert_int_equal(r.step.places[0].kind, KP_FORUM);
	assert_int_equal(r.step.places[0].blind & KP_SEES_REPLIES, 0);
	recorder_reset(&r);
}

static void
test_what_cannot_be_seen_is_said(void **state)
{
	static const char foreign[] = "<rss version=\"2.0\"" WFW "><channel>"
	    "<item><guid>1</guid><title>T</title><wfw:commentRss>"
	    "https://talk.example/1/feed</wfw:commentRss></item></channel>"
	    "</rss>";
	static const char news[] = "<rss version=\"2.0\"><channel><ttl>60</ttl>"
	    "<item><guid>1</guid><title>T</title></item></channel></rss>";
	/* WordPress says "hourly" there too; comments do not keep to it. */
	static const char empty[] = "<rss version=\"2.0\"><channel><ttl>60"
	    "</ttl></channel></rss>";
	static const char comments_of_all[] = "<rss version=\"2.0\"><channel>"
	    "<ttl>60</ttl><item><guid>https://blog.example/?p=4#comment-2"
	    "</guid><title>T</title></item></channel></rss>";
	static const char rdf[] = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/"
	    "02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">"
	    "<channel><title>Alt</title></channel><item><title>T</title>"
	    "<link>https://blog.example/1</link></item></rdf:RDF>";
	static const char gone[] = "<feed xmlns=\"http://www.w3.org/2005/Atom\""
	    " xmlns:at=\"http://purl.org/atompub/tombstones/1.0\">"
	    "<at:deleted-entry ref=\"tag:7\" when=\"2026-11-24T10:00:00Z\"/>"
	    "</feed>";
	struct recorder r;

	(void)state;
	run(&r, &(struct asked){ .body = foreign });
	assert_true(r.step.places[0].blind & KP_SEES_REPLIES);
	assert_true(text_has(recorder_finding(&r, "comments-elsewhere")->text,
	    "https://talk.example/1/feed"));
	assert_int_equal(r.step.nrequests, 0);
	recorder_reset(&r);

	run(&r, &(struct asked){ .body = news });
	assert_true(r.step.places[0].blind & KP_SEES_REPLIES);
	assert_true(r.step.places[0].blind & KP_SEES_AUTHORS);
	assert_int_equal(r.step.npauses, 1);
	assert_true(r.step.pauses[0].until == NOW + HOUR);
	recorder_reset(&r);

	run(&r, &(struct asked){ .body = empty });
	assert_int_equal(r.step.npauses, 0);
	recorder_reset(&r);
	run(&r, &(struct asked){ .body = comments_of_all });
	assert_int_equal(r.step.npauses, 0);
	assert_text(r.step.cursor, "1 counts");
	recorder_reset(&r);

	run(&r, &(struct asked){ .body = rdf });
	assert_text(r.step.places[0].name, "Alt");
	assert_int_equal(r.step.nposts, 1);
	recorder_reset(&r);

	run(&r, &(struct asked){ .body = gone });
	assert_int_equal(post(&r, "tag:7")->flags, KP_DELETED);
	assert_int_equal(r.step.places[0].blind & KP_SEES_DELETIONS, 0);
	recorder_reset(&r);
}

static void
test_no_more_comment_feeds_than_allowed(void **state)
{
	struct recorder r;
	char *xml = malloc(200000);
	size_t n;
	int i;

	(void)state;
	assert_non_null(xml);
	n = (size_t)sprintf(xml, RSS_HEAD, WFW);
	for (i = 0; i < 300; i++)
		n += (size_t)sprintf(xml + n, "<item><guid>g%d</guid><title>T"
		    "</title><wfw:commentRss>https://blog.example/%d/feed"
		    "</wfw:commentRss><slash:comments>%d</slash:comments>"
		    "</item>", i, i, i + 1);
	sprintf(xml + n, "</channel></rss>");
	run(&r, &(struct asked){ .body = xml });
	assert_int_equal(r.step.nposts, 300);
	assert_int_equal(r.step.nrequests, 10);
	recorder_reset(&r);
	run(&r, &(struct asked){ .body = xml, .comments = "0" });
	assert_int_equal(r.step.nrequests, 0);
	recorder_reset(&r);
	run(&r, &(struct asked){ .body = xml, .comments = "9999" });
	assert_int_equal(r.step.nrequests, 50);
	recorder_reset(&r);
	free(xml);
}

static void
test_what_is_no_feed_is_named(void **state)
{
	static const struct {
		int status;
		const char *body;
		uint32_t why;
		const char *text, *point;
	} t[] = {
		{ 200, "", KP_BAD_FORMAT, "empty", "nothing" },
		{ 200, "{\"version\":\"1\"}", KP_BAD_FORMAT, "JSON", "JSON" },
		{ 200, "%PDF-1.7", KP_BAD_FORMAT, "PDF", "a leaflet" },
		{ 200, "<opml version=\"2.0\"></opml>", KP_BAD_FORMAT,
		    "<opml>", "a list of feeds" },
		{ 200, "<!DOCTYPE html><p>x", KP_BAD_FORMAT, "web page",
		    "a page that names no feed" },
		{ 200, "soon", KP_BAD_FORMAT, "not XML", "text" },
		{ 200, "<", KP_BAD_FORMAT, "not XML", "a beginning" },
		{ 410, "", KP_GONE, "410", "gone for good" },
		{ 404, "", KP_TRY_LATER, "404", "may come back" },
		{ 403, "", KP_DENIED, "403", "not for us" },
		{ 500, "", KP_TRY_LATER, "500", "their trouble" },
	};
	static const char page[] = "\n<html><head><link rel=alternate type="
	    "'application/rss+xml' href='/feed/?x=1&amp;y=2'></head></html>";
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(&r, &(struct asked){ .status = t[i].status,
		    .body = t[i].body });
		if (r.step.fail != t[i].why || r.step.nplaces != 0 ||
		    !text_has(r.step.fail_text, t[i].text))
			fail_msg("%s: %u %.*s", t[i].point, r.step.fail,
			    KP_ARG(r.step.fail_text));
		recorder_reset(&r);
	}
	run(&r, &(struct asked){ .body = page, .url = "https://blog.example/" });
	assert_int_equal(r.step.fail, KP_BAD_FORMAT);
	assert_true(text_has(recorder_finding(&r, "page")->text,
	    "https://blog.example/feed/?x=1&y=2"));
	recorder_reset(&r);
	run(&r, &(struct asked){ .status = 304 });
	assert_true(r.step.fail == 0 && !r.step.has_cursor);
	recorder_reset(&r);
	run(&r, &(struct asked){ .body = blog,
	    .url = "https://new.example/feed" });
	assert_true(text_has(recorder_finding(&r, "moved")->text,
	    "https://new.example/feed"));
	recorder_reset(&r);
}

/* Entities, files, depth: nothing is expanded, nothing is read. */
static void
test_hostile_documents(void **state)
{
	static const char *const heads[] = {
		"<!DOCTYPE rss [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;"
		"&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY e"
		" \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>",
		"<!DOCTYPE rss [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
		"<!DOCTYPE rss [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;"
		"]>",
		"<!DOCTYPE rss SYSTEM \"file:///etc/passwd\">",
	};
	struct recorder r;
	char xml[2048];
	char *deep;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		snprintf(xml, sizeof(xml), "<?xml version=\"1.0\"?>%s<rss "
		    "version=\"2.0\"><channel><item><guid>1</guid><title>T"
		    "</title><description>x&e;y</description></item></channel>"
		    "</rss>", heads[i]);
		run(&r, &(struct asked){ .body = xml });
		assert_text(post(&r, "1")->text, "xy");
		recorder_reset(&r);
	}
	deep = calloc(1, 400000);
	assert_non_null(deep);
	strcpy(deep, "<rss><channel><item><guid>1</guid><description>");
	for (i = 0; i < 100000; i++)
		strcpy(deep + 47 + 3 * i, "<a>");
	run(&r, &(struct asked){ .body = deep });
	assert_true(r.step.nposts <= 1);
	recorder_reset(&r);
	free(deep);
}

/* Half a feed is better than none, if somebody is told. */
static void
test_malformed_feed(void **state)
{
	struct recorder r;

	(void)state;
	run(&r, &(struct asked){ .body = "<rss version=\"2.0\"><channel>"
	    "<title>a & b</title><item><guid>1</guid><title>T</title></item>"
	    "<item><guid>2</guid><titl" });
	assert_non_null(recorder_post(&r, "1"));
	/* Not half a post, which would be an edit of the whole one. */
	assert_null(recorder_post(&r, "2"));
	assert_true(text_has(recorder_finding(&r, "malformed")->text,
	    "line 1"));
	recorder_reset(&r);
	run(&r, &(struct asked){ .body = "<rss version=\"2.0\"><channel>"
	    "<title>a & b</title><item><guid>1</guid><title>T</title></item>"
	    "</channel></rss><!-- cached -->" });
	assert_non_null(recorder_post(&r, "1"));
	recorder_reset(&r);
}

static void
test_long_feed_is_cut(void **state)
{
	struct recorder r;
	char *xml = malloc(300000);
	size_t n;
	int i;

	(void)state;
	assert_non_null(xml);
	n = (size_t)sprintf(xml, RSS_HEAD, "");
	for (i = 0; i < 1200; i++)
		n += (size_t)sprintf(xml + n, "<item><guid>g%d</guid><title>T"
		    "</title></item>", i);
	n += (size_t)sprintf(xml + n, "<item><guid>long</guid>");
	sprintf(xml + n, "</item></channel></rss>");
	run(&r, &(struct asked){ .body = xml });
	assert_int_equal(r.step.nposts, 1000);
	assert_non_null(recorder_finding(&r, "too-long"));
	recorder_reset(&r);

	n = (size_t)sprintf(xml, RSS_HEAD "<item><guid>1</guid><description>",
	    "");
	memset(xml + n, 'x', 199998);
	sprintf(xml + n + 199998, "&lt;a href=\"https://a.example\"&gt;z"
	    "</description></item></channel></rss>");
	run(&r, &(struct asked){ .body = xml });
	assert_int_equal(post(&r, "1")->text.n, 199998);
	assert_true(post(&r, "1")->flags & KP_TRUNCATED);
	recorder_reset(&r);
	free(xml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_blog_and_its_comments),
		cmocka_unit_test(test_comments_answer_each_other),
		cmocka_unit_test(test_failed_comment_feeds),
		cmocka_unit_test(test_poll_begins),
		cmocka_unit_test(test_mail_archive),
		cmocka_unit_test(test_thread_is_read_again),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_nameless_items_keep_their_id),
		cmocka_unit_test(test_forum_feed),
		cmocka_unit_test(test_what_cannot_be_seen_is_said),
		cmocka_unit_test(test_no_more_comment_feeds_than_allowed),
		cmocka_unit_test(test_what_is_no_feed_is_named),
		cmocka_unit_test(test_hostile_documents),
		cmocka_unit_test(test_malformed_feed),
		cmocka_unit_test(test_long_feed_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
