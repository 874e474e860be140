/*
 * The same way as a job of the agent (endpoints, egress, credentials, plugin in
 * its box), one request after the other, without a database.
 */
#include "cmd/plugin_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "fetch/egress.h"
#include "fetch/job.h"

/* The headers that plugins have a use for; no cookies, nothing of the host. */
static const char *const kept_headers[] = { "content-type", "link",
	"retry-after", "last-modified", "etag", "x-ratelimit-remaining",
	"x-ratelimit-reset" };

struct run {
	struct exchange *x;
	const struct exchange_ask *ask;
	struct sender sender;
	struct json_object *object;     /* settings as given */
	struct kp_pair *settings;
	size_t nsettings;
	unsigned egress;
	struct str cursor;
	bool waiting;
	struct step *step;              /* the last one */
	struct err *err;
	/* Requests that wait, in the steps that asked for them. */
	const struct kp_request **asked;
	size_t first, nasked, room;
};

static int
wait_done(struct run *run)
{
	while (run->waiting) {
		if (loop_step(run->x->loop, -1, run->err) == -1)
			return -1;
	}
	return 0;
}

static void
on_step(void *arg, struct step *step, const struct err *err)
{
	struct run *run = arg;

	run->waiting = false;
	run->step = step;
	if (step == NULL)
		*run->err = *err;
}

static struct kp_str
kp_str(struct str s)
{
	return (struct kp_str){ s.p, s.n };
}

/* Tell the last event of the record; take what the step says. */
static int
tell(struct run *run, uint32_t event, const struct kp_response *response)
{
	struct exchange *x = run->x;
	struct rec *rec = x->rec;
	const struct rec_event *last = &rec->events[rec->nevents - 1];
	static const uint8_t seed[32] = "a seed that is always the same.";
	const struct kp_in in = { .size = sizeof(in), .job = rec->job,
		.event = event, .now = last->now, .seed = seed,
		.source = kp_str(rec->source), .settings = run->settings,
		.nsettings = run->nsettings, .cursor = kp_str(run->cursor),
		.state = kp_str(last->state), .response = response,
		.target = rec->has_target ? &rec->target : NULL };
	size_t i;

	run->waiting = true;
	worker_step(x->worker, &in, on_step, run);
	if (wait_done(run) == -1 || run->step == NULL)
		return -1;
	vec_grow(x->steps, x->nsteps, x->room);
	x->steps[x->nsteps++] = run->step;
	if (run->step->has_cursor)
		run->cursor = (struct str){ run->step->cursor.p,
			run->step->cursor.n };
	for (i = 0; i < run->step->nrequests; i++) {
		vec_grow(run->asked, run->nasked, run->room);
		run->asked[run->nasked++] = &run->step->requests[i];
	}
	return 0;
}

static bool
is_kept(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kept_headers) / sizeof(kept_headers[0]); i++) {
		if (strcmp(name, kept_headers[i]) == 0)
			return true;
	}
	return false;
}

static void
record(struct rec *rec, const struct send_result *result, struct kp_str state)
{
	const struct http_response *response = result->response;
	struct rec_event *event = rec_add(rec, REC_RESPONSE);
	size_t i;

	event->now = clock_now();
	event->status = result->status;
	event->state = rec_keep(rec, (struct str){ state.p, state.n });
	event->url = rec_keep(rec, str_of(result->url));
	event->body = rec_keep(rec, buf_get(&response->body));
	for (i = 0; i < response->nheaders; i++) {
		if (!is_kept(response->headers[i].name))
			continue;
		vec_grow(event->headers, event->nheaders, event->headers_room);
		event->headers[event->nheaders++] = (struct kp_pair){
			kp_str(rec_keep(rec, str_of(
			    response->headers[i].name))),
			kp_str(rec_keep(rec, str_of(
			    response->headers[i].value))) };
	}
}

struct answer {
	struct run *run;
	const struct kp_request *request;
	bool recorded;
};

static void
on_sent(void *arg, const struct send_result *result)
{
	struct answer *answer = arg;
	struct run *run = answer->run;

	run->waiting = false;
	if (result->kind != SEND_ANSWERED) {
		err_set(run->err, "%s", result->error);
	} else if (result->status >= 400 &&
	    (answer->request->flags & KP_ERRORS) == 0) {
		err_set(run->err, "%s answers %d", result->url,
		    result->status);
	} else {
		record(run->x->rec, result, answer->request->state);
		answer->recorded = true;
	}
}

static char *
text_or_null(struct kp_str s)
{
	return s.n == 0 ? NULL : xstrndup(s.p, s.n);
}

static struct http_pair *
copy_headers(const struct kp_request *request)
{
	struct http_pair *headers = xcalloc(request->nheaders + 1,
	    sizeof(*headers));
	size_t i;

	for (i = 0; i < request->nheaders; i++) {
		headers[i].name = xstrndup(request->headers[i].key.p,
		    request->headers[i].key.n);
		headers[i].value = xstrndup(request->headers[i].val.p == NULL ?
		    "" : request->headers[i].val.p,
		    request->headers[i].val.n);
	}
	return headers;
}

