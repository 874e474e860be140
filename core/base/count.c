/*
 * Counters, as the table says.
 */
#include "base/count.h"

#include <stdatomic.h>

const struct count_info count_infos[COUNTS] = {
#define COUNT(name, metric, meaning) [COUNT_##name] = { metric, meaning },
#include "base/count.def"
#undef COUNT
};

static _Atomic int64_t counters[COUNTS];

void
count_add(enum count_id id, int64_t n)
{
	atomic_fetch_add_explicit(&counters[id], n, memory_order_relaxed);
}

int64_t
count_get(enum count_id id)
{
	return atomic_load_explicit(&counters[id], memory_order_relaxed);
}
