/*
 * status.h - how sources, places and stations are, for people and monitoring.
 */
#ifndef KOMPAN_STORAGE_STATUS_H
#define KOMPAN_STORAGE_STATUS_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;

struct source_status {
	int64_t id, paused, fails, rests, heard_at, posted_at, due_at, pace_ms,
	    alerted;                    /* times: 0 is never */
	struct str name, plugin, error;
};
/* Each source by name; borrowed within the callback. */
int sources_status(struct db *, int (*call)(void *,
    const struct source_status *, struct err *), void *arg, struct err *);

struct totals {
	int64_t sources, places, watched, threads, posts, unmatched, due,
	    unclear;
};
int totals_get(struct db *, int64_t now, struct totals *, struct err *);

#endif
