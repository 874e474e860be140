/*
 * post_match.h - posts between store and match, and what the rules found.
 */
#ifndef KOMPAN_STORAGE_POST_MATCH_H
#define KOMPAN_STORAGE_POST_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct db;

struct post_unmatched {
	int64_t id, thread, place, changed_at;
	char *text, *parent_text;       /* NULL: none */
};
void post_unmatched_fini(struct post_unmatched *);
/* Oldest first: how many of ${max}, or -1. */
int posts_unmatched(struct db *, struct post_unmatched *, int max,
    struct err *);

/*
 * post_matched(db, post, set, lang, now, err): mark it as matched by rule set
 * ${set}, forget its earlier hits, make its thread due (in a flat chat also
 * those just before it, which it may answer).  1; 0 where the post has changed
 * since it was read: then nothing was done; -1.
 */
int post_matched(struct db *, const struct post_unmatched *, const char *set,
    const char *lang, int64_t now, struct err *);

struct post_hit {
	const char *rule, *fingerprint, *kind, *subject, *lang, *spans;
	int64_t rev;
	bool limited;           /* not judged */
	bool counts;            /* what decide() hears of */
};
int post_hit_add(struct db *, int64_t post, const struct post_hit *,
    struct err *);

#endif
