/*
 * load.h - a plugin's shared object, found and understood.
 */
#ifndef KOMPAN_PARSE_LOAD_H
#define KOMPAN_PARSE_LOAD_H

#include <kompan-plugin.h>

#include "base/err.h"

/*
 * load_plugin(dir, name, ret, err): load ${dir}/${name} and copy its
 * description, of which a plugin built for an older minor version has less.
 * It stays loaded until the process ends.  -1 and ${err} in the admin's words:
 * what is missing, or what it was built for.
 */
int load_plugin(const char *dir, const char *name, struct kp_plugin *,
    struct err *);

#endif
