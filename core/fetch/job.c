/*
 * The state machine.  One step at a time:
 *
 *     JOB_IDLE -> an event -> JOB_WAITS (worker) -> JOB_STEPS -> JOB_STORES
 *         ^                                                        |
 *         +------------- new requests leave ----------------------+
 *
 * Invariant: a request row is deleted by the same commit that stores what the
 * step said about its answer, so a crash in between asks again and the store
 * takes the answer once.
 */
#include "fetch/job.h"

#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/mem.h"
#include "fetch/job_part.h"

#define STORE_AGAIN_MS (5 * SECOND_MS)
#define CURSOR_MAX ((size_t)64 << 10)

void
job_target_fini(struct job_target *t)
{
	free(t->place);
	free(t->thread);
	free(t->id);
	free(t->url);
	free(t->ref);
	free(t->text);
	free(t->lang);
	free(t->key);
	memset(t, 0, sizeof(*t));
}

static void
event_free(struct event *event)
{
	if (event == NULL)
		return;
	free(event->url);
	free(event->fault);
	free(event->body);
	http_pairs_free(event->headers, event->nheaders);
	free(event);
}

static void
commit_fini(struct job *job)
{
	free(job->commit.etag);
	free(job->commit.modified);
	memset(&job->commit, 0, sizeof(job->commit));
	step_free(job->step);
	job->step = NULL;
}

static void
destroy(struct job *job)
{
	struct event *event;
	size_t i;

	while (!LIST_EMPTY(&job->asks))
		ask_free(LIST_FIRST(&job->asks));
	while ((event = STAILQ_FIRST(&job->events)) != NULL) {
		STAILQ_REMOVE_HEAD(&job->events, entry);
		event_free(event);
	}
	event_free(job->now);
	commit_fini(job);
	for (i = 0; i < job->nresume; i++)
		request_row_fini(&job->resume[i]);
	free(job->resume);
	pool_cancel(job->waits);
	loop_timer_free(job->timer);
	job_target_fini(&job->target);
	free(job->place_key);
	free(job->pairs);
	json_object_put(job->settings);
	buf_fini(&job->cursor);
	free(job);
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	/* Somebody will still call back: the last one buries it. */
	if (job->greeting || job->state == JOB_STEPS || job->storing) {
		job->dead = job->over = true;
		while (!LIST_EMPTY(&job->asks))
			ask_free(LIST_FIRST(&job->asks));
		loop_timer_clear(job->timer);
		return;
	}
	destroy(job);
}

uint32_t
job_kind(const struct job *job)
{
	return job->kind;
}

int64_t
job_about(const struct job *job)
{
	return job->about;
}

const struct job_source *
job_source(const struct job *job)
{
	return job->source;
}

const struct plugin_info *
job_info(const struct job *job)
{
	return job->info;
}

void *
job_data(const struct job *job)
{
	return job->data;
}

void
job_set_data(struct job *job, void *data)
{
	job->data = data;
}

/* Tell the owner, from the loop, once. */
static void
tell_end(void *arg)
{
	struct job *job = arg;

	if (job->state == JOB_STORES && !job->over) {
		job->storing = true;
		job->env->store(job->env->arg, job, &job->commit);
		return;
	}
	job->env->ended(job->env->arg, job, &job->end);
}

static void
finish(struct job *job)
{
	if (job->over)
		return;
	job->over = true;
	while (!LIST_EMPTY(&job->asks))
		ask_free(LIST_FIRST(&job->asks));
	loop_timer_set(job->timer, clock_mono());
}

void
job_fail(struct job *job, uint32_t why, const char *format, ...)
{
	va_list ap;

	if (job->over)
		return;
	job->end.ok = false;
	job->end.why = why;
	va_start(ap, format);
	vsnprintf(job->end.error, sizeof(job->end.error), format, ap);
	va_end(ap);
	/* A step under way is stored first; it ends the job then. */
	if (job->state == JOB_IDLE || job->state == JOB_WAITS) {
		pool_cancel(job->waits);
		job->waits = NULL;
		job->state = JOB_IDLE;
		finish(job);
	}
}

