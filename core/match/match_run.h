/*
 * match_run.h - one post under all rules: what match.c, match_rule.c and
 * match_sum.c share.
 */
#ifndef KOMPAN_MATCH_MATCH_RUN_H
#define KOMPAN_MATCH_MATCH_RUN_H

#include "match/engine.h"
#include "match/match.h"
#include "match/pattern.h"
#include "match/sentence.h"

#define FOUND_MAX 16
#define ASKING_MAX 64
#define MUTED_MAX 16

struct span {
	uint32_t from, to;      /* folded bytes */
};

/* What a pattern found in this post. */
struct found {
	uint32_t stamp;         /* of the post that it belongs to */
	int16_t n;              /* -1: a limit was reached */
	struct span v[FOUND_MAX];
};

struct asking {
	struct span span;
	enum rule_grade grade;
};

struct match_scratch {
	struct ruleset *set;
	struct pattern_scratch *pcre;
	struct found *found;    /* by pattern */
	uint64_t *bits;         /* candidates */
	uint32_t stamp;
	struct str text;        /* as given, cut */
	char *folded;
	uint32_t *map;
	size_t n, room;         /* folded; room for text bytes */
	bool mapped;
	struct sentences sentences;
	struct str parent;
	char *parent_folded;
	size_t parent_n, parent_room;
	bool parent_done;
	struct asking asking[ASKING_MAX];
	size_t nasking;
	struct span muted[MUTED_MAX];   /* by adverts */
	size_t nmuted;
};

/* Whether ${id} is worth a look. */
static inline bool
run_may_find(const struct match_scratch *s, uint32_t id)
{
	return (s->bits[id / 64] >> (id % 64) & 1) != 0;
}

/* What ${id} finds; cached for this post. */
const struct found *run_find(struct match_scratch *, uint32_t id);

/*
 * run_variant(scratch, rule, variant, hit): 1 and ${hit} with its spans in
 * folded bytes, 0, or -1 where a limit left it open.
 */
int run_variant(struct match_scratch *, const struct rule *,
    const struct rule_variant *, struct match_hit *);

/* The distance between two spans in bytes; 0 where they touch. */
uint32_t span_gap(struct span, struct span);

/* From the hits: topics, claims and the rest. */
void run_sum(struct match_result *);

#endif
