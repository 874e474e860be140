/*
 * fetch_part.h - what the parts of fetch share; nobody else includes it.
 */
#ifndef KOMPAN_FETCH_FETCH_PART_H
#define KOMPAN_FETCH_FETCH_PART_H

#include <sys/queue.h>
#include <uthash.h>

#include "config/config.h"
#include "fetch/fetch.h"
#include "fetch/late.h"
#include "fetch/schedule.h"
#include "storage/keys.h"
#include "storage/source.h"
#include "storage/writer.h"

/*
 * At once.  Most of them wait before a gate and cost a few KiB; how many
 * requests are under way is http.c's to bound.
 */
#define JOBS_MAX 20000
/* Due so far ahead: not until something is changed. */
#define FETCH_NEVER_MS (365 * DAY_MS)

/* A reply or confirmation that waits for its source. */
struct errand {
	STAILQ_ENTRY(errand) entry;
	uint32_t kind;
	int64_t outbox;
	struct job_target target;
	void (*done)(void *, const struct fetch_reply *);
	void *arg;
};

struct fsource {
	UT_hash_handle hh;              /* by id */
	int64_t id;
	struct fetch *fetch;
	struct source_row row;
	struct job_source view;         /* points into row */
	struct schedule_item item;
	struct job *job;
	struct errand *errand;          /* what the job is for */
	STAILQ_HEAD(, errand) errands;
	int64_t started_at;
	bool polled;                    /* since the start of the process */
	bool seen;                      /* while reading all of them */
	bool importing;                 /* an import holds its turn */
};

struct import;

struct fetch {
	struct loop *loop;
	const struct config *config;
	struct writer *writer;
	struct db *db;                  /* reads, in the loop's thread */
	struct keys *keys;              /* the writer's thread's */
	struct sender sender;
	struct pool *pool;
	struct job_env env;
	struct fsource *sources;
	size_t running;
	struct schedule schedule;
	struct loop_timer *due, *threads, *watch;
	unsigned changes;               /* of the sources, as last seen */
	bool reading;
	bool quiet;                     /* nothing is polled */
	struct late late;
	struct import *imports;
	struct alerts *alerts;
};

/* fetch.c */
void fetch_look(struct fetch *);        /* set the timer to what is due */
struct fsource *fetch_source(struct fetch *, const char *name);
/* The row anew, and its place in the schedule. */
void fetch_refresh(struct fsource *);
void fetch_turn(struct fsource *);      /* what is next for it */

/* fetch_store.c: struct job_env's store() and ended(). */
void fetch_store(void *, struct job *, const struct job_commit *);
void fetch_ended(void *, struct job *, const struct job_end *);
void fetch_validators(void *, struct job *, const char *url, char **etag,
    char **modified);

/* A step was stored: for monitoring. */
struct ingest_result;
void fetch_count(const struct ingest_result *);

#endif
