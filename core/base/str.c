/*
 * Slices of text.  UTF-8 is checked by utf8proc, not by hand.
 */
#include "base/str.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

struct str
str_of(const char *s)
{
	return s == NULL ? STR_NONE : (struct str){ s, strlen(s) };
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && str_cmp(a, b) == 0;
}

bool
str_is(struct str a, const char *b)
{
	return str_eq(a, str_of(b));
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_cmp((struct str){ s.p, prefix.n },
	    prefix) == 0;
}

char *
str_dup(struct str s)
{
	return xstrndup(s.p, s.n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str
str_cut(struct str *rest, char sep)
{
	struct str part = *rest;
	const char *at = NULL;

	if (rest->n > 0)
		at = memchr(rest->p, sep, rest->n);
	if (at == NULL) {
		*rest = STR_NONE;
		return part;
	}
	part.n = (size_t)(at - part.p);
	rest->p = at + 1;
	rest->n -= part.n + 1;
	return part;
}

int
str_to_i64(struct str s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t value = 0;
	size_t i = negative ? 1 : 0;

	if (i == s.n)
		return -1;
	for (; i < s.n; i++) {
		int64_t digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return -1;
		/* Built downwards, since INT64_MIN has no positive twin. */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return -1;
	}
	if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
		return -1;
	if (value < min || value > max)
		return -1;
	*ret = value;
	return 0;
}

bool
str_is_utf8(struct str s)
{
	utf8proc_int32_t c;
	uint64_t eight;
	size_t at = 0;

	while (at < s.n) {
		utf8proc_ssize_t n;

		/* Most text is mostly ASCII: eight bytes at a time. */
		while (s.n - at >= sizeof(eight)) {
			memcpy(&eight, s.p + at, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) != 0)
				break;
			at += sizeof(eight);
		}
		if (at == s.n)
			break;

		if ((unsigned char)s.p[at] < 0x80) {
			at++;
			continue;
		}
		n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + at,
		    (utf8proc_ssize_t)(s.n - at), &c);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

int64_t
str_length(struct str s)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

struct str
str_fit(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	/* A continuation byte at the cut: go back to its first byte. */
	while (max > 0 && ((unsigned char)s.p[max] & 0xC0) == 0x80)
		max--;
	s.n = max;
	return s;
}
