/*
 * writer.h - the one thread that changes the database.
 *
 * Whoever wants a change hands over a job.  The writer runs the jobs that wait
 * in one transaction (group commit), each in a savepoint of its own, and tells
 * their callers when the transaction is durable.  Jobs of people (WRITER_NOW)
 * go before those of the pipeline (WRITER_BULK); no transaction takes more
 * jobs once it is 10 ms old, so a person waits for one transaction at most.
 */
#ifndef KOMPAN_STORAGE_WRITER_H
#define KOMPAN_STORAGE_WRITER_H

#include "base/err.h"
#include "base/loop.h"
#include "storage/db.h"

struct writer;

enum writer_lane { WRITER_NOW, WRITER_BULK };

/*
 * A job.  run() changes the database in the writer's thread and returns 0, -1
 * (its savepoint is undone, ${err} goes to done()) or a result of its own above
 * 0, which also commits.  It must not take longer than a few milliseconds and
 * may be run again when the transaction has to be repeated (database locked),
 * so it changes nothing but the database and its own ${arg}'s results.
 */
typedef int writer_run(struct db *, void *arg, struct err *);

/* Start the thread; it opens ${where} for writing and migrates the schema. */
int writer_start(const char *where, struct writer **, struct err *);
/* Finish what was handed over, then end. */
void writer_stop(struct writer *);

/*
 * writer_do(writer, lane, run, arg, err): hand over and wait until durable.
 * Returns what run() returned.  A full disk or a locked database is -1 with
 * ERR_FULL or ERR_BUSY (after 30 s); nothing was changed then.
 */
int writer_do(struct writer *, enum writer_lane, writer_run *, void *arg,
    struct err *);

/*
 * writer_post(writer, lane, run, arg, loop, done): hand over and go on;
 * done(arg, result, err) is called in the thread of ${loop} when durable or
 * failed.
 */
void writer_post(struct writer *, enum writer_lane, writer_run *, void *arg,
    struct loop *, void (*done)(void *arg, int result, const struct err *));

/*
 * writer_on_commit(writer, call, arg): call back in the writer's thread after
 * each commit; NULL ends that, and no call is under way when it returns.  The
 * callback must not call the writer.
 */
void writer_on_commit(struct writer *, void (*call)(void *), void *arg);

/*
 * writer_settle(writer):
 * Have db_settle() done between two transactions, soon, and again after each
 * until no reader holds it up; returns at once.  After anything was purged; jobs
 * that call db_settle_soon() need not.
 */
void writer_settle(struct writer *);

/* Jobs that wait in ${lane}. */
size_t writer_waiting(struct writer *, enum writer_lane);

#endif
