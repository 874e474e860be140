/*
 * URLs, addresses and endpoints: what is let out, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "fetch/egress.h"
#include "fetch/endpoint.h"

static void
test_urls(void **state)
{
	static const struct {
		const char *text, *parsed;      /* NULL: refused */
		const char *point;
	} t[] = {
		{ "https://Example.ORG/a?b=c#d", "https example.org 443 /a b=c",
		    "the fragment goes" },
		{ "https://example.org.:8443", "https example.org 8443 / -",
		    "the final dot is the same host" },
		{ "http://[::1]:80/x", "http ::1 80 /x -", "IPv6" },
		{ "http://0x7f.1/", "http 127.0.0.1 80 / -",
		    "odd spellings of addresses are made plain" },
		{ "http://2130706433/", "http 127.0.0.1 80 / -",
		    "an address as one number" },
		{ "https://a.example/b/../c", "https a.example 443 /c -",
		    "dots are resolved" },
		{ "https://u:p@example.org/", NULL, "user and password" },
		{ "https://example.org@evil.example/", NULL,
		    "what looks like the host is a user" },
		{ "https://example.org/%2e%2e/admin", NULL, "hidden dots" },
		{ "https://example.org/a/..%2Fadmin", NULL,
		    "dots before a hidden slash" },
		{ "https://example.org/a b", NULL, "a blank" },
		{ "https://example.org/\r\nHost: x", NULL, "line breaks" },
		{ "ftp://example.org/", NULL, "another scheme" },
		{ "file:///etc/passwd", NULL, "a file" },
		{ "//example.org/x", NULL, "not absolute" },
		{ "", NULL, "nothing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct url *url = NULL;
		struct err err = ERR_INIT;
		char got[300];

		if (url_parse(str_of(t[i].text), &url, &err) == -1) {
			if (t[i].parsed != NULL)
				fail_msg("%s: %s", t[i].point, err.text);
			assert_null(strstr(err.text, "u:p"));
			continue;
		}
		snprintf(got, sizeof(got), "%s %s %d %s %s", url->scheme,
		    url->host, url->port, url->path,
		    url->query != NULL ? url->query : "-");
		if (t[i].parsed == NULL || strcmp(got, t[i].parsed) != 0)
			fail_msg("%s: %s", t[i].point, got);
		url_free(url);
	}
}

static void
test_redirects_are_relative_to_where_they_came_from(void **state)
{
	struct url *base, *url;
	struct err err;
	char *text;

	(void)state;
	assert_int_equal(url_parse(STR("https://a.example/x/y?z"), &base, &err),
	    0);
	assert_int_equal(url_join(base, STR("../w?v=1"), &url, &err), 0);
	assert_string_equal(url->text, "https://a.example/w?v=1");
	assert_true(url_same_origin(base, url));
	text = url_with(url, "/botTOKEN", "k=s");
	assert_string_equal(text, "https://a.example/botTOKEN/w?v=1&k=s");
	free(text);
	url_free(url);
	assert_int_equal(url_join(base, STR("//b.example/"), &url, &err), 0);
	assert_string_equal(url->host, "b.example");
	assert_false(url_same_origin(base, url));
	url_free(url);
	assert_int_equal(url_join(base, STR("http://a.example/"), &url, &err),
	    0);
	assert_false(url_same_origin(base, url));
	url_free(url);
	assert_int_equal(url_join(base, STR("https://x@b.example/"), &url,
	    &err), -1);
	url_free(base);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *address;
		enum egress_kind kind;
		const char *point;
	} t[] = {
		{ "192.0.1.1", EGRESS_PUBLIC, "beside 192.0.0.0/24" },
		{ "8.8.8.8", EGRESS_PUBLIC, "public" },
		{ "172.15.255.255", EGRESS_PUBLIC, "just below 172.16/12" },
		{ "172.31.255.255", EGRESS_OURS, "the last of 172.16/12" },
		{ "172.32.0.0", EGRESS_PUBLIC, "just above" },
		{ "10.1.2.3", EGRESS_OURS, "private" },
		{ "192.168.0.1", EGRESS_OURS, "private" },
		{ "100.64.0.1", EGRESS_OURS, "carrier-grade NAT" },
		{ "100.128.0.1", EGRESS_PUBLIC, "no longer" },
		{ "127.9.9.9", EGRESS_OURS, "all of 127/8" },
		{ "169.254.169.254", EGRESS_OURS, "cloud metadata" },
		{ "0.0.0.0", EGRESS_NEVER, "reaches this machine on Linux" },
		{ "224.0.0.1", EGRESS_NEVER, "multicast" },
		{ "255.255.255.255", EGRESS_NEVER, "broadcast" },
		{ "2a00:1450:4001::1", EGRESS_PUBLIC, "public" },
		{ "::1", EGRESS_OURS, "loopback" },
		{ "::", EGRESS_NEVER, "unspecified" },
		{ "fe80::1", EGRESS_OURS, "link-local" },
		{ "fd00::1", EGRESS_OURS, "private" },
		{ "ff02::1", EGRESS_NEVER, "multicast" },
		{ "::ffff:8.8.8.8", EGRESS_OURS, "mapped" },
		{ "64:ff9b::7f00:1", EGRESS_OURS, "NAT64 of loopback" },
		{ "2002:7f00:1::", EGRESS_OURS, "6to4 of loopback" },
		{ "2001::1", EGRESS_OURS, "Teredo" },
		{ "2001:db8::1", EGRESS_NEVER, "documentation" },
		{ "4000::1", EGRESS_NEVER, "not given out" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
		struct sockaddr_in in = { .sin_family = AF_INET };
		const struct sockaddr *sa = (struct sockaddr *)&in;

		if (strchr(t[i].address, ':') != NULL) {
			assert_int_equal(inet_pton(AF_INET6, t[i].address,
			    &in6.sin6_addr), 1);
			sa = (struct sockaddr *)&in6;
		} else
			assert_int_equal(inet_pton(AF_INET, t[i].address,
			    &in.sin_addr), 1);
		if (egress_kind(sa) != t[i].kind)
			fail_msg("%s: %s", t[i].address, t[i].point);
		assert_int_equal(egress_address_ok(sa, EGRESS_LOCAL),
		    t[i].kind != EGRESS_NEVER);
		assert_int_equal(egress_address_ok(sa, EGRESS_HTTP),
		    t[i].kind == EGRESS_PUBLIC);
	}
}

