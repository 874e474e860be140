/*
 * kompan source rewind: read again from an earlier cursor.
 */
#include <stdio.h>

#include "base/json.h"
#include "cmd/cmd.h"

static int source_rewind_verb(struct cmd_env *, int, char **);

const struct cmd cmd_source_rewind = {
	.noun = "source", .verb = "rewind", .args = "NAME [--beginning]",
	.summary = "Go back to the cursor before the last, or to the beginning.",
	.help = "Posts that are known are not counted twice.",
	.config = true, .run = source_rewind_verb,
};

static int
source_rewind_verb(struct cmd_env *env, int argc, char **argv)
{
	bool beginning = false;
	const struct cmd_option options[] = {
		{ .name = "beginning", .flag = &beginning }, { 0 }
	};
	struct json_object *args, *ret = NULL;
	struct err err = ERR_INIT;

	if (!cmd_options(env, &cmd_source_rewind, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_source_rewind);
	args = json_object_new_object();
	json_put_cstr(args, "name", argv[0]);
	json_put_bool(args, "beginning", beginning);
	if (cmd_write(env, "source.rewind", args, &ret, &err) == -1)
		return cmd_failed(env, &err);
	json_object_put(ret);
	if (!env->json)
		printf("source %s: reads again from its %s cursor\n", argv[0],
		    beginning ? "first" : "previous");
	return EXIT_DONE;
}
