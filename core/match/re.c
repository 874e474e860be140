/*
 * The tree of a folded pattern.  Recursive descent; nesting is bounded.
 */
#include "match/re.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/re_tree.h"

#define NEST_MAX 60

struct parser {
	const char *p, *end;
	unsigned nest;
	bool bad;
};

static struct re *
node_new(enum re_kind kind)
{
	struct re *re = xcalloc(1, sizeof(*re));

	re->kind = kind;
	re->min = re->max = 1;
	return re;
}

static void
node_add(struct re *re, struct re *kid)
{
	vec_grow(re->kids, re->n, re->room);
	re->kids[re->n++] = kid;
}

void
re_free(struct re *re)
{
	size_t i;

	if (re == NULL)
		return;
	for (i = 0; i < re->n; i++)
		re_free(re->kids[i]);
	free(re->kids);
	free(re);
}

static void
set_byte(struct re *re, unsigned char b)
{
	re->set[b >> 5] |= 1u << (b & 31);
}

bool
re_set_has(const struct re *re, unsigned char b)
{
	return (re->set[b >> 5] >> (b & 31) & 1) != 0;
}

static bool
is_word(int b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
	    (b >= '0' && b <= '9') || b == '_';
}

static bool
in_escape(char e, int b)
{
	switch (e | 32) {
	case 'w':
		return is_word(b);
	case 'd':
		return b >= '0' && b <= '9';
	case 's':
		return b == ' ' || (b >= 9 && b <= 13);
	case 'h':
		return b == ' ' || b == '\t' || b == 0xa0;
	case 'v':
		return (b >= 10 && b <= 13) || b == 0x85;
	default:                        /* \N, \R */
		return b != '\n';
	}
}

/* The bytes of \w, \D and so on. */
static void
set_escape(struct re *re, char e)
{
	bool not = strchr("WDSHV", e) != NULL;
	int b;

	for (b = 0; b < 256; b++)
		if (in_escape(e, b) != not)
			set_byte(re, (unsigned char)b);
}

static unsigned char
hex_byte(const char *p)
{
	char text[3] = { p[0], p[1], '\0' };

	return (unsigned char)strtoul(text, NULL, 16);
}

/* "\n", "\x00" or an escaped sign, p behind it. */
static unsigned char
take_escaped(struct parser *s)
{
	char e = s->p < s->end ? *s->p++ : '\\';

	if (e == 'n')
		return '\n';
	if (e == 'x' && s->end - s->p >= 2) {
		s->p += 2;
		return hex_byte(s->p - 2);
	}
	return (unsigned char)e;
}

static void
posix_class(struct parser *s, struct re *re)
{
	const char *close = memchr(s->p, ']', (size_t)(s->end - s->p));
	int b;

	/* What it holds is only guessed: all that a word or a sign can be. */
	for (b = 1; b < 127; b++)
		set_byte(re, (unsigned char)b);
	s->p = close == NULL ? s->end : close + 1;
}

static struct re *
parse_class(struct parser *s)
{
	struct re *re = node_new(RE_SET);
	bool not = false, first = true;
	size_t i;

	if (s->p < s->end && *s->p == '^') {
		not = true;
		s->p++;
	}
	while (s->p < s->end && (first || *s->p != ']')) {
		unsigned char low, high;

		first = false;
		if (*s->p == '[' && s->end - s->p > 1 && s->p[1] == ':') {
			posix_class(s, re);
			continue;
		}
		if (*s->p == '\\' && s->end - s->p > 1 &&
		    strchr("wWdDsShHvV", s->p[1]) != NULL) {
			set_escape(re, s->p[1]);
			s->p += 2;
			continue;
		}
		low = (unsigned char)*s->p++;
		if (low == '\\')
			low = take_escaped(s);
		high = low;
		if (s->end - s->p > 1 && s->p[0] == '-' && s->p[1] != ']') {
			s->p++;
			high = (unsigned char)*s->p++;
			if (high == '\\')
				high = take_escaped(s);
		}
		for (i = low; i <= high; i++)
			set_byte(re, (unsigned char)i);
	}
	s->bad = s->bad || s->p == s->end;
	s->p += s->p < s->end;
	if (not)
		for (i = 0; i < 8; i++)
			re->set[i] = ~re->set[i];
	return re;
}

static struct re *parse_alternatives(struct parser *);

static struct re *
parse_group(struct parser *s)
{
	static const char *const around[] = { "?=", "?!", "?<=", "?<!" };
	struct re *kid, *re = NULL;
	size_t i, left = (size_t)(s->end - s->p);

	for (i = 0; i < 4; i++) {
		size_t n = strlen(around[i]);

		if (left >= n && memcmp(s->p, around[i], n) == 0) {
			s->p += n;
			re = node_new(RE_LOOK);
			re->negative = i % 2 == 1;
			break;
		}
	}
	if (re == NULL && left >= 2 && s->p[0] == '?')
		s->p += 2;              /* ?: or ?> */
	if (++s->nest > NEST_MAX)
		s->bad = true;
	kid = s->bad ? node_new(RE_SEQ) : parse_alternatives(s);
	s->nest--;
	s->bad = s->bad || s->p == s->end || *s->p != ')';
	s->p += s->p < s->end;
	if (re == NULL)
		return kid;
	node_add(re, kid);
	return re;
}

static struct re *
parse_escape(struct parser *s)
{
	struct re *re;
	char e = s->p < s->end ? *s->p : '\\';

	if (strchr("bBAzZ", e) != NULL) {
		s->p++;
		re = node_new(RE_EDGE);
		re->negative = e == 'B';
		return re;
	}
	if (e >= '1' && e <= '9') {
		s->p++;
		return node_new(RE_BACK);
	}
	if (strchr("wWdDsShHvVNR", e) != NULL) {
		s->p++;
		re = node_new(RE_SET);
		set_escape(re, e);
		return re;
	}
	re = node_new(RE_BYTE);
	re->byte = take_escaped(s);
	return re;
}

