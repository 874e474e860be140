/*
 * kompan rules check: is a rule pack good, as a whole?
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/problems.h"
#include "cmd/cmd.h"
#include "match/ruleset.h"

static int rules_check(struct cmd_env *, int, char **);

const struct cmd cmd_rules_check = {
	.noun = "rules", .verb = "check", .args = "[--against DIR] [DIR]",
	.summary = "Check rules and name every fault with its place.",
	.help = "DIR is a folder with *.rules, also in folders; the installed "
	    "rules if not\ngiven.  With --against, a rule that changed against "
	    "those in that folder\nwithout a new `rev' is a fault too.",
	.run = rules_check,
};

/* A changed meaning needs a new rev, or reviewers' verdicts lie. */
static void
check_against(const struct ruleset *set, const struct ruleset *old,
    struct problems *problems)
{
	size_t i;

	for (i = 0; i < set->nrules; i++) {
		const struct rule *rule = set->rules[i];
		const struct rule *was = ruleset_find(old, rule->id);

		if (was == NULL)
			continue;
		if (rule->rev < was->rev)
			problems_add(problems, rule->file, rule->line, 1,
			    "rule `%s' went back from rev %d to %d", rule->id,
			    was->rev, rule->rev);
		else if (rule->rev == was->rev &&
		    strcmp(rule->fingerprint, was->fingerprint) != 0)
			problems_add(problems, rule->file, rule->line, 1,
			    "rule `%s' has changed (itself or a macro of it): "
			    "write `rev = %d'", rule->id, was->rev + 1);
	}
}

struct todo {
	size_t missed, works;
	bool print;
};

static void
count_todo(void *arg, const struct rule *rule, const struct rule_example *e,
    bool matches)
{
	struct todo *todo = arg;

	todo->missed += !matches;
	todo->works += matches;
	if (todo->print && matches)
		printf("%s:%u:%u: rule `%s' matches this `todo' now: make it "
		    "an `ok'\n", rule->file, e->line, e->column, rule->id);
}

static void
report(struct cmd_env *env, struct ruleset *set,
    const struct problems *problems)
{
	struct todo todo = { .print = !env->json };

	if (env->json) {
		problems_print_json(problems, stdout);
		return;
	}
	problems_print(problems, stderr);
	if (problems->n > 0 || set == NULL) {
		fprintf(stderr, "%zu fault%s; these rules would not load\n",
		    problems->n, problems->n == 1 ? "" : "s");
		return;
	}
	ruleset_todo(set, count_todo, &todo);
	printf("%zu rules, %zu patterns, %zu topics, %zu claims: good "
	    "(fingerprint %s)\n", set->nrules, set->npatterns, set->ntopics,
	    set->nclaims, set->fingerprint);
	if (todo.missed > 0)
		printf("%zu known misses (`todo')\n", todo.missed);
}

static int
rules_check(struct cmd_env *env, int argc, char **argv)
{
	const char *against = NULL;
	const struct cmd_option options[] = {
		{ .name = "against", .value = &against },
		{ 0 }
	};
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set = NULL, *old = NULL;
	int code;

	if (!cmd_options(env, &cmd_rules_check, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 1)
		return cmd_usage(&cmd_rules_check);
	ruleset_load(argc == 1 ? argv[0] : RULES_DIR, &set, &problems);
	if (set != NULL && against != NULL &&
	    ruleset_load(against, &old, &problems) == 0)
		check_against(set, old, &problems);
	report(env, set, &problems);
	code = problems.n > 0 ? EXIT_FAILED : EXIT_DONE;
	ruleset_unref(set);
	ruleset_unref(old);
	problems_fini(&problems);
	return code;
}
