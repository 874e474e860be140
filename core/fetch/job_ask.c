/*
 * The requests and timers of a job: sent when they may be, tried again where
 * that can help, and made into events, failures, or a pause.
 *
 * A publishing request is never sent a second time after it may have reached
 * the other side.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "fetch/job_part.h"
#include "fetch/retry.h"

#define TRIES_MAX 3
#define TRY_AGAIN_MS (4 * SECOND_MS)

void
ask_free(struct ask *ask)
{
	LIST_REMOVE(ask, entry);
	send_cancel(ask->send);
	loop_timer_free(ask->timer);
	http_pairs_free(ask->headers, ask->nheaders);
	free(ask->etag);
	free(ask->modified);
	request_row_fini(&ask->row);
	free(ask);
}

/* [[name, value], ...]; what a plugin may not set is a fault of the plugin. */
static int
take_headers(struct ask *ask, struct err *err)
{
	struct json_object *list = NULL;
	size_t i, n;
	int r = -1;

	if (ask->row.headers == NULL)
		return 0;
	if (json_parse(str_of(ask->row.headers), &list, err) == -1)
		return -1;
	n = json_object_is_type(list, json_type_array) ?
	    json_object_array_length(list) : 0;
	ask->headers = xcalloc(n + 1, sizeof(*ask->headers));
	for (i = 0; i < n; i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);
		struct str name, value;

		if (!json_object_is_type(pair, json_type_array) ||
		    json_object_array_length(pair) != 2)
			continue;
		name = json_text(json_object_array_get_idx(pair, 0));
		value = json_text(json_object_array_get_idx(pair, 1));
		if (!http_header_ok(name, value)) {
			err_set_code(err, ERR_DENIED, "the plugin may not set "
			    "the header %.*s", STR_ARG(str_fit(name, 40)));
			goto out;
		}
		ask->headers[ask->nheaders].name = str_dup(name);
		ask->headers[ask->nheaders++].value = str_dup(value);
	}
	r = 0;
out:
	json_object_put(list);
	return r;
}

static void
wait_until(struct ask *ask, int64_t at)
{
	int64_t ms = at - clock_now();

	loop_timer_set(ask->timer, mono_add(clock_mono(), ms > 0 ? ms : 0));
}

/* Nothing came, or a 5xx: once more, or that was it. */
static void
failed(struct ask *ask, const struct send_result *result)
{
	struct job *job = ask->job;
	bool once = job->kind == KP_REPLY && result->left;

	if (!once && ++ask->tries < TRIES_MAX) {
		int64_t ms = TRY_AGAIN_MS << (2 * (ask->tries - 1));

		wait_until(ask, clock_now() + ms / 2 +
		    randombytes_uniform((uint32_t)ms));
		return;
	}
	if (ask->row.flags & KP_ERRORS) {
		job_event(job, KP_RESPONSE, ask, result);
		return;
	}
	job->end.status = result->status;
	if (result->kind == SEND_ANSWERED)
		job_fail(job, 0, "%s answers %d", result->url,
		    result->status);
	else
		job_fail(job, 0, "%s", result->error);
}

/* Told to come later. */
static void
postponed(struct ask *ask, const struct send_result *result)
{
	struct job *job = ask->job;
	int64_t at = result->retry_at;

	if (at - clock_now() <= JOB_WAIT_MAX_MS) {
		/* The gate holds it back; others of the job go on. */
		wait_until(ask, at);
		return;
	}
	job->end.ours = true;
	job->end.again_at = at;
	job->end.status = result->status;
	job_fail(job, KP_TRY_LATER, "%s asks us to wait", result->url);
}

static uint32_t
why_of(const struct job *job, int status)
{
	switch (status) {
	case 401:
		return job->source->credential != NULL ? KP_BAD_AUTH :
		    KP_DENIED;
	case 403:
	case 451:
		return KP_DENIED;
	case 404:
	case 410:
		return KP_GONE;
	case 409:
		return KP_CONFLICT;
	default:
		return KP_BAD_FORMAT;
	}
}

static void
answered(struct ask *ask, const struct send_result *result)
{
	struct job *job = ask->job;
	int status = result->status;

	if (status == 429 || (status == 503 && result->retry_at != 0)) {
		postponed(ask, result);
		return;
	}
	if (status >= 500) {
		failed(ask, result);
		return;
	}
	if (status >= 400 && !(ask->row.flags & KP_ERRORS)) {
		job->end.status = status;
		job_fail(job, why_of(job, status), "%s answers %d",
		    result->url, status);
		return;
	}
	job->end.fresh_until = fresh_until(result->response->headers,
	    result->response->nheaders, clock_now());
	job_event(job, KP_RESPONSE, ask, result);
}

static void
on_sent(void *arg, const struct send_result *result)
{
	struct ask *ask = arg;
	struct job *job = ask->job;

	ask->send = NULL;
	job->end.left |= result->left;
	switch (result->kind) {
	case SEND_ANSWERED:
		answered(ask, result);
		break;
	case SEND_DENIED:
		job_fail(job, 0, "%s", result->error);
		break;
	case SEND_OUR_NETWORK:
		job->end.ours = true;
		job->end.again_at = result->retry_at;
		job_fail(job, KP_TRY_LATER, "%s", result->error);
		break;
	default:
		failed(ask, result);
	}
}

static void
leave(struct ask *ask)
{
	struct job *job = ask->job;
	struct send_request *r = &ask->request;
	struct err err;

	if (r->url == NULL && take_headers(ask, &err) == -1) {
		job_fail(job, 0, "%s", err.text);
		return;
	}
	if (r->url == NULL && job->env->validators != NULL &&
	    !(ask->row.flags & KP_FRESH) && (ask->row.method == NULL ||
	    strcmp(ask->row.method, "GET") == 0))
		job->env->validators(job->env->arg, job, ask->row.url,
		    &ask->etag, &ask->modified);
	r->job = job->kind;
	r->info = job->info;
	r->source = (struct endpoint_source){ job->source->target, job->pairs,
		job->npairs };
	r->source_key = job->source_key;
	r->place_key = job->place_key;
	r->credential = job->source->credential;
	r->egress = job->source->egress;
	r->method = ask->row.method;
	r->url = ask->row.url != NULL ? ask->row.url : "";
	r->type = ask->row.type;
	r->body = ask->row.body;
	r->headers = ask->headers;
	r->nheaders = ask->nheaders;
	r->etag = ask->etag;
	r->modified = ask->modified;
	job->end.requests++;
	ask->send = send_start(job->env->sender, r, on_sent, ask);
}

static void
on_time(void *arg)
{
	struct ask *ask = arg;

	if (ask->row.timer)
		job_event(ask->job, KP_TIMER, ask, NULL);
	else
		leave(ask);
}

void
ask_add(struct job *job, struct request_row *row)
{
	struct ask *ask = xcalloc(1, sizeof(*ask));

	ask->job = job;
	ask->row = *row;
	memset(row, 0, sizeof(*row));
	ask->timer = loop_timer_new(job->env->loop, on_time, ask);
	LIST_INSERT_HEAD(&job->asks, ask, entry);
	/* By the timer even if it is due: nothing happens from within. */
	wait_until(ask, ask->row.not_before);
}
