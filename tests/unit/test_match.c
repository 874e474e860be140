/*
 * What rules find in a post: reach, conditions, asking, adverts, claims, and
 * where in the original it stood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "match/fold.h"
#include "match/match.h"
#include "match/pattern.h"
#include "match/sentence.h"

static const char pack[] =
	"[topic wages]\ntitle.en = Wages\n[topic housing]\ntitle.en = Homes\n"
	"[topic dismissal]\ntitle.en = Dismissal\n[topic taxes]\ntitle.en = T\n"
	"[topic benefits]\ntitle.en = B\n"
	"[claim no-pay]\nfact.en = Pay is due.\nsource = x\n"
	"[claim no-rest]\nfact.en = Rest is due.\nsource = x\n"
	"[words en]\ndenies = not true | nonsense\nreports = they say\n"
	"[words pl]\ndenies = mit\\b\n"
	"[rule asking.mark]\nkind = asking\ngrade = weak\nrev = 1\n"
	"match.en = \\?\n"
	"[rule asking.please]\nkind = asking\ngrade = strong\nrev = 1\n"
	"match.pl = \\bprosze o\\b\nmatch.en = \\bplease help\\b\n"
	"[rule asking.seek]\nkind = asking\ngrade = seek\nrev = 1\n"
	"match.pl = \\bszukam\\b\n"
	"[rule wages.any]\nkind = question\ntopic = wages\nrev = 1\n"
	"match.pl = \\bpensj\\w*\nmatch.en = \\bwages?\\b\n"
	"[rule wages.sentence]\nkind = question\ntopic = wages\nrev = 1\n"
	"near = sentence\nmatch.en = \\bpayday\\b\n"
	"[rule wages.two]\nkind = question\ntopic = wages\nrev = 1\n"
	"near = two sentences\nmatch.en = \\bpayslip\\b\n"
	"[rule dismissal.far]\nkind = question\ntopic = dismissal\nrev = 1\n"
	"near = post\nmatch.en = \\bdismissed\\b\n"
	"[rule dismissal.also]\nkind = question\ntopic = dismissal\nrev = 1\n"
	"near = 20\nmatch.en = \\bfired\\b\nalso.en = \\bboss\\b\n"
	"except.en = \\bgun\\b\n"
	"[rule housing.any]\nkind = question\ntopic = housing\nrev = 1\n"
	"match.pl = \\bmieszkani\\w*\n"
	"[rule taxes.one]\nkind = question\ntopic = taxes\nrev = 1\n"
	"weight = 600\nmatch.en = \\btax\\b\n"
	"[rule taxes.two]\nkind = question\ntopic = taxes\nrev = 1\n"
	"weight = 600\nmatch.en = \\breturn\\b\n"
	"[rule taxes.against]\nkind = question\ntopic = taxes\nrev = 1\n"
	"weight = -500\nmatch.en = \\bcustoms\\b\n"
	"[rule benefits.follow]\nkind = question\ntopic = benefits\nrev = 1\n"
	"asks = no\nmatch.en = \\band me\\b\nparent.en = \\bkindergeld\\b\n"
	"ok.en = Who gets Kindergeld here? >> and me too\n"
	"no.en = and me\n"
	"[rule advert.sentence]\nkind = advert\nrev = 1\n"
	"match.en = \\bwe offer\\b\n"
	"[rule advert.post]\nkind = advert\nscope = post\nrev = 1\n"
	"match.en = \\bcall now\\b\n"
	"[rule claim.pay]\nkind = misinformation\nclaim = no-pay\nrev = 1\n"
	"match.en = \\bno pay in probation\\b\n"
	"match.de = \\bkein lohn in der probezeit\\b\n"
	"[rule correct.pay]\nkind = correction\nclaim = no-pay\nrev = 1\n"
	"match.en = \\bpay is due\\b\n"
	"[rule filler.thanks]\nkind = filler\nas = thanks\nrev = 1\n"
	"match.en = \\bthanks\\b\n"
	"[rule solved.any]\nkind = solved\nrev = 1\nmatch.en = \\bsolved\\b\n"
	"[rule answer.law]\nkind = answer\nrev = 1\nmatch.en = \\bsection \\d+\n"
	"[rule urgent.any]\nkind = urgent\nrev = 1\nraw.en = 🆘\n"
	"[rule old.any]\nkind = solved\nstatus = deprecated\nrev = 1\n"
	"match.en = \\bobsolete\\b\n";

static struct ruleset *set;

static int
setup(void **state)
{
	struct problems problems = PROBLEMS_INIT;

	(void)state;
	if (ruleset_parse("pack", STR(pack), &set, &problems) == -1)
		problems_print(&problems, stderr);
	problems_fini(&problems);
	return set == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	ruleset_unref(set);
	return 0;
}

/* "wages,taxes" */
static void
names_of(const struct match_subjects *subjects, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < subjects->n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    i > 0 ? "," : "", subjects->v[i].id);
}