static void
take_response(struct event *event, const struct send_result *result)
{
	struct http_response *r = result->response;
	size_t i;

	event->url = xstrdup(result->url);
	event->status = result->status;
	if (r == NULL) {
		event->fault = xstrdup(result->error);
		return;
	}
	event->nbody = r->body.n;
	event->body = buf_take(&r->body);
	event->headers = xcalloc(r->nheaders + 1, sizeof(*event->headers));
	for (i = 0; i < r->nheaders; i++) {
		event->headers[i].name = xstrdup(r->headers[i].name);
		event->headers[i].value = xstrdup(r->headers[i].value);
	}
	event->nheaders = r->nheaders;
}

void
job_event(struct job *job, uint32_t what, struct ask *ask,
    const struct send_result *result)
{
	struct event *event;

	if (job->over)
		return;
	event = xcalloc(1, sizeof(*event));
	event->event = what;
	event->ask = ask;
	if (ask != NULL)
		ask->answered = true;
	if (result != NULL)
		take_response(event, result);
	STAILQ_INSERT_TAIL(&job->events, event, entry);
	job_pump(job);
}

/* What step() is told. */

static struct kp_str
kp(struct str s)
{
	return (struct kp_str){ s.p, s.n };
}

static struct kp_str
kp_c(const char *s)
{
	return kp(str_of(s));
}

