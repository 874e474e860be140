/*
 * Masking: contact details go, what rules need stays.  Numbers are from ranges
 * that are reserved for fiction, or made up with wrong check digits where the
 * point is that they stay.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "storage/mask.h"

static const struct {
	const char *in, *out;   /* out NULL: stays as it is */
	const char *point;
} t[] = {
	/* e-mail */
	{ "pisz na jan.k@example.org.", "pisz na ‹email›.", "plain, full stop behind" },
	{ "<anna+x@mail.example.com>", "<‹email›>", "in angle brackets" },
	{ "„jan@example.org” pisz", "„‹email›” pisz", "typographic quotes stay" },
	{ "mail:jan@example.org,ion@example.ro", "mail:‹email›,‹email›", "two in a row" },
	{ "jan (at) example.org", "‹email›", "hidden with (at)" },
	{ "jan[at]example.org", "‹email›", "hidden with [at]" },
	{ "иван@пример.бг", "‹email›", "Cyrillic address" },
	{ "na—jan@example.org", "na—‹email›", "after a dash" },
	{ "@kompan_bot help", NULL, "a user name is no address" },
	{ "3 szt. @ 5.50", NULL, "a price each" },
	{ "jan@localhost", NULL, "no domain" },
	/* IBAN */
	{ "DE89 3704 0044 0532 0130 00 danke", "‹iban› danke", "with blanks" },
	{ "DE89370400440532013000", "‹iban›", "solid" },
	{ "de89 3704 0044 0532 0130 00", "‹iban›", "small letters" },
	{ "PL61109010140000071219812874", "‹iban›", "Polish" },
	{ "61 1090 1014 0000 0712 1981 2874", "‹iban›", "Polish without country" },
	{ "RO49AAAA1B31007593840000", "‹iban›", "letters within" },
	{ "BG80BNBG96611020345678.", "‹iban›.", "Bulgarian" },
	{ "DE88370400440532013000", NULL, "check digits are wrong" },
	{ "DE89 3704", NULL, "too short" },
	{ "de 24 der im und den im jahre", NULL, "words that pass the sum by chance" },
	{ "24 von zeit im den im tage auf wir", NULL, "and without a country" },
	{ "DE 89 370 400 44 0532013000", "‹iban›", "digits, however they are grouped" },
	/* phone */
	{ "tel. +49 30 23125 000!", "tel. ‹phone›!", "international" },
	{ "+48600000000", "‹phone›", "solid" },
	{ "+ 49 (0)30 23125 001", "‹phone›", "bracketed zero" },
	{ "0049 30 23125002", "‹phone›", "00" },
	{ "030/23125003", "‹phone›", "slash" },
	{ "(030) 23125-004", "‹phone›", "brackets" },
	{ "030 - 23 12 50 05", "‹phone›", "pairs" },
	{ "0171 39 200 55", "‹phone›", "mobile" },
	{ "0721 000 000 sau 0721.000.001", "‹phone› sau ‹phone›", "Romanian, two" },
	{ "02 981 0000", "‹phone›", "Sofia: short area code" },
	{ "01 99 00 12 34", "‹phone›", "French pairs" },
	{ "dzwoń 512 000 000", "dzwoń ‹phone›", "Polish 3-3-3" },
	{ "dzwoń 512000000", "dzwoń ‹phone›", "Polish, solid" },
	{ "tel: 22 000 00 00", "tel: ‹phone›", "announced" },
	{ "тел. 88 123 456", "тел. ‹phone›", "announced in Cyrillic" },
	{ "\u202a+49 30 23125\u2011006\u202c", "\u202a‹phone›\u202c", "as pasted from a chat" },
	{ "0171\u00a03920055", "‹phone›", "hard blank" },
	{ "030 23125007 50 zł", "‹phone› 50 zł", "a price behind" },
	{ "030 23125008 01.02.2026", "‹phone› 01.02.2026", "a date behind" },
	{ "030 23125009 10:30", "‹phone› 10:30", "a time behind" },
	{ "030 23125010, 030 23125011", "‹phone›, ‹phone›", "a list" },
	{ "030 23125010 030 23125011 030 23125012", "‹phone› ‹phone› ‹phone›", "a list without commas" },
	{ "https://wa.me/493023125013", "https://wa.me/493023125013", "checked below: no sign in front" },
	{ "https://wa.me/+493023125013", "https://wa.me/‹phone›", "a link to call" },
	/* what rules need */
	{ "zarabiam 12,41 €/h", NULL, "wage" },
	{ "1 500 zł", NULL, "money" },
	{ "od 1 500 000 do 2 500 000 zł", NULL, "much money" },
	{ "123 456 789 zł", NULL, "3-3-3, but money" },
	{ "512 345 678 EUR", NULL, "3-3-3, but money" },
	{ "15000/18000 zł", NULL, "a range of money" },
	{ "+10 000 000 zł", NULL, "plus, but money" },
	{ "3.500,00 EUR brutto", NULL, "German amount" },
	{ "§ 623 BGB", NULL, "paragraph" },
	{ "§§ 1, 20 i 22 MiLoG", NULL, "paragraphs" },
	{ "01.02.2026", NULL, "date" },
	{ "01.02.2026 - 05.03.2026", NULL, "dates" },
	{ "01.02. - 05.03.2026", NULL, "dates, first without year" },
	{ "01/02/2026 08:30", NULL, "date and time" },
	{ "2026-01-02T08:30:00", NULL, "ISO date" },
	{ "08.00 - 16.30", NULL, "hours" },
	{ "06-14 14-22 22-06", NULL, "shifts" },
	{ "0800-1630", NULL, "hours without colon" },
	{ "01067 Dresden", NULL, "post code" },
	{ "01067-01099", NULL, "post codes" },
	{ "00-950 Warszawa", NULL, "Polish post code" },
	{ "2019 2020 2021 2022", NULL, "years" },
	{ "w latach 2015-2024", NULL, "years" },
	{ "Az. 2025/1234567", NULL, "file number" },
	{ "0,5 etatu, 0.75 etatu", NULL, "fractions" },
	{ "10000 km", NULL, "distance" },
	{ "https://example.org/p/01234567890", NULL, "digits of a link" },
	{ "40 godz. / 168 h", NULL, "hours" },
	{ "", NULL, "nothing" },
	{ "ąę ‹phone›", NULL, "already masked" },
};

