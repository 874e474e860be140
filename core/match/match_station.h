/*
 * match_station.h - the station between store and decide.
 *
 * It takes posts with match_state 0 and gives them their language and hits,
 * and makes their threads due for judging.
 */
#ifndef KOMPAN_MATCH_STATION_H
#define KOMPAN_MATCH_STATION_H

#include <stdbool.h>

#include "base/err.h"
#include "match/match.h"

struct agent;
struct db;

/* Posts that one call takes. */
#define MATCH_BATCH 200

/* See struct station in pipeline.h. */
int match_station_run(struct agent *, struct db *, struct err *);

/*
 * Whether a hit stands for what the post says, after asking evidence, adverts,
 * denial and the choice of topics: what decide() hears of.
 */
bool match_hit_counts(const struct match_result *, const struct match_hit *);

#endif
