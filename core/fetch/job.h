/*
 * job.h - one job of one source, from its start to its end.
 *
 *     start -> step(START) -> stored -> requests, timers
 *                                 ^           |
 *                                 |           v
 *                               stored <- step(RESPONSE, TIMER)
 *
 * It ends when nothing that was asked for is outstanding, at done(), or when it
 * fails.  Steps of a job run one after the other; what a step said is stored
 * before anything that it asked for leaves.  Where it is stored is the owner's
 * business: the agent writes the database, `source test` prints.
 */
#ifndef KOMPAN_FETCH_JOB_H
#define KOMPAN_FETCH_JOB_H

#include "fetch/pool.h"
#include "fetch/send.h"
#include "storage/request.h"

#define JOB_REQUESTS_MAX 2000   /* of one job, over all its steps */
#define JOB_WAIT_MAX_MS (5 * MINUTE_MS) /* a longer pause ends the job */

struct job;

/* The source as a job sees it; all borrowed, for as long as the job lives. */
struct job_source {
	int64_t id;
	const char *name, *plugin, *target, *credential;
	const char *settings;           /* JSON object */
	unsigned egress;
};

/* Heap copies, or NULL. */
struct job_target {
	char *place, *thread, *id, *url, *ref, *text, *lang, *key;
};
void job_target_fini(struct job_target *);

/* A step to be stored; the job's, lives until job_stored(). */
struct job_commit {
	const struct step *step;
	uint32_t event;
	int64_t answered;               /* request row; 0: none */
	bool heard;                     /* a good answer is behind it */
	/* Of that answer: for the next conditional request; NULL url: none. */
	const char *url;
	char *etag, *modified;
};

/* What storing it gave. */
struct job_stored {
	int result;                     /* 0, 1: it was stored before, -1: not */
	struct request_row *rows;       /* new ones, taken over with the array */
	size_t nrows;
	unsigned added;                 /* new posts */
};

struct job_end {
	bool ok;
	uint32_t why;                   /* KP_BAD_FORMAT...; 0: none */
	int status;                     /* of the answer it failed by; 0: none */
	char error[256];
	bool ours;                      /* our network, or a pause: not the
	                                 * source's fault */
	bool heard;                     /* something good came */
	bool left;                      /* some request may have reached the
	                                 * other side */
	int64_t again_at;               /* the other side's word; 0: none */
	int64_t fresh_until;            /* asking before is pointless; 0 */
	size_t news;                    /* posts stored for the first time */
	size_t steps, requests;
	const char *id, *url;           /* of done(); borrowed */
};

struct job_env {
	struct loop *loop;
	struct sender *sender;
	struct pool *pool;
	/* Store it and call job_stored(), now or later. */
	void (*store)(void *arg, struct job *, const struct job_commit *);
	/* ETag and Last-Modified for ${url}: free()d by the job; may be NULL. */
	void (*validators)(void *arg, struct job *, const char *url,
	    char **etag, char **modified);
	/* It ended; job_free() it, now or later. */
	void (*ended)(void *arg, struct job *, const struct job_end *);
	void *arg;
};

/*
 * job_new(env, source, kind, about, target, cursor): ${kind} is KP_POLL and so
 * on, ${about} the thread or outbox row (0: none), ${target} is taken over
 * (NULL: none), ${cursor} is copied.
 */
struct job *job_new(const struct job_env *, const struct job_source *,
    uint32_t kind, int64_t about, struct job_target *, struct str cursor);
/* From its START. */
void job_start(struct job *);
/* Where it was: with the requests that are outstanding; taken over. */
void job_resume(struct job *, struct request_row *, size_t);
/* Also while it runs: it ends without a word. */
void job_free(struct job *);
void job_stored(struct job *, const struct job_stored *);

uint32_t job_kind(const struct job *);
int64_t job_about(const struct job *);
const struct job_source *job_source(const struct job *);
/* NULL until the plugin has said hello. */
const struct plugin_info *job_info(const struct job *);
/* The owner's own. */
void *job_data(const struct job *);
void job_set_data(struct job *, void *);

/*
 * job_settings(info, object, n): every key that the plugin declares, with the
 * source's value or its default; free() the array, whose pairs point into
 * ${object} and ${info}.
 */
struct json_object;
struct kp_pair *job_settings(const struct plugin_info *, struct json_object *,
    size_t *);

#endif
