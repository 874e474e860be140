/*
 * Threads as NDJSON: one line out for each line in, whatever is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "match/judge.h"

static const char pack[] =
	"[topic wages]\ntitle.en = Wages\n"
	"[claim no-pay]\nfact.en = Pay is due.\nsource = x\n"
	"[rule asking.mark]\nkind = asking\nrev = 1\nmatch.en = \\?\n"
	"[rule wages.any]\nkind = question\ntopic = wages\nrev = 7\n"
	"match.en = \\bwages?\\b\nmatch.pl = \\b(wages?|pensj\\w*)\n"
	"[rule contact]\nkind = filler\nas = private\nrev = 1\n"
	"match.en = ‹phone›\n"
	"[rule claim.pay]\nkind = misinformation\nclaim = no-pay\nrev = 1\n"
	"match.en = \\bno pay\\b\n"
	"[rule answer.law]\nkind = answer\nrev = 1\nmatch.en = \\bsection \\d+\n";

static struct judge *judge;

static int
setup(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set = NULL;

	(void)state;
	if (ruleset_parse("pack", STR(pack), &set, &problems) == -1) {
		problems_print(&problems, stderr);
		return -1;
	}
	judge = judge_new(set);
	ruleset_unref(set);
	problems_fini(&problems);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	judge_free(judge);
	return 0;
}

#define POST(id, author, more, text) \
	"{\"id\":\"" id "\",\"author\":" author ",\"at\":\"2026-03-01T1" id \
	":00:00Z\"," more "\"text\":\"" text "\"}"
#define THREAD(posts) "{\"id\":\"t\",\"posts\":[" posts "]}"
#define ASKS POST("1", "\"a\"", "", "Which wage is due?")

static void
test_verdicts(void **state)
{
	static const struct {
		const char *line, *verdict, *by, *point;
	} t[] = {
		{ THREAD(ASKS), "unanswered", NULL, "a question alone" },
		{ THREAD(ASKS "," POST("2", "\"b\"", "\"reply_to\":\"1\",", "See section 1.")), "answered", "2", "an answer" },
		{ THREAD(ASKS "," POST("2", "\"b\"", "\"reply_to\":\"1\",", "call 0151 23456789")), "answered", "2", "written privately: perhaps reads answered" },
		{ THREAD(ASKS "," POST("2", "null", "\"reply_to\":\"1\",", "There is no pay.")), "wrong", "2", "a false claim" },
		{ THREAD(POST("1", "\"a\"", "", "Nice weather.")), "none", NULL, "no question" },
		{ THREAD(""), "none", NULL, "no post" },
		{ "{\"replies_visible\":false,\"posts\":[" ASKS "]}", "unknown", NULL, "replies cannot be seen" },
		{ "{\"as_of\":\"2026-03-01T11:30:00Z\",\"posts\":[" ASKS "," POST("2", "\"b\"", "\"reply_to\":\"1\",", "See section 1.") "]}", "unanswered", NULL, "answered later than as_of" },
		{ "{\"posts\":[{\"id\":7,\"text\":\"Wage?\"},{\"id\":8,\"reply_to\":7,\"author\":null,\"text\":\"section 1\"}]}", "answered", "8", "ids as numbers, no times" },
		{ "{\"posts\":[{\"text\":\"Wage?\",\"reply_to\":\"nobody\",\"question\":[\"x\"],\"new\":{}}]}", "unanswered", NULL, "no id, strange members" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct json_object *o = judge_line(judge, str_of(t[i].line));
		struct json_object *q = json_object_array_get_idx(
		    json_member(o, "questions"), 0);
		struct str by = json_get_str(q, "answered_by");

		if (!str_is(json_get_str(o, "verdict"), t[i].verdict) ||
		    (t[i].by == NULL ? by.p != NULL : !str_is(by, t[i].by)))
			fail_msg("%s: %s", t[i].point,
			    json_object_to_json_string(o));
		json_object_put(o);
	}
}

static void
test_labels_are_not_looked_at(void **state)
{
	struct json_object *a = judge_line(judge, STR(THREAD(ASKS)));
	struct json_object *b = judge_line(judge, STR("{\"id\":\"t\","
	    "\"unanswered\":false,\"verdict\":\"wrong\",\"lang\":\"xx\","
	    "\"posts\":[" POST("1", "\"a\"", "\"question\":[\"taxes\"],"
	    "\"claims\":[\"no-pay\"],\"lang\":\"ro\",", "Which wage is due?")
	    "]}"));

	(void)state;
	assert_string_equal(json_object_to_json_string(a),
	    json_object_to_json_string(b));
	json_object_put(a);
	json_object_put(b);
}

static void
test_spans_are_of_the_text_as_given(void **state)
{
	/* behind a masked number, a rule once for both its languages */
	struct json_object *o = judge_line(judge, STR("{\"id\":5,\"posts\":[{"
	    "\"id\":\"1\",\"text\":\"tel 0151 23456789: żółta wage?\"}]}"));
	const char *text = json_object_to_json_string_ext(json_member(
	    json_object_array_get_idx(json_member(o, "posts"), 0), "matches"),
	    JSON_C_TO_STRING_PLAIN);

	(void)state;
	assert_string_equal(text,
	    "[{\"rule\":\"wages.any\",\"rev\":7,\"kind\":\"question\","
	    "\"spans\":[[28,32]]},"
	    "{\"rule\":\"contact\",\"rev\":1,\"kind\":\"filler\","
	    "\"spans\":[[4,17]]}]");
	assert_int_equal(json_get_i64(o, "id", -1), 5);
	json_object_put(o);
}

static void
test_bad_lines(void **state)
{
	static const struct {
		const char *line, *id, *says, *point;
	} t[] = {
		{ "{", NULL, "JSON", "cut off" },
		{ "[]", NULL, "object", "no object" },
		{ "{\"id\":\"x\"}", "x", "posts", "no posts" },
		{ "{\"id\":\"x\",\"posts\":[1]}", "x", "post 1", "a post that is none" },
		{ "{\"id\":\"x\",\"posts\":[]} 7", NULL, "follows", "something behind it" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct json_object *o = judge_line(judge, str_of(t[i].line));
		struct str says = json_get_str(o, "error");

		if (says.p == NULL || memmem(says.p, says.n, t[i].says,
		    strlen(t[i].says)) == NULL || (t[i].id != NULL && !str_is(
		    json_get_str(o, "id"), t[i].id)))
			fail_msg("%s: %s", t[i].point,
			    json_object_to_json_string(o));
		json_object_put(o);
	}
}

static void
test_lines(void **state)
{
	FILE *f = tmpfile();
	char *line = NULL, *fill = calloc(1, GOLD_LINE_MAX + 2);
	size_t room = 0;
	struct str text;

	(void)state;
	assert_non_null(f);
	assert_non_null(fill);
	memset(fill, 'x', GOLD_LINE_MAX + 1);
	fprintf(f, "one\n\n  \n%s\ntwo", fill);
	rewind(f);
	assert_int_equal(gold_line(f, &line, &room, &text), 1);
	assert_true(str_is(text, "one"));
	assert_int_equal(gold_line(f, &line, &room, &text), -1);
	assert_int_equal(gold_line(f, &line, &room, &text), 1);
	assert_true(str_is(text, "two"));
	assert_int_equal(gold_line(f, &line, &room, &text), 0);
	free(fill);
	free(line);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_labels_are_not_looked_at),
		cmocka_unit_test(test_spans_are_of_the_text_as_given),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
