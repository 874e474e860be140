/*
 * phrase.h - patterns for people who do not know regular expressions.
 *
 *     word*       any ending          (a|b)   a choice
 *     ...         up to six words     (a)     may be there
 *
 * Everything else stands for itself; a blank is any small gap.  {name} stays
 * for words_expand().
 */
#ifndef KOMPAN_MATCH_PHRASE_H
#define KOMPAN_MATCH_PHRASE_H

#include "match/otext.h"

/* 0 and the regular expression in ${out}, or -1 and told. */
int phrase_compile(const struct otext *in, struct otext *out, struct spot *);

#endif
