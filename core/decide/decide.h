/*
 * decide.h - is a question answered, and does a false claim stand?
 *
 * decide() is a pure function of what was seen of a thread and when: the same
 * view gives the same decision, in whatever order its posts arrived.  States
 * are derived and only cached in the database.
 *
 * The states, in the order in which they are tried; the first that holds wins:
 *
 *	state      holds when                                    goes to
 *	---------  --------------------------------------------  ---------------
 *	solved     the platform or the asker says so             closed
 *	reopened   the asker asks again after the last answer    queue
 *	wrong      an answer to it states a false claim that     queue, its lane
 *	           nobody corrected
 *	ours       one of our own accounts answered              closed
 *	answered   a substantive reply                           closed
 *	reopened   the only substantive replies were deleted     queue
 *	perhaps    "wrote you privately", or in a flat chat an   queue, low
 *	           unlinked message that fits
 *	unknown    replies cannot be seen, or were not looked    shown apart
 *	           at for too long
 *	expired    older than the place's expiry                 closed
 *	waiting    younger than the place's grace period         nowhere yet
 *	unanswered none of these                                 queue
 */
#ifndef KOMPAN_DECIDE_DECIDE_H
#define KOMPAN_DECIDE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the rules found in a post. */
enum {
	DECIDE_QUESTION = 1 << 0,       /* it asks; `topics` says what about */
	DECIDE_ANSWER = 1 << 1,         /* marks of substance */
	DECIDE_ADVERT = 1 << 2,
	DECIDE_SOLVED = 1 << 3,
	DECIDE_URGENT = 1 << 4,
	DECIDE_ASKS = 1 << 5,           /* asks for something, whatever it is */
	DECIDE_BUMP = 1 << 8,           /* fillers, by their `as` */
	DECIDE_SAME = 1 << 9,
	DECIDE_PRIVATE = 1 << 10,
	DECIDE_TAG = 1 << 11,
	DECIDE_THANKS = 1 << 12,
	DECIDE_QUESTION_BACK = 1 << 13,
	DECIDE_INSULT = 1 << 14,
	DECIDE_OURS = 1 << 16           /* written by an account of ours */
};
#define DECIDE_FILLERS                                                         \
	(DECIDE_BUMP | DECIDE_SAME | DECIDE_PRIVATE | DECIDE_TAG |             \
	    DECIDE_THANKS | DECIDE_QUESTION_BACK | DECIDE_INSULT)

/* Topics and claims are bits: their places in the rule set's lists. */
typedef uint64_t decide_set;     /* a number, not a struct */

struct decide_post {
	int64_t id;                     /* the caller's */
	const char *author;             /* NULL: unknown, like nobody else */
	int64_t parent;                 /* id it replies to; 0: none known */
	int64_t created_at;
	int64_t deleted_at;             /* 0: still there */
	uint32_t marks;
	decide_set topics, claims, corrects;
	size_t length;                  /* characters */
	bool nearby;                    /* of the same flat chat, another thread */
};

struct decide_thread {
	const struct decide_post *posts;        /* any order, ids unique */
	size_t nposts;
	bool flat;                      /* most messages carry no reply link */
	bool replies_visible;
	bool solved, locked;            /* as the platform says */
	int64_t read_at;                /* replies were surely seen then */
	int64_t grace_ms, expiry_ms, stale_ms;  /* 0: none */
	int64_t as_of;
};

enum decide_state {
	DECIDE_STATE_UNANSWERED = 1,
	DECIDE_STATE_REOPENED,
	DECIDE_STATE_WRONG,
	DECIDE_STATE_PERHAPS,
	DECIDE_STATE_ANSWERED,
	DECIDE_STATE_ANSWERED_BY_US,
	DECIDE_STATE_SOLVED,
	DECIDE_STATE_UNKNOWN,
	DECIDE_STATE_WAITING,
	DECIDE_STATE_EXPIRED
};

struct decide_question {
	int64_t post;                   /* id of the post that asks */
	enum decide_state state;
	int64_t by;                     /* post that decided it, or 0 */
	int64_t since;                  /* when that came to be */
	decide_set topics;
	bool urgent;
	const char *reason;             /* in words, static */
};

struct decide_claim {
	int64_t post;
	unsigned claim;                 /* bit number */
	int64_t corrected_by;           /* post, or 0: it stands */
};

enum decide_verdict {
	DECIDE_NONE, DECIDE_UNANSWERED, DECIDE_ANSWERED, DECIDE_WRONG,
	DECIDE_UNKNOWN
};

struct decision {
	struct decide_question *questions;      /* oldest first */
	size_t nquestions;
	struct decide_claim *claims;
	size_t nclaims;
	enum decide_verdict verdict;    /* as `kompan judge` prints it */
	int64_t next_at;                /* time alone changes it then; 0: never */
};

/* Fill ${decision}, which decision_fini() empties. */
void decide(const struct decide_thread *, struct decision *);
void decision_fini(struct decision *);

/* "unanswered", "answered by us"...; stable, used in database and JSON. */
const char *decide_state_name(enum decide_state);
/* 0: no such state. */
enum decide_state decide_state_find(const char *);
/* Whether a person should see it: unanswered, reopened, wrong, perhaps. */
bool decide_state_is_open(enum decide_state);
const char *decide_verdict_name(enum decide_verdict);

#endif
