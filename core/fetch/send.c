/*
 * A request is judged at each hop as if it were the first: endpoint, scheme,
 * address, turn.  The credential goes along only while scheme, host and port
 * stay those of the first hop; publishing requests are never redirected.
 */
#include "fetch/send.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/cred.h"
#include "fetch/egress.h"
#include "fetch/retry.h"

/* Whom nobody declared limits for: one at a time, and not in bursts. */
#define POLITE_REQUESTS 2
#define POLITE_MS (2 * SECOND_MS)
/* At once, to a host that takes more than one request a second. */
#define WIDTH_MAX 8
#define NETWORK_RETRY_MS (5 * SECOND_MS)
/* Clocks are read in steps and not everywhere at once. */
#define RETRY_MARGIN_MS 250

struct send {
	struct sender *sender;
	const struct send_request *request;
	struct url *first, *url;
	const struct kp_endpoint *endpoint;
	const char *method;
	bool with_body;
	int hops;
	struct gate *host, *credential;
	struct pass *pass;
	struct http_call *call;
	struct cred_request cred;
	struct loop_timer *timer;       /* for what is told at once */
	struct send_result result;
	void (*done)(void *, const struct send_result *);
	void *arg;
};

static void
send_free(struct send *s)
{
	http_cancel(s->call);
	if (s->call != NULL)
		pass_answered(s->pass); /* it may have been counted */
	else
		pass_unused(s->pass);
	cred_fini(&s->cred);
	url_free(s->first);
	url_free(s->url);
	loop_timer_free(s->timer);
	free(s);
}

void
send_cancel(struct send *s)
{
	if (s != NULL)
		send_free(s);
}

/* Tell the caller, and end. */
static void
finish(void *arg)
{
	struct send *s = arg;

	s->result.url = s->url != NULL ? s->url->text : s->request->url;
	s->done(s->arg, &s->result);
	send_free(s);
}

static void
finish_soon(struct send *s, enum send_kind kind, const struct err *err)
{
	s->result.kind = kind;
	snprintf(s->result.error, sizeof(s->result.error), "%s", err->text);
	loop_timer_set(s->timer, clock_mono());
}

static bool
publishing(const struct send *s)
{
	return s->request->job == KP_REPLY;
}

/*
 * How many at once: a host that takes one a second gets one at a time, so that
 * its "too many" is heard before the next one leaves; so does, from then on,
 * any host that said it.  An API that counts by credential takes more.
 */
static uint32_t
width_for(const struct kp_limit *limit)
{
	int64_t a_second = limit->per > 0 ?
	    (int64_t)limit->requests * SECOND_MS / limit->per : WIDTH_MAX;

	return a_second < 1 ? 1 : a_second > WIDTH_MAX ? WIDTH_MAX :
	    (uint32_t)a_second;
}

/* The limits that the plugin declares for this host, else good manners. */
static void
set_host_limits(struct send *s)
{
	const struct plugin_info *info = s->request->info;
	bool declared = false;
	uint32_t width = 0;
	size_t i;

	for (i = 0; i < info->nlimits; i++) {
		const struct kp_limit *limit = &info->limits[i];
		char *host;

		if (limit->host == NULL || limit->host[0] == '\0') {
			width = width == 0 ? WIDTH_MAX : width;
			declared = true;
			continue;
		}
		host = endpoint_host(limit->host, &s->request->source);
		if (host != NULL && strcasecmp(host, s->url->host) == 0) {
			gate_limit(s->host, limit->requests, limit->per);
			width = width_for(limit);
			declared = true;
		}
		free(host);
	}
	gate_width(s->host, declared ? width : 1);
	if (!declared && !(s->request->egress & EGRESS_LOCAL))
		gate_limit(s->host, POLITE_REQUESTS, POLITE_MS);
}

static void
set_credential_limits(struct send *s)
{
	const struct plugin_info *info = s->request->info;
	size_t i;

	for (i = 0; i < info->nlimits; i++) {
		if (info->limits[i].host == NULL ||
		    info->limits[i].host[0] == '\0')
			gate_limit(s->credential, info->limits[i].requests,
			    info->limits[i].per);
	}
}

static bool
carries_credential(const struct send *s)
{
	return s->endpoint->cred != NULL && s->endpoint->cred[0] != '\0' &&
	    s->request->credential != NULL &&
	    url_same_origin(s->first, s->url);
}

static void go(void *);

