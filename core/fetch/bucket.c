/*
 *     free --take--> out --answered--> back (ring of times) --time--> free
 *
 * Every token is in one of the three places.
 */
#include "fetch/bucket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
bucket_init(struct bucket *b, uint32_t requests, int64_t per_ms)
{
	memset(b, 0, sizeof(*b));
	if (requests == 0)
		requests = 1;
	if (requests > BUCKET_REQUESTS_MAX)
		requests = BUCKET_REQUESTS_MAX;
	b->requests = b->free = requests;
	b->per_ms = per_ms > 0 ? per_ms : 1;
}

void
bucket_fini(struct bucket *b)
{
	free(b->back);
	b->back = NULL;
}

static void
come_back(struct bucket *b, int64_t now)
{
	while (b->waiting > 0 && b->back[b->first] <= now) {
		b->first = (b->first + 1) % b->room;
		b->waiting--;
		b->free++;
	}
}

int64_t
bucket_ready(struct bucket *b, int64_t now)
{
	come_back(b, now);
	if (b->free > 0)
		return now;
	return b->waiting > 0 ? b->back[b->first] : INT64_MAX;
}

void
bucket_take(struct bucket *b, int64_t now)
{
	come_back(b, now);
	assert(b->free > 0);
	b->free--;
	b->out++;
}

/* The ring grows with use, since most limits are never used up. */
static void
grow(struct bucket *b)
{
	uint32_t room = b->room == 0 ? 4 : b->room * 2, i;
	int64_t *back;

	if (room > b->requests)
		room = b->requests;
	back = xcalloc(room, sizeof(*back));
	for (i = 0; i < b->waiting; i++)
		back[i] = b->back[(b->first + i) % b->room];
	free(b->back);
	b->back = back;
	b->room = room;
	b->first = 0;
}

void
bucket_answered(struct bucket *b, int64_t now)
{
	assert(b->out > 0);
	b->out--;
	if (b->waiting == b->room)
		grow(b);
	b->back[(b->first + b->waiting) % b->room] = now + b->per_ms;
	b->waiting++;
}

void
bucket_unused(struct bucket *b)
{
	assert(b->out > 0);
	b->out--;
	b->free++;
}
