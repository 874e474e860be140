/*
 * import.h - a file of records, streamed through a plugin into the database.
 *
 * An import has a worker of its own, holds its source (no polls meanwhile),
 * and remembers for each file how far it came: the same file again goes on
 * there.
 */
#ifndef KOMPAN_FETCH_IMPORT_H
#define KOMPAN_FETCH_IMPORT_H

#include "base/err.h"

struct fetch;
struct fsource;
struct json_object;

/* "import.start" and "import.state"; see fetch_command(). */
int import_command(struct fetch *, const char *name, struct json_object *args,
    struct json_object **ret, struct err *);
/* Where its source has become free. */
void import_turn(struct fsource *);
void imports_stop(struct fetch *);

#endif
