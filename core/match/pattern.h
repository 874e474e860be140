/*
 * pattern.h - one regular expression, folded and compiled.
 *
 * Its literal parts fold as text does (fold.h), so it matches bytes, without
 * UTF and without case.  What folding would change in meaning, or what the
 * text of strangers could make slow, is refused with a remedy.  Read-only once
 * made.
 */
#ifndef KOMPAN_MATCH_PATTERN_H
#define KOMPAN_MATCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "match/otext.h"

/* PCRE2's own counters; beyond them a pattern has not judged the text. */
#define PATTERN_MATCH_LIMIT 100000u
#define PATTERN_DEPTH_LIMIT 2000u
#define PATTERN_HEAP_KIB 1024u

struct pattern;
struct pattern_scratch;

/*
 * pattern_fold(in, out, spot): the folded form of the expanded pattern ${in}.
 * 0, or -1 and told.
 */
int pattern_fold(const struct otext *in, struct otext *out, struct spot *);

/* Only whether ${in} folds and compiles; for macros, which may match "". */
int pattern_try(const struct otext *in, struct spot *);

/*
 * pattern_new(in, raw, spot): fold (unless ${raw}) and compile.  A raw one
 * matches text as it is, with UTF, UCP and caseless.  NULL and told where it
 * is bad: also where it matches the empty text, or more than its budget of
 * time on texts made to be hostile to it.
 */
struct pattern *pattern_new(const struct otext *in, bool raw, struct spot *);
void pattern_free(struct pattern *);
/* What is matched: the folded form, or the raw one. */
struct str pattern_text(const struct pattern *);
bool pattern_is_raw(const struct pattern *);

/* One a thread; for any patterns. */
struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch *);

/*
 * pattern_find(pattern, scratch, text, from, &start, &end): the first match
 * that begins at ${from} or later.  1 and the span; 0: none; -1: a limit was
 * reached, which says neither.
 */
int pattern_find(const struct pattern *, struct pattern_scratch *,
    struct str text, size_t from, size_t *start, size_t *end);

#endif
