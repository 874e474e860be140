/*
 * kompan source pause.
 */
#include "base/json.h"
#include "cmd/cmd.h"

static int source_pause(struct cmd_env *, int, char **);

const struct cmd cmd_source_pause = {
	.noun = "source", .verb = "pause", .args = "NAME [WHY]",
	.summary = "Stop asking a source, until `kompan source resume'.",
	.config = true, .run = source_pause,
};

static int
source_pause(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct json_object *args;

	if (!cmd_options(env, &cmd_source_pause, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 1 || argc > 2)
		return cmd_usage(&cmd_source_pause);
	args = json_object_new_object();
	json_put_cstr(args, "name", argv[0]);
	json_put_bool(args, "paused", true);
	if (argc == 2)
		json_put_cstr(args, "why", argv[1]);
	return cmd_change(env, "source.pause", args, "source %s: paused\n",
	    argv[0]);
}
