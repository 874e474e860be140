/*
 * pattern_tree.h - what the parts of the engine know of a pattern.
 */
#ifndef KOMPAN_MATCH_PATTERN_TREE_H
#define KOMPAN_MATCH_PATTERN_TREE_H

#include "match/pattern.h"
#include "match/re.h"

/* NULL for a raw one; borrowed. */
const struct re *pattern_tree(const struct pattern *);

/*
 * hostile_is_slow(pattern, re, scratch): whether some text of a few thousand
 * bytes, made from the pattern, reaches the engine's limits.  ${re} may be
 * NULL: then only plain texts are tried.
 */
bool hostile_is_slow(const struct pattern *, const struct re *,
    struct pattern_scratch *);

/*
 * hostile_never_matches(pattern, re, scratch): whether of many texts made from
 * the pattern none matches.  False where it looks around, and may be right.
 */
bool hostile_never_matches(const struct pattern *, const struct re *,
    struct pattern_scratch *);

#endif
