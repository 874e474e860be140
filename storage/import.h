/*
 * import.h - how far each imported file was read, and what was wrong in it.
 */
#ifndef KOMPAN_STORAGE_IMPORT_H
#define KOMPAN_STORAGE_IMPORT_H

#include "base/buf.h"
#include "storage/db.h"

/* The position under ${key}, appended to ${buf}; nothing where there is none. */
int import_get(struct db *, const char *key, struct buf *, struct err *);
int import_put(struct db *, const char *key, struct str position,
    struct err *);

/* Records that could not be used, by number; text borrowed. */
int import_errors(struct db *, int64_t source, void (*call)(void *arg,
    int64_t record, struct str text), void *arg, struct err *);
int import_errors_forget(struct db *, int64_t source, struct err *);

#endif
