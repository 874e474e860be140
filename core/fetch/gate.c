/*
 *     pass_ask -> waits in the queue of the first gate that is shut
 *              -> when that opens: all gates open?  takes a token of each
 *                 no: moves to the queue of the one that is shut
 *              -> go()
 *
 * A gate wakes by its timer (a token comes back, a pause ends) or by the
 * answer to a request that passed it.
 */
#include "fetch/gate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/mem.h"
#include "fetch/bucket.h"

struct pass {
	TAILQ_ENTRY(pass) entry;        /* in a gate's queue or in ready */
	struct gates *gates;
	struct gate *gate[PASS_GATES_MAX];
	size_t ngates;
	struct gate *before;            /* whose queue it waits in */
	bool ready, gone;               /* gone: go() was called */
	void (*go)(void *);
	void *arg;
};

TAILQ_HEAD(passes, pass);

struct gate {
	UT_hash_handle hh;
	struct gates *gates;
	struct bucket *buckets;
	size_t nbuckets, room;
	uint32_t out, width;
	bool narrow;
	int64_t paused_until, refusals;
	struct passes queue;
	struct loop_timer *timer;
	char key[];
};

struct gates {
	struct loop *loop;
	struct gate *all;
	struct passes ready;
	struct loop_timer *timer;
};

static void
run_ready(void *arg)
{
	struct gates *gates = arg;
	struct pass *pass;

	while ((pass = TAILQ_FIRST(&gates->ready)) != NULL) {
		TAILQ_REMOVE(&gates->ready, pass, entry);
		pass->ready = false;
		pass->gone = true;
		pass->go(pass->arg);
	}
}

struct gates *
gates_new(struct loop *loop)
{
	struct gates *gates = xcalloc(1, sizeof(*gates));

	gates->loop = loop;
	TAILQ_INIT(&gates->ready);
	gates->timer = loop_timer_new(loop, run_ready, gates);
	return gates;
}

static void
free_queue(struct passes *queue)
{
	struct pass *pass;

	while ((pass = TAILQ_FIRST(queue)) != NULL) {
		TAILQ_REMOVE(queue, pass, entry);
		free(pass);
	}
}

void
gates_free(struct gates *gates)
{
	struct gate *gate, *next;
	size_t i;

	if (gates == NULL)
		return;
	free_queue(&gates->ready);
	HASH_ITER(hh, gates->all, gate, next) {
		HASH_DEL(gates->all, gate);
		free_queue(&gate->queue);
		for (i = 0; i < gate->nbuckets; i++)
			bucket_fini(&gate->buckets[i]);
		free(gate->buckets);
		loop_timer_free(gate->timer);
		free(gate);
	}
	loop_timer_free(gates->timer);
	free(gates);
}

/* When the gate opens, monotonic ms; INT64_MAX: when one under way is back. */
static int64_t
opens_at(struct gate *gate, int64_t now)
{
	int64_t at = now, pause = gate->paused_until - clock_now();
	size_t i;

	if (gate->width != 0 && gate->out >= gate->width)
		return INT64_MAX;
	/* Two clocks in whole milliseconds: the difference may be one off. */
	if (gate->paused_until != 0 && pause > 0)
		at = now + pause + 1;
	for (i = 0; i < gate->nbuckets; i++) {
		int64_t ready = bucket_ready(&gate->buckets[i], now);

		if (ready > at)
			at = ready;
	}
	return at;
}

static void
take(struct gate *gate, int64_t now)
{
	size_t i;

	gate->out++;
	for (i = 0; i < gate->nbuckets; i++)
		bucket_take(&gate->buckets[i], now);
}

/* The first gate of ${pass} that is shut, and until when; NULL: none is. */
static struct gate *
shut_gate(struct pass *pass, int64_t now, int64_t *at)
{
	size_t i;

	for (i = 0; i < pass->ngates; i++) {
		*at = opens_at(pass->gate[i], now);
		if (*at > now)
			return pass->gate[i];
	}
	return NULL;
}

static void
set_timer(struct gate *gate, int64_t at)
{
	if (at != INT64_MAX)
		loop_timer_set(gate->timer, (struct mono){ at });
}

static void
let_through(struct pass *pass, int64_t now)
{
	size_t i;

	for (i = 0; i < pass->ngates; i++)
		take(pass->gate[i], now);
	pass->before = NULL;
	pass->ready = true;
	TAILQ_INSERT_TAIL(&pass->gates->ready, pass, entry);
	loop_timer_set(pass->gates->timer, (struct mono){ now });
}

/* Serve the queue as far as it goes. */
static void
serve(void *arg)
{
	struct gate *gate = arg, *shut;
	int64_t now = clock_mono().ms, at;
	struct pass *pass;

	while ((pass = TAILQ_FIRST(&gate->queue)) != NULL) {
		shut = shut_gate(pass, now, &at);
		if (shut == gate) {
			set_timer(gate, at);
			return;
		}
		TAILQ_REMOVE(&gate->queue, pass, entry);
		if (shut == NULL) {
			let_through(pass, now);
			continue;
		}
		pass->before = shut;
		TAILQ_INSERT_TAIL(&shut->queue, pass, entry);
		if (TAILQ_FIRST(&shut->queue) == pass)
			set_timer(shut, at);
	}
}

