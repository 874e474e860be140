/*
 * A binary heap over items that others own, and two small formulas.
 */
#include "fetch/schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

void
schedule_fini(struct schedule *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		s->heap[i]->place = 0;
	free(s->heap);
	*s = (struct schedule){ NULL, 0, 0 };
}

static void
put(struct schedule *s, size_t at, struct schedule_item *item)
{
	s->heap[at] = item;
	item->place = at + 1;
}

static void
up(struct schedule *s, size_t at, struct schedule_item *item)
{
	for (; at > 0; at = (at - 1) / 2) {
		if (s->heap[(at - 1) / 2]->due_at <= item->due_at)
			break;
		put(s, at, s->heap[(at - 1) / 2]);
	}
	put(s, at, item);
}

static void
down(struct schedule *s, size_t at, struct schedule_item *item)
{
	size_t child;

	while ((child = at * 2 + 1) < s->n) {
		if (child + 1 < s->n &&
		    s->heap[child + 1]->due_at < s->heap[child]->due_at)
			child++;
		if (item->due_at <= s->heap[child]->due_at)
			break;
		put(s, at, s->heap[child]);
		at = child;
	}
	put(s, at, item);
}

void
schedule_put(struct schedule *s, struct schedule_item *item, int64_t due_at)
{
	schedule_remove(s, item);
	item->due_at = due_at;
	vec_grow(s->heap, s->n, s->room);
	up(s, s->n++, item);
}

void
schedule_remove(struct schedule *s, struct schedule_item *item)
{
	struct schedule_item *last;
	size_t at;

	if (item->place == 0)
		return;
	at = item->place - 1;
	item->place = 0;
	last = s->heap[--s->n];
	if (last == item)
		return;
	if (at > 0 && last->due_at < s->heap[(at - 1) / 2]->due_at)
		up(s, at, last);
	else
		down(s, at, last);
}

struct schedule_item *
schedule_first(const struct schedule *s)
{
	return s->n > 0 ? s->heap[0] : NULL;
}

int64_t
schedule_pace(int64_t pace, size_t news, int64_t plugin, int64_t fixed)
{
	int64_t least = plugin > 0 ? plugin : PACE_MIN_MS;

	if (fixed > 0)
		return fixed;
	if (pace <= 0)
		pace = PACE_FIRST_MS;
	/* A burst is followed at once, a lull is believed slowly. */
	if (news > 1)
		pace /= 2;
	else if (news == 1)
		pace -= pace / 4;
	else
		pace += pace / 8;
	if (pace > PACE_MAX_MS)
		pace = PACE_MAX_MS;
	return pace < least ? least : pace;
}

int64_t
schedule_next(int64_t now, int64_t pace, uint32_t dice)
{
	if (pace <= 0)
		return now + dice % (2 * SECOND_MS);
	return now + pace - pace / 10 + (int64_t)(dice % 1024) * (pace / 5) /
	    1024;
}
