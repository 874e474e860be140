/*
 * queue_change.h - what claim, release and verdict have in common.
 */
#ifndef KOMPAN_CMD_QUEUE_CHANGE_H
#define KOMPAN_CMD_QUEUE_CHANGE_H

#include "cmd/cmd.h"

struct json_object;

/* Send ${name} for item ${id}; ${args} is taken over.  The exit code. */
int queue_change(struct cmd_env *, const char *name, const char *id,
    const char *as, int64_t version, struct json_object *args);

#endif
