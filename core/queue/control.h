/*
 * control.h - typed commands that change something, by name.
 *
 * One table of handlers serves the agent's Unix socket and, where no agent
 * runs, the command line itself.  A handler runs in the writer's thread, in a
 * transaction, and must not take longer than a few milliseconds.
 */
#ifndef KOMPAN_QUEUE_CONTROL_H
#define KOMPAN_QUEUE_CONTROL_H

#include "base/err.h"

struct db;
struct config;
struct json_object;

struct control {
	const char *name;       /* "queue.claim" */
	/*
	 * 0 and *${ret} (may stay NULL), or -1 and ${err}: its code travels
	 * (ERR_CONFLICT: somebody else won, the text says who).
	 */
	int (*run)(struct db *, const struct config *,
	    struct json_object *args, struct json_object **ret, struct err *);
};

/* Tables of handlers, one a module: NULL-named at the end of each. */
extern const struct control queue_controls[];
extern const struct control source_controls[];
extern const struct control place_controls[];
extern const struct control privacy_controls[];
extern const struct control outbox_controls[];

/* The handler, or NULL. */
const struct control *control_find(const char *name);

#endif
