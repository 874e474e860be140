/*
 * Folding: UTF-8 in, bytes out, by a table that was made when Kompan was
 * built.  Runs of ASCII go 16 bytes at a time; an entry of the table holds up
 * to three bytes and their number, stored at once whatever the number is.
 */
#include "match/fold.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/match/fold_table.h"

uint32_t
fold_version(void)
{
	return FOLD_CHECKSUM;
}

size_t
fold_decode(const char *text, const char *text_end, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = (size_t)(text_end - text);
	uint32_t c;

	if (left == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || left < 2 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xe0) {
		*ret = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
		return 2;
	}
	if (left < 3 || (p[2] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xf0) {
		c = (uint32_t)(p[0] & 0xf) << 12 |
		    (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		*ret = c;
		return 3;
	}
	if (left < 4 || p[0] > 0xf4 || (p[3] & 0xc0) != 0x80)
		return 0;
	c = (uint32_t)(p[0] & 7) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
	    (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
	if (c < 0x10000 || c > 0x10ffff)
		return 0;
	*ret = c;
	return 4;
}

static inline uint32_t
entry_of(uint32_t c)
{
	return fold_blocks[fold_first[c >> 6]][c & 0x3f];
}

/* Writes 4 bytes or a pool string; FOLD_ROOM leaves space behind the end. */
static inline char *
entry_put(char *out, uint32_t e)
{
	uint32_t n = e >> 24;

	if (n <= 3) {
		out[0] = (char)(e & 0xff);
		out[1] = (char)(e >> 8 & 0xff);
		out[2] = (char)(e >> 16 & 0xff);
	} else {
		memcpy(out, fold_pool + (e & 0xffffff), n);
	}
	return out + n;
}

/* Copy ASCII at ${p} in lower case, whole blocks only; how much was done. */
static inline size_t
ascii_run(const char *p, const char *end, char *out)
{
	const char *start = p;

#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i upper;

		if (_mm_movemask_epi8(v) != 0)
			break;
		upper = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('A' - 1)),
		    _mm_cmplt_epi8(v, _mm_set1_epi8('Z' + 1)));
		v = _mm_add_epi8(v, _mm_and_si128(upper, _mm_set1_epi8(32)));
		_mm_storeu_si128((__m128i *)(void *)out, v);
		p += 16;
		out += 16;
	}
#else
	while (end - p >= 8) {
		uint64_t v, upper;

		memcpy(&v, p, 8);
		if ((v & 0x8080808080808080u) != 0)
			break;
		/* high bit set where the byte is 'A' to 'Z' */
		upper = (v + 0x3f3f3f3f3f3f3f3fu) &
		    ~(v + 0x2525252525252525u) & 0x8080808080808080u;
		v += upper >> 2;
		memcpy(out, &v, 8);
		p += 8;
		out += 8;
	}
#endif
	return (size_t)(p - start);
}

/*
 * Letters of one and two bytes without a branch between them, since Cyrillic
 * text changes from one to the other at every word.  Stops at anything else
 * and after eight ASCII letters in a row, where ascii_run() is worth a try.
 */
static inline const char *
short_run(const char *p, const char *end, char **out, const char *text,
    char *start, uint32_t *map)
{
	char *o = *out;
	unsigned ascii = 0;

	while (end - p >= 2 && ascii < 8) {
		unsigned char b = (unsigned char)p[0];
		unsigned char t = (unsigned char)p[1];
		uint32_t two = b >> 7, c, e;

		if (two && ((unsigned)(b - 0xc2) >= 0x1e ||
		    (t & 0xc0) != 0x80))
			break;
		c = two ? (uint32_t)(b & 0x1f) << 6 | (t & 0x3f) : b;
		e = entry_of(c);
		ascii = two ? 0 : ascii + 1;
		if (e >> 24 > 3)
			break;
		o[0] = (char)(e & 0xff);
		o[1] = (char)(e >> 8 & 0xff);
		o[2] = (char)(e >> 16 & 0xff);
		if (map != NULL) {
			uint32_t *m = map + (o - start);

			m[0] = m[1] = m[2] = (uint32_t)(p - text);
		}
		o += e >> 24;
		p += 1 + two;
	}
	*out = o;
	return p;
}

static inline size_t
fold_run(struct str text, char *out, uint32_t *map)
{
	const char *p = text.p, *end = text.p + text.n;
	char *o = out;

	while (p < end) {
		const char *at;
		char *before;
		size_t n = map == NULL ? ascii_run(p, end, o) : 0;
		uint32_t c;

		p += n;
		o += n;
		at = p;
		p = short_run(p, end, &o, text.p, out, map);
		if (p != at || p == end)
			continue;
		before = o;
		n = fold_decode(p, end, &c);
		if (n == 0) {
			*o++ = (char)FOLD_INVALID;
			n = 1;
		} else {
			o = entry_put(o, entry_of(c));
		}
		if (map != NULL)
			for (; before < o; before++)
				map[before - out] = (uint32_t)(p - text.p);
		p += n;
	}
	if (map != NULL)
		map[o - out] = (uint32_t)text.n;
	return (size_t)(o - out);
}

size_t
fold_text(struct str text, char *out)
{
	return fold_run(text, out, NULL);
}

size_t
fold_map(struct str text, char *out, uint32_t *map)
{
	return fold_run(text, out, map);
}

void
fold_span(const uint32_t *map, size_t n, size_t from, size_t to,
    size_t *start, size_t *end)
{
	*start = map[from];
	if (to <= from) {
		*end = *start;
		return;
	}
	while (to < n && map[to] == map[to - 1])
		to++;
	*end = map[to];
}

size_t
fold_char(uint32_t c, char out[FOLD_ONE_MAX])
{
	char *end;

	if (c > 0x10ffff) {
		out[0] = (char)FOLD_INVALID;
		return 1;
	}
	end = entry_put(out, entry_of(c));
	return (size_t)(end - out);
}
