/*
 * retention.h - what was kept long enough goes.
 *
 * Figures of a day are written first, then, each by its own term of
 * kompan.conf: names (72 hours, unless an item is open), texts of threads that
 * nobody flagged (days), texts of threads whose items are closed (weeks), whole
 * threads, the history and the access log (history), keys of pseudonyms that
 * no open thread uses any more.
 */
#ifndef KOMPAN_STORAGE_RETENTION_H
#define KOMPAN_STORAGE_RETENTION_H

#include <stdint.h>

#include "base/err.h"

struct config;
struct db;
struct keys;

/* What one pass did; added up by retention_step(). */
struct retention_counts {
	int64_t days, names, texts, threads, rows, keys;
};

/*
 * retention_step(db, config, keys, now, counts, err):
 * One small batch, within the caller's transaction; a few milliseconds.  1:
 * there may be more, call again; 0: all is done for now; -1 and ${err}.  When
 * a pass removed anything, db_settle() or writer_settle() has to follow it:
 * until then the old bytes stand in the WAL.  Does nothing where the
 * configuration switches retention off.
 */
int retention_step(struct db *, const struct config *, struct keys *,
    int64_t now, struct retention_counts *, struct err *);

#endif
