/*
 * The examples of a set, run on the very set that they belong to.
 */
#include "match/ruleset.h"

#include <string.h>

#include "match/match.h"

/* Why an example did not match, as far as one sentence can say. */
static const char *
why_not(const struct rule *rule, const struct match_result *result)
{
	if (rule->has_parent)
		return " (a rule with `parent' wants `PARENT >> REPLY')";
	if (rule->kind == RULE_QUESTION && rule->asks != ASKS_NO &&
	    !result->asking[GRADE_WEAK] && !result->asking[GRADE_STRONG] &&
	    !result->asking[GRADE_SEEK])
		return ": nothing in it asks, says every asking rule; or "
		    "`asks = no'";
	if (rule->kind == RULE_QUESTION && result->advert)
		return " (or an advert rule mutes it)";
	return "";
}

void
ruleset_examples(struct ruleset *set, struct problems *problems)
{
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t i, k;

	match_result_init(&result);
	for (i = 0; i < set->nrules; i++) {
		const struct rule *rule = set->rules[i];

		for (k = 0; k < rule->nexamples; k++) {
			const struct rule_example *e = &rule->examples[k];
			bool hit;

			if (strcmp(e->key, "todo") == 0 ||
			    rule->status == RULE_DEPRECATED)
				continue;
			match_post(scratch, e->text, e->parent, &result);
			hit = match_result_hit(&result, rule) != NULL;
			if (strcmp(e->key, "ok") == 0 && !hit)
				problems_add(problems, rule->file, e->line,
				    e->column, "rule `%s' does not match this "
				    "example%s", rule->id,
				    why_not(rule, &result));
			if (strcmp(e->key, "no") == 0 && hit)
				problems_add(problems, rule->file, e->line,
				    e->column, "rule `%s' matches this "
				    "example, and must not", rule->id);
		}
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}

void
ruleset_todo(struct ruleset *set, void (*call)(void *, const struct rule *,
    const struct rule_example *, bool), void *arg)
{
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t i, k;

	match_result_init(&result);
	for (i = 0; i < set->nrules; i++) {
		for (k = 0; k < set->rules[i]->nexamples; k++) {
			const struct rule_example *e =
			    &set->rules[i]->examples[k];

			if (strcmp(e->key, "todo") != 0)
				continue;
			match_post(scratch, e->text, e->parent, &result);
			call(arg, set->rules[i], e, match_result_hit(&result,
			    set->rules[i]) != NULL);
		}
	}
	match_result_fini(&result);
	match_scratch_free(scratch);
}
