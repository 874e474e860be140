/*
 * job_part.h - what job.c and job_ask.c share; nobody else includes it.
 */
#ifndef KOMPAN_FETCH_JOB_PART_H
#define KOMPAN_FETCH_JOB_PART_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/json.h"
#include "fetch/job.h"

/* A request or timer that is outstanding. */
struct ask {
	LIST_ENTRY(ask) entry;
	struct job *job;
	struct request_row row;
	struct http_pair *headers;
	size_t nheaders;
	char *etag, *modified;
	struct send_request request;
	struct send *send;
	struct loop_timer *timer;
	int tries;
	bool answered;                  /* its event waits to be stepped */
};

/* What happened and was not stepped yet. */
struct event {
	STAILQ_ENTRY(event) entry;
	uint32_t event;
	struct ask *ask;                /* NULL: the start */
	/* of a response */
	int status;
	char *url, *body;
	char *fault;                    /* why none came; NULL: one did */
	size_t nbody;
	struct http_pair *headers;
	size_t nheaders;
};

struct job {
	const struct job_env *env;
	const struct job_source *source;
	const struct plugin_info *info;
	uint32_t kind;
	int64_t about;
	struct job_target target;
	bool has_target;
	char source_key[24], *place_key;
	struct json_object *settings;
	struct kp_pair *pairs;
	size_t npairs;
	struct buf cursor;
	LIST_HEAD(, ask) asks;
	STAILQ_HEAD(, event) events;
	/* The step under way: waits for a worker, runs, or is being stored. */
	enum { JOB_IDLE, JOB_WAITS, JOB_STEPS, JOB_STORES } state;
	struct pool_ask *waits;
	struct event *now;
	struct worker *worker;
	struct step *step;
	struct job_commit commit;
	struct loop_timer *timer;       /* to store again; to end */
	struct request_row *resume;
	size_t nresume;
	size_t requests;
	bool greeting, storing, dead, over;
	struct job_end end;
	void *data;
};

/* job.c */
void job_event(struct job *, uint32_t event, struct ask *,
    const struct send_result *);
/* End it without success; ${end} is filled but for ok. */
void job_fail(struct job *, uint32_t why, const char *,
    ...) __attribute__((format(printf, 3, 4)));
void job_pump(struct job *);

/* job_ask.c */
/* Take over a row: it leaves, or waits for its time. */
void ask_add(struct job *, struct request_row *);
void ask_free(struct ask *);

#endif
