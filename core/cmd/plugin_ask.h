/*
 * plugin_ask.h - what a plugin says of itself, asked from the command line.
 */
#ifndef KOMPAN_CMD_PLUGIN_ASK_H
#define KOMPAN_CMD_PLUGIN_ASK_H

#include "fetch/info.h"

struct config;

/*
 * plugin_ask(config, name, ret, err): load the plugin in its box and have it
 * say hello.  0 and *${ret}, to info_free(); -1 and ${err} with the cause.
 */
int plugin_ask(const struct config *, const char *name, struct plugin_info **,
    struct err *);

#endif
