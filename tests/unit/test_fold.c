/*
 * Folding: what one code point becomes, and where it came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <utf8proc.h>

#include "base/mem.h"
#include "base/str.h"
#include "match/fold.h"

static char *
folded(const char *text)
{
	struct str s = str_of(text);
	char *out = xcalloc(1, FOLD_ROOM(s.n));

	out[fold_text(s, out)] = '\0';
	return out;
}

static void
test_examples(void **state)
{
	static const struct {
		const char *text, *folded, *point;
	} t[] = {
		{ "Szef NIE zapłacił", "szef nie zaplacil", "Polish" },
		{ "Știe cineva? țară ŞŢ", "stie cineva? tara st", "comma and cedilla alike" },
		{ "Größe ÜBER ẞ", "grosse uber ss", "German" },
		{ "Çığ İĞ æøđŋ", "cig ig aeodng", "what does not decompose" },
		{ "zap\u200b\u200da\u00adci", "zapaci", "zero-width and soft hyphen" },
		{ "a\u0301 s\u0326", "a s", "marks of their own" },
		{ "Шефът дължи щастие, йод", "shefat dalzhi shtastie, iod", "Bulgarian" },
		{ "Ѓорѓи ќе ѓубре", "gorgi ke gubre", "Macedonian marks" },
		{ "ђак љубав њега ћуп џак", "djak ljubav njega cup dzak", "Serbian" },
		{ "ФЁДОР їжак ґанок ы", "fedor izhak ganok y", "Russian, Ukrainian" },
		{ "ｆｕｌｌ 𝐛𝐨𝐥𝐝 ﬁn ½ ㎏", "full bold fin 1/2 kg", "compatibility forms" },
		{ "рay“don’t” – x…", "ray\"don't\" - x...", "look-alikes" },
		{ "ΑΒΕ οκ", "abe ok", "Greek that passes for Latin" },
		{ "\u00a0\u2003x\u2028y", "  x\ny", "blanks" },
		{ "5 €", "5 \x80", "euro has a byte of its own" },
		{ "😀x", "\xa0x", "emoji: one byte" },
		{ "語x", "\xdex", "other script: one byte" },
		{ "ﷺx", "\xdax", "one byte even where it decomposes" },
		{ "a\xff\xc5z", "a\xff\xffz", "bytes that are no UTF-8" },
		{ "\xe2\x82", "\xff\xff", "cut in the middle" },
		{ "\xed\xa0\x80", "\xff\xff\xff", "surrogate" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]@`{}0123456789", "abcdefghijklmnopqrstuvwxyz[]@`{}0123456789", "long ASCII run" },
		{ "", "", "nothing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *got = folded(t[i].text);

		if (strcmp(got, t[i].folded) != 0)
			fail_msg("%s: \"%s\" gave \"%s\"", t[i].point,
			    t[i].text, got);
		free(got);
	}
}

/*
 * The definition: utf8proc's decomposition, folded letter by letter.  What
 * comes out as ASCII must be that; what does not is a letter of our own table
 * or exactly one byte.
 */
static void
test_every_code_point(void **state)
{
	uint32_t c;
	size_t ascii = 0;

	(void)state;
	for (c = 0; c < 0x110000; c++) {
		utf8proc_int32_t d[64];
		char got[FOLD_ONE_MAX], want[256];
		size_t n = fold_char(c, got), len = 0, other = 0;
		unsigned char utf8[4];
		utf8proc_ssize_t i, nd;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		nd = utf8proc_decompose_char((utf8proc_int32_t)c, d, 64,
		    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
		    UTF8PROC_IGNORE | UTF8PROC_STRIPMARK, NULL);
		assert_in_range(nd, 0, 64);
		if (n > 2 * (size_t)utf8proc_encode_char((utf8proc_int32_t)c,
		    utf8))
			fail_msg("U+%04X outgrows FOLD_ROOM", (unsigned)c);
		if (nd == 1 && (uint32_t)d[0] == c && c >= 0x80) {
			/* ours: a skeleton, or one byte above ASCII */
			if (n == 1 ? got[0] == 0 : n == 0 || n > 3)
				fail_msg("U+%04X: %zu bytes", (unsigned)c, n);
			continue;
		}
		for (i = 0; i < nd; i++) {
			char one[FOLD_ONE_MAX];
			size_t k = fold_char((uint32_t)d[i], one);

			if (k == 1 && (unsigned char)one[0] >= FOLD_SIGN)
				other++;
			memcpy(want + len, one, k);
			len += k;
		}
		if (other > 0 && (len > 1 || nd > 1)) {
			if (n != 1 || (unsigned char)got[0] < 0x80)
				fail_msg("U+%04X is not one byte", (unsigned)c);
			continue;
		}
		ascii++;
		/* Punctuation and blanks of our own table go before it. */
		if (n == 1 && ((unsigned char)got[0] < 0x80 &&
		    strchr("\n-'\"./*?!,", got[0]) != NULL))
			continue;
		if (n != len || memcmp(got, want, n) != 0)
			fail_msg("U+%04X is not what utf8proc says",
			    (unsigned)c);
	}
	assert_true(ascii > 4000);
}

