/*
 * Each language gets points for what speaks for it; what many have counts
 * less.  The best wins where it leads clearly, by a share of its points.
 */
#include "match/lang.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <stdlib.h>

#include "base/mem.h"
#include "match/fold.h"
#include "match/lang_table.h"

#define LANGS (sizeof(lang_tables) / sizeof(lang_tables[0]))
#define TEXT_LOOKED_AT 600u     /* bytes */
#define SLOTS 8192u             /* a power of two, far above the words */
#define WORD_MAX 20u

/* Points in hundredths. */
#define WORD_POINTS 100
#define GROUP_POINTS 22
#define LETTER_POINTS 90
/* Ours, where nothing else decides: it is their groups that we watch. */
#define OURS_POINTS 15
/* Bulgarian (the first table), where no letter stands that it has not. */
#define PLAIN_CYRILLIC_POINTS 30
#define PLAIN_CYRILLIC_MIN 24

struct entry {
	char text[WORD_MAX + 1];        /* "_" at an edge, in a group */
	uint32_t langs;                 /* bits */
	uint16_t points;
};

static struct entry words[SLOTS], groups[SLOTS];
static struct {
	uint32_t c, langs;
	unsigned points;
} letters[256];
static size_t nletters;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t
hash_of(const char *p, size_t n)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 16777619u;
	return h ^ h >> 15;
}

static struct entry *
entry_find(struct entry *table, const char *p, size_t n)
{
	uint32_t i = hash_of(p, n) % SLOTS;

	while (table[i].text[0] != '\0' && (strlen(table[i].text) != n ||
	    memcmp(table[i].text, p, n) != 0))
		i = (i + 1) % SLOTS;
	return &table[i];
}

static void
add_words(struct entry *table, const char *text, size_t lang)
{
	struct str rest = str_of(text), word;

	while (rest.p != NULL) {
		word = str_cut(&rest, ' ');
		if (word.n == 0 || word.n > WORD_MAX)
			continue;
		struct entry *e = entry_find(table, word.p, word.n);

		memcpy(e->text, word.p, word.n);
		e->langs |= 1u << lang;
	}
}

static void
add_letters(const char *text, size_t lang)
{
	const char *end = text + strlen(text);
	uint32_t c;
	size_t n, i;

	for (; (n = fold_decode(text, end, &c)) > 0; text += n) {
		for (i = 0; i < nletters && letters[i].c != c; i++)
			;
		if (i == nletters)
			letters[nletters++].c = c;
		letters[i].langs |= 1u << lang;
	}
}

/* What one of them counts: less the more languages have it. */
static unsigned
share(uint32_t langs, unsigned points)
{
	static const unsigned part[] = { 0, 100, 60, 42, 30, 22, 16, 12, 9 };
	unsigned k = (unsigned)__builtin_popcount(langs);

	return points * part[k < 8 ? k : 8] / 100;
}

static void
make_tables(void)
{
	size_t i;

	for (i = 0; i < LANGS; i++) {
		add_words(words, lang_tables[i].words, i);
		add_words(groups, lang_tables[i].groups, i);
		add_letters(lang_tables[i].letters, i);
	}
	for (i = 0; i < SLOTS; i++) {
		size_t n = strlen(words[i].text);

		/* A short word is met by chance, and in names. */
		words[i].points = (uint16_t)share(words[i].langs, n == 1 ? 25 :
		    n == 2 ? 70 : WORD_POINTS);
		groups[i].points = (uint16_t)share(groups[i].langs,
		    GROUP_POINTS);
	}
	for (i = 0; i < nletters; i++)
		letters[i].points = share(letters[i].langs, LETTER_POINTS);
}

struct tally {
	unsigned points[LANGS];
	unsigned latin, cyrillic, foreign;      /* letters */
	unsigned not_bulgarian;
};

static void
give(struct tally *t, uint32_t langs, unsigned points)
{
	while (langs != 0) {
		int i = __builtin_ctz(langs);

		t->points[i] += points;
		langs &= langs - 1;
	}
}

