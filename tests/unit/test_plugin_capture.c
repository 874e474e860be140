/*
 * The capture plugin: what people and tools write down comes in as they meant
 * it, twice is once, and a bad line is named without spoiling the others.
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

extern const struct kp_plugin capture_LTX_kp_plugin;

#define NOW INT64_C(1795564800000)      /* 2026-11-25T00:00:00Z */
#define AT INT64_C(1772388120000)       /* 2026-03-01T18:02:00Z */

/* Run the lines as one import. */
static void
run(struct recorder *r, size_t n, const char *const *lines)
{
	struct kp_record *records = calloc(n, sizeof(*records));
	struct kp_in in = { .job = KP_IMPORT, .event = KP_DATA, .now = NOW,
		.records = records, .nrecords = n };
	size_t i;

	assert_non_null(records);
	for (i = 0; i < n; i++)
		records[i] = (struct kp_record){ .number = (int64_t)i + 1,
			.bytes = kp_s(lines[i]) };
	recorder_init(r);
	recorder_run(r, &capture_LTX_kp_plugin, &in);
	free(records);
	if (r->broken[0] != '\0')
		fail_msg("the core would refuse this step: %s", r->broken);
}

static void
run_one(struct recorder *r, const char *line)
{
	run(r, 1, &line);
}

static bool
is(struct kp_str s, const char *text)
{
	return text == NULL ? s.n == 0 : kp_is(s, text);
}

static void
test_names_of_members(void **state)
{
	static const struct {
		const char *line;
		const char *place, *id, *thread, *parent, *author, *name, *text,
		    *url;
		int64_t created;
		const char *point;
	} t[] = {
		{ "{\"platform\":\"facebook\",\"place\":{\"id\":\"g1\",\"name\":"
		    "\"Polacy w Kolonii\",\"kind\":\"group\"},\"post_id\":\"5\","
		    "\"thread_id\":\"3\",\"parent_id\":\"4\",\"author_id\":"
		    "\"u7\",\"author_name\":\"Ola\",\"created_at\":"
		    "\"2026-03-01T18:02:00Z\",\"text\":\"Tak\",\"permalink\":"
		    "\"https://social.example/g1/3?c=5\"}",
		    "facebook:g1", "5", "3", "4", "u7", "Ola", "Tak",
		    "https://social.example/g1/3?c=5", AT, "the common record" },
		{ "{\"place\":\"Forum\",\"id\":5,\"thread\":3,\"reply_to\":4,"
		    "\"author\":{\"id\":7,\"name\":\"Ola\"},\"at\":1772388120,"
		    "\"message\":\"Tak\",\"url\":\"https://f.example/5\"}",
		    "capture:Forum", "5", "3", "4", "7", "Ola", "Tak",
		    "https://f.example/5", AT, "numbers, seconds" },
		{ "{\"id\":\"5\",\"author\":\"Ola\",\"date\":1772388120000,"
		    "\"body\":\" Tak\\u0000\\u0007 \"}", "capture", "5", NULL, NULL,
		    "Ola", NULL, "Tak", NULL, AT, "milliseconds, controls" },
		{ "\xef\xbb\xbf{\"id\":\"5\",\"name\":\"Ola\",\"time\":"
		    "\"1772388120\",\"content\":\"Tak\"}\r", "capture", "5",
		    NULL, NULL, "Ola", "Ola", "Tak", NULL, AT,
		    "byte order mark, CR, seconds as text" },
		{ "{\"id\":\"5\",\"timestamp\":1772388120.75,\"text\":\"Tak\","
		    "\"author\":null,\"url\":\"javascript:x\",\"reply_to\":"
		    "\"5\"}", "capture", "5", NULL, NULL, NULL, NULL, "Tak",
		    NULL, AT, "fractions; no author, bad link, answers itself" },
		{ "{\"id\":\"5\",\"date\":\"Sun, 1 Mar 2026 19:02:00 +0100\","
		    "\"text\":\"Tak\",\"question\":[\"wages\"]}", "capture", "5",
		    NULL, NULL, NULL, NULL, "Tak", NULL, AT,
		    "mail's dates; labels mean nothing" },
		{ "{\"id\":\"5\",\"text\":\"Tak\",\"replies_visible\":false}",
		    "capture?replies=hidden", "5", NULL, NULL, NULL, NULL,
		    "Tak", NULL, 0, "replies not seen: a place apart" },
	};
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_post *p;

		run_one(&r, t[i].line);
		if (r.step.nbads != 0)
			fail_msg("%s: %.*s", t[i].point,
			    KP_ARG(r.step.bads[0].text));
		p = &r.step.posts[0];
		if (r.step.nposts != 1 || !is(p->place, t[i].place) ||
		    !is(p->id, t[i].id) || !is(p->thread, t[i].thread) ||
		    !is(p->parent, t[i].parent) ||
		    !is(p->author, t[i].author) || !is(p->name, t[i].name) ||
		    !is(p->text, t[i].text) || !is(p->url, t[i].url) ||
		    p->created != t[i].created)
			fail_msg("%s", t[i].point);
		assert_non_null(recorder_place(&r, t[i].place));
		assert_false(r.step.has_cursor);
		recorder_reset(&r);
	}
}

