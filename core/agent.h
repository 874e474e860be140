/*
 * agent.h - the daemon: what its stations share.
 */
#ifndef KOMPAN_AGENT_H
#define KOMPAN_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct agent;
struct config;
struct keys;
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
/* The keys of pseudonyms: the writer's thread alone. */
struct keys *agent_keys(struct agent *);
/*
 * Whether a pass of retention is due: the last one began ${every_ms} or more
 * ago.  If so, this one begins now.  The pipeline's thread alone.
 */
bool agent_retention_due(struct agent *, int64_t now, int64_t every_ms);

/*
 * agent_reload(agent, err): read configuration and rules anew.  0: all of it
 * is in force; -1: nothing changed, ${err} says why (the log says all).
 */
int agent_reload(struct agent *, struct err *);

#endif
