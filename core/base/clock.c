/*
 * Time, real or driven.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/str.h"

static _Atomic bool driven;
static _Atomic int64_t driven_wall;
static _Atomic int64_t driven_mono;

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
ahead_ms(void)
{
	static _Atomic int64_t ahead = INT64_MIN;
	int64_t value = atomic_load(&ahead);

	if (value == INT64_MIN) {
		value = 0;
		(void)str_to_i64(str_of(getenv("KOMPAN_CLOCK_AHEAD_MS")),
		    -1000 * DAY_MS, 1000 * DAY_MS, &value);
		atomic_store(&ahead, value);
	}
	return value;
}

int64_t
clock_now(void)
{
	if (atomic_load(&driven))
		return atomic_load(&driven_wall);
	return read_clock(CLOCK_REALTIME) + ahead_ms();
}

struct mono
clock_mono(void)
{
	if (atomic_load(&driven))
		return (struct mono){ atomic_load(&driven_mono) };
	return (struct mono){ read_clock(CLOCK_MONOTONIC) };
}

int64_t
mono_since(struct mono then)
{
	return clock_mono().ms - then.ms;
}

struct mono
mono_add(struct mono then, int64_t ms)
{
	return (struct mono){ then.ms + ms };
}

int64_t
mono_until(struct mono then)
{
	int64_t ms = then.ms - clock_mono().ms;

	return ms > 0 ? ms : 0;
}

void
clock_set(int64_t now)
{
	atomic_store(&driven_wall, now);
	if (!atomic_load(&driven)) {
		atomic_store(&driven_mono, 1000000);
		atomic_store(&driven, true);
	}
}

void
clock_advance(int64_t ms)
{
	atomic_fetch_add(&driven_wall, ms);
	atomic_fetch_add(&driven_mono, ms);
}
