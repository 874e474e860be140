/*
 * match_station.h - the station between store and decide.
 *
 * It takes posts with match_state 0 and gives them their language and hits,
 * and makes their threads due for judging.
 */
#ifndef KOMPAN_MATCH_STATION_H
#define KOMPAN_MATCH_STATION_H

#include "base/err.h"

struct agent;
struct db;

/* Posts that one call takes. */
#define MATCH_BATCH 200

/* See struct station in pipeline.h. */
int match_station_run(struct agent *, struct db *, struct err *);

#endif
