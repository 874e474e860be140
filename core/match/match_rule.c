/*
 * One rule in one language on one post: each place where it matches must have
 * beside it what the rule asks for (also, asking), and not what it excludes.
 */
#include "match/match_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/fold.h"

/* What a denial, a report or a question mark takes from a claim. */
#define DENIAL_COST 500
#define DENIAL_REACH 60         /* letters within one sentence */

uint32_t
span_gap(struct span a, struct span b)
{
	if (a.to <= b.from)
		return b.from - a.to;
	if (b.to <= a.from)
		return a.from - b.to;
	return 0;
}

static size_t
first_sentence(const struct match_scratch *s, struct span a)
{
	return sentence_of(&s->sentences, a.from);
}

static size_t
last_sentence(const struct match_scratch *s, struct span a)
{
	return sentence_of(&s->sentences, a.to > a.from ? a.to - 1 : a.from);
}

static bool
is_near(const struct match_scratch *s, struct span a, struct span b, int near)
{
	size_t apart, a1, a2, b1, b2;

	if (near == NEAR_POST)
		return true;
	if (near > 0)
		return span_gap(a, b) <= (uint32_t)near;
	a1 = first_sentence(s, a);
	a2 = last_sentence(s, a);
	b1 = first_sentence(s, b);
	b2 = last_sentence(s, b);
	apart = a2 < b1 ? b1 - a2 : b2 < a1 ? a1 - b2 : 0;
	return apart <= (near == NEAR_TWO_SENTENCES ? 1 : 0);
}

/* Whether pattern ${id} found something near ${span}: 1, 0, -1 not known. */
static int
found_near(struct match_scratch *s, uint32_t id, struct span span, int near)
{
	const struct found *found = run_find(s, id);
	int i;

	for (i = 0; i < found->n; i++)
		if (is_near(s, span, found->v[i], near))
			return 1;
	return found->n < 0 ? -1 : 0;
}

/* `also' and `except' around one match. */
static int
conditions_hold(struct match_scratch *s, const struct rule *rule,
    const struct rule_variant *variant, struct span span)
{
	size_t i;
	int r, result = 1;

	for (i = 0; i < variant->n; i++) {
		const struct rule_pattern *p = &variant->v[i];

		if (p->part == PART_ALSO) {
			r = found_near(s, p->id, span, rule->near);
			if (r == 0)
				return 0;
		} else if (p->part == PART_EXCEPT) {
			r = found_near(s, p->id, span, rule->near_given ?
			    rule->near : NEAR_POST);
			if (r == 1)
				return 0;
			r = r == 0 ? 1 : r;
		} else {
			continue;
		}
		if (r == -1)
			result = -1;
	}
	return result;
}

static int
parent_holds(struct match_scratch *s, const struct rule *rule)
{
	size_t i, k, start, end;
	int result = 0;

	if (s->parent.p == NULL)
		return 0;
	if (!s->parent_done) {
		if (s->parent.n > s->parent_room || s->parent_folded == NULL) {
			s->parent_room = s->parent.n;
			s->parent_folded = xreallocarray(s->parent_folded,
			    FOLD_ROOM(s->parent_room), 1);
		}
		s->parent_n = fold_text(s->parent, s->parent_folded);
		s->parent_done = true;
	}
	for (i = 0; i < rule->nvariants; i++) {
		for (k = 0; k < rule->variants[i].n; k++) {
			const struct rule_pattern *p =
			    &rule->variants[i].v[k];
			int r;

			if (p->part != PART_PARENT)
				continue;
			r = pattern_find(p->pattern, s->pcre, (struct str){
			    s->parent_folded, s->parent_n }, 0, &start, &end);
			if (r == 1)
				return 1;
			if (r == -1)
				result = -1;
		}
	}
	return result;
}

/* "Looking for" alone asks where what is looked for is help in itself. */
static bool
seek_counts(const struct rule *rule)
{
	static const char *const topics[] = { "job-search", "housing",
	    "advice-services" };
	size_t i;

	if (rule->asks == ASKS_SEEK)
		return true;
	if (rule->asks == ASKS_STRONG)
		return false;
	for (i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strcmp(rule->subject, topics[i]) == 0)
			return true;
	return false;
}

/*
 * Evidence of asking near ${span}: what the match counts because of it, in
 * thousandths, more where it is close and strong; 0: none.
 */
static int
asking_value(const struct match_scratch *s, const struct rule *rule,
    struct span span)
{
	int best = 0;
	size_t i;

