/*
 * A member is a plugin and credential with its worker.  Steps that are under
 * way are counted per member; members without any are idle and may be ended
 * to make room.  Who finds no room waits in line.
 */
#include "fetch/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "fetch/info.h"

struct member {
	TAILQ_ENTRY(member) entry;      /* the longest unused first */
	char *plugin, *credential;
	struct worker *worker;
	size_t busy;
	struct mono used;
	bool old;               /* ended as soon as it is idle */
};

struct known {
	SLIST_ENTRY(known) entry;
	struct plugin_info *info;
	char *plugin;
	bool old;               /* kept for those who still look at it */
};

struct pool_ask {
	TAILQ_ENTRY(pool_ask) entry;
	struct pool *pool;
	char *plugin, *credential;
	void (*ready)(void *, struct worker *);
	void *arg;
};

struct pool {
	struct loop *loop;
	struct worker_options options;
	size_t max, live;
	TAILQ_HEAD(, member) members;
	TAILQ_HEAD(, pool_ask) line;
	SLIST_HEAD(, known) known;
	struct loop_timer *sweep, *serve;
};

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
member_end(struct pool *pool, struct member *m)
{
	/* Callbacks that are due still look for it. */
	worker_free(m->worker);
	TAILQ_REMOVE(&pool->members, m, entry);
	pool->live--;
	free(m->plugin);
	free(m->credential);
	free(m);
}

static void serve_line(void *);

static void
sweep(void *arg)
{
	struct pool *pool = arg;
	struct member *m, *next;

	for (m = TAILQ_FIRST(&pool->members); m != NULL; m = next) {
		next = TAILQ_NEXT(m, entry);
		if (m->busy == 0 && mono_since(m->used) >= POOL_IDLE_MS)
			member_end(pool, m);
	}
	if (pool->live > 0)
		loop_timer_set(pool->sweep, mono_add(clock_mono(),
		    POOL_IDLE_MS / 4));
}

struct pool *
pool_new(struct loop *loop, const struct worker_options *options, size_t max)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));

	pool->loop = loop;
	pool->options = *options;
	pool->max = max > 0 ? max : 1;
	TAILQ_INIT(&pool->members);
	TAILQ_INIT(&pool->line);
	SLIST_INIT(&pool->known);
	pool->sweep = loop_timer_new(loop, sweep, pool);
	pool->serve = loop_timer_new(loop, serve_line, pool);
	return pool;
}

void
pool_free(struct pool *pool)
{
	struct known *known;

	if (pool == NULL)
		return;
	while (!TAILQ_EMPTY(&pool->members))
		member_end(pool, TAILQ_FIRST(&pool->members));
	while (!TAILQ_EMPTY(&pool->line))
		pool_cancel(TAILQ_FIRST(&pool->line));
	while ((known = SLIST_FIRST(&pool->known)) != NULL) {
		SLIST_REMOVE_HEAD(&pool->known, entry);
		info_free(known->info);
		free(known->plugin);
		free(known);
	}
	loop_timer_free(pool->sweep);
	loop_timer_free(pool->serve);
	free(pool);
}

size_t
pool_live(const struct pool *pool)
{
	return pool->live;
}

void
pool_limit(struct pool *pool, size_t max)
{
	pool->max = max > 0 ? max : 1;
	serve_line(pool);
}

/* The member for these, perhaps made; NULL: there is no room. */
static struct member *
find_member(struct pool *pool, const char *plugin, const char *credential)
{
	struct member *m, *idle = NULL;

	TAILQ_FOREACH(m, &pool->members, entry) {
		if (!m->old && strcmp(m->plugin, plugin) == 0 &&
		    same(m->credential, credential))
			return m;
		if (idle == NULL && m->busy == 0)
			idle = m;
	}
	if (pool->live >= pool->max) {
		if (idle == NULL)
			return NULL;
		member_end(pool, idle);
	}
	m = xcalloc(1, sizeof(*m));
	m->plugin = xstrdup(plugin);
	m->credential = credential != NULL ? xstrdup(credential) : NULL;
	m->worker = worker_new(pool->loop, &pool->options, plugin);
	TAILQ_INSERT_TAIL(&pool->members, m, entry);
	if (pool->live++ == 0)
		loop_timer_set(pool->sweep, mono_add(clock_mono(),
		    POOL_IDLE_MS / 4));
	return m;
}