/* "text/html", of "Text/HTML; charset=x". */
static char *
media_type(const struct event *event)
{
	size_t i;

	for (i = 0; i < event->nheaders; i++) {
		struct str rest = str_of(event->headers[i].value);
		char *type, *p;

		if (strcmp(event->headers[i].name, "content-type") != 0)
			continue;
		type = str_dup(str_trim(str_cut(&rest, ';')));
		for (p = type; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
		return type;
	}
	return xstrdup("");
}

static void on_step(void *, struct step *, const struct err *);

static void
fill_target(const struct job *job, struct kp_target *target)
{
	const struct job_target *t = &job->target;

	*target = (struct kp_target){ .size = sizeof(*target),
		.place = kp_c(t->place), .thread = kp_c(t->thread),
		.id = kp_c(t->id), .url = kp_c(t->url), .ref = kp_c(t->ref),
		.text = kp_c(t->text), .lang = kp_c(t->lang),
		.key = kp_c(t->key) };
}

static void
run_step(void *arg, struct worker *worker)
{
	struct job *job = arg;
	struct event *event = job->now;
	struct kp_target target;
	struct kp_response response = { .size = sizeof(response) };
	struct kp_pair headers[HTTP_HEADERS_MAX];
	uint8_t seed[32];
	char *type = media_type(event);
	struct kp_in in = { .size = sizeof(in), .job = job->kind,
		.event = event->event, .now = clock_now(), .seed = seed,
		.source = kp_c(job->source->target), .settings = job->pairs,
		.nsettings = job->npairs, .cursor = kp(buf_get(&job->cursor)) };
	size_t i;

	job->waits = NULL;
	job->worker = worker;
	job->state = JOB_STEPS;
	randombytes_buf(seed, sizeof(seed));
	if (event->ask != NULL)
		in.state = kp(event->ask->row.state);
	if (job->has_target) {
		fill_target(job, &target);
		in.target = &target;
	}
	if (event->event == KP_RESPONSE) {
		response.status = event->status;
		response.url = kp_c(event->url);
		response.type = kp_c(type);
		response.body = (struct kp_str){ event->body, event->nbody };
		for (i = 0; i < event->nheaders && i < HTTP_HEADERS_MAX; i++)
			headers[i] = (struct kp_pair){
				kp_c(event->headers[i].name),
				kp_c(event->headers[i].value) };
		response.headers = headers;
		response.nheaders = i;
		in.response = &response;
	}
	worker_step(worker, &in, on_step, job);
	free(type);
}

/* The next event, if none is under way; the end, if nothing is outstanding. */
void
job_pump(struct job *job)
{
	if (job->over || job->state != JOB_IDLE)
		return;
	job->now = STAILQ_FIRST(&job->events);
	if (job->now == NULL) {
		if (LIST_EMPTY(&job->asks)) {
			job->end.ok = true;
			finish(job);
		}
		return;
	}
	STAILQ_REMOVE_HEAD(&job->events, entry);
	job->state = JOB_WAITS;
	job->waits = pool_ask(job->env->pool, job->source->plugin,
	    job->source->credential, run_step, job);
	if (job->state != JOB_WAITS)
		job->waits = NULL;
}

/* ETag and Last-Modified of a good answer to a plain GET. */
static void
take_validators(struct job *job, const struct event *event)
{
	struct job_commit *c = &job->commit;
	size_t i;

	if (event->event != KP_RESPONSE || event->status != 200 ||
	    (event->ask->row.method != NULL &&
	    strcmp(event->ask->row.method, "GET") != 0))
		return;
	c->url = event->ask->row.url;
	for (i = 0; i < event->nheaders; i++) {
		const char *name = event->headers[i].name;
		const char *value = event->headers[i].value;

		if (strlen(value) > 500)
			continue;
		if (strcmp(name, "etag") == 0 && c->etag == NULL)
			c->etag = xstrdup(value);
		else if (strcmp(name, "last-modified") == 0 &&
		    c->modified == NULL)
			c->modified = xstrdup(value);
	}
}

static void
on_step(void *arg, struct step *step, const struct err *err)
{
	struct job *job = arg;
	struct event *event = job->now;

	pool_done(job->env->pool, job->worker);
	job->worker = NULL;
	if (job->dead) {
		step_free(step);
		destroy(job);
		return;
	}
	if (step == NULL) {
		count_add(COUNT_STEPS_LOST, 1);
		job->state = JOB_IDLE;
		job_fail(job, KP_BAD_FORMAT, "%s", err->text);
		finish(job);
		return;
	}
	job->end.steps++;
	job->step = step;
	job->state = JOB_STORES;
	job->commit.step = step;
	job->commit.event = event->event;
	job->commit.answered = event->ask != NULL ? event->ask->row.id : 0;
	job->commit.heard = event->event == KP_RESPONSE &&
	    event->status >= 200 && event->status < 400 && step->fail == 0;
	if (step->fail == 0)
		take_validators(job, event);
	job->end.heard |= job->commit.heard;
	job->requests += step->nrequests + step->ntimers;
	job->storing = true;
	job->env->store(job->env->arg, job, &job->commit);
}

/* The pauses of a step hold from now on; the store keeps them too. */
static void
heed_pauses(struct job *job, const struct step *step)
{
	struct gates *gates = job->env->sender->gates;
	size_t i;

	for (i = 0; i < step->npauses; i++) {
		const struct step_pause *p = &step->pauses[i];
		char *id = str_dup((struct str){ p->id.p, p->id.n });
		char *place = xasprintf("%s/%s", job->source_key, id);

		switch (p->scope) {
		case KP_PLACE:
			gate_pause(gate_get(gates, "place", place), p->until);
			break;
		case KP_CREDENTIAL:
			if (job->source->credential != NULL)
				gate_pause(gate_get(gates, "credential",
				    job->source->credential), p->until);
			break;
		case KP_HOST:
			gate_pause(gate_get(gates, "host", id), p->until);
			break;
		default:
			gate_pause(gate_get(gates, "source", job->source_key),
			    p->until);
			if (p->until > job->end.again_at)
				job->end.again_at = p->until;
		}
		free(id);
		free(place);
	}
}

/* In the plugin's words, and why nothing came where that was it. */
static void
tell_failure(struct job *job, const struct step *step)
{
	const char *fault = job->now->fault;
	struct str text = str_fit((struct str){ step->fail_text.p,
		step->fail_text.n }, 250);

	job->end.ok = false;
	job->end.why = step->fail;
	job->end.status = job->now->status;
	snprintf(job->end.error, sizeof(job->end.error), "%.*s%s%s%s",
	    STR_ARG(text), fault != NULL ? " (" : "",
	    fault != NULL ? fault : "", fault != NULL ? ")" : "");
}

/* What was said last: false: the job is over. */
static bool
heed_verdict(struct job *job, const struct step *step)
{
	if (step->fail != 0) {
		tell_failure(job, step);
		return false;
	}
	if (step->done) {
		job->end.ok = true;
		return false;
	}
	if (job->end.error[0] != '\0')
		return false;           /* it failed while we stored */
	if (job->requests > JOB_REQUESTS_MAX) {
		job->end.ok = false;
		job->end.why = KP_BAD_FORMAT;
		snprintf(job->end.error, sizeof(job->end.error), "plugin %s "
		    "asks for more than %d requests in one job",
		    job->source->plugin, JOB_REQUESTS_MAX);
		return false;
	}
	return true;
}

/* End with what the last step gave: done()'s words live in it. */
static void
finish_with(struct job *job, struct step *step)
{
	char *id = NULL, *url = NULL;

	if (step->done) {
		id = str_dup((struct str){ step->done_id.p,
		    step->done_id.n });
		url = str_dup((struct str){ step->done_url.p,
		    step->done_url.n });
	}
	free(job->target.id);
	free(job->target.url);
	job->target.id = id;
	job->target.url = url;
	job->end.id = id;
	job->end.url = url;
	finish(job);
}

void
job_stored(struct job *job, const struct job_stored *stored)
{
	struct step *step = job->step;
	bool goes_on;
	size_t i;

	job->storing = false;
	if (job->dead || stored->result == -1) {
		for (i = 0; i < stored->nrows; i++)
			request_row_fini(&stored->rows[i]);
		free(stored->rows);
	}
	if (job->dead) {
		job->state = JOB_IDLE;
		destroy(job);
		return;
	}
	if (stored->result == -1) {
		/* The disk is full or locked: the step is kept and waits. */
		loop_timer_set(job->timer, mono_add(clock_mono(),
		    STORE_AGAIN_MS));
		return;
	}
	job->end.news += stored->added;
	if (step->has_cursor && step->fail == 0) {
		buf_reset(&job->cursor);
		buf_add(&job->cursor, step->cursor.p, step->cursor.n);
	}
	heed_pauses(job, step);
	job->state = JOB_IDLE;
	goes_on = heed_verdict(job, step);
	if (job->now->ask != NULL)
		ask_free(job->now->ask);
	event_free(job->now);
	job->now = NULL;
	for (i = 0; i < stored->nrows; i++) {
		if (goes_on)
			ask_add(job, &stored->rows[i]);
		request_row_fini(&stored->rows[i]);
	}
	free(stored->rows);
	if (!goes_on)
		finish_with(job, step);
	commit_fini(job);
	if (goes_on)
		job_pump(job);
}

struct kp_pair *
job_settings(const struct plugin_info *info, struct json_object *object,
    size_t *n)
{
	struct kp_pair *pairs = xcalloc(info->nkeys + 1, sizeof(*pairs));
	size_t i;

	for (i = 0; i < info->nkeys; i++) {
		struct str value = json_get_str(object, info->keys[i].name);

		pairs[i].key = kp_c(info->keys[i].name);
		pairs[i].val = value.p != NULL ? kp(value) :
		    kp_c(info->keys[i].value);
	}
	*n = info->nkeys;
	return pairs;
}

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct job *job = arg;
	size_t i;

	job->greeting = false;
	if (job->dead) {
		destroy(job);
		return;
	}
	if (info == NULL) {
		/* Perhaps the machine is short of something: not for good. */
		job_fail(job, KP_TRY_LATER, "%s", err->text);
		return;
	}
	job->info = info;
	if (job->kind >= 32 || !(info->jobs & KP_CAN(job->kind))) {
		job_fail(job, KP_BAD_CONFIG, "plugin %s cannot %s",
		    job->source->plugin, job_name(job->kind));
		return;
	}
	job->pairs = job_settings(info, job->settings, &job->npairs);
	if (job->nresume == 0) {
		job_event(job, KP_START, NULL, NULL);
		return;
	}
	for (i = 0; i < job->nresume; i++)
		ask_add(job, &job->resume[i]);
	job->nresume = 0;
}

