/*
 * coverage.h - for how much of the time was a place really watched?
 *
 * A ledger of spans.  A good poll (ingest.h) prolongs the last span of each
 * place that the source sees, or begins a new one where the gap was too long
 * to claim that nothing was missed.  Here they are added up.
 */
#ifndef KOMPAN_STORAGE_COVERAGE_H
#define KOMPAN_STORAGE_COVERAGE_H

#include "storage/db.h"

/*
 * coverage_share(db, place, since, until, ret, err): of that time, counted from
 * when the place was found, the part that was watched, in thousandths; -1 in
 * *${ret} where the place was not known yet.
 */
int coverage_share(struct db *, int64_t place, int64_t since, int64_t until,
    int64_t *, struct err *);
/* The same over all watched places of a source, weighed by time. */
int coverage_source_share(struct db *, int64_t source, int64_t since,
    int64_t until, int64_t *, struct err *);

#endif
