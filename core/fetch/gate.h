/*
 * gate.h - requests wait here until nothing forbids them.
 *
 * A gate stands before a host, a credential, a source or a place.  It lets
 * through as many as its limits and pauses allow, in the order in which they
 * came.  A request that has to pass several takes all at once or none, so that
 * nobody holds one place while waiting for another.
 */
#ifndef KOMPAN_FETCH_GATE_H
#define KOMPAN_FETCH_GATE_H

#include <stdint.h>

#include "base/loop.h"

struct gates;
struct gate;
struct pass;

#define PASS_GATES_MAX 4

struct gates *gates_new(struct loop *);
/* Passes that still wait are forgotten without a call. */
void gates_free(struct gates *);

/*
 * gate_get(gates, scope, key): the gate of ${key} within ${scope} ("host",
 * "credential", "source", "place"); made when it is first asked for.  A new one
 * has no limits; it lives as long as ${gates}.
 */
struct gate *gate_get(struct gates *, const char *scope, const char *key);
/* NULL where nobody asked for it yet. */
struct gate *gate_find(struct gates *, const char *scope, const char *key);

/*
 * gate_limit(gate, requests, per_ms): one more limit, unless it has the same
 * already.  gate_width(gate, n): so many under way at once (0: any number).
 */
void gate_limit(struct gate *, uint32_t requests, int64_t per_ms);
void gate_width(struct gate *, uint32_t);
/* From now on one at a time, whatever gate_width() says. */
void gate_narrow(struct gate *);
/* Nothing passes before ${until} (wall time); an earlier one changes nothing. */
void gate_pause(struct gate *, int64_t until);
int64_t gate_paused_until(const struct gate *);
/* Refusals in a row, for a backoff where the other side names no time. */
int64_t gate_refused(struct gate *);
void gate_welcome(struct gate *);

/*
 * pass_ask(gates, list, n, go, arg): wait before the ${n} gates of ${list};
 * go() is called from the loop, once, when the request may leave; then
 * pass_answered() or pass_unused() has to follow, which free the pass.
 */
struct pass *pass_ask(struct gates *, struct gate *const *, size_t n,
    void (*go)(void *), void *arg);
/* What the other side counted (or may have). */
void pass_answered(struct pass *);
/* It never left; also for one that still waits.  NULL is fine. */
void pass_unused(struct pass *);

#endif
