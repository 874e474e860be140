/*
 * ingest.h - one step of a plugin into the database, exactly once.
 *
 * A step's posts, places, cursor, next requests and findings are committed in
 * one transaction, or none of them.  Handing in the same step twice changes
 * nothing the second time: posts are known by (place, id) and a keyed hash of
 * their text, and the request that a step answered can be taken only once.
 */
#ifndef KOMPAN_STORAGE_INGEST_H
#define KOMPAN_STORAGE_INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct config;
struct db;
struct keys;
struct step;

/* What the core knows of the step; all borrowed. */
struct ingest_ctx {
	int64_t now;
	struct keys *keys;
	const struct config *config;    /* texts, accounts, grace_ms, epoch_ms */
	uint32_t job, event;            /* KP_POLL, KP_START... */
	uint32_t abilities;             /* the plugin's KP_SEES_... */
	bool replies_in_poll;           /* replies come with polls (or records),
	                                 * not by KP_THREAD: a post seen is its
	                                 * thread seen */
	int64_t about;                  /* KP_THREAD: thread; KP_REPLY and
	                                 * KP_CONFIRM: outbox row; else 0 */
	int64_t answered;               /* request row that it answers; 0: none */
	bool heard;                     /* a good answer or records came */
	bool caught_up;                 /* the newest posts were seen, although
	                                 * the job goes on (long polls) */
	int64_t tolerance_ms;           /* a longer gap between two looks opens a
	                                 * new span of coverage */
};

struct ingest_result {
	unsigned added, edited, deleted;        /* posts */
	unsigned unwatched, refused;    /* posts dropped: place; objection, erased */
	unsigned places;                /* new ones */
	unsigned answers;               /* rows put into the outbox */
	int64_t outstanding;            /* requests and timers of this job */
	bool ended;                     /* the job: nothing outstanding */
};

/*
 * ingest_step(db, source, ctx, step, result, err):
 * Within the caller's transaction.  0 and ${result}; 1 where the request it
 * answers was answered before (nothing is changed); -1 and ${err}, ERR_NOT_FOUND
 * for an unknown source.  The step's cursor and requests count only where it
 * did not fail; its posts, places, pauses and findings do in any case.  What
 * the failure means for the source's backoff is the caller's to write.
 */
int ingest_step(struct db *, int64_t source, const struct ingest_ctx *,
    const struct step *, struct ingest_result *, struct err *);

#endif
