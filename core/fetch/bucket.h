/*
 * bucket.h - a limit: so many requests in so much time.
 *
 * A bucket holds ${requests} tokens.  A request takes one, and it comes back
 * ${per} ms after the request was answered, not after it left: whatever the
 * way took, the other side can never count one more than the limit within any
 * span of ${per}.  What is under way is bounded too.  Pure; the clock is the
 * caller's monotonic one, in ms.
 */
#ifndef KOMPAN_FETCH_BUCKET_H
#define KOMPAN_FETCH_BUCKET_H

#include <stddef.h>
#include <stdint.h>

#define BUCKET_REQUESTS_MAX 100000u

struct bucket {
	uint32_t requests;
	int64_t per_ms;
	uint32_t free;          /* tokens that may be taken now */
	uint32_t out;           /* with requests under way */
	int64_t *back;          /* ring: when the others come back, rising */
	uint32_t first, waiting, room;
};

/* Out of range values are clamped: at least 1 request and 1 ms. */
void bucket_init(struct bucket *, uint32_t requests, int64_t per_ms);
void bucket_fini(struct bucket *);
/*
 * bucket_ready(bucket, now): when the next request may leave: ${now} or
 * earlier means now, INT64_MAX not before one of those under way is answered.
 */
int64_t bucket_ready(struct bucket *, int64_t now);
/* Take a token; bucket_ready() must have said now. */
void bucket_take(struct bucket *, int64_t now);
/* A request that took one was answered, or surely ended. */
void bucket_answered(struct bucket *, int64_t now);
/* It never left: the token is free at once. */
void bucket_unused(struct bucket *);

#endif
