/*
 * rule.h - a rule: when a post is worth a person's look, and why.
 *
 * A rule holds, for each language, the patterns that make it match.  It is
 * part of a set (ruleset.h), read-only, and lives as long as that.
 */
#ifndef KOMPAN_MATCH_RULE_H
#define KOMPAN_MATCH_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/stanza.h"
#include "match/words.h"

enum rule_kind {
	RULE_QUESTION, RULE_ASKING, RULE_MISINFORMATION, RULE_CORRECTION,
	RULE_ANSWER, RULE_FILLER, RULE_SOLVED, RULE_ADVERT, RULE_URGENT,
	RULE_KINDS
};
extern const char *const rule_kinds[];          /* NULL at the end */

enum rule_status { RULE_EXPERIMENTAL, RULE_TEST, RULE_STABLE, RULE_DEPRECATED };

enum rule_grade { GRADE_WEAK, GRADE_STRONG, GRADE_SEEK };

enum rule_filler {
	FILLER_BUMP, FILLER_SAME, FILLER_PRIVATE, FILLER_TAG, FILLER_THANKS,
	FILLER_QUESTION, FILLER_INSULT
};
extern const char *const rule_fillers[];

/* What evidence of asking a question rule needs near its match. */
enum rule_asks {
	ASKS_YES,               /* strong or weak; seek for work, homes, advice */
	ASKS_NO, ASKS_STRONG,
	ASKS_SEEK               /* any of the three */
};

#define NEAR_DEFAULT 90
/* How far apart parts may be: letters, or one of these. */
enum { NEAR_SENTENCE = -1, NEAR_TWO_SENTENCES = -2, NEAR_POST = -3 };

#define RULE_WEIGHT 1000

enum part { PART_MATCH, PART_ALSO, PART_EXCEPT, PART_PARENT, PARTS };

struct pattern;

/* One line of a rule. */
struct rule_pattern {
	enum part part;
	unsigned line;
	uint32_t id;            /* in its set, from 0 */
	struct pattern *pattern;
};

struct rule_variant {
	const char *lang;
	struct rule_pattern *v;
	size_t n, room;
};

struct rule_example {
	const char *lang;
	const char *key;        /* ok no todo */
	struct str text, parent;        /* "PARENT >> TEXT" where both stand */
	unsigned line, column;
};

#define RULE_LANGS 5
#define FINGERPRINT_SIZE 33     /* 32 hexadecimal digits */

struct rule {
	const char *id;
	enum rule_kind kind;
	const char *subject;    /* topic, claim, filler's `as'; NULL: none */
	int rev;
	enum rule_status status;
	const char *source;     /* NULL: none */
	int weight;             /* thousandths */
	enum rule_grade grade;
	enum rule_filler filler;
	enum rule_asks asks;
	int near;               /* letters, or NEAR_... */
	bool near_given;
	bool post_scope;        /* an advert that mutes the whole post */
	bool has_parent;
	struct rule_variant variants[RULE_LANGS];
	size_t nvariants;
	struct rule_example *examples;
	size_t nexamples, room;
	char fingerprint[FINGERPRINT_SIZE];
	const char *file;
	unsigned line;
};

/*
 * rule_new(file, stanza, words, problems): read one [rule ID].  All faults are
 * told; a rule with faults is returned too where it has an id and a kind
 * (*bad is set), NULL otherwise.  ${file} must live as long.
 */
struct rule *rule_new(const struct stanza_file *, const struct stanza *,
    const struct words *, struct problems *, bool *bad);
void rule_free(struct rule *);

/* What may stand in a [rule ID], for documentation and checks. */
extern const struct stanza_key rule_keys[];

#endif
