/*
 * daily.h - figures of a day, which stay when texts and threads have gone.
 *
 * One row for each place, language, topic and state of questions, and one with
 * an empty topic and the state "posts".  Counts under five are not written:
 * they could point at a person.
 */
#ifndef KOMPAN_STORAGE_DAILY_H
#define KOMPAN_STORAGE_DAILY_H

#include <stdint.h>

#include "base/err.h"

struct db;

#define DAILY_LEAST 5

/*
 * daily_write(db, before, max, err): write the figures of up to ${max} pairs of
 * day and place that are due and whose day was over at ${before}.  How many,
 * or -1 and ${err}.  What was written for them earlier is replaced.
 */
int64_t daily_write(struct db *, int64_t before, int64_t max, struct err *);

#endif
