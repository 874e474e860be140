/*
 * The fetch station as a whole: schedule, requests, store, against a server on
 * loopback.  The plugin is a function of this file, called where the worker
 * would be; its box has tests of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "httpd.h"
#include "storage/source.h"
#include "storage/writer.h"
#include "store_temp.h"

#define K(text) ((struct kp_str){ text, sizeof(text) - 1 })
#define READ (KP_CAN(KP_POLL) | KP_CAN(KP_THREAD))

/* In the place of the worker. */

const struct worker_options worker_defaults = { 0 };

struct worker {
	struct loop *loop;
	struct loop_timer *timer;
	struct step *step;
	struct err err;
	void (*done)(void *, struct step *, const struct err *);
	void *arg;
};

struct fixture {
	struct store_temp temp;
	struct httpd *httpd;
	struct loop *loop;
	struct writer *writer;
	struct config *config;
	struct fetch *fetch;
	char base[64];
	const char *behaviour;          /* what plugin and server do */
	unsigned before;                /* requests when the test began */
	char seen[16][400];             /* requests, as the server saw them */
	int64_t seen_at[16];
	char told[400];                 /* last body that the plugin saw */
	struct fetch_reply reply;
	char reply_id[40];
	int replies;
};
static struct fixture *now;

struct worker *
worker_new(struct loop *loop, const struct worker_options *options,
    const char *plugin)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	(void)options;
	(void)plugin;
	w->loop = loop;
	return w;
}

static void
answer_step(void *arg)
{
	struct worker *w = arg;
	struct step *step = w->step;

	loop_timer_free(w->timer);
	w->timer = NULL;
	w->step = NULL;
	w->done(w->arg, step, &w->err);
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL) {
		step_free(w->step);
		w->step = NULL;
		answer_step(w);
	}
	free(w);
}

static struct kp_key keys[] = { { .name = "api", .type = KP_URL } };
static struct kp_cred creds[] = {
	{ "token", KP_IN_PATH, 0, NULL, "/bot%s", NULL },
	{ "key", KP_IN_QUERY, 0, "k", NULL, NULL },
	{ "bearer", KP_IN_HEADER, 0, "Authorization", "Bearer %s", NULL },
};
static struct kp_endpoint endpoints[] = {
	{ READ, "GET", "=api", "/feed", NULL },
	{ READ, "GET", "=api", "/moved", NULL },
	{ READ, "GET", "=api", "/secret", "token" },
	{ READ, "GET", "=api", "/query", "key" },
	{ READ, "GET", "=api", "/header", "bearer" },
	{ KP_CAN(KP_REPLY), "POST", "=api", "/send", NULL },
};
static struct plugin_info info = { .name = (char *)(uintptr_t)"t",
	.jobs = KP_CAN(KP_POLL) | KP_CAN(KP_REPLY), .abilities = KP_SEES_POSTS,
	.interval = 60000, .keys = keys, .nkeys = 1, .creds = creds,
	.ncreds = 3, .endpoints = endpoints, .nendpoints = 6 };

void
worker_hello(struct worker *w, void (*done)(void *,
    const struct plugin_info *, const struct err *), void *arg)
{
	(void)w;
	done(arg, &info, NULL);
}

/* Everything of a step in one allocation, freed by step_free(). */
struct room {
	struct kp_request request;
	struct kp_post post;
	char url[200];
};

void
step_free(struct step *step)
{
	if (step == NULL)
		return;
	free(step->memory);
	free(step);
}

static struct kp_str
c_str(const char *s)
{
	return (struct kp_str){ s, strlen(s) };
}

/* Behaviour is "PATH" or "POST PATH": what a job asks for at its start. */
static void
plugin_start(const struct kp_in *in, struct step *step, struct room *room)
{
	const char *path = now->behaviour;

	room->request = (struct kp_request){ .size = sizeof(room->request),
		.state = K("s") };
	if (strncmp(path, "POST ", 5) == 0) {
		room->request.method = K("POST");
		room->request.body = K("text=hello");
		room->request.type = K("application/x-www-form-urlencoded");
		path += 5;
	}
	if (in->job == KP_REPLY)
		room->request.flags = KP_ERRORS;
	if (path[0] == 'h')
		snprintf(room->url, sizeof(room->url), "%s", path);
	else
		snprintf(room->url, sizeof(room->url), "%s%s", now->base,
		    path);
	room->request.url = c_str(room->url);
	step->requests = &room->request;
	step->nrequests = 1;
}

