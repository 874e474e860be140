/*
 * retention_station.h - the station at the end: what was kept long enough goes.
 */
#ifndef KOMPAN_STORAGE_RETENTION_STATION_H
#define KOMPAN_STORAGE_RETENTION_STATION_H

#include "base/err.h"

struct agent;
struct db;

/* See struct station in pipeline.h: one pass, every ten minutes. */
int retention_station_run(struct agent *, struct db *, struct err *);

#endif
