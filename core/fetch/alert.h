/*
 * alert.h - who is silent, and the command that tells the admin.
 *
 * A source is silent when nothing good came from it for longer than three
 * times its pace and the configured time, or when it rests; a place when its
 * source hears but it does not, or when it is lost.  The command of kompan.conf
 * is run once when that begins and once when it ends, as COMMAND
 * silent|recovered source|place NAME SINCE, never through a shell.
 */
#ifndef KOMPAN_FETCH_ALERT_H
#define KOMPAN_FETCH_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct alerts;
struct fetch;
struct runner;
struct source_row;
struct place_row;

struct alerts *alerts_start(struct fetch *);
void alerts_stop(struct alerts *);

/*
 * alert_source_silent(row, silent_ms, now, since): whether it is silent, and
 * since when.  alert_place_silent() likewise.  Pure.
 */
bool alert_source_silent(const struct source_row *, int64_t silent_ms,
    int64_t now, int64_t *since);
bool alert_place_silent(const struct place_row *, int64_t silent_ms,
    int64_t now, int64_t *since);

/*
 * A program run without a shell, its output thrown away, ended after ${limit}.
 * runner_start(loop, argv, limit_ms, done, arg): done() gets its exit status,
 * or -1 where it could not be run or did not end in time.
 */
struct runner *runner_start(struct loop *, char *const argv[],
    int64_t limit_ms, void (*done)(void *arg, int status), void *arg);
/* Kill it; done() is not called. */
void runner_free(struct runner *);

#endif