/* Wait for this hop's turn. */
static void
queue(struct send *s)
{
	const struct send_request *r = s->request;
	struct gates *gates = s->sender->gates;
	struct gate *list[PASS_GATES_MAX];
	size_t n = 0;

	s->host = gate_get(gates, "host", s->url->host);
	set_host_limits(s);
	list[n++] = s->host;
	s->credential = NULL;
	if (carries_credential(s)) {
		s->credential = gate_get(gates, "credential", r->credential);
		set_credential_limits(s);
		list[n++] = s->credential;
	}
	if (r->source_key != NULL)
		list[n++] = gate_get(gates, "source", r->source_key);
	if (r->place_key != NULL)
		list[n++] = gate_get(gates, "place", r->place_key);
	s->pass = pass_ask(gates, list, n, go, s);
}

/* Judge this hop: 0, or -1 and ${err}. */
static int
judge(struct send *s, struct err *err)
{
	if (endpoint_find(s->request->info, &s->request->source,
	    s->request->job, s->method, s->url, &s->endpoint, err) == -1)
		return -1;
	return egress_check(s->url, s->request->egress, err);
}

/* Where to: 1: ${ret} is the next hop; 0: it is no redirect; -1. */
static int
next_hop(struct send *s, const struct http_response *response,
    struct url **ret, struct err *err)
{
	struct str location = http_header(response, "location");
	int status = response->status;

	if (location.p == NULL || (status != 301 && status != 302 &&
	    status != 303 && status != 307 && status != 308))
		return 0;
	if (publishing(s))
		return err_set_code(err, ERR_DENIED,
		    "a publishing request was redirected");
	if (++s->hops > SEND_HOPS_MAX)
		return err_set_code(err, ERR_LIMIT,
		    "more than %d redirects", SEND_HOPS_MAX);
	if (url_join(s->url, location, ret, err) == -1)
		return -1;
	return 1;
}

/* 0: on its way again; -1 and ${err}. */
static int
follow(struct send *s, struct url *to, int status, struct err *err)
{
	url_free(s->url);
	s->url = to;
	if (status <= 303 && strcmp(s->method, "GET") != 0 &&
	    strcmp(s->method, "HEAD") != 0) {
		s->method = "GET";
		s->with_body = false;
	}
	cred_fini(&s->cred);
	if (judge(s, err) == -1) {
		err_prefix(err, "redirected");
		return -1;
	}
	queue(s);
	return 0;
}

/* What the answer says about the pace, to the gate that it is about. */
static void
heed(struct send *s, const struct http_response *response)
{
	struct gate *gate = s->credential != NULL ? s->credential : s->host;
	int64_t now = clock_now();
	int64_t at = retry_at(response->status, response->headers,
	    response->nheaders, now);
	bool refused = response->status == 429 || (response->status == 503 &&
	    at != 0);

	if (refused) {
		s->sender->refusals++;
		gate_narrow(s->host);
		if (at == 0)
			at = now + backoff_ms(gate_refused(gate),
			    (uint32_t)clock_mono().ms);
		if (at < now + SECOND_MS)
			at = now + SECOND_MS;
		at += RETRY_MARGIN_MS;
	} else
		gate_welcome(gate);
	if (at > now) {
		gate_pause(gate, at);
		s->result.retry_at = at;
	}
}

/* Sources of our own network say nothing about the way to the world. */
static bool
note_network(struct send *s, const struct http_response *response)
{
	struct network *network = s->sender->network;
	enum network_change change;
	int64_t now = clock_now();

	if (network == NULL || s->request->egress & EGRESS_LOCAL)
		return false;
	switch (response->fault) {
	case HTTP_NO_NAME:
	case HTTP_NO_ROUTE:
	case HTTP_NO_CONNECT:
		change = network_failed(network, s->url->host,
		    !network_has_route(), now);
		break;
	case HTTP_TIMEOUT:
		change = network_failed(network, s->url->host, false, now);
		break;
	case HTTP_REFUSED:
		return false;
	default:
		change = network_answered(network, s->url->host);
	}
	if (change == NETWORK_WENT_DOWN)
		log_event(NETWORK_DOWN, "host=%s", s->url->host);
	else if (change == NETWORK_CAME_BACK)
		log_event(NETWORK_UP, "host=%s", s->url->host);
	return network_down_since(network) != 0;
}

static void
on_failed(struct send *s, const struct http_response *response, bool down)
{
	s->sender->faults++;
	count_add(COUNT_REQUESTS_FAILED, 1);
	s->result.left = response->fault == HTTP_TIMEOUT ||
	    response->fault == HTTP_BROKEN ||
	    response->fault == HTTP_TOO_LARGE;
	s->result.kind = response->fault == HTTP_REFUSED ? SEND_DENIED :
	    down ? SEND_OUR_NETWORK : SEND_FAILED;
	snprintf(s->result.error, sizeof(s->result.error), "%.80s: %s",
	    s->url->host, response->error);
	finish(s);
}

