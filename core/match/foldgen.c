/*
 * Makes fold_table.h while Kompan is built: what each code point becomes.
 *
 * Three layers, the first that knows a code point wins: what utf8proc's data
 * say (compatibility decomposition, case folding, marks and ignorables gone),
 * our own letters and look-alikes for what is still outside ASCII, and one
 * byte for everything else.  Two-stage table, blocks of 64 code points, so
 * that the last byte of a UTF-8 sequence is the index into its block.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "match/foldspec.h"

#define BLOCKS (0x110000 / 64)

/* Latin skeletons and look-alikes, after case and marks are gone. */
static const struct letter {
	uint32_t c;
	const char *latin;
} letters[] = {
	/* Latin letters that do not decompose */
	{ 0xe6, "ae" }, { 0xf0, "d" }, { 0xf8, "o" }, { 0xfe, "th" },
	{ 0x111, "d" }, { 0x127, "h" }, { 0x131, "i" }, { 0x138, "k" },
	{ 0x142, "l" }, { 0x14b, "ng" }, { 0x153, "oe" }, { 0x167, "t" },
	{ 0x180, "b" }, { 0x1b6, "z" }, { 0x1dd, "e" }, { 0x23c, "c" },
	{ 0x251, "a" }, { 0x253, "b" }, { 0x256, "d" }, { 0x257, "d" },
	{ 0x259, "e" }, { 0x25b, "e" }, { 0x260, "g" }, { 0x261, "g" },
	{ 0x262, "g" }, { 0x268, "i" }, { 0x269, "i" }, { 0x26a, "i" },
	{ 0x274, "n" }, { 0x280, "r" }, { 0x289, "u" }, { 0x28b, "v" },
	{ 0x299, "b" }, { 0x29c, "h" }, { 0x29f, "l" }, { 0x1d00, "a" },
	{ 0x1d04, "c" }, { 0x1d05, "d" }, { 0x1d07, "e" }, { 0x1d0a, "j" },
	{ 0x1d0b, "k" }, { 0x1d0d, "m" }, { 0x1d0f, "o" }, { 0x1d18, "p" },
	{ 0x1d1b, "t" }, { 0x1d1c, "u" }, { 0x1d20, "v" }, { 0x1d21, "w" },
	{ 0x1d22, "z" }, { 0xa731, "s" }, { 0xab40, "e" },
	/* Greek that passes for Latin */
	{ 0x3b1, "a" }, { 0x3b2, "b" }, { 0x3b3, "y" }, { 0x3b5, "e" },
	{ 0x3b6, "z" }, { 0x3b7, "n" }, { 0x3b9, "i" }, { 0x3ba, "k" },
	{ 0x3bc, "u" }, { 0x3bd, "v" }, { 0x3bf, "o" }, { 0x3c1, "p" },
	{ 0x3c3, "o" }, { 0x3c4, "t" }, { 0x3c5, "u" }, { 0x3c7, "x" },
	{ 0x3c9, "w" },
	/* Cyrillic: Bulgarian's own romanisation where letters differ */
	{ 0x430, "a" }, { 0x431, "b" }, { 0x432, "v" }, { 0x433, "g" },
	{ 0x434, "d" }, { 0x435, "e" }, { 0x436, "zh" }, { 0x437, "z" },
	{ 0x438, "i" }, { 0x43a, "k" }, { 0x43b, "l" }, { 0x43c, "m" },
	{ 0x43d, "n" }, { 0x43e, "o" }, { 0x43f, "p" }, { 0x440, "r" },
	{ 0x441, "s" }, { 0x442, "t" }, { 0x443, "u" }, { 0x444, "f" },
	{ 0x445, "h" }, { 0x446, "ts" }, { 0x447, "ch" }, { 0x448, "sh" },
	{ 0x449, "sht" }, { 0x44a, "a" }, { 0x44b, "y" }, { 0x44c, "y" },
	{ 0x44d, "e" }, { 0x44e, "yu" }, { 0x44f, "ya" },
	{ 0x452, "dj" }, { 0x454, "e" }, { 0x455, "dz" }, { 0x456, "i" },
	{ 0x458, "j" }, { 0x459, "lj" }, { 0x45a, "nj" }, { 0x45b, "c" },
	{ 0x45f, "dz" }, { 0x463, "e" }, { 0x46b, "a" }, { 0x491, "g" },
	{ 0x4bb, "h" }, { 0x4c0, "i" }, { 0x4cf, "i" }, { 0x501, "d" },
	{ 0x51b, "q" }, { 0x51d, "w" },
	/* punctuation that keyboards and programs put in place of ASCII */
	{ 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" },
	{ 0x2014, "-" }, { 0x2015, "-" }, { 0x2212, "-" }, { 0x2043, "-" },
	{ 0x2018, "'" }, { 0x2019, "'" }, { 0x201a, "'" }, { 0x201b, "'" },
	{ 0x2032, "'" }, { 0x2bc, "'" }, { 0x2b9, "'" }, { 0x2bb, "'" },
	{ 0xab, "\"" }, { 0xbb, "\"" }, { 0x201c, "\"" }, { 0x201d, "\"" },
	{ 0x201e, "\"" }, { 0x201f, "\"" }, { 0x2033, "\"" },
	{ 0xb7, "." }, { 0x2022, "*" }, { 0x2044, "/" }, { 0x2215, "/" },
	{ 0xd7, "x" }, { 0xbf, "?" }, { 0xa1, "!" },
	{ 0x61f, "?" }, { 0x60c, "," }, { 0x3001, "," }, { 0x3002, "." },
	{ 0x2028, "\n" }, { 0x2029, "\n" }, { 0x85, "\n" },
	{ 0x2753, "?" }, { 0x2754, "?" }, { 0x2755, "!" }, { 0x2757, "!" },
	/* signs that a pattern may want: a byte of their own */
#define OWN(code, byte) { code, byte },
	FOLD_OWN_BYTES(OWN)
#undef OWN
};

static uint32_t first[BLOCKS];
static uint32_t blocks[BLOCKS][64];
static size_t nblocks;
static char pool[65536];
static size_t npool;

static const char *
letter_find(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].c == c)
			return letters[i].latin;
	return NULL;
}

