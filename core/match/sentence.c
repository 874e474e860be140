/*
 * Sentences, as people write them in chats: a line is one at least, a dot ends
 * one where a blank follows and neither a number ("am 12. Mai") nor a single
 * letter ("z. B.") stands before it.
 */
#include "match/sentence.h"

#include <stdlib.h>

#include "base/mem.h"

static void
add(struct sentences *s, size_t end)
{
	vec_grow(s->ends, s->n, s->room);
	s->ends[s->n++] = (uint32_t)end;
}

static bool
is_end_sign(char c)
{
	return c == '.' || c == '!' || c == '?' || c == '\n';
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The dot at ${i} belongs to a number or an abbreviation. */
static bool
is_short_dot(struct str t, size_t i)
{
	char before = i > 0 ? t.p[i - 1] : ' ';

	if (before >= '0' && before <= '9')
		return true;
	return is_alnum(before) && (i < 2 || !is_alnum(t.p[i - 2]));
}

void
sentences_cut(struct sentences *s, struct str t)
{
	size_t i, k;

	s->n = 0;
	for (i = 0; i < t.n; i = k) {
		bool line = false, strong = false;

		k = i + 1;
		if (!is_end_sign(t.p[i]))
			continue;
		for (k = i; k < t.n && is_end_sign(t.p[k]); k++) {
			line = line || t.p[k] == '\n';
			strong = strong || t.p[k] != '.';
		}
		if (k < t.n && (line || t.p[k] == ' ' || t.p[k] == '\t' ||
		    (unsigned char)t.p[k] >= 0x80) &&
		    (strong || k - i > 1 || !is_short_dot(t, i)))
			add(s, k);
	}
	add(s, t.n);
}

void
sentences_fini(struct sentences *s)
{
	free(s->ends);
	s->ends = NULL;
	s->n = s->room = 0;
}

size_t
sentence_of(const struct sentences *s, size_t at)
{
	size_t low = 0, high = s->n;

	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (s->ends[middle - 1] <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool
sentence_asks(const struct sentences *s, struct str t, size_t i)
{
	size_t end = s->ends[i], start = i == 0 ? 0 : s->ends[i - 1];

	while (end > start && t.p[end - 1] != '?' &&
	    (is_end_sign(t.p[end - 1]) || t.p[end - 1] == ' '))
		end--;
	return end > start && t.p[end - 1] == '?';
}
