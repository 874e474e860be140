/*
 * check.h - is a database sound?
 */
#ifndef KOMPAN_STORAGE_CHECK_H
#define KOMPAN_STORAGE_CHECK_H

#include <stdint.h>

#include "base/err.h"

struct db;

struct check_counts {
	int64_t sources, places, threads, posts, texts, items, outbox;
};

/*
 * check_run(db, found, arg, counts, err):
 * The driver's own check, references between rows, and what our code relies on.
 * Each fault is told to ${found} in words.  How many there were, or -1 and
 * ${err} where it could not be looked at.  Reads everything: slow.
 */
int64_t check_run(struct db *, void (*found)(void *arg, const char *), void *,
    struct check_counts *, struct err *);

#endif