struct gate *
gate_find(struct gates *gates, const char *scope, const char *key)
{
	char *name = xasprintf("%s:%s", scope, key);
	struct gate *gate;

	HASH_FIND_STR(gates->all, name, gate);
	free(name);
	return gate;
}

struct gate *
gate_get(struct gates *gates, const char *scope, const char *key)
{
	struct gate *gate = gate_find(gates, scope, key);
	size_t n = strlen(scope) + strlen(key) + 2;

	if (gate != NULL)
		return gate;
	gate = xcalloc(1, sizeof(*gate) + n);
	snprintf(gate->key, n, "%s:%s", scope, key);
	gate->gates = gates;
	TAILQ_INIT(&gate->queue);
	gate->timer = loop_timer_new(gates->loop, serve, gate);
	HASH_ADD_STR(gates->all, key, gate);
	return gate;
}

void
gate_limit(struct gate *gate, uint32_t requests, int64_t per_ms)
{
	size_t i;

	for (i = 0; i < gate->nbuckets; i++) {
		if (gate->buckets[i].requests == requests &&
		    gate->buckets[i].per_ms == per_ms)
			return;
	}
	vec_grow(gate->buckets, gate->nbuckets, gate->room);
	bucket_init(&gate->buckets[gate->nbuckets], requests, per_ms);
	/* Those under way count for it too. */
	for (i = 0; i < gate->out; i++) {
		struct bucket *b = &gate->buckets[gate->nbuckets];

		if (b->free > 0)
			bucket_take(b, clock_mono().ms);
	}
	gate->nbuckets++;
}

void
gate_width(struct gate *gate, uint32_t width)
{
	if (gate->narrow || gate->width == width)
		return;
	gate->width = width;
	serve(gate);
}

void
gate_narrow(struct gate *gate)
{
	gate->narrow = true;
	gate->width = 1;
}

void
gate_pause(struct gate *gate, int64_t until)
{
	if (until > gate->paused_until)
		gate->paused_until = until;
}

int64_t
gate_paused_until(const struct gate *gate)
{
	return gate->paused_until > clock_now() ? gate->paused_until : 0;
}

int64_t
gate_refused(struct gate *gate)
{
	return ++gate->refusals;
}

void
gate_welcome(struct gate *gate)
{
	gate->refusals = 0;
}

struct pass *
pass_ask(struct gates *gates, struct gate *const *list, size_t n,
    void (*go)(void *), void *arg)
{
	struct pass *pass = xcalloc(1, sizeof(*pass));
	struct gate *shut;
	int64_t now = clock_mono().ms, at;
	size_t i;

	assert(n <= PASS_GATES_MAX);
	pass->gates = gates;
	pass->go = go;
	pass->arg = arg;
	for (i = 0; i < n; i++)
		pass->gate[pass->ngates++] = list[i];
	/* Behind those who came before, even if there is room. */
	for (i = 0; i < n; i++) {
		if (!TAILQ_EMPTY(&list[i]->queue)) {
			pass->before = list[i];
			TAILQ_INSERT_TAIL(&list[i]->queue, pass, entry);
			return pass;
		}
	}
	shut = shut_gate(pass, now, &at);
	if (shut == NULL) {
		let_through(pass, now);
		return pass;
	}
	pass->before = shut;
	TAILQ_INSERT_TAIL(&shut->queue, pass, entry);
	set_timer(shut, at);
	return pass;
}

static void
give_back(struct pass *pass, bool counted)
{
	int64_t now = clock_mono().ms;
	size_t i, k;

	for (i = 0; i < pass->ngates; i++) {
		struct gate *gate = pass->gate[i];

		gate->out--;
		for (k = 0; k < gate->nbuckets; k++) {
			struct bucket *b = &gate->buckets[k];

			if (b->out == 0)
				continue;       /* came with a later limit */
			if (counted)
				bucket_answered(b, now);
			else
				bucket_unused(b);
		}
	}
	for (i = 0; i < pass->ngates; i++)
		serve(pass->gate[i]);
	free(pass);
}

void
pass_answered(struct pass *pass)
{
	if (pass != NULL)
		give_back(pass, true);
}

void
pass_unused(struct pass *pass)
{
	struct gate *before;

	if (pass == NULL)
		return;
	if (pass->gone) {
		give_back(pass, false);
		return;
	}
	if (pass->ready) {
		TAILQ_REMOVE(&pass->gates->ready, pass, entry);
		give_back(pass, false);
		return;
	}
	before = pass->before;
	TAILQ_REMOVE(&before->queue, pass, entry);
	free(pass);
	serve(before);
}