static void
plugin_response(const struct kp_in *in, struct step *step, struct room *room)
{
	const struct kp_response *r = in->response;

	snprintf(now->told, sizeof(now->told), "%d %.*s %.*s", r->status,
	    (int)r->body.n, r->body.p, (int)r->url.n, r->url.p);
	if (in->job == KP_REPLY) {
		step->done = r->status == 200;
		step->done_id = K("m1");
		if (r->status != 200) {
			step->fail = KP_DENIED;
			step->fail_text = K("no");
		}
		return;
	}
	if (r->status != 200)
		return;
	room->post = (struct kp_post){ .size = sizeof(room->post),
		.id = K("p1"), .author = K("a"), .text = K("hello"),
		.created = clock_now() - 1000 };
	step->posts = &room->post;
	step->nposts = 1;
	step->has_cursor = true;
	step->cursor = K("c1");
}

void
worker_step(struct worker *w, const struct kp_in *in, void (*done)(void *,
    struct step *, const struct err *), void *arg)
{
	struct step *step = xcalloc(1, sizeof(*step));
	struct room *room = xcalloc(1, sizeof(*room));

	step->memory = room;
	if (in->event == KP_START)
		plugin_start(in, step, room);
	else
		plugin_response(in, step, room);
	if (strcmp(now->behaviour, "crash") == 0) {
		step_free(step);
		step = NULL;
		err_set(&w->err, "it crashed (SIGSEGV)");
	}
	w->step = step;
	w->done = done;
	w->arg = arg;
	w->timer = loop_timer_new(w->loop, answer_step, w);
	loop_timer_set(w->timer, clock_mono());
}

size_t
worker_waiting(const struct worker *w)
{
	return w->timer != NULL;
}

void
worker_feed(struct worker *w, const struct kp_in *in, struct kp_str bytes,
    int end, void (*done)(void *, struct step *, const struct err *),
    void *arg)
{
	(void)bytes;
	(void)end;
	worker_step(w, in, done, arg);
}

/* The server. */

static struct httpd_answer
answer(void *arg, const struct httpd_request *r)
{
	struct fixture *f = arg;
	unsigned n = r->number - f->before - 1;
	const char *auth = httpd_header(r, "Authorization");
	const char *match = httpd_header(r, "If-None-Match");
	struct httpd_answer a = { .status = 200, .body = "feed" };

	if (n < 16) {
		snprintf(f->seen[n], sizeof(f->seen[n]), "%s %s %s", r->method,
		    r->path, auth != NULL ? auth : "-");
		f->seen_at[n] = clock_now();
	}
	if (strcmp(r->path, "/feed") == 0 && match != NULL) {
		a.status = strcmp(match, "\"e1\"") == 0 ? 304 : 500;
		a.body = "";
	} else if (strcmp(r->path, "/feed") == 0) {
		a.headers[0][0] = "ETag";
		a.headers[0][1] = "\"e1\"";
	} else if (strcmp(r->path, "/moved?/loop") == 0) {
		a.status = 307;
		a.headers[0][0] = "Location";
		a.headers[0][1] = r->path;
	} else if (strncmp(r->path, "/moved?", 7) == 0) {
		a.status = 302;
		a.headers[0][0] = "Location";
		a.headers[0][1] = r->path + 7;
	} else if (strstr(r->path, "SECRET-123") != NULL) {
		a.body = r->path;
	} else if (auth != NULL)
		a.body = auth;
	return a;
}

/* Status by number of the request. */
static int statuses[8];

