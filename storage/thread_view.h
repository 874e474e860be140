/*
 * thread_view.h - what decide() needs to see of a thread, from the database.
 */
#ifndef KOMPAN_STORAGE_THREAD_VIEW_H
#define KOMPAN_STORAGE_THREAD_VIEW_H

#include "base/err.h"
#include "decide/view.h"

struct config;
struct db;

/* Posts of one thread that are looked at; the newest beyond are left out. */
#define THREAD_POSTS_MAX 2000

/*
 * thread_view_load(db, config, thread, now, view, err):
 * Fill an initialised ${view}.  In a flat chat the unlinked messages of other
 * threads close behind this one's are part of it, marked `nearby'.
 * 1: filled; 0: no such thread; -1: ${err}.
 */
int thread_view_load(struct db *, const struct config *, int64_t thread,
    int64_t now, struct thread_view *, struct err *);

/* Threads due at ${now}, oldest first: how many of ${max}, or -1. */
int threads_due(struct db *, int64_t now, int64_t *ids, int max,
    struct err *);
/* Judge it again at ${at}; 0: only when something comes in. */
int thread_set_judge(struct db *, int64_t thread, int64_t at, struct err *);

#endif
