/*
 * ruleset.h - all rules that are in force, loaded whole or not at all.
 *
 * A set is immutable once loaded and shared by threads; reloading makes a new
 * one beside it.
 */
#ifndef KOMPAN_MATCH_RULESET_H
#define KOMPAN_MATCH_RULESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problems.h"
#include "match/rule.h"

struct engine;

/* [claim ID] and [topic ID]. */
struct subject {
	const char *id;
	const struct stanza *stanza;    /* fact.LANG, source; title.LANG */
	const char *file;
};

struct ruleset {
	struct rule **rules;            /* in the order of files and lines */
	size_t nrules, rules_room;
	struct subject *topics, *claims;        /* by id */
	size_t ntopics, topics_room, nclaims, claims_room;
	char fingerprint[FINGERPRINT_SIZE];     /* of all of it, and folding */
	size_t npatterns;
	/* Macros with these names weigh against a claim in their clause. */
	struct engine *engine;
	/* below: its own */
	struct stanza_file **files;
	size_t nfiles, files_room;
	struct words *words;
	struct rule *denials;           /* made from macros; NULL: none */
	int refs;
};

/*
 * ruleset_load(dir, ret, problems): read all *.rules below ${dir}, also in its
 * folders, in the order of their names.  0 and *${ret}; -1 where anything is
 * wrong (all of it told, *${ret} untouched).  Also told, but no fault: nothing.
 * Slow (compiles every pattern, runs every example): at start and reload.
 */
int ruleset_load(const char *dir, struct ruleset **, struct problems *);
/*
 * The same from one text, as if it were ${path}: for tests, the fuzzer, and
 * whoever checks a rule before it is saved.
 */
int ruleset_parse(const char *path, struct str text, struct ruleset **,
    struct problems *);

/* Any thread.  unref of the last one frees it; NULL is fine. */
struct ruleset *ruleset_ref(struct ruleset *);
void ruleset_unref(struct ruleset *);

/* NULL where there is none. */
const struct rule *ruleset_find(const struct ruleset *, const char *id);
const struct subject *ruleset_topic(const struct ruleset *, const char *id);
const struct subject *ruleset_claim(const struct ruleset *, const char *id);
/* "title" or "fact" in ${lang}, else in English, else the id. */
const char *subject_text(const struct subject *, const char *key,
    const char *lang);

/* Tell each `ok' that does not match and each `no' that does. */
void ruleset_examples(struct ruleset *, struct problems *);

/*
 * ruleset_todo(set, f, arg): call with each `todo' example that still fails
 * (*matches false) or already works (true).
 */
void ruleset_todo(struct ruleset *, void (*)(void *arg, const struct rule *,
    const struct rule_example *, bool matches), void *arg);

#endif
