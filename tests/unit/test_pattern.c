/*
 * Patterns: what folding makes of them, what is refused and where, and that
 * the prefilter never hides what PCRE2 would find.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "match/engine.h"
#include "match/fold.h"
#include "match/pattern_tree.h"
#include "match/phrase.h"

static struct pattern *
make(const char *text, bool raw, struct problems *problems)
{
	struct spot spot = { "t", 1, problems, false };
	struct otext in = OTEXT_INIT;
	struct pattern *pattern;

	otext_set(&in, str_of(text), 1);
	pattern = pattern_new(&in, raw, &spot);
	assert_int_equal(pattern == NULL, spot.bad);
	otext_fini(&in);
	return pattern;
}

static void
test_folded(void **state)
{
	static const struct {
		const char *pattern, *folded, *point;
	} t[] = {
		{ "Zapłacił", "zaplacil", "literals" },
		{ "wyp[lł]at\\w*", "wyplat\\w*", "a class of one is a letter" },
		{ "[sșş]tiu", "stiu", "and of three that are one" },
		{ "[аеуAE]x", "[aeu]x", "members fold, case goes" },
		{ "(ü|ue)ber", "(u|ue)ber", "groups stay" },
		{ "щ+", "(?:sht)+", "several bytes under a quantifier" },
		{ "ща", "shta", "and without one" },
		{ "[шщк]о", "(?:sht|sh|[k])o", "classes with letters of several" },
		{ "Straße?", "strasse?", "only the last letter is optional" },
		{ "ß?x", "(?:ss)?x", "a letter of two bytes" },
		{ "[A-Z]{2,5}\\b", "[a-z]{2,5}\\b", "ranges of ASCII" },
		{ "[^.!\\n]{0,9}x", "[^\\n!.]{0,9}x", "excluded signs" },
		{ "\\W\\D\\S[\\w.-]x", "\\W\\D\\S[\\w\\-.]x", "escapes keep their case" },
		{ "\\x{142}\\x41\\.", "la\\.", "escaped code points" },
		{ "\\Qa.b\\E.", "a\\.b.", "quoted" },
		{ "(?i)Abc", "abc", "no case to ignore" },
		{ "a\\{b{c}", "a\\{b\\{c\\}", "braces that are no quantifier" },
		{ "5 ?€", "5 ?\x80", "euro" },
		{ "‹phone›", "\x81phone\x82", "masked text" },
		{ "a\u0328x", "ax", "a mark of its own goes" },
		{ "“x” – y", "\"x\" - y", "quotes and dashes" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct spot spot = { "t", 1, &problems, false };
		struct otext in = OTEXT_INIT, out = OTEXT_INIT;

		otext_set(&in, str_of(t[i].pattern), 1);
		if (pattern_fold(&in, &out, &spot) == -1)
			fail_msg("%s: %s", t[i].point, problems.v[0].text);
		if (strcmp(out.p, t[i].folded) != 0)
			fail_msg("%s: \"%s\" gave \"%s\"", t[i].point,
			    t[i].pattern, out.p);
		otext_fini(&in);
		otext_fini(&out);
		problems_fini(&problems);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *pattern;
		unsigned column;
		const char *says, *point;
	} t[] = {
		{ "ab[а-я]+", 4, "range of letters outside ASCII", "Cyrillic range" },
		{ "x[à-ÿ]", 3, "range of letters outside ASCII", "Latin-1 range" },
		{ "abc[^щ]", 4, "(?!...)", "excluded letter of several bytes" },
		{ "ab😀", 3, "raw.LANG", "a byte shared with other signs" },
		{ "ab\\p{L}", 3, "\\w, or raw.LANG", "property" },
		{ "ab\\K", 3, "cannot be used", "what a prefilter cannot do" },
		{ "a(?R)?b", 2, "(?R", "recursion" },
		{ "ab(*ACCEPT)", 3, "(*...)", "verb" },
		{ "ab(c", 4, "parenthesis", "PCRE2's own fault, at its place" },
		{ "ł{2}(c", 7, "parenthesis", "the same behind folded letters" },
		{ "ab[c", 3, "no `]'", "class without an end" },
		{ "(a|b)*", 1, "nothing at all", "matches the empty text" },
		{ ".", 1, "nearly every post", "matches everything" },
		{ "foo\\bbar", 1, "match nothing", "matches nothing" },
		{ "a^b", 1, "match nothing", "matches nothing" },
		{ "(a+)+$", 1, "too slow", "repetition within repetition" },
		{ "(\\w+\\s?)+!!", 1, "too slow", "and in words" },
		{ "(x|xx)+y", 1, "too slow", "alternatives that overlap" },
		{ "a.*b.*c.*d.*e", 1, "too slow", "several .* in a row" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct pattern *pattern = make(t[i].pattern, false, &problems);

		if (pattern != NULL)
			fail_msg("%s: \"%s\" was taken", t[i].point,
			    t[i].pattern);
		if (strstr(problems.v[0].text, t[i].says) == NULL ||
		    problems.v[0].column != t[i].column)
			fail_msg("%s: column %u: %s", t[i].point,
			    problems.v[0].column, problems.v[0].text);
		problems_fini(&problems);
	}
}

static void
test_matches(void **state)
{
	static const struct {
		bool raw;
		const char *pattern, *text, *found, *point;
	} t[] = {
		{ false, "zapłaci(ł|l)", "Szef NIE zaplacil", "zaplacil", "no diacritics" },
		{ false, "шеф\\w*", "SHEFA ne plati", "shefa", "Cyrillic rule, Latin text" },
		{ false, "shef\\w*", "Шефът не плати", "shefat", "and the other way" },
		{ false, "\\blohn\\b.{0,9}nicht", "Lohn  kam nicht", "lohn  kam nicht", "gap" },
		{ false, "lohn.{0,3}nicht", "Lohn kam nicht", NULL, "gap too wide" },
		{ true, "\\bżółw\\b", "stary ŻÓŁW", "ŻÓŁW", "raw: caseless" },
		{ true, "żółw", "zolw", NULL, "raw: diacritics count" },
		{ true, "🙏+", "ok 🙏🙏", "🙏🙏", "raw: emoji" },
	};
	struct pattern_scratch *scratch = pattern_scratch_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct pattern *pattern = make(t[i].pattern, t[i].raw,
		    &problems);
		char folded[256];
		struct str text = str_of(t[i].text);
		size_t start, end;
		int r;

		assert_non_null(pattern);
		if (!t[i].raw)
			text = (struct str){ folded, fold_text(text, folded) };
		r = pattern_find(pattern, scratch, text, 0, &start, &end);
		if (r != (t[i].found != NULL) || (r == 1 && !str_is(
		    (struct str){ text.p + start, end - start }, t[i].found)))
			fail_msg("%s: %d", t[i].point, r);
		pattern_free(pattern);
		problems_fini(&problems);
	}
	pattern_scratch_free(scratch);
}

static void
test_phrases(void **state)
{
	static const struct {
		const char *phrase, *text;
		bool matches;
		const char *point;
	} t[] = {
		{ "nu (mi-)a dat salari* ... luna", "nu mi-a dat salariul pe luna", true, "the design's own" },
		{ "nu (mi-)a dat salari* ... luna", "nu a dat salariile de trei luna", true, "what may be missing" },
		{ "nu (mi-)a dat salari* ... luna", "nu a dat salariul unu doi trei patru cinci sase sapte luna", false, "seven words between" },
		{ "nu (mi-)a dat salari* ... luna", "nu a dat salariul unu doi trei patru cinci sase luna", true, "six" },
		{ "nu (mai) vine", "nu vine", true, "a word that may be missing" },
		{ "nu (mai) vine", "nu mai vine", true, "or be there" },
		{ "(wie|wo) bekomme ich", "Wo bekomme ich das", true, "a choice" },
		{ "(wie|wo) bekomme ich", "was bekomme ich", false, "none of it" },
		{ "job", "jobs", false, "whole words" },
		{ "job*", "jobcenter", true, "any ending" },
		{ "praca na czarno", "praca,  na czarno", true, "a gap may hold signs" },
		{ "praca na czarno", "praca? na czarno", false, "not the end of a sentence" },
		{ "c++ (kurs|praca)", "c++ kurs", true, "signs stand for themselves" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct problems problems = PROBLEMS_INIT;
		struct spot spot = { "t", 1, &problems, false };
		struct otext in = OTEXT_INIT, out = OTEXT_INIT;
		struct pattern_scratch *scratch = pattern_scratch_new();
		struct pattern *pattern;
		char folded[256];
		size_t start, end, n;

		otext_set(&in, str_of(t[i].phrase), 1);
		assert_int_equal(phrase_compile(&in, &out, &spot), 0);
		pattern = pattern_new(&out, false, &spot);
		if (pattern == NULL)
			fail_msg("%s: %s", t[i].point, problems.v[0].text);
		n = fold_text(str_of(t[i].text), folded);
		if (pattern_find(pattern, scratch, (struct str){ folded, n },
		    0, &start, &end) != t[i].matches)
			fail_msg("%s: %s", t[i].point, out.p);
		pattern_free(pattern);
		pattern_scratch_free(scratch);
		otext_fini(&in);
		otext_fini(&out);
		problems_fini(&problems);
	}
}

/* Texts made from the patterns: what PCRE2 finds, the engine must offer. */
static void
test_prefilter_hides_nothing(void **state)
{
	static const char *const texts[] = {
		"\\b(nie|brak).{0,30}wyp[lł]a(c|t)\\w*", "lohn|gehalt\\w*",
		"(a|b)?lohn(e|s)?\\b", "x[0-9]{2,4}y?z", "\\?", "(ab|cd){2,3}e",
		"(?:не|нямам) плати\\w*", "\\bgeld(?! zur)\\w*", "[a-f]{3}g",
		"(s|sz)ef(?=a)", "umow[aęy] o (prac|dzie)", "a{3}b|cc+d",
	};
	enum { N = sizeof(texts) / sizeof(texts[0]) };
	struct pattern *patterns[N];
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct engine *engine;
	size_t i, k, found = 0, spared = 0;
	uint32_t seed;

	(void)state;
	for (i = 0; i < N; i++) {
		struct problems problems = PROBLEMS_INIT;

		patterns[i] = make(texts[i], false, &problems);
		assert_non_null(patterns[i]);
		problems_fini(&problems);
	}
	engine = engine_new((const struct pattern *const *)patterns, N);
	for (i = 0; i < N; i++) {
		for (seed = 0; seed < 300; seed++) {
			char text[512];
			uint64_t bits[4] = { 0 };
			size_t n = re_sample(pattern_tree(patterns[i]), seed,
			    seed % 5, text, sizeof(text)), start, end;

			assert_int_equal(engine_words(engine), 1);
			engine_scan(engine, (struct str){ text, n }, bits);
			for (k = 0; k < N; k++) {
				bool may = (bits[0] >> k & 1) != 0;

				if (pattern_find(patterns[k], scratch,
				    (struct str){ text, n }, 0, &start,
				    &end) != 1) {
					spared += !may;
					continue;
				}
				found++;
				if (!may)
					fail_msg("\"%s\" is hidden in \"%.*s\"",
					    texts[k], (int)n, text);
			}
		}
	}
	/* It does find and does spare: neither side of this is empty. */
	assert_true(found > 2000);
	assert_true(spared > 20000);
	engine_free(engine);
	for (i = 0; i < N; i++)
		pattern_free(patterns[i]);
	pattern_scratch_free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folded),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_prefilter_hides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
