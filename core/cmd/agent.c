/*
 * kompan agent: the daemon.
 */
#include "agent.h"

#include "base/log.h"
#include "cmd/cmd.h"
#include "config/config.h"

static int agent_verb(struct cmd_env *, int, char **);

const struct cmd cmd_agent = {
	.noun = "agent",
	.summary = "Watch, match and decide; the only writer of the database.",
	.help = "SIGHUP or `kompan reload' loads configuration and rules anew, "
	    "SIGTERM stops.",
	.config = true, .run = agent_verb,
};

static int
agent_verb(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct config *config = env->config;
	struct err err = ERR_INIT;

	if (!cmd_options(env, &cmd_agent, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_agent);
	env->config = NULL;             /* the agent's now */
	if (agent_run(env->config_path, config, &err) == -1)
		return cmd_failed(env, &err);
	return EXIT_DONE;
}
