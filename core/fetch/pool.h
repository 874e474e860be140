/*
 * pool.h - the worker processes: one for each plugin and credential in use,
 * at most so many at once.
 *
 * Who wants to run a step asks for the worker and gets it when there is room;
 * a process that nobody needed for a while is ended.
 */
#ifndef KOMPAN_FETCH_POOL_H
#define KOMPAN_FETCH_POOL_H

#include "parse/worker.h"

#define POOL_IDLE_MS (60 * SECOND_MS)

struct pool;
struct pool_ask;

struct pool *pool_new(struct loop *, const struct worker_options *,
    size_t max);
/* Ends all processes; nobody may wait or work any more. */
void pool_free(struct pool *);
/* How many processes there may be from now on. */
void pool_limit(struct pool *, size_t max);
size_t pool_live(const struct pool *);

/*
 * pool_ask(pool, plugin, credential, ready, arg): ready() gets the worker of
 * that plugin and credential (NULL: none), perhaps before this returns, and
 * has to pool_done() it after its step.  NULL is returned where ready() was
 * called already.
 */
struct pool_ask *pool_ask(struct pool *, const char *plugin,
    const char *credential, void (*ready)(void *arg, struct worker *),
    void *arg);
/* It is not wanted any more; only while ready() was not called. */
void pool_cancel(struct pool_ask *);
void pool_done(struct pool *, struct worker *);

/*
 * pool_hello(pool, plugin, credential, done, arg): what the plugin says of
 * itself, kept from the first time; lives as long as the pool.  NULL and the
 * cause where it does not load.  done() may be called before this returns.
 */
void pool_hello(struct pool *, const char *plugin, const char *credential,
    void (*done)(void *arg, const struct plugin_info *, const struct err *),
    void *arg);
/* Plugins may have changed on disk: ask and start them anew. */
void pool_forget(struct pool *);

#endif