static void
test_blind_place(void **state)
{
	struct recorder r;

	(void)state;
	run_one(&r, "{\"platform\":\"facebook\",\"place\":\"g\",\"id\":\"5\","
	    "\"text\":\"Tak\",\"replies_visible\":false}");
	assert_int_equal(r.step.places[0].blind, KP_SEES_REPLIES);
	assert_int_equal(r.step.places[0].health, KP_PARTLY);
	recorder_reset(&r);
}

static const char thread[] = "{\"id\":\"t1\",\"lang\":\"pl\",\"platform\":"
    "\"telegram\",\"title\":\"Wypłata\",\"as_of\":\"2026-03-02T18:02:00Z\","
    "\"unanswered\":true,\"posts\":[{\"id\":\"1\",\"author\":\"u1\",\"at\":"
    "\"2026-03-01T18:02:00Z\",\"reply_to\":null,\"text\":\"Kiedy?\","
    "\"question\":[\"wages\"],\"claims\":[],\"state\":\"BE\"},{\"id\":\"2\","
    "\"author\":null,\"at\":\"2026-03-01T18:05:00Z\",\"reply_to\":\"1\","
    "\"text\":\"Do 15.\"}]}";

static void
test_thread(void **state)
{
	struct recorder r;
	const struct kp_post *p;

	(void)state;
	run_one(&r, thread);
	assert_int_equal(r.step.nposts, 2);
	p = recorder_post(&r, "t1/1");
	assert_non_null(p);
	assert_true(kp_is(p->place, "telegram"));
	assert_true(kp_is(p->thread, "t1/1"));
	assert_true(kp_is(p->title, "Wypłata"));
	assert_true(kp_is(p->lang, "pl"));
	assert_true(p->created == AT);
	p = recorder_post(&r, "t1/2");
	assert_non_null(p);
	assert_true(kp_is(p->parent, "t1/1"));
	assert_true(kp_is(p->thread, "t1/1"));
	assert_true(is(p->author, NULL) && is(p->title, NULL));
	recorder_reset(&r);
}

/* The same line says the same ids, another post another one. */
static void
test_made_ids(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
		const char *point;
	} t[] = {
		{ "{\"url\":\"https://x.example/1\",\"text\":\"a\"}",
		    "{\"url\":\"https://x.example/1\",\"text\":\"b\"}", true,
		    "an edit of what has an address" },
		{ "{\"author\":\"u\",\"at\":1772388120,\"text\":\"a\"}",
		    "{\"text\":\"a\",\"at\":\"2026-03-01T18:02:00Z\","
		    "\"author\":\"u\"}", true, "written differently" },
		{ "{\"author\":\"u\",\"at\":1772388120,\"text\":\"a\"}",
		    "{\"author\":\"v\",\"at\":1772388120,\"text\":\"a\"}",
		    false, "another author" },
		{ "{\"author\":\"u\",\"at\":1772388120,\"text\":\"a\"}",
		    "{\"author\":\"u\",\"at\":1772388121,\"text\":\"a\"}",
		    false, "another time" },
		{ "{\"author\":\"u\",\"text\":\"a\"}",
		    "{\"author\":\"u\",\"text\":\"a\",\"place\":\"p\"}", false,
		    "another place" },
		{ "{\"posts\":[{\"text\":\"a\"},{\"text\":\"dzięki\"}]}",
		    "{\"posts\":[{\"text\":\"b\"},{\"text\":\"dzięki\"}]}",
		    false, "the same words in another thread" },
	};
	struct recorder a, b;
	size_t i, last;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run_one(&a, t[i].a);
		run_one(&b, t[i].b);
		assert_true(a.step.nposts > 0);
		last = a.step.nposts - 1;
		if (kp_eq(a.step.posts[last].id, b.step.posts[last].id) !=
		    t[i].same)
			fail_msg("%s", t[i].point);
		recorder_reset(&a);
		recorder_reset(&b);
	}
}