static void
on_response(void *arg, struct http_response *response)
{
	struct send *s = arg;
	bool down = note_network(s, response);
	struct err err = ERR_INIT;
	struct url *to = NULL;
	int r;

	s->call = NULL;
	if (response->status == 0 && (response->fault == HTTP_NO_NAME ||
	    response->fault == HTTP_NO_ROUTE ||
	    response->fault == HTTP_REFUSED))
		pass_unused(s->pass);
	else {
		if (response->status != 0)
			heed(s, response);
		pass_answered(s->pass);
	}
	s->pass = NULL;
	if (response->status == 0) {
		on_failed(s, response, down);
		return;
	}
	s->sender->answers++;
	if (response->status >= 400)
		count_add(COUNT_REQUESTS_FAILED, 1);
	s->sender->bytes += response->body.n;
	s->result.left = true;
	cred_scrub(&s->cred, response);
	r = next_hop(s, response, &to, &err);
	if (r == 1)
		r = follow(s, to, response->status, &err) == -1 ? -1 : 1;
	if (r == 1)
		return;
	s->result.kind = r == -1 ? SEND_DENIED : SEND_ANSWERED;
	s->result.status = response->status;
	s->result.response = response;
	snprintf(s->result.error, sizeof(s->result.error), "%s", err.text);
	finish(s);
}

/* The plugin's headers and, on the first hop, the conditions. */
static struct http_pair *
make_headers(const struct send *s, size_t *n)
{
	const struct send_request *r = s->request;
	struct http_pair *v = xcalloc(r->nheaders + 2, sizeof(*v));

	if (r->nheaders > 0)
		memcpy(v, r->headers, r->nheaders * sizeof(*v));
	*n = r->nheaders;
	if (r->etag != NULL)
		v[(*n)++] = (struct http_pair){
			(char *)(uintptr_t)"If-None-Match",
			(char *)(uintptr_t)r->etag };
	if (r->modified != NULL)
		v[(*n)++] = (struct http_pair){
			(char *)(uintptr_t)"If-Modified-Since",
			(char *)(uintptr_t)r->modified };
	return v;
}

/* Our turn has come. */
static void
go(void *arg)
{
	struct send *s = arg;
	const struct send_request *r = s->request;
	struct http_request request = { .method = s->method, .type =
	    s->with_body ? r->type : NULL, .egress = r->egress };
	struct str body = s->with_body ? r->body : STR_NONE;
	struct http_pair *headers;
	struct err err = ERR_INIT;
	size_t n;
	int attached;

	if (s->sender->network != NULL && !(r->egress & EGRESS_LOCAL) &&
	    !network_may_try(s->sender->network, clock_now())) {
		err_set(&err, "our own network is down");
		s->result.retry_at = clock_now() + NETWORK_RETRY_MS;
		pass_unused(s->pass);
		s->pass = NULL;
		finish_soon(s, SEND_OUR_NETWORK, &err);
		return;
	}
	headers = make_headers(s, &n);
	attached = cred_attach(s->sender->config, r->credential, r->info,
	    url_same_origin(s->first, s->url) ? s->endpoint->cred : NULL,
	    s->url, headers, n, body, &s->cred, &err);
	free(headers);
	if (attached == -1) {
		pass_unused(s->pass);
		s->pass = NULL;
		finish_soon(s, SEND_DENIED, &err);
		return;
	}
	request.url = s->cred.url;
	request.headers = s->cred.headers;
	request.nheaders = s->cred.nheaders;
	request.body = s->cred.body != NULL ?
	    (struct str){ s->cred.body, s->cred.nbody } : body;
	s->sender->requests++;
	count_add(COUNT_REQUESTS, 1);
	s->call = http_send(s->sender->http, &request, on_response, s);
}

struct send *
send_start(struct sender *sender, const struct send_request *request,
    void (*done)(void *, const struct send_result *), void *arg)
{
	struct send *s = xcalloc(1, sizeof(*s));
	struct err err = ERR_INIT;

	s->sender = sender;
	s->request = request;
	s->done = done;
	s->arg = arg;
	s->method = request->method != NULL && request->method[0] != '\0' ?
	    request->method : "GET";
	s->with_body = request->body.p != NULL;
	s->timer = loop_timer_new(sender->loop, finish, s);
	if (url_parse(str_of(request->url), &s->url, &err) == -1 ||
	    url_parse(str_of(request->url), &s->first, &err) == -1 ||
	    judge(s, &err) == -1)
		finish_soon(s, SEND_DENIED, &err);
	else
		queue(s);
	return s;
}
