/*
 * kompan config check: is kompan.conf good?
 */
#include <stdio.h>

#include "base/problems.h"
#include "cmd/cmd.h"
#include "config/config.h"

static int config_check(struct cmd_env *, int, char **);

const struct cmd cmd_config_check = {
	.noun = "config", .verb = "check", .args = "[FILE]",
	.summary = "Check kompan.conf and name every fault with its line.",
	.run = config_check,
};

static int
config_check(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct problems problems = PROBLEMS_INIT;
	struct config *config = NULL;
	int r;

	if (!cmd_options(env, &cmd_config_check, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 1)
		return cmd_usage(&cmd_config_check);
	r = config_load(argc == 1 ? argv[0] : env->config_path, &config,
	    &problems);
	if (env->json)
		problems_print_json(&problems, stdout);
	else if (r == -1)
		problems_print(&problems, stderr);
	else
		printf("%s is good\n", config->path != NULL ? config->path :
		    "no kompan.conf: the defaults");
	config_free(config);
	problems_fini(&problems);
	return r == -1 ? EXIT_FAILED : EXIT_DONE;
}
