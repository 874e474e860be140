/*
 * What jobs say, into the database: each step in one transaction, and at the
 * end what the job means for its source.
 *
 * The writer's thread sees only struct commit, which is nobody else's while it
 * is there.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/fetch_part.h"
#include "fetch/retry.h"
#include "storage/coverage.h"
#include "storage/ingest.h"

#define OUR_NETWORK_MS (15 * SECOND_MS)
#define TOLERANCE_MIN_MS (15 * MINUTE_MS)
#define THREAD_AGAIN_MS HOUR_MS
#define REST_MS FETCH_NEVER_MS           /* rests are ended by a change */

struct commit {
	struct fetch *fetch;
	struct job *job;
	int64_t source;
	const struct step *step;
	struct ingest_ctx ctx;
	bool reads_threads;             /* the plugin has KP_THREAD */
	int64_t last;                   /* request rows up to here are known */
	const char *url, *etag, *modified;
	/* results */
	struct ingest_result result;
	struct request_row *rows;
	size_t nrows, room;
};

static void
drop_rows(struct commit *c)
{
	size_t i;

	for (i = 0; i < c->nrows; i++)
		request_row_fini(&c->rows[i]);
	free(c->rows);
	c->rows = NULL;
	c->nrows = c->room = 0;
}

static int
read_new_rows(struct db *db, struct commit *c, struct err *err)
{
	struct request_row row;
	int64_t id = c->last;
	int r;

	while ((r = request_after(db, c->source, id, &row, err)) == 1) {
		id = row.id;
		if (row.job != c->ctx.job || row.about != c->ctx.about) {
			request_row_fini(&row);
			continue;
		}
		vec_grow(c->rows, c->nrows, c->room);
		c->rows[c->nrows++] = row;
	}
	return r;
}

static int
run_commit(struct db *db, void *arg, struct err *err)
{
	struct commit *c = arg;
	int r;

	drop_rows(c);                   /* of a run that was repeated */
	if (request_last(db, &c->last, err) == -1)
		return -1;
	r = ingest_step(db, c->source, &c->ctx, c->step, &c->result, err);
	if (r != 0)
		return r;
	if (c->url != NULL && validator_put(db, c->source, c->url, c->etag,
	    c->modified, err) == -1)
		return -1;
	if (c->reads_threads && c->ctx.job == KP_POLL && c->result.added > 0 &&
	    threads_begin(db, c->source, c->ctx.now, err) == -1)
		return -1;
	return c->step->fail != 0 ? 0 : read_new_rows(db, c, err);
}

void
fetch_count(const struct ingest_result *result)
{
	count_add(COUNT_STEPS, 1);
	count_add(COUNT_POSTS_NEW, result->added);
	count_add(COUNT_POSTS_EDITED, result->edited);
	count_add(COUNT_POSTS_DELETED, result->deleted);
}

static void
on_committed(void *arg, int result, const struct err *err)
{
	struct commit *c = arg;
	struct job_stored stored = { .result = result, .rows = c->rows,
		.nrows = c->nrows, .added = c->result.added };

	if (result == -1)
		log_event(STATION_FAILED, "station=store error=%s", err->text);
	else if (result == 0)
		fetch_count(&c->result);
	job_stored(c->job, &stored);
	free(c);
}

static int64_t
tolerance(const struct source_row *row)
{
	int64_t pace = row->interval_ms > 0 ? row->interval_ms : row->pace_ms;

	return pace * 3 > TOLERANCE_MIN_MS ? pace * 3 : TOLERANCE_MIN_MS;
}

void
fetch_store(void *arg, struct job *job, const struct job_commit *commit)
{
	struct fetch *fetch = arg;
	struct fsource *s = job_data(job);
	const struct plugin_info *info = job_info(job);
	struct commit *c = xcalloc(1, sizeof(*c));

	c->fetch = fetch;
	c->job = job;
	c->source = s->id;
	c->step = commit->step;
	c->reads_threads = (info->jobs & KP_CAN(KP_THREAD)) != 0;
	c->url = commit->url;
	c->etag = commit->etag;
	c->modified = commit->modified;
	c->ctx = (struct ingest_ctx){ .now = clock_now(), .keys = fetch->keys,
		.config = fetch->config, .job = job_kind(job),
		.event = commit->event, .abilities = info->abilities,
		.replies_in_poll = !c->reads_threads,
		.about = job_about(job), .answered = commit->answered,
		.heard = commit->heard, .tolerance_ms = tolerance(&s->row) };
	writer_post(fetch->writer, WRITER_BULK, run_commit, c, fetch->loop,
	    on_committed);
}

void
fetch_validators(void *arg, struct job *job, const char *url, char **etag,
    char **modified)
{
	struct fetch *fetch = arg;
	struct err err;

	(void)validator_get(fetch->db, job_source(job)->id, url, etag,
	    modified, &err);
}

/* The end of a job. */

struct ending {
	struct fetch *fetch;
	struct fsource *source;
	struct source_outcome outcome;
	bool state;                     /* the outcome is to be written */
	uint32_t job;
	int64_t thread, thread_again;   /* read_next; 0: by its age */
	int64_t expiry_ms;
	size_t news;
	char error[256];
};

static int
run_ending(struct db *db, void *arg, struct err *err)
{
	struct ending *e = arg;

	if (request_forget(db, e->outcome.source, e->job, err) == -1)
		return -1;
	if (e->thread != 0 && (e->thread_again != 0 ?
	    thread_put_off(db, e->thread, e->thread_again, err) :
	    thread_was_read(db, e->thread, e->news > 0, e->outcome.now,
	    e->expiry_ms, err)) == -1)
		return -1;
	return e->state ? source_outcome(db, &e->outcome, err) : 0;
}

