/*
 * late.h - how late polls begin: a histogram of fixed size.
 */
#ifndef KOMPAN_FETCH_LATE_H
#define KOMPAN_FETCH_LATE_H

#include <stdint.h>

#define LATE_STEPS 160

struct late {
	uint64_t n, max;
	uint64_t count[LATE_STEPS];     /* each step a tenth wider */
};

void late_add(struct late *, int64_t ms);
/* The upper bound of the step that holds ${thousandth} of all; 0: none. */
uint64_t late_quantile(const struct late *, unsigned thousandth);

#endif
