/*
 * agent.h - the daemon: what its stations share.
 */
#ifndef KOMPAN_AGENT_H
#define KOMPAN_AGENT_H

#include "base/err.h"
#include "base/problems.h"

struct agent;
struct config;
struct loop;
struct ruleset;
struct writer;

/*
 * agent_run(path, config, err): be the agent until SIGTERM.  ${config} was read
 * from ${path} (NULL: the installed one) and is taken over.  0, or -1 where it
 * could not start or go on.
 */
int agent_run(const char *path, struct config *, struct err *);

/* What is in force now.  Any thread; configs live until the agent ends. */
const struct config *agent_config(struct agent *);
/* A reference: ruleset_unref() it. */
struct ruleset *agent_rules(struct agent *);
struct writer *agent_writer(struct agent *);
struct loop *agent_loop(struct agent *);

/*
 * agent_reload(agent, err): read configuration and rules anew.  0: all of it
 * is in force; -1: nothing changed, ${err} says why (the log says all).
 */
int agent_reload(struct agent *, struct err *);

#endif
