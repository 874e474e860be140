/*
 * backup.h - a copy of the database, and back from it.
 *
 * The keys of pseudonyms are not in a backup: they are kept apart, so that a
 * stolen backup names nobody.
 */
#ifndef KOMPAN_STORAGE_BACKUP_H
#define KOMPAN_STORAGE_BACKUP_H

#include <stdint.h>

#include "base/err.h"

struct db;

/*
 * backup_make(db, file, progress, arg, err):
 * One state of the whole database as a new ${file}, while the agent goes on
 * writing.  It appears under that name when it is whole and on the disk.  0;
 * -1 and ${err}, ERR_CONFLICT where ${file} exists.
 */
int backup_make(struct db *, const char *file,
    void (*progress)(void *arg, int64_t done, int64_t all), void *arg,
    struct err *);

/* What a restore did. */
struct backup_restored {
	char aside[512];        /* where the old file is now; "": none was */
	int64_t unclear;        /* replies that a person has to look at */
};

/*
 * backup_restore(file, database, now, ret, err):
 * Put a copy of ${file} in the place of ${database}, after checking it and
 * bringing its schema up to date.  The old file is kept beside.  Replies that
 * were not finished are marked unclear: whether they were sent since the
 * backup nobody knows.  0; -1 and ${err}, ERR_BUSY while an agent runs, with
 * ${database} as it was.
 */
int backup_restore(const char *file, const char *database, int64_t now,
    struct backup_restored *, struct err *);

#endif
