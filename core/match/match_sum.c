/*
 * What the hits say together.  A rule counts once for its subject, with its
 * best hit; a topic is reached at RULE_WEIGHT, and of the topics reached those
 * stay that are asked about, not those that are mentioned beside it.
 */
#include "match/match_run.h"

#include <stdlib.h>
#include <string.h>

#include "match/lang.h"

/* A topic below this share (in hundredths) of the best one is only mentioned. */
#define FAR_BELOW 40
/* A generic topic gives way to a specific one of at least this share. */
#define GENERIC_GIVES_WAY 60

static bool
is_generic(const char *topic)
{
	return strcmp(topic, "wages") == 0 || strcmp(topic, "contract") == 0 ||
	    strcmp(topic, "working-conditions") == 0 ||
	    strcmp(topic, "registration") == 0;
}

static struct match_subject *
subject_get(struct match_subjects *subjects, const char *id)
{
	size_t i;

	for (i = 0; i < subjects->n; i++)
		if (strcmp(subjects->v[i].id, id) == 0)
			return &subjects->v[i];
	if (subjects->n == MATCH_SUBJECTS_MAX)
		return NULL;
	subjects->v[subjects->n] = (struct match_subject){ .id = id };
	return &subjects->v[subjects->n++];
}

bool
match_subjects_have(const struct match_subjects *subjects, const char *id)
{
	size_t i;

	for (i = 0; i < subjects->n; i++)
		if (strcmp(subjects->v[i].id, id) == 0)
			return true;
	return false;
}

static void
subject_drop(struct match_subjects *subjects, size_t i)
{
	memmove(&subjects->v[i], &subjects->v[i + 1],
	    (subjects->n - i - 1) * sizeof(subjects->v[0]));
	subjects->n--;
}

/* The best hit of the rule, if ${hit} is it: rules count once, not per lang. */
static bool
is_best(const struct match_result *result, const struct match_hit *hit)
{
	size_t i;

	for (i = 0; i < result->nhits; i++) {
		const struct match_hit *other = &result->hits[i];

		if (other->rule != hit->rule || other == hit || other->limited)
			continue;
		if (other->value > hit->value ||
		    (other->value == hit->value && other < hit))
			return false;
	}
	return true;
}

static void
add(struct match_subjects *subjects, const struct match_hit *hit, int sum)
{
	struct match_subject *subject = subject_get(subjects,
	    hit->rule->subject);

	if (subject == NULL)
		return;
	subject->sum += sum;
	subject->score += hit->value;
}

static void
keep_reached(struct match_subjects *subjects)
{
	size_t i;

	for (i = subjects->n; i > 0; i--)
		if (subjects->v[i - 1].sum < RULE_WEIGHT)
			subject_drop(subjects, i - 1);
}

static int
by_score(const void *a, const void *b)
{
	const struct match_subject *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(x->id, y->id);
}

static void
choose_topics(struct match_subjects *topics)
{
	int best = 0, specific = 0;
	size_t i;

	for (i = 0; i < topics->n; i++) {
		const struct match_subject *t = &topics->v[i];

		best = t->score > best ? t->score : best;
		if (!is_generic(t->id) && t->score > specific)
			specific = t->score;
	}
	for (i = topics->n; i > 0; i--) {
		const struct match_subject *t = &topics->v[i - 1];

		if (t->score * 100 < best * FAR_BELOW ||
		    (is_generic(t->id) && specific > 0 &&
		    specific * 100 >= t->score * GENERIC_GIVES_WAY))
			subject_drop(topics, i - 1);
	}
}

static void
take_flags(struct match_result *result, const struct match_hit *hit)
{
	switch (hit->rule->kind) {
	case RULE_ASKING:
		result->asking[hit->rule->grade] = true;
		break;
	case RULE_FILLER:
		result->fillers |= 1u << hit->rule->filler;
		break;
	case RULE_ADVERT:
		result->advert = true;
		break;
	case RULE_ANSWER:
		result->answer = true;
		break;
	case RULE_SOLVED:
		result->solved = true;
		break;
	case RULE_URGENT:
		result->urgent = true;
		break;
	default:
		break;
	}
}

/* Who corrects a claim in a post does not spread it there. */
static void
weigh_corrections(struct match_result *result)
{
	size_t i;

	for (i = 0; i < result->corrections.n; i++) {
		const struct match_subject *c = &result->corrections.v[i];
		struct match_subject *claim;

		if (!match_subjects_have(&result->claims, c->id))
			continue;
		claim = subject_get(&result->claims, c->id);
		claim->sum -= c->sum;
	}
}

void
run_sum(struct match_result *result)
{
	size_t i;

	for (i = 0; i < result->nhits; i++) {
		const struct match_hit *hit = &result->hits[i];

		result->limited = result->limited || hit->limited;
		if (hit->limited)
			continue;
		take_flags(result, hit);
		if (hit->rule->subject == NULL || !is_best(result, hit))
			continue;
		if (hit->rule->kind == RULE_QUESTION)
			add(&result->topics, hit, hit->rule->weight);
		else if (hit->rule->kind == RULE_MISINFORMATION)
			add(&result->claims, hit, hit->value);
		else if (hit->rule->kind == RULE_CORRECTION)
			add(&result->corrections, hit, hit->rule->weight);
	}
	weigh_corrections(result);
	keep_reached(&result->topics);
	keep_reached(&result->claims);
	keep_reached(&result->corrections);
	choose_topics(&result->topics);
	if (result->topics.n > 1)
		qsort(result->topics.v, result->topics.n,
		    sizeof(result->topics.v[0]), by_score);
}

bool
match_hit_counts(const struct match_result *result,
    const struct match_hit *hit)
{
	const char *subject = hit->rule->subject;

	if (hit->limited || hit->doubted || hit->rule->weight <= 0)
		return false;
	switch (hit->rule->kind) {
	case RULE_QUESTION:
		return match_subjects_have(&result->topics, subject);
	case RULE_MISINFORMATION:
		return match_subjects_have(&result->claims, subject);
	case RULE_CORRECTION:
		return match_subjects_have(&result->corrections, subject);
	case RULE_ASKING:
		return hit->rule->grade == GRADE_STRONG;
	case RULE_ANSWER:
		return result->answer;
	case RULE_SOLVED:
		return result->solved;
	case RULE_ADVERT:
		return result->advert;
	case RULE_URGENT:
		return result->urgent;
	case RULE_FILLER:
		return (result->fillers & (1u << hit->rule->filler)) != 0;
	case RULE_KINDS:
		break;
	}
	return false;
}

const char *
match_lang(struct str text, const struct match_result *result)
{
	unsigned votes[RULE_LANGS] = { 0 }, best = 0;
	const char *lang = lang_of(text);
	size_t i, k;

	if (lang != NULL)
		return lang;
	for (i = 0; i < result->nhits; i++) {
		const struct match_hit *hit = &result->hits[i];

		/* A question mark is of no language. */
		if (hit->rule->kind == RULE_ASKING ||
		    !match_hit_counts(result, hit))
			continue;
		for (k = 0; stanza_langs[k] != NULL; k++) {
			if (strcmp(stanza_langs[k], hit->lang) == 0 &&
			    ++votes[k] > best) {
				best = votes[k];
				lang = stanza_langs[k];
			}
		}
	}
	return lang;
}
