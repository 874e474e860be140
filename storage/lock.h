/*
 * lock.h - the writer's lock: one process changes a database at a time.
 */
#ifndef KOMPAN_STORAGE_LOCK_H
#define KOMPAN_STORAGE_LOCK_H

#include "base/err.h"

/*
 * lock_take(database, ret, err):
 * Lock "DATABASE.lock" (made where it is missing) for this process and write
 * its number in it.  *${ret} is a descriptor: closing it, or the end of the
 * process however it comes, gives the lock back.  0; -1 with ERR_BUSY where
 * somebody holds it, ${err} naming the process.
 */
int lock_take(const char *, int *, struct err *);

/* Close the descriptor; -1 is fine. */
void lock_drop(int);

#endif
