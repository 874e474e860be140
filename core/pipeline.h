/*
 * pipeline.h - the stations of a post, in order.
 */
#ifndef KOMPAN_PIPELINE_H
#define KOMPAN_PIPELINE_H

#include "base/err.h"

struct agent;
struct db;
struct pipeline;

/*
 * A station knows only the state that it takes and the state that it gives.
 * Both are in the database, so a crash at any instant resumes where it was.
 */
struct station {
	const char *name, *folder;
	const char *takes, *gives;
	/*
	 * Work that the pipeline's thread drives: a bounded piece of it; how
	 * much was done (0: nothing waits), or -1.  ${db} reads.  NULL: the
	 * station is driven by something else, named in pipeline.c.
	 */
	int (*run)(struct agent *, struct db *, struct err *);
};

/* In the order in which a post goes through them; NULL-named at the end. */
extern const struct station pipeline_stations[];

/* Start the thread; the agent's writer, rules and config must be there. */
int pipeline_start(struct agent *, struct pipeline **, struct err *);
/* Something was committed: look again.  Any thread. */
void pipeline_wake(struct pipeline *);
void pipeline_stop(struct pipeline *);

#endif
