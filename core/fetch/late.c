/*
 * Step k ends at 1.1^k ms or so: ten minutes are step 140.
 */
#include "fetch/late.h"

static uint64_t
step_end(unsigned k)
{
	uint64_t end = 1;

	while (k-- > 0)
		end += end / 10 + 1;
	return end;
}

void
late_add(struct late *late, int64_t ms)
{
	uint64_t value = ms > 0 ? (uint64_t)ms : 0, end = 1;
	unsigned k = 0;

	while (end < value && k < LATE_STEPS - 1) {
		end += end / 10 + 1;
		k++;
	}
	late->count[k]++;
	late->n++;
	if (value > late->max)
		late->max = value;
}

uint64_t
late_quantile(const struct late *late, unsigned thousandth)
{
	uint64_t want = (late->n * thousandth + 999) / 1000, have = 0;
	unsigned k;

	if (late->n == 0)
		return 0;
	for (k = 0; k < LATE_STEPS; k++) {
		have += late->count[k];
		if (have >= want)
			break;
	}
	return step_end(k) < late->max ? step_end(k) : late->max;
}