static void
test_topics(void **state)
{
	static const struct {
		const char *text, *topics, *point;
	} t[] = {
		{ "Kiedy pensja?", "wages", "a match and a question mark" },
		{ "Pensja przyszła.", "", "nobody asks" },
		{ "prosze o pomoc, pensja", "wages", "asking in words" },
		{ "Please help, moja pensja", "wages", "asking of another language" },
		{ "szukam, pensja", "", "seeking is no question about wages" },
		{ "szukam mieszkania", "housing", "but about homes" },
		{ "wage. xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxx?", "wages", "90 letters between" },
		{ "wage. xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx?", "", "91" },
		{ "payday is when?", "wages", "near = sentence: the same" },
		{ "A payday. Really?", "", "near = sentence: the next" },
		{ "A payslip. Really?", "wages", "near = two sentences" },
		{ "A payslip. Hm. Really?", "", "near = two sentences: the third" },
		{ "A payslip on 12. May?", "wages", "a dot behind a number ends nothing" },
		{ "payday\nreally?", "", "a line ends a sentence" },
		{ "dismissed. xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxx?", "dismissal", "near = post" },
		{ "fired by the boss?", "dismissal", "also" },
		{ "the boss said: fired?", "dismissal", "also, in any order" },
		{ "fired? xxxxxxxxx xxxxxxxxx the boss?", "", "also, too far" },
		{ "fired?", "", "also is missing" },
		{ "boss fired a gun?", "", "except" },
		{ "boss fired? xxxxxxxxx xxxxxxxxx gun", "dismissal", "except, out of reach" },
		{ "tax?", "", "half of the evidence" },
		{ "tax return?", "taxes", "two halves" },
		{ "tax return at customs?", "", "evidence against it" },
		{ "we offer good wages? Call us.", "", "an advert mutes its sentence" },
		{ "we offer a bed. Which wage?", "wages", "and no other" },
		{ "Which wage? Then call now.", "", "scope = post mutes all" },
		{ "wage? dismissed?", "dismissal", "a generic topic gives way" },
		{ "dismissed? tax return?", "taxes,dismissal", "two topics, both asked about" },
		{ "ＷＡＧＥ?", "wages", "compatibility letters" },
		{ "wa\u200bge?", "wages", "zero-width inside" },
		{ "", "", "nothing" },
	};
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t i;

	(void)state;
	match_result_init(&result);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char names[128];

		match_post(scratch, str_of(t[i].text), STR_NONE, &result);
		names_of(&result.topics, names, sizeof(names));
		if (strcmp(names, t[i].topics) != 0)
			fail_msg("%s: \"%s\"", t[i].point, names);
		assert_false(result.limited);
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}

static void
test_claims(void **state)
{
	static const struct {
		const char *text, *claims, *corrections, *point;
	} t[] = {
		{ "There is no pay in probation.", "no-pay", "", "asserted" },
		{ "Is there no pay in probation?", "", "", "asked" },
		{ "It is not true that there is no pay in probation.", "", "", "denied in its clause" },
		{ "They say there is no pay in probation.", "", "", "reported" },
		{ "Nonsense, but no pay in probation holds.", "no-pay", "", "a turn between" },
		{ "Nonsense. There is no pay in probation.", "no-pay", "", "denial of something else" },
		{ "Is there no pay in probation? Sure. No pay in probation!", "no-pay", "", "asked, then asserted" },
		{ "Kein Lohn in der Probezeit mit Gewerbe.", "no-pay", "", "another language's denial" },
		{ "We offer work. No pay in probation. Call now.", "no-pay", "", "an advert never mutes it" },
		{ "No pay in probation is wrong: pay is due.", "", "no-pay", "corrected in the same post" },
		{ "Pay is due from the first hour.", "", "no-pay", "corrected" },
	};
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t i;

	(void)state;
	match_result_init(&result);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char claims[128], corrections[128];

		match_post(scratch, str_of(t[i].text), STR_NONE, &result);
		names_of(&result.claims, claims, sizeof(claims));
		names_of(&result.corrections, corrections,
		    sizeof(corrections));
		if (strcmp(claims, t[i].claims) != 0 ||
		    strcmp(corrections, t[i].corrections) != 0)
			fail_msg("%s: \"%s\" \"%s\"", t[i].point, claims,
			    corrections);
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}

static void
test_marks_and_parents(void **state)
{
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;

	(void)state;
	match_result_init(&result);
	match_post(scratch, STR("Thanks, solved by section 3! 🆘"), STR_NONE,
	    &result);
	assert_int_equal(result.fillers, 1u << FILLER_THANKS);
	assert_true(result.solved && result.answer && result.urgent);
	assert_false(result.advert);
	match_post(scratch, STR("obsolete"), STR_NONE, &result);
	assert_int_equal(result.nhits, 0);
	match_post(scratch, STR("And me?"), STR("How long is Kindergeld paid"),
	    &result);
	assert_true(match_subjects_have(&result.topics, "benefits"));
	match_post(scratch, STR("And me?"), STR("How long is it paid"),
	    &result);
	assert_false(match_subjects_have(&result.topics, "benefits"));
	match_result_fini(&result);
	match_scratch_free(scratch);
}