static struct re *
parse_atom(struct parser *s)
{
	struct re *re;
	char c = *s->p++;
	int b;

	if (c == '(')
		return parse_group(s);
	if (c == '[')
		return parse_class(s);
	if (c == '\\')
		return parse_escape(s);
	if (c == '^' || c == '$')
		return node_new(RE_EDGE);
	if (c == '.') {
		re = node_new(RE_SET);
		for (b = 0; b < 256; b++)
			if (b != '\n')
				set_byte(re, (unsigned char)b);
		return re;
	}
	re = node_new(RE_BYTE);
	re->byte = (unsigned char)c;
	return re;
}

/* "*", "+", "?" or "{n,m}" at p: true and its bounds, p behind it. */
static bool
take_quantifier(struct parser *s, unsigned *min, unsigned *max)
{
	char *after;

	if (s->p == s->end || memchr("*+?{", *s->p, 4) == NULL)
		return false;
	*min = *s->p == '+';
	*max = *s->p == '?' ? 1 : RE_ENDLESS;
	if (*s->p++ == '{') {
		*min = *max = (unsigned)strtoul(s->p, &after, 10);
		if (*after == ',') {
			*max = RE_ENDLESS;
			if (after[1] != '}')
				*max = (unsigned)strtoul(after + 1, &after, 10);
			else
				after++;
		}
		s->p = after + (*after == '}');
	}
	if (s->p < s->end && (*s->p == '?' || *s->p == '+'))
		s->p++;
	return true;
}

static struct re *
parse_sequence(struct parser *s)
{
	struct re *seq = node_new(RE_SEQ), *repeat;
	unsigned min, max;

	while (!s->bad && s->p < s->end && *s->p != '|' && *s->p != ')') {
		struct re *atom = parse_atom(s);

		if (take_quantifier(s, &min, &max)) {
			repeat = node_new(RE_REPEAT);
			repeat->min = min;
			repeat->max = max;
			node_add(repeat, atom);
			atom = repeat;
		}
		node_add(seq, atom);
	}
	return seq;
}

static struct re *
parse_alternatives(struct parser *s)
{
	struct re *first = parse_sequence(s), *alt;

	if (s->p == s->end || *s->p != '|')
		return first;
	alt = node_new(RE_ALT);
	node_add(alt, first);
	while (!s->bad && s->p < s->end && *s->p == '|') {
		s->p++;
		node_add(alt, parse_sequence(s));
	}
	return alt;
}

struct re *
re_parse(struct str folded)
{
	char *copy = xstrndup(folded.p, folded.n);
	struct parser s = { .p = copy, .end = copy + folded.n };
	struct re *re = parse_alternatives(&s);

	if (s.bad || s.p != s.end) {
		re_free(re);
		re = NULL;
	}
	free(copy);
	return re;
}

bool
re_looks_around(const struct re *re)
{
	size_t i;

	if (re->kind == RE_LOOK || re->kind == RE_BACK)
		return true;
	for (i = 0; i < re->n; i++)
		if (re_looks_around(re->kids[i]))
			return true;
	return false;
}

struct sampler {
	char *p;
	size_t n, room;
	uint32_t seed;
	unsigned repeat;
	bool looks;
};

static uint32_t
roll(struct sampler *s, uint32_t below)
{
	s->seed = s->seed * 1664525u + 1013904223u;
	return below == 0 ? 0 : (s->seed >> 8) % below;
}

static void
sample_set(struct sampler *s, const struct re *re)
{
	/* A blank first: what stands between words in most patterns. */
	static const char likely[] = " ea1.x";
	size_t i;
	unsigned b, k;

	for (i = roll(s, 2); i < sizeof(likely) - 1; i++) {
		if (re_set_has(re, (unsigned char)likely[i])) {
			s->p[s->n++] = likely[i];
			return;
		}
	}
	b = roll(s, 256);
	for (k = 0; k < 256; k++, b = (b + 1) & 255) {
		if (re_set_has(re, (unsigned char)b)) {
			s->p[s->n++] = (char)b;
			return;
		}
	}
}

static void
sample(struct sampler *s, const struct re *re)
{
	unsigned i, times;

	if (s->n >= s->room)
		return;
	switch (re->kind) {
	case RE_BYTE:
		s->p[s->n++] = (char)re->byte;
		break;
	case RE_SET:
		sample_set(s, re);
		break;
	case RE_SEQ:
		for (i = 0; i < re->n; i++)
			sample(s, re->kids[i]);
		break;
	case RE_ALT:
		sample(s, re->kids[roll(s, (uint32_t)re->n)]);
		break;
	case RE_REPEAT:
		times = s->repeat < re->min ? re->min : s->repeat;
		times = times > re->max ? re->max : times;
		if (s->repeat <= 1 && re->max > 0 && roll(s, 2) == 0)
			times = re->min;
		for (i = 0; i < times && s->n < s->room; i++)
			sample(s, re->kids[0]);
		break;
	case RE_LOOK:
		/* What it looks for, in every other text. */
		if (s->looks)
			sample(s, re->kids[0]);
		break;
	case RE_EDGE:
	case RE_BACK:
		break;
	}
}

size_t
re_sample(const struct re *re, uint32_t seed, unsigned repeat, char *out,
    size_t room)
{
	struct sampler s = { .p = out, .room = room, .seed = seed * 7919u + 1,
	    .repeat = repeat, .looks = seed % 8 >= 4 };

	sample(&s, re);
	return s.n;
}
