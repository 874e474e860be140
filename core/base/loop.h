/*
 * loop.h - one thread that waits for descriptors, timers and other threads.
 *
 * Everything except loop_post() and loop_stop() belongs to the thread that
 * runs the loop.  A callback may free its own watch or timer, and others.
 */
#ifndef KOMPAN_BASE_LOOP_H
#define KOMPAN_BASE_LOOP_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;
struct loop_fd;
struct loop_timer;

/* NULL and ${err} where the system gives no descriptor. */
struct loop *loop_new(struct err *);
/* Its watches and timers go with it; descriptors stay open. */
void loop_free(struct loop *);
/* Serve until loop_stop(): 0; -1 and ${err} if waiting itself fails. */
int loop_run(struct loop *, struct err *);
/* Serve what is due now, waiting at most ${wait_ms}; for tests. */
int loop_step(struct loop *, int64_t wait_ms, struct err *);
/* From any thread or callback. */
void loop_stop(struct loop *);

/*
 * loop_watch(loop, fd, events, call, arg): call back with the EPOLL* bits that
 * are ready, level-triggered.  Aborts where epoll refuses (out of memory).
 */
struct loop_fd *loop_watch(struct loop *, int fd, uint32_t events,
    void (*call)(void *arg, uint32_t events), void *arg);
void loop_rearm(struct loop_fd *, uint32_t events);
/* NULL is fine. */
void loop_unwatch(struct loop_fd *);

/* A timer starts unset. */
struct loop_timer *loop_timer_new(struct loop *, void (*call)(void *), void *);
/* Call once at ${at}, instead of when it was set to before. */
void loop_timer_set(struct loop_timer *, struct mono at);
void loop_timer_clear(struct loop_timer *);
void loop_timer_free(struct loop_timer *);

/* Call back in the loop's thread, soon, in the order posted; any thread. */
void loop_post(struct loop *, void (*call)(void *), void *);

/* Take ${signo} as a callback; it is blocked for the process from here on. */
int loop_signal(struct loop *, int signo, void (*call)(void *), void *,
    struct err *);

#endif