/* Letters, as written: scripts, and what few languages have. */
static void
count_letters(struct tally *t, struct str text)
{
	const char *p = text.p, *end = text.p + text.n;
	uint32_t c;
	size_t n, i;

	while (p < end) {
		n = fold_decode(p, end, &c);
		p += n == 0 ? 1 : n;
		if (n == 0)
			continue;
		if (c < 0x80) {
			t->latin += (c | 32) >= 'a' && (c | 32) <= 'z';
			continue;
		}
		if (c >= 0x400 && c < 0x530)
			t->cyrillic++;
		else if (c >= 0xc0 && c < 0x250)
			t->latin++;
		else if (c >= 0x370 && c < 0x2000)
			t->foreign++;
		else if (c >= 0x3000 && c < 0xfb00)
			t->foreign++;
		/* lower case, as far as the table goes */
		if ((c >= 0xc0 && c < 0xdf && c != 0xd7) ||
		    (c >= 0x410 && c < 0x430))
			c += 32;
		else if (c >= 0x400 && c < 0x410)
			c += 80;
		else if (c == 0x218 || c == 0x21a || c == 0x490 ||
		    (c >= 0x100 && c < 0x138 && c % 2 == 0 && c != 0x130) ||
		    (c >= 0x14a && c < 0x178 && c % 2 == 0))
			c++;
		else if (c >= 0x139 && c < 0x148 && c % 2 == 1)
			c++;
		else if (c == 0x179 || c == 0x17b || c == 0x17d)
			c++;
		for (i = 0; i < nletters; i++) {
			if (letters[i].c == c) {
				give(t, letters[i].langs, letters[i].points);
				t->not_bulgarian += c >= 0x400 &&
				    (letters[i].langs & 1) == 0;
				break;
			}
		}
	}
}

static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' ||
	    c == '-';
}

static void
count_groups(struct tally *t, const char *word, size_t n)
{
	char edged[WORD_MAX + 2];
	size_t i, k;

	if (n > WORD_MAX)
		n = WORD_MAX;
	edged[0] = edged[n + 1] = '_';
	memcpy(edged + 1, word, n);
	for (i = 0; i < n + 1; i++) {
		for (k = 2; k <= 5 && i + k <= n + 2; k++) {
			const struct entry *e = entry_find(groups, edged + i,
			    k);

			if (e->langs != 0)
				give(t, e->langs, e->points);
		}
	}
}

static void
count_words(struct tally *t, const char *p, size_t n)
{
	size_t i = 0, k;

	while (i < n) {
		bool name = i > 0 && (p[i - 1] == '@' || p[i - 1] == '#' ||
		    p[i - 1] == '/' || p[i - 1] == '.');

		for (k = i; k < n && is_word_byte(p[k]); k++)
			;
		/* Names, tags and addresses are of no language. */
		if (k > i && !name && !(k + 2 < n && p[k] == ':' &&
		    p[k + 1] == '/')) {
			if (k - i <= WORD_MAX) {
				const struct entry *e = entry_find(words,
				    p + i, k - i);

				give(t, e->langs, e->points);
			}
			count_groups(t, p + i, k - i);
		}
		i = k + (k == i);
	}
}

static void
add_priors(struct tally *t)
{
	static const char *const ours[] = { "bg", "de", "en", "pl", "ro" };
	size_t i, k;

	for (i = 0; i < LANGS; i++)
		for (k = 0; k < 5; k++)
			if (t->points[i] > 0 &&
			    strcmp(lang_tables[i].code, ours[k]) == 0)
				t->points[i] += OURS_POINTS;
	if (t->not_bulgarian == 0 && t->cyrillic >= PLAIN_CYRILLIC_MIN)
		t->points[0] += PLAIN_CYRILLIC_POINTS;
}

const char *
lang_of(struct str text)
{
	char folded[FOLD_ROOM(TEXT_LOOKED_AT)];
	struct tally t;
	enum lang_script script;
	unsigned best = 0, second = 0;
	size_t winner = LANGS, i, n;

	pthread_once(&once, make_tables);
	memset(&t, 0, sizeof(t));
	if (text.n == 0)
		return NULL;
	text = str_fit(text, TEXT_LOOKED_AT);
	count_letters(&t, text);
	if (t.foreign > t.latin + t.cyrillic)
		return NULL;
	script = t.cyrillic > t.latin ? LANG_CYRILLIC : LANG_LATIN;
	n = fold_text(text, folded);
	count_words(&t, folded, n);
	add_priors(&t);
	for (i = 0; i < LANGS; i++) {
		if (lang_tables[i].script != script)
			continue;
		if (t.points[i] > best) {
			second = best;
			best = t.points[i];
			winner = i;
		} else if (t.points[i] > second) {
			second = t.points[i];
		}
	}
	/* Little evidence, or two that fit alike: not known. */
	if (winner == LANGS || best < 40 || best * 100 < second * 106)
		return NULL;
	return lang_tables[winner].code;
}
