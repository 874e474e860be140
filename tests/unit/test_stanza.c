/*
 * The syntax of all that people write: what is taken verbatim, and whether a
 * fault is told with its place and its remedy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/stanza.h"

static const struct stanza_key keys[] = {
	{ .name = "match", .flags = STANZA_LANG | STANZA_MANY },
	{ .name = "kind", .type = STANZA_CHOICE, .flags = STANZA_REQUIRED,
	    .choices = "question asking advert" },
	{ .name = "rev", .type = STANZA_NUMBER, .min = 1, .max = 1000 },
	{ .name = "asks", .type = STANZA_SWITCH },
	{ .name = "grace", .type = STANZA_DURATION, .min = 1000,
	    .max = 86400000 },
	{ .name = "source", .type = STANZA_URL },
	{ 0 }
};

static void
test_values_stand_verbatim(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct stanza_file *file;
	const struct stanza_line *line;

	(void)state;
	assert_int_equal(stanza_parse("t", STR("\xef\xbb\xbf# first\n"
	    "[rule wages.unpaid]\r\n"
	    "  match.pl =  a # b = \"c\" [d]  \r\n"
	    "kind=question\n"), &file, &problems), 0);
	assert_int_equal(file->n, 1);
	assert_string_equal(file->v[0].kind, "rule");
	assert_string_equal(file->v[0].name, "wages.unpaid");
	line = stanza_find(&file->v[0], "match", "pl");
	assert_string_equal(line->value.p, "a # b = \"c\" [d]");
	assert_int_equal(line->line, 3);
	assert_int_equal(line->column, 15);
	assert_int_equal(stanza_check(file, &file->v[0], keys, &problems), 0);
	stanza_free(file);
	problems_fini(&problems);
}

static void
test_faults_name_place_and_remedy(void **state)
{
	static const struct {
		const char *text;
		const char *told;       /* "line:column: ..." */
	} t[] = {
		{ "[rule a]\nkind = question\nmach.pl = x",
		    "t:3:11: unknown key `mach' in [rule]; did you mean `match'?" },
		{ "[rule a]\nkind = qestion",
		    "t:2:8: `qestion' is not known here; did you mean `question'?" },
		{ "[rule a]\nkind = question\nmatch = x",
		    "t:3:9: `match' needs a language, as in `match.pl'" },
		{ "[rule a]\nkind = question\nmatch.pk = x",
		    "t:3:12: `pk' is none of the languages bg, de, en, pl, ro; did you mean pl" },
		{ "[rule a]\nkind = question\nrev.pl = 1",
		    "t:3:10: `rev' takes no language (`.pl')" },
		{ "[rule a]\nkind = question\nrev = many",
		    "t:3:7: `rev' is a whole number" },
		{ "[rule a]\nkind = question\nrev = 0",
		    "t:3:7: `rev' must lie between 1 and 1000" },
		{ "[rule a]\nkind = question\nkind = asking",
		    "t:3:8: `kind' stands already in line 2" },
		{ "[rule a]\nkind = question\ngrace = soon",
		    "t:3:9: `grace' is a duration such as 90 s, 15 min, 4 h or 3 d" },
		{ "[rule a]\nkind =",
		    "t:2: `kind' has no value" },
		{ "[rule a]\nrev = 1",
		    "t:1: [rule a] lacks `kind'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct stanza_file *file;
		char *told = NULL;
		size_t size;
		FILE *out = open_memstream(&told, &size);

		stanza_parse("t", str_of(t[i].text), &file, &problems);
		assert_int_equal(stanza_check(file, &file->v[0], keys,
		    &problems), -1);
		problems_print(&problems, out);
		fclose(out);
		told[strcspn(told, "\n")] = '\0';
		assert_string_equal(told, t[i].told);
		free(told);
		stanza_free(file);
		problems_fini(&problems);
	}
}

static void
test_what_is_no_stanza_is_told(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *point;
	} t[] = {
		{ "kind = question", 0, "before any heading" },
		{ "[rule a\nkind = x", 0, "heading not closed" },
		{ "[]", 0, "heading without a kind" },
		{ "[rule a]\njust words", 0, "neither key nor comment" },
		{ "[rule a]\nk\xff = x", 0, "not UTF-8" },
		{ "[rule a]\n= x", 0, "no key" },
		{ "[rule\0a]", 8, "a NUL byte" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct stanza_file *file = NULL;
		struct str text = { t[i].text,
			t[i].n != 0 ? t[i].n : strlen(t[i].text) };

		if (stanza_parse("t", text, &file, &problems) != -1 ||
		    problems.n == 0)
			fail_msg("%s was taken", t[i].point);
		stanza_free(file);
		problems_fini(&problems);
	}
}

static void
test_durations(void **state)
{
	int64_t ms;

	(void)state;
	assert_int_equal(duration_parse(STR("90 s"), &ms), 0);
	assert_int_equal(ms, 90000);
	assert_int_equal(duration_parse(STR("3d"), &ms), 0);
	assert_int_equal(ms, 3 * 86400000);
	assert_int_equal(duration_parse(STR("3"), &ms), -1);
	assert_int_equal(duration_parse(STR("-3 d"), &ms), -1);
	assert_int_equal(duration_parse(STR("9223372036854775807 d"), &ms), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_stand_verbatim),
		cmocka_unit_test(test_faults_name_place_and_remedy),
		cmocka_unit_test(test_what_is_no_stanza_is_told),
		cmocka_unit_test(test_durations),
	};

	return cmocka_run_group_tests_name("stanza", tests, NULL, NULL);
}
