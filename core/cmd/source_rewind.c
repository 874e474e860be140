/*
 * kompan source rewind: read again from an earlier cursor.
 */
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
	struct json_object *args;

	if (!cmd_options(env, &cmd_source_rewind, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_source_rewind);
	args = json_object_new_object();
	json_put_cstr(args, "name", argv[0]);
	json_put_bool(args, "beginning", beginning);
	return cmd_change(env, "source.rewind", args,
	    "source %s: reads again from its %s cursor\n", argv[0],
	    beginning ? "first" : "previous");
}
