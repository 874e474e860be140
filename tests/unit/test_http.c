/*
 * One exchange: what comes out of it, what bounds it, and that no packet
 * leaves for an address that the source may not ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "fetch/egress.h"
#include "fetch/http.h"
#include "httpd.h"

#define BOTH (EGRESS_HTTP | EGRESS_LOCAL)

struct fixture {
	struct httpd *httpd;
	struct loop *loop;
	struct http *http;
};

/* What the last response was. */
struct got {
	int done, status;
	enum http_fault fault;
	char body[256];
	size_t nbody;
	char type[64], location[128], error[200];
};

/* ${plain} zeros as gzip: 20 MiB become 20 KB. */
static const char *
bomb(size_t plain, size_t *n)
{
	static char packed[1 << 16];
	char *command = xasprintf("head -c %zu /dev/zero | gzip -9", plain);
	FILE *gzip = popen(command, "r");

	assert_non_null(gzip);
	*n = fread(packed, 1, sizeof(packed), gzip);
	assert_int_equal(pclose(gzip), 0);
	free(command);
	return packed;
}

static struct httpd_answer
answer(void *arg, const struct httpd_request *request)
{
	static char echo[1000];
	struct httpd_answer a = { .status = 200, .body = "hello",
		.headers = { { "Content-Type", "Text/Plain; charset=x" } } };

	(void)arg;
	if (strcmp(request->path, "/redirect") == 0) {
		a.status = 302;
		a.headers[1][0] = "Location";
		a.headers[1][1] = "http://127.0.0.1:1/elsewhere";
	} else if (strcmp(request->path, "/echo") == 0) {
		snprintf(echo, sizeof(echo), "%s %s %s %s %s",
		    request->method, httpd_header(request, "X-Test"),
		    httpd_header(request, "Content-Type"), request->body,
		    httpd_header(request, "User-Agent"));
		a.body = echo;
	} else if (strcmp(request->path, "/cookie") == 0) {
		a.body = httpd_header(request, "Cookie") == NULL ? "none" :
		    "cookie";
		a.headers[1][0] = "Set-Cookie";
		a.headers[1][1] = "a=b";
	} else if (strcmp(request->path, "/bomb") == 0) {
		a.body = bomb((size_t)20 << 20, &a.nbody);
		a.headers[1][0] = "Content-Encoding";
		a.headers[1][1] = "gzip";
	} else if (strcmp(request->path, "/packed") == 0) {
		a.body = bomb(100, &a.nbody);
		a.headers[1][0] = "Content-Encoding";
		a.headers[1][1] = "gzip";
	} else if (strcmp(request->path, "/slow") == 0)
		a.delay_ms = 4000;
	return a;
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct http_options options = { .user_agent = "Kompan/test",
		.connect_ms = 2000, .total_ms = 1200 };
	struct err err;

	f->httpd = httpd_start(answer, NULL);
	f->loop = loop_new(&err);
	f->http = http_new(f->loop, &options, &err);
	*state = f;
	return f->loop == NULL || f->http == NULL;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	http_free(f->http);
	loop_free(f->loop);
	httpd_stop(f->httpd);
	free(f);
	return 0;
}

static void
done(void *arg, struct http_response *r)
{
	struct got *got = arg;

	got->done++;
	got->status = r->status;
	got->fault = r->fault;
	got->nbody = r->body.n;
	snprintf(got->body, sizeof(got->body), "%.*s",
	    STR_ARG(buf_get(&r->body)));
	snprintf(got->type, sizeof(got->type), "%.*s",
	    STR_ARG(http_header(r, "content-type")));
	snprintf(got->location, sizeof(got->location), "%.*s",
	    STR_ARG(http_header(r, "location")));
	snprintf(got->error, sizeof(got->error), "%s", r->error);
}

static struct got
exchange_url(struct fixture *f, const char *url, struct http_request request)
{
	struct got got = { 0 };
	struct err err;

	request.url = url;
	http_send(f->http, &request, done, &got);
	assert_int_equal(got.done, 0);
	while (got.done == 0)
		assert_int_equal(loop_step(f->loop, 1000, &err), 0);
	assert_int_equal(got.done, 1);
	assert_int_equal(http_running(f->http), 0);
	return got;
}

static struct got
exchange(struct fixture *f, const char *host, const char *path,
    struct http_request request)
{
	char *url = xasprintf("http://%s:%d%s", host, httpd_port(f->httpd),
	    path);
	struct got got = exchange_url(f, url, request);

	free(url);
	return got;
}