static void
test_composed_and_decomposed_agree(void **state)
{
	uint32_t c;

	(void)state;
	for (c = 0xa0; c < 0x1f00; c++) {
		unsigned char utf8[5] = "", *nfd;
		char *a, *b;

		utf8proc_encode_char((utf8proc_int32_t)c, utf8);
		nfd = utf8proc_NFD(utf8);
		a = folded((char *)utf8);
		b = folded((char *)nfd);
		/* Scripts that fold to one byte may decompose to several. */
		if (strcmp(a, b) != 0 && (unsigned char)a[0] < FOLD_OWN_LAST)
			fail_msg("U+%04X: %s, decomposed %s", (unsigned)c, a,
			    b);
		free(a);
		free(b);
		free(nfd);
	}
}

static void
test_offsets(void **state)
{
	static const struct {
		const char *text, *find, *original, *point;
	} t[] = {
		{ "Szef nie zapłacił mi", "zaplacil", "zapłacił", "diacritics" },
		{ "Големият шеф плати", "shef", "шеф", "Cyrillic" },
		{ "Straße x", "stras", "Straß", "half a letter is all of it" },
		{ "zapl\u0301acil", "zapl", "zapl\u0301", "a mark behind the last letter" },
		{ "x 😀 y\u200bz", "yz", "y\u200bz", "zero-width inside" },
		{ "\xff\xff ok \xc5", "ok", "ok", "broken bytes around" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct str s = str_of(t[i].text);
		char out[256], plain[256];
		uint32_t map[256];
		size_t n = fold_map(s, out, map), from, to, start, end;

		assert_int_equal(fold_text(s, plain), n);
		assert_memory_equal(out, plain, n);
		assert_int_equal(map[n], s.n);
		out[n] = '\0';
		assert_non_null(strstr(out, t[i].find));
		from = (size_t)(strstr(out, t[i].find) - out);
		to = from + strlen(t[i].find);
		fold_span(map, n, from, to, &start, &end);
		if (end - start != strlen(t[i].original) ||
		    memcmp(s.p + start, t[i].original, end - start) != 0)
			fail_msg("%s: %zu-%zu", t[i].point, start, end);
	}
}

/* Any bytes: both forms agree, offsets rise, nothing is written outside. */
static void
test_any_bytes(void **state)
{
	uint32_t seed = 1;
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		size_t n = (size_t)round % 97, i, len;
		char *text = xcalloc(1, n + 1);
		char *a = xcalloc(1, FOLD_ROOM(n)), *b = xcalloc(1, FOLD_ROOM(n));
		uint32_t *map = xcalloc(FOLD_ROOM(n), sizeof(*map));
		char *exact = malloc(n == 0 ? 1 : n);

		for (i = 0; i < n; i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = (char)(seed >> 16);
			if (round % 3 == 0)
				text[i] = (char)(0xd0 | (text[i] & 1));
			if (round % 3 == 0 && i % 2 == 1)
				text[i] = (char)(0x80 | (seed >> 18 & 0x3f));
		}
		assert_non_null(exact);
		memcpy(exact, text, n);
		len = fold_text((struct str){ exact, n }, a);
		assert_int_equal(fold_map((struct str){ exact, n }, b, map),
		    len);
		assert_memory_equal(a, b, len);
		for (i = 0; i < len; i++)
			assert_true(map[i] <= map[i + 1] && map[i] < n);
		free(exact);
		free(text);
		free(a);
		free(b);
		free(map);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_composed_and_decomposed_agree),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