/* One byte, the same every 64 code points so that blocks repeat. */
static char
other_byte(uint32_t c)
{
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return (char)(FOLD_LETTER | (c & 0x1f));
	default:
		return (char)(FOLD_SIGN | (c & 0x1f));
	}
}

/* What ${c} becomes, into ${out}; its length. */
static size_t
fold_one(uint32_t c, char out[64])
{
	utf8proc_int32_t d[64];
	utf8proc_ssize_t i, n;
	size_t len = 0;
	int foreign = 0;

	if (c < 0x80) {
		out[0] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		return 1;
	}
	if (letter_find(c) != NULL) {
		len = strlen(letter_find(c));
		memcpy(out, letter_find(c), len);
		return len;
	}
	if (c >= 0xd800 && c <= 0xdfff) {
		out[0] = (char)FOLD_INVALID;
		return 1;
	}
	n = utf8proc_decompose_char((utf8proc_int32_t)c, d, 64,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
	    UTF8PROC_IGNORE | UTF8PROC_STRIPMARK, NULL);
	if (n < 0 || n > 64) {
		fprintf(stderr, "foldgen: U+%04X: %s\n", (unsigned)c,
		    utf8proc_errmsg(n));
		exit(1);
	}
	for (i = 0; i < n; i++) {
		const char *latin = letter_find((uint32_t)d[i]);

		if (d[i] < 0x80) {
			out[len++] = (char)d[i];
		} else if (latin != NULL) {
			memcpy(out + len, latin, strlen(latin));
			len += strlen(latin);
		} else {
			out[len++] = other_byte((uint32_t)d[i]);
			foreign++;
		}
		if (len > 32)
			break;
	}
	/* One sign of another script is one byte, however it decomposes. */
	if ((foreign > 0 && len > 1) || len > FOLD_ONE_MAX) {
		out[0] = other_byte(c);
		len = 1;
	}
	return len;
}

static uint32_t
entry_of(uint32_t c)
{
	char out[64];
	size_t n = fold_one(c, out);
	uint32_t e = (uint32_t)n << 24;
	size_t i;

	if (n <= 3) {
		for (i = 0; i < n; i++)
			e |= (uint32_t)(unsigned char)out[i] << (8 * i);
		return e;
	}
	for (i = 0; i + n <= npool; i++)
		if (memcmp(pool + i, out, n) == 0)
			return e | (uint32_t)i;
	if (npool + n > sizeof(pool))
		exit(1);
	memcpy(pool + npool, out, n);
	npool += n;
	return e | (uint32_t)(npool - n);
}

static void
block_add(uint32_t b)
{
	uint32_t block[64];
	uint32_t i;

	for (i = 0; i < 64; i++)
		block[i] = entry_of(b * 64 + i);
	for (i = 0; i < nblocks; i++)
		if (memcmp(blocks[i], block, sizeof(block)) == 0)
			break;
	if (i == nblocks)
		memcpy(blocks[nblocks++], block, sizeof(block));
	first[b] = i;
}

static uint32_t checksum = 2166136261u;         /* FNV-1a */

static void
check_add(uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		checksum = (checksum ^ ((v >> (8 * i)) & 0xff)) * 16777619u;
}

int
main(void)
{
	size_t i, j;

	for (i = 0; i < BLOCKS; i++)
		block_add((uint32_t)i);
	printf("/* Made by foldgen from utf8proc %s (Unicode %s). */\n",
	    utf8proc_version(), utf8proc_unicode_version());
	printf("static const uint16_t fold_first[%d] = {\n", BLOCKS);
	for (i = 0; i < BLOCKS; i++) {
		check_add(first[i]);
		printf("%u,%s", (unsigned)first[i], i % 16 == 15 ? "\n" : "");
	}
	printf("};\nstatic const uint32_t fold_blocks[%zu][64] = {\n", nblocks);
	for (i = 0; i < nblocks; i++) {
		printf("{");
		for (j = 0; j < 64; j++) {
			check_add(blocks[i][j]);
			printf("0x%x,%s", (unsigned)blocks[i][j],
			    j % 8 == 7 ? "\n" : "");
		}
		printf("},\n");
	}
	printf("};\nstatic const unsigned char fold_pool[%zu] = {\n",
	    npool + 1);
	for (i = 0; i < npool; i++) {
		check_add((unsigned char)pool[i]);
		printf("%d,%s", (unsigned char)pool[i],
		    i % 16 == 15 ? "\n" : "");
	}
	printf("0\n};\n#define FOLD_CHECKSUM 0x%xu\n", (unsigned)checksum);
	return ferror(stdout) || fflush(stdout) != 0;
}