static int faults;

static void
check(size_t i, const char *in, const char *want)
{
	struct buf b;

	buf_init(&b, 2 * strlen(in) + 16);
	if (mask_text(str_of(in), &b) == -1)
		fail_msg("%s: did not fit", t[i].point);
	if (strcmp(b.p == NULL ? "" : b.p, want) != 0) {
		print_error("%s: \"%s\" gave \"%s\"\n", t[i].point, in, b.p);
		faults++;
	}
	buf_fini(&b);
}

static void
test_table(void **state)
{
	size_t i;

	(void)state;
	faults = 0;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check(i, t[i].in, t[i].out == NULL ? t[i].in : t[i].out);
	assert_int_equal(faults, 0);
}

/* What was masked once is not changed by masking again. */
static void
test_twice_is_once(void **state)
{
	size_t i;

	(void)state;
	faults = 0;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (t[i].out != NULL)
			check(i, t[i].out, t[i].out);
	assert_int_equal(faults, 0);
}

/* A prefix of any text must neither overrun nor break UTF-8. */
static void
test_cut_anywhere(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (n = 0; n <= strlen(t[i].in); n++) {
			struct str s = str_fit(str_of(t[i].in), n);
			char *copy = str_dup(s);
			struct buf b;

			buf_init(&b, 2 * n + 16);
			s.p = copy;
			assert_int_not_equal(mask_text(s, &b), -1);
			assert_true(str_is_utf8(buf_get(&b)));
			buf_fini(&b);
			free(copy);
		}
	}
}

/* Where masked text stood before: spans of matches point there. */
static void
test_offsets(void **state)
{
	static const struct {
		const char *in, *masked, *original, *point;
		bool end;
	} c[] = {
		{ "tel 0151 23456789 ok", "ok", "ok", "behind a mark", false },
		{ "a@b.de, tel 0151 23456789 ok", "ok", "ok", "behind two", false },
		{ "tel 0151 23456789 ok", MASK_PHONE, "0151", "a mark's start", false },
		{ "tel 0151 23456789 ok", "phone", "0151", "within a mark", false },
		{ "tel 0151 23456789 ok", "phone", " ok", "the end of one", true },
		{ "nothing here", "here", "here", "no mark", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct mask_cut *cuts;
		struct buf b;
		size_t n, at;

		buf_init(&b, 1000);
		assert_int_not_equal(mask_text_cuts(str_of(c[i].in), &b, &cuts,
		    &n), -1);
		assert_non_null(strstr(b.p, c[i].masked));
		at = mask_offset(cuts, n, (size_t)(strstr(b.p, c[i].masked) -
		    b.p), c[i].end);
		if (at != (size_t)(strstr(c[i].in, c[i].original) - c[i].in))
			fail_msg("%s: %zu", c[i].point, at);
		free(cuts);
		buf_fini(&b);
	}
}

/* POSTS names a file of texts, one a line: prints counts, not texts. */
static int
count_file(const char *path)
{
	size_t room = 0, lines = 0, hit = 0;
	char *line = NULL;
	FILE *f = fopen(path, "r");
	ssize_t n;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	while ((n = getline(&line, &room, f)) != -1) {
		struct buf b;

		buf_init(&b, 2 * (size_t)n + 16);
		hit += mask_text((struct str){ line, (size_t)n }, &b) > 0;
		lines++;
		buf_fini(&b);
	}
	printf("%zu lines, %zu masked\n", lines, hit);
	free(line);
	fclose(f);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_twice_is_once),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_offsets),
	};

	if (argc == 2)
		return count_file(argv[1]);
	return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
