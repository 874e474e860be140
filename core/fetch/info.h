/*
 * info.h - a copy of what a plugin says of itself that outlives its worker.
 */
#ifndef KOMPAN_FETCH_INFO_H
#define KOMPAN_FETCH_INFO_H

#include "parse/worker.h"

struct plugin_info *info_copy(const struct plugin_info *);
void info_free(struct plugin_info *);

#endif