struct job *
job_new(const struct job_env *env, const struct job_source *source,
    uint32_t kind, int64_t about, struct job_target *target,
    struct str cursor)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct err err;

	job->env = env;
	job->source = source;
	job->kind = kind;
	job->about = about;
	LIST_INIT(&job->asks);
	STAILQ_INIT(&job->events);
	snprintf(job->source_key, sizeof(job->source_key), "%" PRId64,
	    source->id);
	if (target != NULL) {
		job->target = *target;
		job->has_target = true;
		memset(target, 0, sizeof(*target));
		if (job->target.place != NULL)
			job->place_key = xasprintf("%s/%s", job->source_key,
			    job->target.place);
	}
	buf_init(&job->cursor, CURSOR_MAX);
	buf_str(&job->cursor, cursor);
	job->timer = loop_timer_new(env->loop, tell_end, job);
	if (json_parse(str_of(source->settings), &job->settings, &err) == -1)
		job->settings = NULL;
	return job;
}

void
job_start(struct job *job)
{
	job->greeting = true;
	pool_hello(job->env->pool, job->source->plugin,
	    job->source->credential, on_hello, job);
}

void
job_resume(struct job *job, struct request_row *rows, size_t n)
{
	job->resume = rows;
	job->nresume = n;
	job_start(job);
}
