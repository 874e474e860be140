/* Placeholder of the first commit: the table of stations. */
#include "pipeline.h"

#include <stddef.h>

const char *const pipeline_stations[] = { "fetch", "parse", "store", "match",
	"decide", "queue", "review", "reply", NULL };
