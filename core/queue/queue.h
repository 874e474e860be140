/*
 * queue.h - what waits for a person.
 *
 * An item's states:
 *
 *	new --claim--> claimed --verdict--> answered by us, dismissed,
 *	 ^   <-lease-           escalated, snoozed (until a time)
 *	 |   ends, release
 *	 |
 *	 +--- back again --- answered by others, gone, expired: the machine's,
 *	                     undone when what was seen changes
 *
 * People win: what a person closed comes back only when the post was edited,
 * the asker asks again, the answer was deleted or a false claim was added, all
 * of them later than the closing; never because rules or code changed.
 */
#ifndef KOMPAN_QUEUE_QUEUE_H
#define KOMPAN_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "decide/view.h"

struct db;
struct item;

/* Lanes, the most pressing first. */
enum {
	LANE_URGENT, LANE_WRONG, LANE_UNANSWERED, LANE_PERHAPS, LANE_UNKNOWN,
	LANES
};
const char *lane_name(int64_t);

#define QUEUE_LEASE_MS ((int64_t)30 * 60 * 1000)

/*
 * queue_apply(db, thread, view, decision, now, err):
 * Bring the thread's items in line with what was decided.  Runs in the
 * writer's transaction, after the questions were stored.  0 or -1.
 */
int queue_apply(struct db *, int64_t thread, const struct thread_view *,
    const struct decision *, int64_t now, struct err *);

/* A lease or a rest that is over counts as `new', without anybody's doing. */
const char *item_state_at(const struct item *, int64_t now);
bool item_is_closed(const struct item *);

#endif
