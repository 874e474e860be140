/*
 * The literals of which a match holds one.
 *
 * Each node says either all texts that it can be (few and short: "exact"), or
 * a set one of which every match holds ("need").  A sequence multiplies exact
 * parts as long as they stay few, and of all sets met on the way keeps the
 * one that ordinary text has least.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/re_tree.h"

#define EXACT_MAX 96

struct facts {
	bool exact, need;
	struct re_literals *texts;      /* all of them, while exact */
	struct re_literals *needs;
	double cost;                    /* of needs: hits per letter, guessed */
};

/* Share of each letter in folded text, in thousandths; blank counts 160. */
static const short share[26] = { 100, 14, 30, 30, 85, 6, 15, 22, 85, 8, 28, 28,
	26, 60, 70, 25, 1, 50, 48, 55, 32, 20, 12, 2, 18, 28 };

static double
byte_share(unsigned char b)
{
	if (b >= 'a' && b <= 'z')
		return share[b - 'a'] / 1000.0;
	return b == ' ' ? 0.16 : 0.01;
}

static double
cost_of(const struct re_literals *set)
{
	double sum = 0;
	size_t i;
	int k;

	for (i = 0; i < set->n; i++) {
		double one = 1;

		if (set->v[i].n == 0)
			return 1;
		for (k = 0; k < set->v[i].n; k++)
			one *= byte_share((unsigned char)set->v[i].p[k]);
		sum += one;
	}
	return set->n == 0 ? 1 : sum;
}

static void
facts_init(struct facts *f)
{
	f->exact = f->need = false;
	f->texts = xcalloc(1, sizeof(*f->texts));
	f->needs = xcalloc(1, sizeof(*f->needs));
	f->cost = 1;
}

static void
facts_fini(struct facts *f)
{
	free(f->texts);
	free(f->needs);
}

/* Make the exact texts a need, if they are the best one. */
static void
offer(struct facts *f, const struct re_literals *set)
{
	double cost = cost_of(set);

	if (cost < f->cost) {
		*f->needs = *set;
		f->cost = cost;
		f->need = true;
	}
}

static bool
add(struct re_literals *set, const char *p, size_t n, size_t max)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (set->v[i].n == n && memcmp(set->v[i].p, p, n) == 0)
			return true;
	if (set->n >= max || n > RE_LITERAL_MAX)
		return false;
	memcpy(set->v[set->n].p, p, n);
	set->v[set->n++].n = (unsigned char)n;
	return true;
}

/* a := each of a followed by each of b; false where that is too much. */
static bool
multiply(struct re_literals *a, const struct re_literals *b)
{
	struct re_literals *both = xcalloc(1, sizeof(*both));
	bool fits = true;
	size_t i, k;

	for (i = 0; i < a->n && fits; i++) {
		for (k = 0; k < b->n && fits; k++) {
			char text[2 * RE_LITERAL_MAX];
			size_t n = a->v[i].n;

			memcpy(text, a->v[i].p, n);
			memcpy(text + n, b->v[k].p, b->v[k].n);
			fits = add(both, text, n + b->v[k].n, EXACT_MAX);
		}
	}
	if (fits)
		*a = *both;
	free(both);
	return fits;
}

static void walk(const struct re *, struct facts *);

static void
set_empty(struct re_literals *set)
{
	set->n = 0;
	add(set, "", 0, 1);
}

static void
walk_sequence(const struct re *re, struct facts *f)
{
	bool exact = true, fresh = true;
	size_t i;

	set_empty(f->texts);
	for (i = 0; i < re->n; i++) {
		struct facts kid;

		facts_init(&kid);
		walk(re->kids[i], &kid);
		if (kid.exact && multiply(f->texts, kid.texts)) {
			fresh = false;
		} else {
			exact = false;
			if (!fresh)
				offer(f, f->texts);
			set_empty(f->texts);
			fresh = true;
			if (kid.exact) {
				*f->texts = *kid.texts;
				fresh = false;
			} else if (kid.need) {
				offer(f, kid.needs);
			}
		}
		facts_fini(&kid);
	}
	f->exact = exact;
	if (!exact && !fresh)
		offer(f, f->texts);
}

static void
walk_alternatives(const struct re *re, struct facts *f)
{
	bool exact = true, need = true;
	size_t i, k;

	for (i = 0; i < re->n; i++) {
		struct facts kid;

		facts_init(&kid);
		walk(re->kids[i], &kid);
		if (kid.exact)
			for (k = 0; k < kid.texts->n && exact; k++)
				exact = add(f->texts, kid.texts->v[k].p,
				    kid.texts->v[k].n, EXACT_MAX);
		exact = exact && kid.exact;
		if (kid.exact)
			offer(&kid, kid.texts);
		if (!kid.need)
			need = false;
		for (k = 0; need && k < kid.needs->n; k++)
			need = add(f->needs, kid.needs->v[k].p,
			    kid.needs->v[k].n, RE_LITERALS_MAX);
		facts_fini(&kid);
	}
	f->exact = exact;
	f->need = need && !exact;
	f->cost = f->need ? cost_of(f->needs) : 1;
	if (!f->need)
		f->needs->n = 0;
}

static void
walk_repeat(const struct re *re, struct facts *f)
{
	struct facts kid;
	unsigned i;

	facts_init(&kid);
	walk(re->kids[0], &kid);
	if (kid.exact && re->max == 1 && re->min == 0) {
		*f->texts = *kid.texts;
		f->exact = add(f->texts, "", 0, EXACT_MAX);
	} else if (kid.exact && re->min == re->max && re->min <= 8) {
		set_empty(f->texts);
		f->exact = true;
		for (i = 0; i < re->min && f->exact; i++)
			f->exact = multiply(f->texts, kid.texts);
	}
	if (!f->exact && re->min > 0) {
		if (kid.exact)
			offer(f, kid.texts);
		else if (kid.need)
			offer(f, kid.needs);
	}
	facts_fini(&kid);
}

static void
walk(const struct re *re, struct facts *f)
{
	char c;
	int b;

	switch (re->kind) {
	case RE_BYTE:
		c = (char)re->byte;
		f->exact = add(f->texts, &c, 1, 1);
		break;
	case RE_SET:
		f->exact = true;
		for (b = 0; b < 256 && f->exact; b++) {
			c = (char)b;
			if (re_set_has(re, (unsigned char)b))
				f->exact = add(f->texts, &c, 1, 6);
		}
		break;
	case RE_LOOK:
	case RE_EDGE:
		set_empty(f->texts);
		f->exact = true;
		break;
	case RE_BACK:
		break;
	case RE_SEQ:
		walk_sequence(re, f);
		break;
	case RE_ALT:
		walk_alternatives(re, f);
		break;
	case RE_REPEAT:
		walk_repeat(re, f);
		break;
	}
}

bool
re_literals(const struct re *re, struct re_literals *ret)
{
	struct facts f;
	bool found;

	facts_init(&f);
	walk(re, &f);
	if (f.exact)
		offer(&f, f.texts);
	found = f.need && f.cost < 0.05;
	if (found)
		*ret = *f.needs;
	facts_fini(&f);
	return found;
}