static void
test_a_response_is_complete(void **state)
{
	struct http_pair header = { (char *)(uintptr_t)"X-Test",
		(char *)(uintptr_t)"yes" };
	struct got got;

	got = exchange(*state, "127.0.0.1", "/", (struct http_request){
		.egress = BOTH });
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "hello");
	assert_string_equal(got.type, "Text/Plain; charset=x");
	got = exchange(*state, "127.0.0.1", "/echo", (struct http_request){
		.egress = BOTH, .method = "POST", .headers = &header,
		.nheaders = 1, .type = "application/json",
		.body = STR("{}") });
	assert_string_equal(got.body,
	    "POST yes application/json {} Kompan/test");
	got = exchange(*state, "127.0.0.1", "/packed", (struct http_request){
		.egress = BOTH });
	assert_int_equal(got.nbody, 100);
}

static void
test_redirects_and_cookies_are_not_followed(void **state)
{
	struct got got = exchange(*state, "127.0.0.1", "/redirect",
	    (struct http_request){ .egress = BOTH });

	assert_int_equal(got.status, 302);
	assert_string_equal(got.location, "http://127.0.0.1:1/elsewhere");
	exchange(*state, "127.0.0.1", "/cookie", (struct http_request){
		.egress = BOTH });
	got = exchange(*state, "127.0.0.1", "/cookie", (struct http_request){
		.egress = BOTH });
	assert_string_equal(got.body, "none");
}

static void
test_sizes_and_times_are_bounded(void **state)
{
	struct got got = exchange(*state, "127.0.0.1", "/bomb",
	    (struct http_request){ .egress = BOTH });

	assert_int_equal(got.status, 0);
	assert_int_equal(got.fault, HTTP_TOO_LARGE);
	got = exchange(*state, "127.0.0.1", "/", (struct http_request){
		.egress = BOTH, .body_max = 4 });
	assert_int_equal(got.fault, HTTP_TOO_LARGE);
	got = exchange(*state, "127.0.0.1", "/slow", (struct http_request){
		.egress = BOTH });
	assert_int_equal(got.fault, HTTP_TIMEOUT);
	got = exchange_url(*state, "http://127.0.0.1:1/",
	    (struct http_request){ .egress = BOTH });
	assert_int_equal(got.fault, HTTP_NO_CONNECT);
}

/* Each would reach the server if it were let through. */
static void
test_nothing_leaves_for_where_it_may_not(void **state)
{
	static const struct {
		const char *host;
		unsigned egress;
		int status;
		const char *point;
	} t[] = {
		{ "127.0.0.1", BOTH, 200, "allowed: the way works" },
		{ "127.0.0.1", EGRESS_HTTP, 0,
		    "not over the connection that `local' left open" },
		{ "localhost", EGRESS_HTTP, 0, "a name that resolves to it" },
		{ "localhost", BOTH, 200, "the same name, allowed" },
		{ "0.0.0.0", BOTH, 0, "unspecified is no address to ask" },
		{ "127.0.0.1", EGRESS_LOCAL, 0, "plain http" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned before = httpd_count(f->httpd);
		struct got got = exchange(f, t[i].host, "/",
		    (struct http_request){ .egress = t[i].egress });

		if (got.status != t[i].status || httpd_count(f->httpd) !=
		    before + (t[i].status != 0))
			fail_msg("%s: status %d, %s", t[i].point, got.status,
			    got.error);
	}
}

static void
test_cancelled_calls_never_answer(void **state)
{
	struct fixture *f = *state;
	char *url = xasprintf("http://127.0.0.1:%d/", httpd_port(f->httpd));
	struct http_request request = { .url = url, .egress = BOTH };
	struct got cancelled = { 0 }, other = { 0 };
	struct http_call *call;
	struct err err;

	call = http_send(f->http, &request, done, &cancelled);
	http_send(f->http, &request, done, &other);
	http_cancel(call);
	while (other.done == 0)
		assert_int_equal(loop_step(f->loop, 1000, &err), 0);
	assert_int_equal(cancelled.done, 0);
	free(url);
}

static void
test_headers_that_plugins_may_set(void **state)
{
	static const struct {
		const char *name, *value;
		bool ok;
		const char *point;
	} t[] = {
		{ "Accept", "application/json", true, "harmless" },
		{ "Idempotency-Key", "k", true, "needed by replies" },
		{ "Host", "evil.example", false, "would pick another site" },
		{ "COOKIE", "a=b", false, "ours, in any case" },
		{ "Authorization", "x", false, "credentials are the core's" },
		{ "Proxy-Authorization", "x", false, "a whole family" },
		{ "X", "a\r\nHost: b", false, "a line within the value" },
		{ "X: y", "z", false, "a line within the name" },
		{ "", "z", false, "no name" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (http_header_ok(str_of(t[i].name), str_of(t[i].value)) !=
		    t[i].ok)
			fail_msg("%s", t[i].point);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_response_is_complete),
		cmocka_unit_test(test_redirects_and_cookies_are_not_followed),
		cmocka_unit_test(test_sizes_and_times_are_bounded),
		cmocka_unit_test(test_nothing_leaves_for_where_it_may_not),
		cmocka_unit_test(test_cancelled_calls_never_answer),
		cmocka_unit_test(test_headers_that_plugins_may_set),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
