/*
 * Rule files: every fault is told in one go, at its place, with a remedy; a
 * set loads whole or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "match/ruleset.h"

/* What a rule needs around it. */
#define PACK \
	"[topic wages]\ntitle.en = Wages\n[topic housing]\ntitle.en = Homes\n" \
	"[claim no-pay]\nfact.en = Pay is due.\nsource = x\n" \
	"[rule asking.mark]\nkind = asking\nrev = 1\nmatch.en = \\?\n"
#define PACK_LINES 11
#define RULE "[rule a.b]\nkind = question\ntopic = wages\nrev = 1\n"

static struct ruleset *
load(const char *text, struct problems *problems)
{
	struct ruleset *set = NULL;
	int r = ruleset_parse("t.rules", str_of(text), &set, problems);

	assert_int_equal(r, problems->n > 0 ? -1 : 0);
	assert_int_equal(set == NULL, r == -1);
	return set;
}

static void
test_faults(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;  /* behind PACK */
		const char *says, *point;
	} t[] = {
		{ RULE "mach.pl = x", 5, 11, "`match'", "unknown key names the nearest" },
		{ RULE "match = abc", 5, 0, "language", "a pattern needs a language" },
		{ RULE "match.xx = abc", 5, 0, "xx", "an unknown language" },
		{ RULE "match.pl = abc\nnear = paragraph", 6, 8, "two sentences", "bad near" },
		{ RULE "match.pl = {wagee} x\n[words pl]\nwage = pensja", 5, 12, "did you mean `wage'", "unknown macro names the nearest" },
		{ RULE "match.pl = {wage} x\n[words de]\nwage = lohn", 5, 12, "`[words pl]' has no `wage'", "macros belong to a language" },
		{ RULE "match.pl = abc\n[words pl]\na = {b} | x\nb = {a} | y", 7, 5, "leads back to itself", "a circle, told at the macro" },
		{ RULE "match.pl = abc\n[words pl]\na = x | (y", 7, 10, "parenthesis", "a bad macro, at its own line" },
		{ RULE "match.pl = abc\n[words pl]\na = x\n[words pl]\na = y", 9, 1, "t.rules:18", "the same macro twice" },
		{ RULE "match.pl = ab[а-я]", 5, 15, "range", "what folding would change" },
		{ RULE "phrase.pl = praca ...", 5, 18, "between words", "a phrase that ends in nothing" },
		{ RULE "match.pl = abc\nexcept.de = x", 6, 1, "without a `match.de'", "a condition of no pattern" },
		{ RULE "near = post", 2, 8, "no `match'", "nothing to match" },
		{ "[rule x]\nkind = question\nrev = 1\nmatch.pl = abc", 2, 8, "topic = ", "a question without a topic" },
		{ "[rule x]\nkind = misinformation\nrev = 1\nmatch.pl = abc", 2, 8, "claim = ", "misinformation without a claim" },
		{ "[rule x]\nkind = misinformation\nclaim = no-pai\nrev = 1\nmatch.pl = abc", 3, 9, "did you mean `no-pay'", "a claim that is not there" },
		{ "[rule x]\nkind = question\ntopic = wagse\nrev = 1\nmatch.pl = abc", 3, 9, "did you mean `wages'", "a topic that is not there" },
		{ "[rule x]\nkind = filler\nrev = 1\nmatch.pl = abc", 2, 8, "as = bump", "a filler of no kind" },
		{ "[rule x]\nkind = answer\nrev = 1\nmatch.pl = abc\ngrade = weak", 5, 9, "grade", "a grade where none belongs" },
		{ RULE "match.pl = abc\n" RULE "match.pl = abd", 6, 1, "stands already at t.rules:12", "the same rule twice" },
		{ RULE "match.pl = pensj\\w*\nok.pl = Wczoraj padało?", 6, 9, "does not match this example", "an ok that fails" },
		{ RULE "match.pl = pensj\\w*\nok.pl = Gdzie moja pensja", 6, 9, "nothing in it asks", "and why, where nobody asks" },
		{ RULE "match.pl = pensj\\w*\nno.pl = Gdzie pensja?", 6, 9, "must not", "a no that matches" },
		{ "[ruel x]\nkind = asking", 1, 2, "did you mean rule", "an unknown stanza" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		char text[2048];
		struct problem *p;

		snprintf(text, sizeof(text), "%s%s\n", PACK, t[i].text);
		if (load(text, &problems) != NULL)
			fail_msg("%s: loaded", t[i].point);
		p = &problems.v[0];
		if (strstr(p->text, t[i].says) == NULL ||
		    p->line != t[i].line + PACK_LINES || (t[i].column != 0 &&
		    p->column != t[i].column))
			fail_msg("%s: %u:%u: %s", t[i].point,
			    p->line - PACK_LINES, p->column, p->text);
		problems_fini(&problems);
	}
}

