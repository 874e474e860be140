/*
 * queue_row.h - how an item is shown, in JSON and on a terminal; for the verbs
 * of `kompan queue'.
 */
#ifndef KOMPAN_CMD_QUEUE_ROW_H
#define KOMPAN_CMD_QUEUE_ROW_H

#include <stdio.h>

#include "storage/queue_read.h"

struct json_object;

/* One item as JSON, with its post's text and the spans that rules matched. */
struct json_object *queue_row_json(struct db *, const struct queue_row *,
    int64_t now, struct err *);
/*
 * Print ${text} on ${out} without control characters, bounded to ${width}
 * columns or so (0: all of it), on one line.
 */
void print_text(FILE *out, struct str text, size_t width);
/* "5 min", "3 h", "4 d". */
void print_age(FILE *out, int64_t ms);
/* The name that a command acts under: --as, else the login name. */
const char *queue_actor(const char *as);

#endif