static int
ask_one(struct run *run, const struct kp_request *request)
{
	struct answer answer = { .run = run, .request = request };
	char *method = text_or_null(request->method);
	char *url = text_or_null(request->url);
	char *type = text_or_null(request->type);
	struct http_pair *headers = copy_headers(request);
	const struct send_request r = { .job = run->x->rec->job,
		.info = run->x->info, .source = { run->ask->target,
		run->settings, run->nsettings },
		.credential = run->ask->credential, .egress = run->egress,
		.method = method, .url = url, .type = type,
		.body = { request->body.p, request->body.n },
		.headers = headers, .nheaders = request->nheaders };
	int result = 0;

	run->waiting = true;
	(void)send_start(&run->sender, &r, on_sent, &answer);
	if (wait_done(run) == -1 || !answer.recorded)
		result = -1;
	http_pairs_free(headers, request->nheaders);
	free(method);
	free(url);
	free(type);
	return result;
}

static int
tell_answer(struct run *run)
{
	const struct rec *rec = run->x->rec;
	const struct rec_event *event = &rec->events[rec->nevents - 1];
	char type[100];
	const struct kp_response response = { .size = sizeof(response),
		.status = event->status, .url = kp_str(event->url),
		.body = kp_str(event->body),
		.type = rec_media_type(event, type, sizeof(type)),
		.headers = event->headers, .nheaders = event->nheaders };

	return tell(run, KP_RESPONSE, &response);
}

static int
work(struct run *run)
{
	struct rec_event *event = rec_add(run->x->rec, REC_START);

	event->now = clock_now();
	if (tell(run, KP_START, NULL) == -1)
		return -1;
	while (run->first < run->nasked &&
	    run->x->nsteps < EXCHANGE_STEPS_MAX && !run->step->done &&
	    run->step->fail == 0) {
		if (ask_one(run, run->asked[run->first++]) == -1 ||
		    tell_answer(run) == -1)
			return -1;
	}
	return 0;
}

/* Settings that the plugin has, and the record of the job. */
static int
prepare(struct run *run)
{
	const struct exchange_ask *ask = run->ask;
	struct exchange *x = run->x;
	uint32_t job = ask->job;
	int i;

	if (job == 0)
		job = (x->info->jobs & KP_CAN(KP_ACCOUNT)) != 0 ?
		    KP_ACCOUNT : KP_POLL;
	if (job != KP_POLL && job != KP_THREAD && job != KP_ACCOUNT)
		return err_set(run->err, "only poll, thread and account can "
		    "be run here");
	if ((x->info->jobs & KP_CAN(job)) == 0)
		return err_set(run->err, "plugin %s has no job `%s'",
		    ask->plugin, rec_job_name(job));
	x->rec = rec_new(job);
	x->rec->now = clock_now();
	x->rec->source = rec_keep(x->rec, str_of(ask->target == NULL ? "" :
	    ask->target));
	x->rec->target.place = kp_str(str_of(ask->place));
	x->rec->target.thread = kp_str(str_of(ask->thread));
	x->rec->has_target = job == KP_THREAD;
	run->object = json_object_new_object();
	for (i = 0; i < ask->nsettings; i++) {
		struct str rest = str_of(ask->settings[i]);
		char *key = str_dup(str_cut(&rest, '='));
		size_t j;

		for (j = 0; j < x->info->nkeys; j++) {
			if (strcmp(x->info->keys[j].name, key) == 0)
				break;
		}
		if (rest.p == NULL || j == x->info->nkeys) {
			err_set(run->err, "`%s' is no KEY=VALUE with a "
			    "setting of %s", ask->settings[i], ask->plugin);
			free(key);
			return -1;
		}
		json_put_str(run->object, key, rest);
		vec_grow(x->rec->settings, x->rec->nsettings,
		    x->rec->settings_room);
		x->rec->settings[x->rec->nsettings++] = (struct kp_pair){
			kp_str(rec_keep(x->rec, str_of(key))),
			kp_str(rec_keep(x->rec, rest)) };
		free(key);
	}
	run->settings = job_settings(x->info, run->object, &run->nsettings);
	return egress_parse(str_of(ask->egress), &run->egress, run->err);
}

int
exchange_run(const struct cmd_env *env, const struct worker_options *workers,
    const struct exchange_ask *ask, struct exchange *x, struct err *err)
{
	struct run run = { .x = x, .ask = ask, .err = err };
	const struct http_options http = {
		.user_agent = env->config->user_agent,
		.proxy = env->config->proxy };
	int r = -1;

	*x = (struct exchange){ .rec = NULL };
	x->loop = loop_new(err);
	if (x->loop == NULL)
		return -1;
	x->info = plugin_open(workers, ask->plugin, x->loop, &x->worker, err);
	if (x->info == NULL || prepare(&run) == -1)
		goto out;
	run.sender = (struct sender){ .loop = x->loop,
		.config = env->config, .gates = gates_new(x->loop) };
	run.sender.http = http_new(x->loop, &http, err);
	if (run.sender.http != NULL)
		r = work(&run);
out:
	if (run.sender.http != NULL)
		http_free(run.sender.http);
	if (run.sender.gates != NULL)
		gates_free(run.sender.gates);
	json_object_put(run.object);
	free(run.settings);
	free(run.asked);
	return r;
}

void
exchange_fini(struct exchange *x)
{
	size_t i;

	for (i = 0; i < x->nsteps; i++)
		step_free(x->steps[i]);
	free(x->steps);
	rec_free(x->rec);
	worker_free(x->worker);
	if (x->loop != NULL)
		loop_free(x->loop);
	*x = (struct exchange){ .rec = NULL };
}