static void
test_all_faults_at_once(void **state)
{
	struct problems problems = PROBLEMS_INIT;

	(void)state;
	assert_null(load(PACK RULE "match.pl = (x\nmatch.de = {nope}\n"
	    "near = far\nmach.en = x\n[topic wages]\ntitle.en = again\n"
	    "[words pl]\nx = [\n", &problems));
	assert_int_equal(problems.n, 6);
	problems_fini(&problems);
}

static void
test_a_good_set(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set = load(PACK RULE
	    "match.pl = \\b{not}.{0,20}{wage}\n"
	    "ok.pl = Szef nie dał wypłaty, co robić?\n"
	    "no.pl = Wypłata przyszła.\n"
	    "todo.pl = kasy nie widać?\n"
	    "[words pl]\nwage = wyp[lł]at\\w* | {money}\nmoney = kas[aęy]\n"
	    "not = nie | brak\n", &problems);
	const struct rule *rule;

	(void)state;
	if (set == NULL)
		fail_msg("%s", problems.v[0].text);
	rule = ruleset_find(set, "a.b");
	assert_non_null(rule);
	assert_int_equal(rule->near, NEAR_DEFAULT);
	assert_int_equal(strlen(rule->fingerprint), 32);
	assert_string_equal(subject_text(ruleset_topic(set, "wages"), "title",
	    "pl"), "Wages");
	assert_null(ruleset_find(set, "a.c"));
	ruleset_unref(set);
	problems_fini(&problems);
}

static void
fingerprint_of(const char *rule, const char *words, char out[FINGERPRINT_SIZE])
{
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set;
	char text[2048];

	snprintf(text, sizeof(text), "%s%s%s[words pl]\n%s\n", PACK, RULE, rule,
	    words);
	set = load(text, &problems);
	if (set == NULL)
		fail_msg("%s", problems.v[0].text);
	memcpy(out, ruleset_find(set, "a.b")->fingerprint, FINGERPRINT_SIZE);
	ruleset_unref(set);
	problems_fini(&problems);
}

static void
test_fingerprint(void **state)
{
	static const struct {
		const char *rule, *words;
		bool same;
		const char *point;
	} t[] = {
		{ "match.pl = ab {w}\n", "w = x | y", true, "the same" },
		{ "# why\nmatch.pl = ab {w}\nok.pl = ab x?\n", "w = x | y", true, "comments and examples" },
		{ "match.pl = AB {w}\n", "w = x | y", true, "what folds to the same" },
		{ "match.pl = ab {w}\n", "w = x | z", false, "a macro changed" },
		{ "match.pl = ab {w}\nnear = post\n", "w = x | y", false, "another reach" },
		{ "match.pl = ab {w}\nexcept.pl = q\n", "w = x | y", false, "another condition" },
		{ "match.pl = ab {w}\nweight = 500\n", "w = x | y", false, "another weight" },
		{ "match.de = ab (?:x|y)\n", "w = x | y", false, "another language" },
	};
	char first[FINGERPRINT_SIZE], other[FINGERPRINT_SIZE];
	size_t i;

	(void)state;
	fingerprint_of(t[0].rule, t[0].words, first);
	for (i = 1; i < sizeof(t) / sizeof(t[0]); i++) {
		fingerprint_of(t[i].rule, t[i].words, other);
		if ((strcmp(first, other) == 0) != t[i].same)
			fail_msg("%s", t[i].point);
	}
}

/* Macros that double: what they grow to is bounded. */
static void
test_macros_do_not_explode(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	char text[4096];
	size_t n;
	int i;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "%s%smatch.pl = {m15}\n"
	    "[words pl]\nm0 = abcdefgh\n", PACK, RULE);
	for (i = 1; i < 16; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "m%d = {m%d} | {m%d}x\n", i, i - 1, i - 1);
	assert_null(load(text, &problems));
	/* Told once, at the first macro that is too large; others rest on it. */
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.v[0].text,
	    "regular expression is too large");
	problems_fini(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_faults_at_once),
		cmocka_unit_test(test_a_good_set),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_macros_do_not_explode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
