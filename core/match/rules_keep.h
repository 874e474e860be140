/*
 * rules_keep.h - a copy of the last rules that loaded whole.
 *
 * A start with a broken set falls back to it.  The copy is made of the texts,
 * not of anything compiled, so it is read and checked like any other set.
 */
#ifndef KOMPAN_MATCH_RULES_KEEP_H
#define KOMPAN_MATCH_RULES_KEEP_H

#include "base/err.h"

/*
 * rules_keep(state_dir, rules_dir, err): copy all *.rules below ${rules_dir} to
 * the folder that rules_kept() names; the old copy stays until the new one is
 * complete.  0 or -1.
 */
int rules_keep(const char *state_dir, const char *rules_dir, struct err *);
/* "STATE/rules.good"; free() it. */
char *rules_kept(const char *state_dir);

#endif
