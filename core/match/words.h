/*
 * words.h - [words LANG]: names for groups of words, per language.
 *
 * A macro is a group: `a | b` (blanks around the bar) becomes (?:a|b) wherever
 * {name} stands in a pattern of that language.  Macros may use macros.
 */
#ifndef KOMPAN_MATCH_WORDS_H
#define KOMPAN_MATCH_WORDS_H

#include "config/stanza.h"
#include "match/otext.h"

struct words;

struct words *words_new(void);
void words_free(struct words *);

/*
 * words_add(words, file, stanza, problems): take in one [words LANG] stanza.
 * Faults (a name twice, a language that is none) are told.  The file must
 * live as long as the words.
 */
void words_add(struct words *, const struct stanza_file *,
    const struct stanza *, struct problems *);

/*
 * words_check(words, problems): expand and fold each macro by itself, so that
 * a fault in one is told once, at its own line.
 */
void words_check(struct words *, struct problems *);

/* Whether ${lang} has ${name}. */
bool words_has(const struct words *, const char *lang, const char *name);

/*
 * words_expand(words, lang, in, out, spot): ${in} with each {name} replaced.
 * Unknown names (naming the nearest) and circles are told.  0 or -1.
 */
int words_expand(const struct words *, const char *lang,
    const struct otext *in, struct otext *out, struct spot *);

#endif
