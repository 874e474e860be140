/*
 * clock.h - the only place that asks what time it is.
 *
 * Wall time is int64_t milliseconds since 1970-01-01 UTC.  Monotonic time has
 * a type of its own, so that the compiler refuses to mix the two.
 */
#ifndef KOMPAN_BASE_CLOCK_H
#define KOMPAN_BASE_CLOCK_H

#include <stdint.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct mono {
	int64_t ms;
};

/*
 * clock_now(): wall time.  Tests drive it with clock_set(); a process started
 * with KOMPAN_CLOCK_AHEAD_MS=N in its environment runs N milliseconds ahead,
 * by which end-to-end tests let days pass.
 */
int64_t clock_now(void);
struct mono clock_mono(void);
/* Milliseconds from ${then} to now. */
int64_t mono_since(struct mono then);
struct mono mono_add(struct mono, int64_t ms);
/* Milliseconds from now until ${then}; 0 if it is past. */
int64_t mono_until(struct mono then);

/*
 * clock_set(now): from here on both clocks stand still, wall time at ${now}.
 * clock_advance(ms) moves both.  For tests; threads may read meanwhile.
 */
void clock_set(int64_t now);
void clock_advance(int64_t ms);

#endif
