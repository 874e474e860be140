/*
 * The way of a post, and the first file to read.
 *
 *	schedule -> fetch -> parse -> store -> match -> decide -> queue
 *	                                    -> review -> reply
 *
 * fetch asks the platforms, parse lets the plugin make posts of the answers in
 * its box, and store commits them with cursor and next requests in one
 * transaction: these three are driven by the loop (fetch/job.c).  match and
 * decide work on what is in the database and are driven from here, by one
 * thread that sleeps until something was committed.  queue is written by
 * decide and changed by people (queue/), who also start reply (the outbox).
 */
#include "pipeline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/config.h"
#include "decide/decide_station.h"
#include "match/match_station.h"
#include "storage/db.h"
#include "storage/retention_station.h"
#include "storage/writer.h"

/* Time alone makes threads due, so look now and then. */
#define LOOK_MS SECOND_MS
/* After a failure: the cause is outside and lasts (disk full, locked). */
#define REST_MS (5 * SECOND_MS)

const struct station pipeline_stations[] = {
	{ "fetch", "core/fetch", "source.due_at, request", "responses", NULL },
	{ "parse", "core/parse", "responses", "steps", NULL },
	{ "store", "storage/ingest.c", "steps",
	    "thread, post.match_state = 0, source.cursor", NULL },
	{ "match", "core/match", "post.match_state = 0",
	    "hit, post.match_state = 1, thread.judge_at", match_station_run },
	{ "decide", "core/decide", "thread.judge_at <= now",
	    "question, item, thread.judge_at", decide_station_run },
	{ "queue", "core/queue", "item.state = new", "item.state", NULL },
	{ "review", "core/review", "item", "verdicts, drafts", NULL },
	{ "reply", "core/reply", "outbox.state = approved",
	    "outbox.state = sent, unclear, failed", NULL },
	{ "retain", "storage/retention.c", "what is older than it may be",
	    "daily", retention_station_run },
	{ NULL, NULL, NULL, NULL, NULL }
};

struct pipeline {
	struct agent *agent;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool woken, stop;
};

/* Wait until woken or ${ms} have passed; false: stop. */
static bool
pipeline_wait(struct pipeline *pipeline, int64_t ms)
{
	struct timespec until;
	bool stop;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&pipeline->lock);
	while (!pipeline->woken && !pipeline->stop && r == 0)
		r = pthread_cond_timedwait(&pipeline->wake, &pipeline->lock,
		    &until);
	pipeline->woken = false;
	stop = pipeline->stop;
	pthread_mutex_unlock(&pipeline->lock);
	return !stop;
}

/* One turn of every station: how much was done, or -1 if one failed. */
static int
pipeline_turn(struct pipeline *pipeline, struct db *db)
{
	const struct station *s;
	int done = 0;

	for (s = pipeline_stations; s->name != NULL; s++) {
		struct err err = ERR_INIT;
		int n;

		if (s->run == NULL)
			continue;
		n = s->run(pipeline->agent, db, &err);
		if (n == -1) {
			log_event(STATION_FAILED, "station=%s error=%s",
			    s->name, err.text);
			return -1;
		}
		done += n;
	}
	return done;
}

static void *
pipeline_main(void *arg)
{
	struct pipeline *pipeline = arg;
	struct agent *agent = pipeline->agent;
	struct db *db = NULL;
	struct err err = ERR_INIT;
	int64_t wait_ms = 0;

	while (pipeline_wait(pipeline, wait_ms)) {
		int done = -1;

		if (db == NULL && db_open(agent_config(agent)->database,
		    DB_READ, &db, &err) == -1)
			log_event(STATION_FAILED, "station=pipeline error=%s",
			    err.text);
		if (db != NULL)
			done = pipeline_turn(pipeline, db);
		wait_ms = done > 0 ? 0 : done == 0 ? LOOK_MS : REST_MS;
	}
	db_close(db);
	return NULL;
}

int
pipeline_start(struct agent *agent, struct pipeline **ret, struct err *err)
{
	struct pipeline *pipeline = xcalloc(1, sizeof(*pipeline));
	pthread_condattr_t attr;
	int r;

	pipeline->agent = agent;
	pthread_mutex_init(&pipeline->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pipeline->wake, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&pipeline->thread, NULL, pipeline_main, pipeline);
	if (r != 0) {
		free(pipeline);
		return err_errno(err, r, "cannot start a thread");
	}
	*ret = pipeline;
	return 0;
}

void
pipeline_wake(struct pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	pipeline->woken = true;
	pthread_cond_signal(&pipeline->wake);
	pthread_mutex_unlock(&pipeline->lock);
}

void
pipeline_stop(struct pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	pthread_mutex_lock(&pipeline->lock);
	pipeline->stop = true;
	pthread_cond_signal(&pipeline->wake);
	pthread_mutex_unlock(&pipeline->lock);
	pthread_join(pipeline->thread, NULL);
	pthread_cond_destroy(&pipeline->wake);
	pthread_mutex_destroy(&pipeline->lock);
	free(pipeline);
}