static struct httpd_answer
answer_status(void *arg, const struct httpd_request *r)
{
	struct fixture *f = arg;
	unsigned n = r->number - f->before - 1;
	struct httpd_answer a = answer(arg, r);

	if (n < 8 && statuses[n] != 0) {
		a.status = statuses[n];
		if (a.status == 429) {
			a.headers[0][0] = "Retry-After";
			a.headers[0][1] = "40";
		}
	}
	return a;
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, mode);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct problems problems = PROBLEMS_INIT;
	char path[200], text[2000], secret[200];
	struct err err = ERR_INIT;

	now = f;
	memset(statuses, 0, sizeof(statuses));
	clock_set(INT64_C(1790000000000));
	store_temp_make(&f->temp);
	f->httpd = httpd_start(answer_status, f);
	snprintf(f->base, sizeof(f->base), "http://127.0.0.1:%d",
	    httpd_port(f->httpd));
	snprintf(secret, sizeof(secret), "%s/secret", f->temp.dir);
	write_file(secret, "SECRET-123:x\n", 0600);
	snprintf(path, sizeof(path), "%s/kompan.conf", f->temp.dir);
	snprintf(text, sizeof(text), "[agent]\nstate = %s\n"
	    "[storage]\npath = %s\n[privacy]\nkeys = %s/keys\n"
	    "[credential c]\ntoken = %s\nkey = %s\nbearer = %s\n",
	    f->temp.dir, f->temp.path, f->temp.dir, secret, secret, secret);
	write_file(path, text, 0600);
	if (config_load(path, &f->config, &problems) == -1) {
		problems_print(&problems, stderr);
		return -1;
	}
	f->loop = loop_new(&err);
	assert_int_equal(writer_start(f->temp.path, &f->writer, &err), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	fetch_stop(f->fetch);
	writer_stop(f->writer);
	loop_free(f->loop);
	httpd_stop(f->httpd);
	config_free(f->config);
	store_temp_drop(&f->temp);
	free(f);
	return 0;
}

struct put {
	struct source_row row;
};

static int
run_put(struct db *db, void *arg, struct err *err)
{
	return source_put(db, arg, clock_now(), err) == -1 ? -1 : 0;
}

static void
begin(struct fixture *f, const char *behaviour)
{
	char settings[200];
	struct err err = ERR_INIT;
	struct source_row row = { .name = (char *)(uintptr_t)"s",
		.plugin = (char *)(uintptr_t)"t", .target = f->base,
		.settings = settings, .credential = (char *)(uintptr_t)"c",
		.egress = (char *)(uintptr_t)"http local",
		.basis = (char *)(uintptr_t)"owned" };

	f->behaviour = behaviour;
	snprintf(settings, sizeof(settings), "{\"api\":\"%s\"}", f->base);
	assert_int_equal(writer_do(f->writer, WRITER_NOW, run_put, &row,
	    &err), 0);
	if (fetch_start(f->loop, f->config, f->writer, &f->fetch, &err) == -1)
		fail_msg("%s", err.text);
}

static void
read_row(struct fixture *f, struct source_row *row)
{
	struct err err = ERR_INIT;
	struct db *db;

	assert_int_equal(db_open(f->temp.path, DB_READ, &db, &err), 0);
	assert_int_equal(source_by_name(db, "s", row, &err), 1);
	db_close(db);
}

/* Let ${ms} pass in steps, serving the loop and the writer meanwhile. */
static void
pass(struct fixture *f, int64_t ms)
{
	struct err err;

	for (; ms > 0; ms -= 250) {
		int i;

		for (i = 0; i < 3; i++)
			loop_step(f->loop, 2, &err);
		clock_advance(250);
	}
}

static bool
polled(const struct source_row *row)
{
	/* heard_at comes with the last step, pace_ms with the end. */
	return row->pace_ms != 0 || row->fails != 0 || row->rests;
}

/* Until the first poll has an outcome. */
static void
first_poll(struct fixture *f, struct source_row *row)
{
	int i;

	for (i = 0; i < 400; i++) {
		pass(f, 250);
		read_row(f, row);
		if (polled(row))
			return;
		source_row_fini(row);
	}
	fail_msg("the poll has no outcome");
}

/* Until the source was heard at ${due} or later. */
static void
next_poll(struct fixture *f, int64_t due, struct source_row *row)
{
	int i;

	pass(f, due - clock_now());
	for (i = 0; i < 400; i++) {
		pass(f, 250);
		read_row(f, row);
		if (row->heard_at >= due)
			return;
		source_row_fini(row);
	}
	fail_msg("the next poll has no outcome");
}