static void
test_spans(void **state)
{
	static const struct {
		const char *text, *rule, *original, *point;
	} t[] = {
		{ "Żółć! Kiedy pensją?", "wages.any", "pensją", "behind letters of two bytes" },
		{ "Ж п ПОШТА 😀 wage?", "wages.any", "wage", "behind Cyrillic and emoji" },
		{ "xx 🆘!", "urgent.any", "🆘", "a raw pattern" },
		{ "шшш щ 🆘", "urgent.any", "🆘", "raw, where folding made it longer" },
	};
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t i;

	(void)state;
	match_result_init(&result);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct match_hit *hit;

		match_post(scratch, str_of(t[i].text), STR_NONE, &result);
		hit = match_result_hit(&result, ruleset_find(set, t[i].rule));
		if (hit == NULL || hit->spans[0].to - hit->spans[0].from !=
		    strlen(t[i].original) || memcmp(t[i].text +
		    hit->spans[0].from, t[i].original,
		    strlen(t[i].original)) != 0)
			fail_msg("%s", t[i].point);
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}

/* Any bytes, any length: spans stay inside, nothing is read beyond. */
static void
test_any_bytes(void **state)
{
	static const char *const bits[] = { "wage", "?", "\xff", "п", "😀",
	    "\xe2\x82", " dismissed ", "tax return", "\n", "\0x", "🆘", ". " };
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	uint32_t seed = 7;
	int round, k;
	size_t i, j;

	(void)state;
	match_result_init(&result);
	for (round = 0; round < 3000; round++) {
		char text[600], *exact;
		size_t n = 0;

		for (k = 0; k < round % 40; k++) {
			const char *bit;

			seed = seed * 1103515245u + 12345u;
			bit = bits[(seed >> 16) % 12];
			memcpy(text + n, bit, strlen(bit));
			n += strlen(bit);
		}
		exact = malloc(n == 0 ? 1 : n);
		assert_non_null(exact);
		memcpy(exact, text, n);
		match_post(scratch, (struct str){ exact, n }, (struct str){
		    exact, n }, &result);
		for (i = 0; i < result.nhits; i++)
			for (j = 0; j < result.hits[i].nspans; j++)
				assert_true(result.hits[i].spans[j].from <=
				    result.hits[i].spans[j].to &&
				    result.hits[i].spans[j].to <= n);
		free(exact);
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}

static void
test_long_posts_are_cut(void **state)
{
	size_t n = MATCH_TEXT_MAX + 100, i;
	char *text = xcalloc(n, 1);
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;

	(void)state;
	for (i = 0; i + 1 < n; i += 2)
		memcpy(text + i, "\xd0\xb6", 2);
	memcpy(text, "wage? ", 6);
	memcpy(text + n - 10, " payslip? ", 10);
	match_result_init(&result);
	match_post(scratch, (struct str){ text, n }, STR_NONE, &result);
	assert_true(result.cut);
	assert_non_null(match_result_hit(&result, ruleset_find(set,
	    "wages.any")));
	assert_null(match_result_hit(&result, ruleset_find(set,
	    "wages.two")));
	match_result_fini(&result);
	match_scratch_free(scratch);
	free(text);
}

/* A limit says neither match nor miss, and costs no other rule anything. */
static void
test_a_limit_is_told(void **state)
{
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *slow = NULL;
	struct match_scratch *scratch;
	struct match_result result;
	const struct match_hit *hit;

	(void)state;
	/* A raw pattern that does not fold has no hostile texts of its own. */
	assert_int_equal(ruleset_parse("p", STR(
	    "[rule a]\nkind = solved\nrev = 1\n"
	    "raw.en = 🆘(?:qq|q)+z\n"
	    "[rule b]\nkind = solved\nrev = 1\nmatch.en = \\bdone\\b\n"),
	    &slow, &problems), 0);
	scratch = match_scratch_new(slow);
	match_result_init(&result);
	match_post(scratch, STR("🆘qqz done"), STR_NONE, &result);
	assert_false(result.limited);
	assert_int_equal(result.nhits, 2);
	match_post(scratch, STR("done 🆘qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
	    "qqqqqqqqqqqqqqqqqqqqqqqq!z"), STR_NONE, &result);
	assert_true(result.limited);
	assert_int_equal(result.nhits, 2);
	hit = &result.hits[0];
	assert_string_equal(hit->rule->id, "a");
	assert_true(hit->limited);
	assert_int_equal(hit->nspans, 0);
	assert_false(match_hit_counts(&result, hit));
	assert_null(match_result_hit(&result, hit->rule));
	assert_non_null(match_result_hit(&result, ruleset_find(slow, "b")));
	match_result_fini(&result);
	match_scratch_free(scratch);
	ruleset_unref(slow);
	problems_fini(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_marks_and_parents),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_long_posts_are_cut),
		cmocka_unit_test(test_a_limit_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
