/*
 * kompan config show: what is in force, with defaults, without secrets.
 */
#include <stdio.h>

#include "cmd/cmd.h"
#include "config/config.h"

static int config_show(struct cmd_env *, int, char **);

const struct cmd cmd_config_show = {
	.noun = "config", .verb = "show",
	.summary = "Print every setting that is in force, explained.",
	.config = true, .run = config_show,
};

static int
config_show(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };

	if (!cmd_options(env, &cmd_config_show, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_config_show);
	if (env->json)
		config_print_json(env->config, stdout);
	else
		config_print(env->config, stdout);
	return EXIT_DONE;
}