	for (i = 0; i < s->nasking; i++) {
		const struct asking *a = &s->asking[i];
		int gap, value;

		if ((a->grade == GRADE_SEEK && !seek_counts(rule)) ||
		    (a->grade == GRADE_WEAK && rule->asks == ASKS_STRONG) ||
		    !is_near(s, span, a->span, rule->near))
			continue;
		gap = (int)span_gap(span, a->span);
		value = 1000 * 60 / (60 + gap);
		if (a->grade != GRADE_WEAK)
			value += value / 5;
		best = value > best ? value : best;
	}
	return best == 0 ? 0 : best < 1 ? 1 : best;
}

static bool
is_muted(const struct match_scratch *s, struct span span)
{
	size_t i;

	for (i = 0; i < s->nmuted; i++)
		if (span.from < s->muted[i].to && s->muted[i].from < span.to)
			return true;
	return false;
}

/* A word that turns: what stands before it does not deny what follows. */
static bool
turns_between(const struct match_scratch *s, struct span a, struct span b)
{
	static const char *const turns[] = { " but ", " aber ", " sondern ",
	    " ale ", " lecz ", " no ", " ama ", " obache ", " dar ", " insa ",
	    ";" };
	uint32_t from = a.to < b.to ? a.to : b.to;
	uint32_t to = a.from > b.from ? a.from : b.from;
	size_t i;

	for (i = 0; from < to && i < sizeof(turns) / sizeof(turns[0]); i++)
		if (memmem(s->folded + from, to - from, turns[i],
		    strlen(turns[i])) != NULL)
			return true;
	return false;
}

/*
 * What the clause of a claim takes from its weight.  Only words of the
 * pattern's own language count: Polish "mit" is a myth, German "mit" is not.
 */
static int
doubt(struct match_scratch *s, struct span span, const char *lang)
{
	const struct rule *denials = s->set->denials;
	size_t i, k;
	int n, cost = 0;

	if (sentence_asks(&s->sentences, (struct str){ s->folded, s->n },
	    last_sentence(s, span)))
		cost += DENIAL_COST;
	for (i = 0; denials != NULL && i < denials->nvariants; i++) {
		if (strcmp(denials->variants[i].lang, lang) != 0)
			continue;
		for (k = 0; k < denials->variants[i].n; k++) {
			const struct found *found = run_find(s,
			    denials->variants[i].v[k].id);

			for (n = 0; n < found->n; n++)
				if (is_near(s, span, found->v[n],
				    NEAR_SENTENCE) && span_gap(span,
				    found->v[n]) <= DENIAL_REACH &&
				    !turns_between(s, span, found->v[n]))
					return cost + DENIAL_COST;
		}
	}
	return cost;
}

/* One match: whether it counts, and how much. */
static int
judge_span(struct match_scratch *s, const struct rule *rule,
    const struct rule_variant *variant, struct span span, int *value)
{
	*value = 1000;
	if (rule->kind == RULE_QUESTION) {
		if (is_muted(s, span))
			return 0;
		/* Evidence against a topic needs nobody to ask. */
		if (rule->asks != ASKS_NO && rule->weight > 0) {
			*value = asking_value(s, rule, span);
			if (*value == 0)
				return 0;
		}
	}
	return conditions_hold(s, rule, variant, span);
}

static void
take_span(struct match_scratch *s, struct match_hit *hit, struct span span,
    int value)
{
	int cost = hit->rule->kind == RULE_MISINFORMATION ?
	    doubt(s, span, hit->lang) : 0;

	value = hit->rule->weight * value / 1000 - cost;
	if (hit->nspans == 0 || value > hit->value) {
		hit->value = value;
		hit->doubted = cost > 0;
	}
	if (hit->nspans < MATCH_SPANS_MAX)
		hit->spans[hit->nspans++] = (struct match_span){ span.from,
		    span.to };
}

int
run_variant(struct match_scratch *s, const struct rule *rule,
    const struct rule_variant *variant, struct match_hit *hit)
{
	bool limited = false;
	int parent = 2, value, r, k;
	size_t i;

	for (i = 0; i < variant->n; i++) {
		const struct found *found;

		if (variant->v[i].part != PART_MATCH ||
		    !run_may_find(s, variant->v[i].id))
			continue;
		found = run_find(s, variant->v[i].id);
		limited = limited || found->n < 0;
		for (k = 0; k < found->n; k++) {
			r = judge_span(s, rule, variant, found->v[k], &value);
			if (r != 0 && rule->has_parent) {
				if (parent == 2)
					parent = parent_holds(s, rule);
				r = parent == 1 ? r : parent;
			}
			if (r == 1)
				take_span(s, hit, found->v[k], value);
			limited = limited || r == -1;
		}
	}
	return hit->nspans > 0 ? 1 : limited ? -1 : 0;
}
