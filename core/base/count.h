/*
 * count.h - counters for monitoring; any thread.
 */
#ifndef KOMPAN_BASE_COUNT_H
#define KOMPAN_BASE_COUNT_H

#include <stdint.h>

enum count_id {
#define COUNT(name, metric, meaning) COUNT_##name,
#include "base/count.def"
#undef COUNT
	COUNTS
};

struct count_info {
	const char *metric, *meaning;
};
extern const struct count_info count_infos[COUNTS];

void count_add(enum count_id, int64_t);
int64_t count_get(enum count_id);

#endif