static void
test_a_poll_goes_all_the_way_and_the_next_is_conditional(void **state)
{
	struct fixture *f = *state;
	struct source_row row;
	int64_t due;

	begin(f, "/feed");
	first_poll(f, &row);
	assert_null(row.error);
	assert_string_equal(row.cursor, "c1");
	assert_int_equal(httpd_count(f->httpd), 1);
	assert_int_equal(store_temp_number(&f->temp,
	    "SELECT COUNT(*) FROM post"), 1);
	assert_int_equal(store_temp_number(&f->temp,
	    "SELECT COUNT(*) FROM request"), 0);
	assert_true(row.due_at > clock_now() + 30 * SECOND_MS);
	due = row.due_at;
	source_row_fini(&row);
	next_poll(f, due, &row);
	assert_int_equal(httpd_count(f->httpd), 2);
	assert_non_null(strstr(f->told, "304"));
	assert_int_equal(row.fails, 0);
	/* Two good polls: the place was watched in between. */
	assert_true(store_temp_number(&f->temp,
	    "SELECT MAX(until - since) FROM coverage") > 30 * SECOND_MS);
	source_row_fini(&row);
}

/* Each costs one job, is told by name, and sends nothing that it may not. */
static void
test_what_may_not_leave_does_not(void **state)
{
	static const struct {
		const char *behaviour, *told;
		unsigned requests;
		const char *point;
	} t[] = {
		{ "POST /send", "not allowed in a poll job", 0,
		    "publishing while polling" },
		{ "/other", "no endpoint for this path", 0,
		    "a path that is not declared" },
		{ "https://evil.example/feed", "no endpoint on host", 0,
		    "a host that is not declared" },
		{ "/moved?http://localhost:1/feed", "no endpoint on host", 1,
		    "a redirect to a name that is not declared" },
		{ "/moved?/other", "no endpoint for this path", 1,
		    "a redirect to another path" },
		{ "/moved?ftp://127.0.0.1/feed", "only https and http", 1,
		    "a redirect to another scheme" },
		{ "/moved?/loop", "more than 5 redirects", 6,
		    "redirects without an end" },
		{ "crash", "it crashed (SIGSEGV)", 0, "a crash" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct fixture *f;
		struct source_row row;

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		begin(f, t[i].behaviour);
		first_poll(f, &row);
		if (row.error == NULL ||
		    strstr(row.error, t[i].told) == NULL ||
		    httpd_count(f->httpd) != t[i].requests ||
		    row.heard_at != 0)
			fail_msg("%s: %s", t[i].point, row.error);
		source_row_fini(&row);
	}
}

static void
test_a_redirect_to_a_declared_place_is_followed(void **state)
{
	struct fixture *f = *state;
	struct source_row row;

	begin(f, "/moved?/feed");
	first_poll(f, &row);
	assert_null(row.error);
	assert_string_equal(f->seen[1], "GET /feed -");
	/* The plugin learns where the answer came from. */
	assert_non_null(strstr(f->told, "/feed"));
	source_row_fini(&row);
}

static void
test_credentials_arrive_and_come_back_scrubbed(void **state)
{
	static const struct {
		const char *path, *seen;
	} t[] = {
		{ "/secret", "GET /botSECRET-123:x/secret -" },
		{ "/query?a=b", "GET /query?a=b&k=SECRET-123:x -" },
		{ "/header", "GET /header Bearer SECRET-123:x" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct fixture *f;
		struct source_row row;

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		begin(f, t[i].path);
		first_poll(f, &row);
		assert_null(row.error);
		assert_string_equal(f->seen[0], t[i].seen);
		/* The server repeated it; the plugin saw none of it. */
		assert_null(strstr(f->told, "SECRET"));
		assert_non_null(strstr(f->told, "xxxxxx"));
		source_row_fini(&row);
	}
}

static void
test_errors_of_the_server(void **state)
{
	static const struct {
		int statuses[4];
		unsigned requests;
		bool heard, rests;
		const char *point;
	} t[] = {
		{ { 500, 502 }, 3, true, false, "tried again, unpunished" },
		{ { 500, 500, 500 }, 3, false, false, "given up for now" },
		{ { 429 }, 2, true, false, "asked to wait: not a failure" },
		{ { 401 }, 1, false, true, "a refused credential rests" },
		{ { 403 }, 1, false, false, "denied: tried again later" },
		{ { 404 }, 1, false, false, "perhaps it comes back" },
		{ { 410 }, 1, false, true, "gone for good" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct fixture *f;
		struct source_row row;

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		memcpy(statuses, t[i].statuses, sizeof(t[i].statuses));
		begin(f, "/feed");
		first_poll(f, &row);
		if (httpd_count(f->httpd) != t[i].requests ||
		    (row.heard_at != 0) != t[i].heard ||
		    row.rests != t[i].rests ||
		    row.fails != (t[i].heard ? 0 : 1))
			fail_msg("%s: %u requests, %s", t[i].point,
			    httpd_count(f->httpd), row.error);
		if (statuses[0] == 429)
			assert_true(f->seen_at[1] - f->seen_at[0] >=
			    40 * SECOND_MS);
		source_row_fini(&row);
	}
}

static void
replied(void *arg, const struct fetch_reply *reply)
{
	struct fixture *f = arg;

	f->replies++;
	f->reply = *reply;
	snprintf(f->reply_id, sizeof(f->reply_id), "%s",
	    reply->id != NULL ? reply->id : "");
}

/* A reply leaves at most once, whatever comes back. */
static void
test_replies(void **state)
{
	static const struct {
		int status;
		enum fetch_sent sent;
		const char *point;
	} t[] = {
		{ 200, FETCH_SENT, "told its id" },
		{ 500, FETCH_UNCLEAR, "it may have been published" },
		{ 403, FETCH_REFUSED, "the platform says no" },
		{ 302, FETCH_UNCLEAR, "neither a yes nor a no" },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct fixture *f;
		struct source_row row;
		struct job_target target = { .text = xstrdup("hello") };
		int k;

		if (i > 0) {
			teardown(state);
			setup(state);
		}
		f = *state;
		begin(f, "/feed");
		first_poll(f, &row);
		f->before = httpd_count(f->httpd);
		statuses[0] = t[i].status;
		f->behaviour = "POST /send";
		assert_int_equal(fetch_reply(f->fetch, row.id, KP_REPLY, 7,
		    &target, replied, f), 0);
		for (k = 0; k < 400 && f->replies == 0; k++)
			pass(f, 250);
		assert_int_equal(f->replies, 1);
		if (f->reply.sent != t[i].sent)
			fail_msg("%s: %d", t[i].point, (int)f->reply.sent);
		if (t[i].sent == FETCH_SENT)
			assert_string_equal(f->reply_id, "m1");
		pass(f, 20 * SECOND_MS);
		assert_int_equal(httpd_count(f->httpd), f->before + 1);
		source_row_fini(&row);
	}
}

static void
test_what_was_outstanding_goes_on_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct source_row row;
	struct err err = ERR_INIT;
	int i;

	begin(f, "/feed");
	/* The start is stored; the request waits for the loop. */
	for (i = 0; i < 100 && store_temp_number(&f->temp,
	    "SELECT COUNT(*) FROM request") == 0; i++)
		pass(f, 250);
	fetch_stop(f->fetch);
	assert_int_equal(store_temp_number(&f->temp,
	    "SELECT COUNT(*) FROM request"), 1);
	/* A start would ask for something else. */
	f->behaviour = "/other";
	assert_int_equal(fetch_start(f->loop, f->config, f->writer, &f->fetch,
	    &err), 0);
	first_poll(f, &row);
	assert_null(row.error);
	assert_string_equal(row.cursor, "c1");
	source_row_fini(&row);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_poll_goes_all_the_way_and_the_next_is_conditional),
		T(test_what_may_not_leave_does_not),
		T(test_a_redirect_to_a_declared_place_is_followed),
		T(test_credentials_arrive_and_come_back_scrubbed),
		T(test_errors_of_the_server),
		T(test_replies),
		T(test_what_was_outstanding_goes_on_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
