/*
 * decide_station.h - the station between match and queue.
 *
 * It takes threads whose judge_at is past and gives them questions with their
 * states and items; judge_at then says when time alone would change something.
 */
#ifndef KOMPAN_DECIDE_STATION_H
#define KOMPAN_DECIDE_STATION_H

#include <stdint.h>

#include "base/err.h"

struct config;
struct db;

/* Threads that one call takes, so that a transaction stays short. */
#define DECIDE_BATCH 20

/*
 * decide_due(db, config, now, err): judge up to DECIDE_BATCH threads that are
 * due.  Runs in the writer's thread, within its transaction, so the view and
 * what is written of it belong together.  The number judged, or -1.
 */
int decide_due(struct db *, const struct config *, int64_t now, struct err *);
/* The same for one thread, whether due or not: 0 or -1. */
int decide_one(struct db *, const struct config *, int64_t thread,
    int64_t now, struct err *);

#endif