static void
on_ending_durable(void *arg, int result, const struct err *err)
{
	struct ending *e = arg;
	struct fsource *s = e->source;
	struct job *job = s->job;

	if (result == -1)
		log_event(STATION_FAILED, "station=fetch error=%s", err->text);
	if (job == NULL) {              /* we are being stopped */
		free(e);
		return;
	}
	s->job = NULL;
	e->fetch->running--;
	fetch_refresh(s);
	if (result == -1) {
		/* It was not written when to come back: not at once. */
		schedule_put(&e->fetch->schedule, &s->item, clock_now() +
		    OUR_NETWORK_MS);
	}
	job_free(job);
	if (e->thread != 0)
		loop_timer_set(e->fetch->threads, clock_mono());
	fetch_turn(s);
	free(e);
}

static void
judge_poll(struct fsource *s, const struct job_end *end,
    const struct plugin_info *info, struct ending *e)
{
	struct source_outcome *o = &e->outcome;
	uint32_t dice = randombytes_random();
	int64_t now = o->now;

	o->polled = true;
	o->asked_at = s->started_at;
	if (info != NULL && !(info->jobs & KP_CAN(KP_POLL))) {
		/* An archive, a capture: it is fed, never asked. */
		o->blameless = true;
		o->due_at = now + FETCH_NEVER_MS;
		return;
	}
	if (end->ok) {
		o->heard = true;
		o->news = (int64_t)end->news;
		o->pace_ms = schedule_pace(s->row.pace_ms, end->news,
		    info->interval, s->row.interval_ms);
		o->due_at = schedule_next(s->started_at, o->pace_ms, dice);
		if (s->row.interval_ms == 0 && end->fresh_until > o->due_at)
			o->due_at = end->fresh_until;
	} else if (end->ours) {
		o->blameless = true;
		o->due_at = now + OUR_NETWORK_MS + dice % 5000;
	} else {
		o->error = e->error;
		o->rests = end->why == KP_BAD_AUTH ||
		    end->why == KP_BAD_CONFIG ||
		    (end->why == KP_GONE && end->status == 410);
		o->due_at = o->rests ? now + REST_MS :
		    now + backoff_ms(s->row.fails + 1, dice);
	}
	if (end->again_at > o->due_at)
		o->due_at = end->again_at + dice % 1000;
	if (o->due_at < now)
		o->due_at = now;
}

static void
log_end(const struct fsource *s, uint32_t job, const struct job_end *end,
    const struct ending *e)
{
	if (end->ok && s->row.fails > 0 && job == KP_POLL)
		log_event(SOURCE_WELL, "source=%s", s->row.name);
	else if (e->outcome.rests)
		log_event(SOURCE_RESTS, "source=%s error=%s", s->row.name,
		    end->error);
	else if (!end->ok && !end->ours && !e->outcome.blameless &&
	    s->row.fails == 0)
		log_event(SOURCE_FAILED, "source=%s job=%s error=%s",
		    s->row.name, job_name(job), end->error);
}

/*
 * What the outbox hears.  Only a plain no of the other side, or the certainty
 * that nothing left, is a no; a plugin that crashed over the answer is not.
 */
static void
tell_errand(struct fsource *s, uint32_t kind, const struct job_end *end)
{
	struct errand *errand = s->errand;
	struct fetch_reply reply = { .error = end->error,
		.again_at = end->again_at };

	s->errand = NULL;
	if (end->ok && end->id != NULL && end->id[0] != '\0') {
		reply.sent = FETCH_SENT;
		reply.id = end->id;
		reply.url = end->url;
	} else if (kind == KP_CONFIRM)
		reply.sent = end->ok && end->id != NULL ? FETCH_NOT_SENT :
		    FETCH_UNCLEAR;
	else if (!end->left || (end->ours && end->status != 0))
		reply.sent = FETCH_NOT_SENT;    /* or told to come later */
	else if (!end->ok && end->status >= 400 && end->status < 500 &&
	    end->why != KP_BAD_FORMAT)
		reply.sent = end->why == KP_TRY_LATER ? FETCH_NOT_SENT :
		    FETCH_REFUSED;
	else
		reply.sent = FETCH_UNCLEAR;
	errand->done(errand->arg, &reply);
	job_target_fini(&errand->target);
	free(errand);
}

void
fetch_ended(void *arg, struct job *job, const struct job_end *end)
{
	struct fetch *fetch = arg;
	struct fsource *s = job_data(job);
	struct ending *e = xcalloc(1, sizeof(*e));
	uint32_t kind = job_kind(job);

	e->fetch = fetch;
	e->source = s;
	e->job = kind;
	e->news = end->news;
	e->expiry_ms = fetch->config->expiry_ms;
	e->outcome.source = s->id;
	e->outcome.now = clock_now();
	snprintf(e->error, sizeof(e->error), "%s", end->error);
	if (kind == KP_POLL) {
		s->polled = true;
		e->state = true;
		judge_poll(s, end, job_info(job), e);
	} else if (kind == KP_THREAD) {
		e->thread = job_about(job);
		if (!end->ok)
			e->thread_again = end->again_at > e->outcome.now ?
			    end->again_at : e->outcome.now + THREAD_AGAIN_MS;
	}
	if (kind != KP_POLL && end->why == KP_BAD_AUTH) {
		e->state = true;
		e->outcome.error = e->error;
		e->outcome.rests = true;
		e->outcome.asked_at = s->started_at;
		e->outcome.due_at = e->outcome.now + REST_MS;
	}
	log_end(s, kind, end, e);
	if (s->errand != NULL)
		tell_errand(s, kind, end);
	writer_post(fetch->writer, WRITER_BULK, run_ending, e, fetch->loop,
	    on_ending_durable);
}
