/*
 * kompan reload: have the agent read configuration and rules anew.
 */
#include <stdio.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "queue/control_server.h"

static int reload(struct cmd_env *, int, char **);

const struct cmd cmd_reload = {
	.noun = "reload",
	.summary = "Have the agent read kompan.conf and the rules anew.",
	.help = "Says truthfully whether it did; what was in force stays when "
	    "anything is wrong.",
	.config = true, .run = reload,
};

static int
reload(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct json_object *ret = NULL;
	struct err err = ERR_INIT;

	if (!cmd_options(env, &cmd_reload, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_reload);
	if (control_ask(env->config->socket, "reload",
	    json_object_new_object(), &ret, &err) == -1) {
		err_prefix(&err, "not reloaded");
		return cmd_failed(env, &err);
	}
	if (env->json)
		json_print(ret, stdout);
	else
		printf("reloaded: %lld rules in force\n",
		    (long long)json_get_i64(ret, "rules", 0));
	json_object_put(ret);
	return EXIT_DONE;
}
