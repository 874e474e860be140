/*
 * kompan source resume.
 */
#include "base/json.h"
#include "cmd/cmd.h"

static int source_resume(struct cmd_env *, int, char **);

const struct cmd cmd_source_resume = {
	.noun = "source", .verb = "resume", .args = "NAME",
	.summary = "Ask a paused source again.",
	.config = true, .run = source_resume,
};

static int
source_resume(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct json_object *args;

	if (!cmd_options(env, &cmd_source_resume, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_source_resume);
	args = json_object_new_object();
	json_put_cstr(args, "name", argv[0]);
	json_put_bool(args, "paused", false);
	return cmd_change(env, "source.pause", args, "source %s: resumed\n",
	    argv[0]);
}
