/*
 * kompan judge: what the agent would decide about threads in a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/problems.h"
#include "cmd/cmd.h"
#include "match/gold.h"
#include "match/judge.h"
#include "match/ruleset.h"

static int judge(struct cmd_env *, int, char **);

const struct cmd cmd_judge = {
	.noun = "judge", .args = "[--rules DIR] FILE|-",
	.summary = "Print what the agent would decide about threads in FILE.",
	.help = "FILE holds one thread a line, as JSON; - is standard input.  "
	    "One line a\nthread comes out, in order, also where a line is bad.  "
	    "Nothing is stored,\nand neither kompan.conf nor a database is "
	    "needed.  See kompan-judge(1).",
	.run = judge,
};

/* One line out for each line in; stops where nobody reads any more. */
static int
judge_file(struct judge *j, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	struct str text;
	int r;

	while ((r = gold_line(f, &line, &room, &text)) != 0) {
		struct json_object *o;

		if (r == 1) {
			o = judge_line(j, text);
		} else {
			o = json_object_new_object();
			json_put(o, "id", NULL);
			json_put_cstr(o, "error", "the line is too long");
		}
		json_print(o, stdout);
		json_object_put(o);
		if (ferror(stdout))
			break;
	}
	free(line);
	return fflush(stdout) == 0 && !ferror(stdout) && !ferror(f) ? 0 : -1;
}

static int
judge(struct cmd_env *env, int argc, char **argv)
{
	const char *dir = RULES_DIR;
	const struct cmd_option options[] = {
		{ .name = "rules", .value = &dir },
		{ 0 }
	};
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set = NULL;
	struct judge *j = NULL;
	struct err err = ERR_INIT;
	FILE *f = NULL;
	int code = EXIT_FAILED;

	if (!cmd_options(env, &cmd_judge, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_judge);
	if (strcmp(argv[0], "-") == 0)
		f = stdin;
	else
		f = fopen(argv[0], "re");
	if (f == NULL) {
		err_errno(&err, errno, "%s", argv[0]);
		cmd_failed(env, &err);
		goto out;
	}
	if (ruleset_load(dir, &set, &problems) == -1) {
		problems_print(&problems, stderr);
		err_set(&err, "%s: the rules are not good; `kompan rules "
		    "check' says why", dir);
		cmd_failed(env, &err);
		goto out;
	}
	j = judge_new(set);
	if (judge_file(j, f) == -1) {
		err_set(&err, "%s: reading or printing failed", argv[0]);
		cmd_failed(env, &err);
		goto out;
	}
	code = EXIT_DONE;
out:
	judge_free(j);
	ruleset_unref(set);
	problems_fini(&problems);
	if (f != NULL && f != stdin)
		fclose(f);
	return code;
}