static void
lend(struct pool *pool, struct member *m, void (*ready)(void *,
    struct worker *), void *arg)
{
	m->busy++;
	m->used = clock_mono();
	TAILQ_REMOVE(&pool->members, m, entry);
	TAILQ_INSERT_TAIL(&pool->members, m, entry);
	ready(arg, m->worker);
}

/* The first in line waits for room; those behind it are not overtaken. */
static void
serve_line(void *arg)
{
	struct pool *pool = arg;
	struct pool_ask *ask;

	while ((ask = TAILQ_FIRST(&pool->line)) != NULL) {
		struct member *m = find_member(pool, ask->plugin,
		    ask->credential);
		void (*ready)(void *, struct worker *) = ask->ready;
		void *ready_arg = ask->arg;

		if (m == NULL)
			return;
		pool_cancel(ask);
		lend(pool, m, ready, ready_arg);
	}
}

struct pool_ask *
pool_ask(struct pool *pool, const char *plugin, const char *credential,
    void (*ready)(void *, struct worker *), void *arg)
{
	struct member *m = TAILQ_EMPTY(&pool->line) ?
	    find_member(pool, plugin, credential) : NULL;
	struct pool_ask *ask;

	if (m != NULL) {
		lend(pool, m, ready, arg);
		return NULL;
	}
	ask = xcalloc(1, sizeof(*ask));
	ask->pool = pool;
	ask->plugin = xstrdup(plugin);
	ask->credential = credential != NULL ? xstrdup(credential) : NULL;
	ask->ready = ready;
	ask->arg = arg;
	TAILQ_INSERT_TAIL(&pool->line, ask, entry);
	return ask;
}

void
pool_cancel(struct pool_ask *ask)
{
	if (ask == NULL)
		return;
	TAILQ_REMOVE(&ask->pool->line, ask, entry);
	free(ask->plugin);
	free(ask->credential);
	free(ask);
}

void
pool_done(struct pool *pool, struct worker *worker)
{
	struct member *m;

	TAILQ_FOREACH(m, &pool->members, entry) {
		if (m->worker == worker)
			break;
	}
	assert(m != NULL && m->busy > 0);
	m->busy--;
	m->used = clock_mono();
	/* Nobody is ended from within his own callback: the sweep does it. */
	if (m->busy == 0 && m->old)
		m->used = mono_add(m->used, -POOL_IDLE_MS);
	if (!TAILQ_EMPTY(&pool->line))
		loop_timer_set(pool->serve, clock_mono());
}

/* What a plugin says of itself. */

struct greeting {
	struct pool *pool;
	struct worker *worker;
	char *plugin;
	void (*done)(void *, const struct plugin_info *, const struct err *);
	void *arg;
};

static const struct plugin_info *
known_info(struct pool *pool, const char *plugin)
{
	struct known *known;

	SLIST_FOREACH(known, &pool->known, entry) {
		if (!known->old && strcmp(known->plugin, plugin) == 0)
			return known->info;
	}
	return NULL;
}

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct greeting *g = arg;
	const struct plugin_info *kept = known_info(g->pool, g->plugin);

	if (info != NULL && kept == NULL) {
		struct known *known = xcalloc(1, sizeof(*known));

		known->info = info_copy(info);
		known->plugin = xstrdup(g->plugin);
		SLIST_INSERT_HEAD(&g->pool->known, known, entry);
		kept = known->info;
	}
	g->done(g->arg, info != NULL ? kept : NULL, err);
	pool_done(g->pool, g->worker);
	free(g->plugin);
	free(g);
}

static void
on_greet(void *arg, struct worker *worker)
{
	struct greeting *g = arg;

	g->worker = worker;
	worker_hello(worker, on_hello, g);
}

void
pool_hello(struct pool *pool, const char *plugin, const char *credential,
    void (*done)(void *, const struct plugin_info *, const struct err *),
    void *arg)
{
	const struct plugin_info *info = known_info(pool, plugin);
	struct greeting *g;

	if (info != NULL) {
		done(arg, info, NULL);
		return;
	}
	g = xcalloc(1, sizeof(*g));
	g->pool = pool;
	g->plugin = xstrdup(plugin);
	g->done = done;
	g->arg = arg;
	pool_ask(pool, plugin, credential, on_greet, g);
}

void
pool_forget(struct pool *pool)
{
	struct member *m, *next;
	struct known *known;

	for (m = TAILQ_FIRST(&pool->members); m != NULL; m = next) {
		next = TAILQ_NEXT(m, entry);
		m->old = true;
		if (m->busy == 0)
			member_end(pool, m);
	}
	SLIST_FOREACH(known, &pool->known, entry)
		known->old = true;
}
