/*
 * match.h - which rules match a post, and what they say together.
 *
 * Every rule of every language runs on every post.  A set may be shared; each
 * thread has a scratch of its own.
 */
#ifndef KOMPAN_MATCH_MATCH_H
#define KOMPAN_MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "match/ruleset.h"

/* Of a longer post the rest is not looked at, and the result is `cut'. */
#define MATCH_TEXT_MAX ((size_t)16 << 10)
#define MATCH_SPANS_MAX 8

struct match_span {
	uint32_t from, to;      /* bytes of the text as given; to is behind */
};

struct match_hit {
	const struct rule *rule;        /* lives as long as the set */
	const char *lang;               /* of the pattern */
	struct match_span spans[MATCH_SPANS_MAX];
	size_t nspans;
	bool limited;           /* not judged: a limit was reached; no spans */
	bool doubted;           /* a claim that its clause denies or reports */
	int value;              /* thousandths that it counts */
};

/* A topic asked about, a claim made or corrected. */
struct match_subject {
	const char *id;
	int sum;                /* thousandths; at least RULE_WEIGHT */
	int score;              /* by which topics are ordered, best first */
};

#define MATCH_SUBJECTS_MAX 16

struct match_subjects {
	struct match_subject v[MATCH_SUBJECTS_MAX];
	size_t n;
};

struct match_result {
	struct match_hit *hits;         /* by the order of rules */
	size_t nhits, room;
	struct match_subjects topics;   /* asked about: a question */
	struct match_subjects claims;   /* false, asserted */
	struct match_subjects corrections;
	unsigned fillers;               /* 1 << enum rule_filler */
	bool asking[3];                 /* by enum rule_grade */
	bool advert, answer, solved, urgent;
	bool limited;                   /* some rule could not judge */
	bool cut;                       /* longer than MATCH_TEXT_MAX */
};

struct match_scratch;

/* For ${set} only; holds a reference to it. */
struct match_scratch *match_scratch_new(struct ruleset *);
void match_scratch_free(struct match_scratch *);

void match_result_init(struct match_result *);
void match_result_fini(struct match_result *);

/*
 * match_post(scratch, text, parent, result): run all rules.  ${parent} is the
 * text of the post that is replied to, STR_NONE if there is none or it is not
 * known.  Any bytes are taken.  ${result} was initialised and is overwritten;
 * what it points to lives as long as the set.
 */
void match_post(struct match_scratch *, struct str text, struct str parent,
    struct match_result *);

/* The hit of ${rule} that counts (not limited, not doubted), or NULL. */
const struct match_hit *match_result_hit(const struct match_result *,
    const struct rule *);

/*
 * Whether a hit stands for what the post says, after asking evidence, adverts,
 * denial and the choice of topics: what decide() hears of.
 */
bool match_hit_counts(const struct match_result *, const struct match_hit *);

/*
 * match_lang(text, result): lang_of(), and where that does not know, the
 * language of most hits that count.  NULL: not known.
 */
const char *match_lang(struct str text, const struct match_result *);

/* Whether ${id} is among them. */
bool match_subjects_have(const struct match_subjects *, const char *id);

#endif
