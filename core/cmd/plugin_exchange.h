/*
 * plugin_exchange.h - one real job of a plugin, from the command line: nothing
 * is stored, everything is recorded.
 */
#ifndef KOMPAN_CMD_PLUGIN_EXCHANGE_H
#define KOMPAN_CMD_PLUGIN_EXCHANGE_H

#include "cmd/plugin_cmd.h"
#include "parse/rec.h"

#define EXCHANGE_STEPS_MAX 30

struct exchange_ask {
	const char *plugin, *target, *credential, *egress;
	uint32_t job;           /* 0: account where it has one, else poll */
	const char *place, *thread;     /* for KP_THREAD */
	char **settings;        /* "key=value" */
	int nsettings;
};

struct exchange {
	struct rec *rec;
	struct step **steps;    /* one for each event */
	size_t nsteps, room;
	const struct plugin_info *info; /* lives as long as worker */
	struct worker *worker;
	struct loop *loop;
};

/*
 * exchange_run(env, workers, ask, ret, err): run the job to its end, or until
 * EXCHANGE_STEPS_MAX steps.  Publishing jobs are refused.  Timers are not
 * waited for.  *${ret} is to be given to exchange_fini(), also at -1, when it
 * holds what came before the failure.
 */
int exchange_run(const struct cmd_env *, const struct worker_options *,
    const struct exchange_ask *, struct exchange *, struct err *);
void exchange_fini(struct exchange *);

#endif
