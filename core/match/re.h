/*
 * re.h - a folded pattern as a tree, to reason about it.
 *
 * PCRE2 judges; the tree only answers what text the pattern needs (for the
 * prefilter) and makes texts from it (for hostile ones).  It reads what
 * pattern_fold() writes, where each escape and group is one of a few.
 */
#ifndef KOMPAN_MATCH_RE_H
#define KOMPAN_MATCH_RE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct re;

/* NULL where it is no folded pattern that PCRE2 would take. */
struct re *re_parse(struct str folded);
void re_free(struct re *);

#define RE_LITERAL_MAX 24       /* bytes of one */
#define RE_LITERALS_MAX 192     /* of one pattern */

/* Text of which a match holds at least one. */
struct re_literals {
	size_t n;
	struct re_literal {
		unsigned char n;
		char p[RE_LITERAL_MAX];
	} v[RE_LITERALS_MAX];
};

/*
 * re_literals(re, ret): false where no set of literals is needed, or only one
 * that ordinary text is full of.  Of several, the one that it has least.
 */
bool re_literals(const struct re *, struct re_literals *);

/*
 * re_sample(re, seed, repeat, out, room): a text that the pattern probably
 * matches, choices by ${seed}; open repetitions are done about ${repeat}
 * times.  Its length, at most ${room}.
 */
size_t re_sample(const struct re *, uint32_t seed, unsigned repeat, char *out,
    size_t room);

/* Whether it looks around or back, where a sample may fail to match. */
bool re_looks_around(const struct re *);

#endif
