/*
 * schedule.h - when each source is polled next.
 *
 * A heap of due times, and the rule by which a source's pace follows how busy
 * it is.  Wall time, in ms.
 */
#ifndef KOMPAN_FETCH_SCHEDULE_H
#define KOMPAN_FETCH_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define PACE_MIN_MS MINUTE_MS           /* where the plugin says nothing */
#define PACE_MAX_MS (6 * HOUR_MS)
#define PACE_FIRST_MS (5 * MINUTE_MS)

/* One waiting source; embedded in its owner's struct. */
struct schedule_item {
	int64_t due_at;
	size_t place;           /* in the heap + 1; 0: not in it */
	void *owner;
};

struct schedule {
	struct schedule_item **heap;
	size_t n, room;
};

void schedule_fini(struct schedule *);
/* Add it, or move it if it is in. */
void schedule_put(struct schedule *, struct schedule_item *, int64_t due_at);
void schedule_remove(struct schedule *, struct schedule_item *);
/* The earliest, still in; NULL: empty. */
struct schedule_item *schedule_first(const struct schedule *);

/*
 * schedule_pace(pace, news, plugin, fixed): the next interval after a poll
 * that came at ${pace} and brought ${news} new posts.  ${fixed} (0: none) is
 * the admin's word and stands (limits are kept by gates, not by this); else
 * news make it shorter, silence slowly longer, between the plugin's least
 * interval (0: a minute) and six hours.
 */
int64_t schedule_pace(int64_t pace, size_t news, int64_t plugin,
    int64_t fixed);

/*
 * schedule_next(now, pace, dice): when a source of that pace is due: a tenth
 * earlier to a tenth later, so that sources which began together drift apart.
 * A first poll (pace 0) is spread over a few seconds.
 */
int64_t schedule_next(int64_t now, int64_t pace, uint32_t dice);

#endif