static void
test_bad_lines(void **state)
{
	static const struct {
		const char *line, *why, *point;
	} t[] = {
		{ "{\"id\":\"1\",\"text\":\"a\"", NULL, "cut off" },
		{ "[1]", "no JSON object", "an array" },
		{ "null", NULL, "nothing" },
		{ "{\"id\":\"1\"}", "text: there is none", "no text" },
		{ "{\"id\":\"1\",\"text\":\" \\n \"}", "text", "blanks" },
		{ "{\"id\":\"1\",\"text\":\"a\",\"at\":\"yesterday\"}",
		    "created_at: this is no time", "no time" },
		{ "{\"id\":\"1\",\"text\":\"a\",\"at\":{}}",
		    "created_at: this is no time", "an object" },
		{ "{\"id\":\"1\",\"text\":\"a\",\"at\":\"2126-01-01\"}",
		    "in the future", "not yet" },
		{ "{\"id\":\"1\",\"text\":\"a\",\"at\":60}", "before 1990",
		    "a counter, not a time" },
		{ "{\"posts\":[]}", "posts: there is none", "an empty thread" },
		{ "{\"id\":\"t\",\"posts\":[{\"text\":\"a\"},7]}",
		    "post 2: this is no JSON object", "no post" },
		{ "{\"id\":\"t\",\"posts\":[{\"text\":\"a\"},{\"id\":\"2\"}]}",
		    "post 2: text: there is none", "half a thread is none" },
		{ "{\"deleted\":true}", "needs one", "deleted, but what?" },
	};
	struct recorder r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *lines[] = { "{\"id\":\"a\",\"text\":\"x\"}",
			t[i].line, "", "{\"id\":\"b\",\"text\":\"y\"}" };

		run(&r, 4, lines);
		if (r.step.nbads != 1 || r.step.bads[0].record != 2 ||
		    (t[i].why != NULL &&
		    !text_has(r.step.bads[0].text, t[i].why)))
			fail_msg("%s: %zu bad, %.*s", t[i].point, r.step.nbads,
			    r.step.nbads == 0 ? 0 :
			    (int)r.step.bads[0].text.n,
			    r.step.nbads == 0 ? "" : r.step.bads[0].text.p);
		if (r.step.nposts != 2)
			fail_msg("%s: %zu posts", t[i].point, r.step.nposts);
		assert_int_equal(r.step.fail, 0);
		recorder_reset(&r);
	}
}

static void
test_flags(void **state)
{
	struct recorder r;
	char *line = calloc(1, 70000);

	(void)state;
	assert_non_null(line);
	run_one(&r, "{\"id\":\"1\",\"deleted\":true}");
	assert_int_equal(r.step.posts[0].flags, KP_DELETED);
	recorder_reset(&r);
	run_one(&r, "{\"id\":\"1\",\"html\":\"<p>x</p>\",\"replies\":2,"
	    "\"locked\":true,\"solved\":true}");
	assert_int_equal(r.step.posts[0].flags,
	    KP_HTML | KP_COUNTED | KP_LOCKED | KP_SOLVED);
	assert_int_equal(r.step.posts[0].replies, 2);
	recorder_reset(&r);
	sprintf(line, "{\"id\":\"");
	memset(line + 7, 'i', 600);
	sprintf(line + 607, "\",\"text\":\"");
	memset(line + 617, 'x', 60000);
	sprintf(line + 60617, "\"}");
	run_one(&r, line);
	assert_int_equal(r.step.posts[0].flags, KP_TRUNCATED);
	assert_int_equal(r.step.posts[0].text.n, 50000);
	assert_int_equal(r.step.posts[0].id.n, 34);
	recorder_reset(&r);
	free(line);
}

/* One place() for a place, unless more becomes known of it. */
static void
test_places_are_told_once(void **state)
{
	static const char *const lines[] = {
		"{\"place\":{\"id\":\"g\"},\"id\":\"1\",\"text\":\"a\"}",
		"{\"place\":{\"id\":\"g\"},\"id\":\"2\",\"text\":\"a\"}",
		"{\"place\":{\"id\":\"g\",\"name\":\"G\"},\"id\":\"3\","
		"\"text\":\"a\"}",
		"{\"place\":{\"id\":\"g\"},\"id\":\"4\",\"text\":\"a\"}",
	};
	struct recorder r;

	(void)state;
	run(&r, 4, lines);
	assert_int_equal(r.step.nposts, 4);
	assert_int_equal(r.step.nplaces, 2);
	assert_true(kp_is(r.step.places[1].name, "G"));
	recorder_reset(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_members),
		cmocka_unit_test(test_blind_place),
		cmocka_unit_test(test_thread),
		cmocka_unit_test(test_made_ids),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_places_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