static void
test_words_and_schemes(void **state)
{
	struct url *url;
	struct err err;
	unsigned egress;

	(void)state;
	assert_int_equal(egress_parse(STR_NONE, &egress, &err), 0);
	assert_int_equal(egress, 0);
	assert_int_equal(egress_parse(STR(" local  http "), &egress, &err), 0);
	assert_int_equal(egress, EGRESS_HTTP | EGRESS_LOCAL);
	assert_int_equal(egress_parse(STR("locl"), &egress, &err), -1);
	assert_non_null(strstr(err.text, "locl"));
	url_parse(STR("http://127.0.0.1/"), &url, &err);
	assert_int_equal(egress_check(url, 0, &err), -1);
	assert_non_null(strstr(err.text, "egress = http"));
	assert_int_equal(egress_check(url, EGRESS_HTTP, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_int_equal(egress_check(url, EGRESS_HTTP | EGRESS_LOCAL, &err),
	    0);
	url_free(url);
}

#define JOBS_READ (KP_CAN(KP_POLL) | KP_CAN(KP_THREAD))

static void
test_endpoints(void **state)
{
	static const struct {
		uint32_t job;
		const char *method, *url;
		const char *told;       /* NULL: allowed */
		const char *point;
	} t[] = {
		{ KP_POLL, NULL, "https://api.example/v1/read", NULL,
		    "declared" },
		{ KP_POLL, "GET", "https://api.example/v1/read?x=1", NULL,
		    "the query is free" },
		{ KP_POLL, "GET", "https://api.example:8443/v1/read",
		    "no endpoint on host", "another port is another server" },
		{ KP_POLL, "POST", "https://api.example/v1/read",
		    "no endpoint for POST", "another method" },
		{ KP_POLL, "POST", "https://api.example/v1/send",
		    "not allowed in a poll job", "publishing while polling" },
		{ KP_REPLY, "POST", "https://api.example/v1/send", NULL,
		    "publishing in a reply" },
		{ KP_POLL, "GET", "https://api.example/v1/readmore",
		    "no endpoint for this path", "not a prefix" },
		{ KP_POLL, "GET", "https://evil.example/v1/read",
		    "no endpoint on host evil.example", "undeclared host" },
		{ KP_POLL, "GET", "https://forum.example/anything/at/all",
		    NULL, "the source's host, a prefix" },
		{ KP_POLL, "GET", "https://forum.example.evil.example/",
		    "no endpoint on host", "only looks like it" },
		{ KP_POLL, "GET", "http://127.0.0.1:8081/x", NULL,
		    "the host and port of a setting" },
		{ KP_POLL, "GET", "http://127.0.0.1:22/x",
		    "no endpoint on host", "not its other ports" },
		{ KP_THREAD, "GET", "http://127.0.0.1:8081/x",
		    "not allowed in a thread job", "another job" },
	};
	struct kp_endpoint endpoints[] = {
		{ JOBS_READ, "GET", "api.example", "/v1/read", NULL },
		{ KP_CAN(KP_REPLY), "POST", "api.example", "/v1/send", NULL },
		{ JOBS_READ, "GET", "=source", "/*", NULL },
		{ KP_CAN(KP_POLL), "GET", "=base", "/*", NULL },
		{ KP_CAN(KP_POLL), "GET", "=unset", "/*", NULL },
	};
	struct plugin_info info = { .endpoints = endpoints, .nendpoints = 5 };
	struct kp_pair setting = { { "base", 4 },
		{ "http://127.0.0.1:8081/api", 25 } };
	struct endpoint_source source = { "https://forum.example/feed",
		&setting, 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_endpoint *found;
		struct url *url;
		struct err err = ERR_INIT;
		int r;

		assert_int_equal(url_parse(str_of(t[i].url), &url, &err), 0);
		r = endpoint_find(&info, &source, t[i].job, t[i].method, url,
		    &found, &err);
		if (r != (t[i].told == NULL ? 0 : -1) ||
		    (t[i].told != NULL && strstr(err.text, t[i].told) == NULL))
			fail_msg("%s: %d %s", t[i].point, r, err.text);
		url_free(url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(
		    test_redirects_are_relative_to_where_they_came_from),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_words_and_schemes),
		cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
