/*
 * Literal prefilter: an Aho-Corasick automaton over one set of needed literals
 * for each pattern, dense over the few byte classes that literals use.
 *
 * States are numbered so that the automaton's table holds, for state s and
 * class c, the next state; a state with literals ending in it points to a list
 * of patterns.  Patterns without needed literals are always candidates.
 */
#include "match/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/pattern_tree.h"

/* A longer literal only costs memory: six bytes are rare enough. */
#define DEPTH_MAX 6

struct state {
	uint32_t fail;
	uint32_t out;           /* first of its list, 0: none */
	uint32_t next_out;      /* nearest state on the fail way that has some */
};

struct out {
	uint32_t pattern, next;
};

struct engine {
	const struct pattern **patterns;
	size_t n, words;
	uint64_t *always;
	uint8_t class_of[256];  /* 0: in no literal */
	unsigned classes;
	uint32_t *next;         /* [state * classes + class] */
	struct state *states;
	size_t nstates, states_room;
	struct out *outs;
	size_t nouts, outs_room;
};

static uint32_t
state_new(struct engine *e)
{
	if (e->nstates == e->states_room) {
		e->states_room = e->states_room == 0 ? 256 :
		    e->states_room * 2;
		e->states = xreallocarray(e->states, e->states_room,
		    sizeof(*e->states));
		e->next = xreallocarray(e->next, e->states_room * e->classes,
		    sizeof(*e->next));
	}
	memset(&e->states[e->nstates], 0, sizeof(*e->states));
	memset(&e->next[e->nstates * e->classes], 0,
	    e->classes * sizeof(*e->next));
	return (uint32_t)e->nstates++;
}

static void
literal_add(struct engine *e, const struct re_literal *literal,
    uint32_t pattern)
{
	size_t i, n = literal->n > DEPTH_MAX ? DEPTH_MAX : literal->n;
	const char *p = literal->p;
	uint32_t at = 0;

	for (i = 0; i < n; i++) {
		unsigned c = e->class_of[(unsigned char)p[i]];
		uint32_t to = e->next[at * e->classes + c];

		if (to == 0) {
			to = state_new(e);
			e->next[at * e->classes + c] = to;
		}
		at = to;
	}
	vec_grow(e->outs, e->nouts, e->outs_room);
	e->outs[e->nouts] = (struct out){ pattern, e->states[at].out };
	e->states[at].out = (uint32_t)e->nouts++;
}

/* Breadth first: each state's fail way is done before its kids need it. */
static void
link_states(struct engine *e)
{
	uint32_t *queue = xcalloc(e->nstates, sizeof(*queue));
	size_t head = 0, tail = 0;
	unsigned c;

	for (c = 0; c < e->classes; c++)
		if (e->next[c] != 0)
			queue[tail++] = e->next[c];
	while (head < tail) {
		uint32_t s = queue[head++], fail = e->states[s].fail;

		e->states[s].next_out = e->states[fail].out != 0 ? fail :
		    e->states[fail].next_out;
		for (c = 0; c < e->classes; c++) {
			uint32_t *to = &e->next[s * e->classes + c];
			uint32_t other = e->next[fail * e->classes + c];

			if (*to == 0) {
				*to = other;
			} else {
				e->states[*to].fail = other;
				queue[tail++] = *to;
			}
		}
	}
	free(queue);
}

struct engine *
engine_new(const struct pattern *const *patterns, size_t n)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	struct re_literals *sets = xcalloc(n == 0 ? 1 : n, sizeof(*sets));
	size_t i, k;
	int b;

	e->n = n;
	e->words = (n + 63) / 64;
	e->patterns = xcalloc(n + 1, sizeof(*e->patterns));
	e->always = xcalloc(e->words + 1, sizeof(*e->always));
	e->classes = 1;
	for (i = 0; i < n; i++) {
		const struct re *re = pattern_tree(patterns[i]);

		e->patterns[i] = patterns[i];
		if (re == NULL || !re_literals(re, &sets[i])) {
			e->always[i / 64] |= (uint64_t)1 << (i % 64);
			sets[i].n = 0;
		}
		for (k = 0; k < sets[i].n; k++)
			for (b = 0; b < sets[i].v[k].n; b++)
				e->class_of[(unsigned char)sets[i].v[k].p[b]] =
				    1;
	}
	for (b = 0; b < 256; b++)
		if (e->class_of[b] != 0)
			e->class_of[b] = (uint8_t)e->classes++;
	state_new(e);
	/* out 0 means none */
	vec_grow(e->outs, e->nouts, e->outs_room);
	e->outs[e->nouts++] = (struct out){ 0, 0 };
	for (i = 0; i < n; i++)
		for (k = 0; k < sets[i].n; k++)
			literal_add(e, &sets[i].v[k], (uint32_t)i);
	link_states(e);
	free(sets);
	return e;
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	free(e->patterns);
	free(e->always);
	free(e->next);
	free(e->states);
	free(e->outs);
	free(e);
}

const struct pattern *
engine_pattern(const struct engine *e, size_t id)
{
	return e->patterns[id];
}

size_t
engine_patterns(const struct engine *e)
{
	return e->n;
}

size_t
engine_words(const struct engine *e)
{
	return e->words;
}

static void
mark(const struct engine *e, uint32_t s, uint64_t *bits)
{
	uint32_t o;

	for (; s != 0; s = e->states[s].next_out)
		for (o = e->states[s].out; o != 0; o = e->outs[o].next)
			bits[e->outs[o].pattern / 64] |=
			    (uint64_t)1 << (e->outs[o].pattern % 64);
}

void
engine_scan(const struct engine *e, struct str folded, uint64_t *bits)
{
	const unsigned char *p = (const unsigned char *)folded.p;
	uint32_t s = 0;
	size_t i;

	memcpy(bits, e->always, e->words * sizeof(*bits));
	for (i = 0; i < folded.n; i++) {
		s = e->next[s * e->classes + e->class_of[p[i]]];
		if ((e->states[s].out | e->states[s].next_out) != 0)
			mark(e, s, bits);
	}
}
