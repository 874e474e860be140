/*
 * The wire: what goes in comes out, and what breaks a rule does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/wire.h"
#include "parse/wire_field.h"
#include "parse/worker.h"

#define NOW INT64_C(1780000000000)
#define S(literal) ((struct kp_str){ (literal), sizeof(literal) - 1 })
#define NONE ((struct kp_str){ NULL, 0 })

#define assert_text(s, text) do {                                              \
		struct kp_str s_ = (s);                                        \
		assert_int_equal(s_.n, strlen(text));                          \
		assert_memory_equal(s_.p, text, s_.n);                         \
	} while (0)

static int
decode(struct buf *b, bool feed, struct step **step, struct err *err)
{
	size_t n = b->n;

	return wire_get_outs(buf_take(b), n, feed, NOW, step, err);
}

static void
test_step_reaches_the_plugin_whole(void **state)
{
	const uint8_t seed[32] = { 7 };
	const struct kp_pair pairs[] = { { S("a"), S("1") }, { S("b"), NONE } };
	const struct kp_response response = { .size = sizeof(response),
		.status = 200, .url = S("https://a.example/"),
		.body = S("b\0dy"), .type = S("text/html"), .headers = pairs,
		.nheaders = 2 };
	const struct kp_target target = { .size = sizeof(target),
		.id = S("7"), .text = S("tekst") };
	const struct kp_record records[] = { { 3, S("{}"), S("{\"c\":1}") } };
	const struct kp_in in = { .size = sizeof(in), .job = KP_THREAD,
		.event = KP_RESPONSE, .now = NOW, .seed = seed,
		.source = S("https://a.example/feed"), .settings = pairs,
		.nsettings = 2, .cursor = S("c\xff"), .state = S("page 2"),
		.response = &response, .target = &target, .records = records,
		.nrecords = 1 };
	struct wire_in w;
	struct err err = ERR_INIT;
	struct str fields;
	struct buf b;
	uint8_t type;

	(void)state;
	buf_init(&b, WIRE_IN_MAX);
	wire_put_feed(&b, &in, S("stream"), true);
	assert_int_equal(wire_message((struct str){ b.p, b.n - 1 },
	    WIRE_IN_MAX, &type, &fields, &err), 0);
	assert_int_equal(wire_message(buf_get(&b), WIRE_IN_MAX, &type,
	    &fields, &err), b.n);
	assert_int_equal(type, WIRE_FEED);
	assert_int_equal(wire_get_in(fields, &w, &err), 0);
	assert_int_equal(w.in.job, KP_THREAD);
	assert_int_equal(w.in.event, KP_RESPONSE);
	assert_int_equal(w.in.now, NOW);
	assert_memory_equal(w.in.seed, seed, 32);
	assert_text(w.in.source, "https://a.example/feed");
	assert_int_equal(w.in.nsettings, 2);
	assert_text(w.in.settings[0].val, "1");
	assert_int_equal(w.in.settings[1].val.n, 0);
	assert_text(w.in.cursor, "c\xff");
	assert_text(w.in.state, "page 2");
	assert_int_equal(w.in.response->status, 200);
	assert_int_equal(w.in.response->body.n, 4);
	assert_int_equal(w.in.response->nheaders, 2);
	assert_text(w.in.response->headers[1].key, "b");
	assert_text(w.in.target->text, "tekst");
	assert_int_equal(w.in.nrecords, 1);
	assert_text(w.in.records[0].context, "{\"c\":1}");
	assert_text(w.bytes, "stream");
	assert_true(w.end);
	wire_in_fini(&w);
	buf_fini(&b);
}

static void
test_what_a_step_said_comes_back(void **state)
{
	const struct kp_pair header = { S("Accept"), S("text/x") };
	struct step *step;
	struct err err = ERR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, STEP_BYTES_MAX);
	wire_put_place(&b, KP_PLACED(.id = S("p"), .kind = KP_GROUP));
	wire_put_post(&b, KP_POST(.id = S("1"), .text = S("żółć"),
	    .created = NOW, .flags = KP_COUNTED | KP_HTML | 1u << 30));
	wire_put_post(&b, KP_POST(.id = S("2"), .replies = 5));
	wire_put_request(&b, KP_REQUEST(.url = S("https://a.example/2"),
	    .body = S("\xff"), .headers = &header, .nheaders = 1,
	    .not_before = NOW + 1000));
	wire_put_cursor(&b, S("first"));
	wire_put_cursor(&b, NONE);
	wire_put_timer(&b, &(struct step_timer){ NOW + 5, S("t") });
	wire_put_pause(&b, &(struct step_pause){ KP_HOST, S("a.example"),
	    NOW + 5 });
	wire_put_bad(&b, &(struct step_bad){ 12, S("no JSON") });
	wire_put_finding(&b, &(struct step_finding){ KP_ERROR, S("c"),
	    S("t") });
	wire_put_answer(&b, KP_ANSWER(.text = S("privacy")));
	wire_put_done(&b, S("77"), S("https://a.example/77"));
	wire_put_step_end(&b, NONE, S("openat"));
	assert_int_equal(decode(&b, false, &step, &err), 0);
	assert_int_equal(step->nposts, 2);
	assert_text(step->posts[0].text, "żółć");
	assert_int_equal(step->posts[0].flags, KP_COUNTED);
	assert_int_equal(step->posts[1].replies, 5);
	assert_int_equal(step->places[0].kind, KP_GROUP);
	assert_text(step->requests[0].headers[0].val, "text/x");
	assert_int_equal(step->requests[0].not_before, NOW + 1000);
	assert_true(step->has_cursor);
	assert_int_equal(step->cursor.n, 0);
	assert_int_equal(step->timers[0].at, NOW + 5);
	assert_text(step->pauses[0].id, "a.example");
	assert_int_equal(step->bads[0].record, 12);
	assert_int_equal(step->nfindings, 2);
	assert_text(step->findings[1].text, "openat");
	assert_text(step->answers[0].text, "privacy");
	assert_true(step->done);
	assert_text(step->done_id, "77");
	assert_int_equal(step->fail, 0);
	step_free(step);
}

static void
test_what_breaks_a_rule_is_told(void **state)
{
	static char big[WIRE_ID_MAX + 2];
	const struct kp_pair cookie = { S("Cookie"), S("x") };
	const struct kp_pair split = { S("X-A"), S("a\r\nCookie: b") };
	const struct {
		struct kp_post post;
		struct kp_request request;
		const char *told;
		const char *point;
	} t[] = {
		{ { .text = S("x") }, { 0 }, "post: has no id", "id" },
		{ { .id = { big, sizeof(big) } }, { 0 },
		    "post: id: is 514 bytes, at most 512", "length" },
		{ { .id = S("a\0b") }, { 0 }, "post: id: is no text", "NUL" },
		{ { .id = S("1"), .text = S("\xc3(") }, { 0 },
		    "post: text: is no text", "UTF-8" },
		{ { .id = S("1"), .created = 1000 }, { 0 }, "post: created: "
		    "1000 ms is a time before 1990 or too far ahead",
		    "seconds for milliseconds" },
		{ { .id = S("1"), .edited = NOW + 2 * WIRE_SOON_MS }, { 0 },
		    "post: edited: 1780172800000 ms is a time before 1990 or "
		    "too far ahead", "future" },
		{ { .id = S("1"), .replies = -1 }, { 0 },
		    "post: replies: -1 is none of 0 to 2147483647", "range" },
		{ { .id = S("1"), .url = S("javascript:x") }, { 0 },
		    "post: url is no http(s) URL", "clicked by people" },
		{ { 0 }, { .url = S("/x") }, "request: url `/x' is no "
		    "absolute http(s) URL", "relative" },
		{ { 0 }, { .url = S("file:///etc/passwd") }, "request: url "
		    "`file:///etc/passwd' is no absolute http(s) URL",
		    "scheme" },
		{ { 0 }, { .url = S("https://a.example/ HTTP/1.1") },
		    "request: url has blanks or control characters", "split" },
		{ { 0 }, { .url = S("https://a.example/"), .nheaders = 1,
		    .headers = &cookie }, "request: header Cookie, which only "
		    "the core sets", "credentials" },
		{ { 0 }, { .url = S("https://a.example/"), .nheaders = 1,
		    .headers = &split }, "request: a header that is none",
		    "split" },
		{ { 0 }, { .url = S("https://a.example/"),
		    .method = S("GET /x") }, "request: method is no word",
		    "split" },
	};
	size_t i;

	(void)state;
	memset(big, 'a', sizeof(big));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err err = ERR_INIT;
		struct step *step;
		struct buf b;

		buf_init(&b, STEP_BYTES_MAX);
		if (t[i].request.url.n == 0)
			wire_put_post(&b, &t[i].post);
		else
			wire_put_request(&b, &t[i].request);
		wire_put_step_end(&b, NONE, NONE);
		assert_int_equal(decode(&b, false, &step, &err), -1);
		assert_string_equal(err.text, t[i].told);
	}
}

static void
test_a_step_has_limits(void **state)
{
	struct err err = ERR_INIT;
	struct step *step;
	struct buf b;
	int i, feed;

	(void)state;
	for (feed = 0; feed < 2; feed++) {
		buf_init(&b, STEP_BYTES_MAX);
		for (i = 0; i <= STEP_POSTS_MAX; i++)
			wire_put_post(&b, KP_POST(.id = S("1")));
		wire_put_step_end(&b, NONE, NONE);
		assert_int_equal(decode(&b, feed, &step, &err), feed - 1);
		if (feed)
			step_free(step);
		else
			assert_string_equal(err.text,
			    "post: more than 1000 posts in one step");
	}
}

static void
test_garbage_is_told(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *told;
		const char *point;
	} t[] = {
		{ "\xff\xff\xff\xff", 4, "a message of 4294967295 bytes",
		    "a length of 4 GB" },
		{ "\0\0\0\0", 4, "a message of 0 bytes", "no type" },
		{ "\1\0\0\0\1", 5, "a message of unknown type 1",
		    "what only the core sends" },
		{ "\4\0\0\0\x20\1\0\0", 8,
		    "post: a message that ends within a field", "half" },
		{ "\7\0\0\0\x20\1\0\xff\xff\xff\x7f", 11, "post: a field of "
		    "2147483647 bytes in a message that has 0 left", "length" },
		{ "\x08\0\0\0\x20\x0c\0\1\0\0\0x", 12, "post: created: a "
		    "number of 1 bytes instead of 8", "number" },
		{ "\1\0\0\0\x3fx", 6, "1 bytes after the end of the step",
		    "rest" },
		{ "\1\0\0\0", 4, "half a message", "half" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err err = ERR_INIT;
		struct step *step;

		assert_int_equal(wire_get_outs(xstrndup(t[i].bytes, t[i].n),
		    t[i].n, false, NOW, &step, &err), -1);
		assert_string_equal(err.text, t[i].told);
	}
}

static void
test_unknown_fields_are_skipped(void **state)
{
	struct err err = ERR_INIT;
	struct step *step;
	struct buf b;
	size_t at;

	(void)state;
	buf_init(&b, STEP_BYTES_MAX);
	at = wire_open(&b, WIRE_POST);
	wire_put_bytes(&b, 999, S("of a newer worker"));
	wire_put_bytes(&b, 3, S("id"));
	wire_close(&b, at);
	wire_put_step_end(&b, NONE, NONE);
	assert_int_equal(decode(&b, false, &step, &err), 0);
	assert_text(step->posts[0].id, "id");
	step_free(step);
}

static void
nothing(const struct kp_in *in, struct kp_out *out)
{
	(void)in;
	(void)out;
}

/* What plugins declare, with one thing wrong in each but the first. */
static const struct kp_key url_key[] = { { "home", NULL, "h", KP_URL, 0 } };
static const struct kp_key odd_key[] = { { "Home", NULL, "h", KP_URL, 0 } };
static const struct kp_key twice[] = { { "token", "", "h", KP_TEXT, 0 } };
static const struct kp_cred token[] = {
	{ "token", KP_IN_HEADER, 1, "Authorization", "Bearer %s", "h" } };
static const struct kp_cred hole[] = {
	{ "token", KP_IN_PATH, 1, NULL, "/bot%d", "h" } };
static const struct kp_endpoint good[] = {
	{ KP_CAN(KP_POLL), "GET", "=home", "/api/*", "token" },
	{ KP_CAN(KP_REPLY), "POST", "api.a.example", "/send", "token" } };
static const struct kp_endpoint no_key[] = {
	{ KP_CAN(KP_POLL), "GET", "=house", "/api/*", NULL } };
static const struct kp_endpoint no_cred[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/", "tokem" } };
static const struct kp_endpoint local[] = {
	{ KP_CAN(KP_POLL), "GET", "localhost", "/", NULL } };
static const struct kp_endpoint odd_method[] = {
	{ KP_CAN(KP_POLL), "get", "=source", "/", NULL } };
static const struct kp_limit limit[] = { { NULL, 30, 1000 } };
static const struct kp_limit zero[] = { { NULL, 0, 1000 } };
static const struct kp_framing framing[] = { { KP_ELEMENTS, "a" } };
static const struct kp_framing mixed[] = { { KP_LINES, NULL },
	{ KP_WHOLE, NULL } };

#define PLUGIN(...) { .major = KP_MAJOR, .size = sizeof(struct kp_plugin),     \
	.name = "good-one", .version = "1", .summary = "żółć",                 \
	.jobs = KP_CAN(KP_POLL), .abilities = KP_SEES_POSTS,                   \
	.interval = 60000, .step = nothing, __VA_ARGS__ }

static void
test_hello_is_checked(void **state)
{
	static const struct {
		struct kp_plugin plugin;
		const char *told;
	} t[] = {
		{ PLUGIN(.keys = KP_TABLE(url_key), .creds = KP_TABLE(token),
		    .endpoints = KP_TABLE(good), .limits = KP_TABLE(limit),
		    .framings = KP_TABLE(framing)), NULL },
		{ PLUGIN(.keys = KP_TABLE(odd_key)),
		    "a key whose name is no word: `Home'" },
		{ PLUGIN(.keys = KP_TABLE(twice), .creds = KP_TABLE(token)),
		    "it declares twice `token'" },
		{ PLUGIN(.creds = KP_TABLE(hole)),
		    "no %s in the format of credential `token'" },
		{ PLUGIN(.endpoints = KP_TABLE(no_key)),
		    "an endpoint of host `=house'" },
		{ PLUGIN(.endpoints = KP_TABLE(no_cred)),
		    "an endpoint with credential `tokem'" },
		{ PLUGIN(.endpoints = KP_TABLE(local)),
		    "an endpoint of host `localhost'" },
		{ PLUGIN(.endpoints = KP_TABLE(odd_method)),
		    "an endpoint of method `get'" },
		{ PLUGIN(.limits = KP_TABLE(zero)),
		    "a limit of 0 requests or in 0 ms" },
		{ PLUGIN(.framings = KP_TABLE(mixed)),
		    "framings of several kinds" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct plugin_info *info = NULL;
		struct err err = ERR_INIT;
		struct str fields;
		struct buf b;
		uint8_t type;

		buf_init(&b, WIRE_OUT_MAX);
		wire_put_hello(&b, &t[i].plugin);
		assert_int_equal(wire_message(buf_get(&b), WIRE_OUT_MAX, &type,
		    &fields, &err), b.n);
		if (t[i].told != NULL) {
			assert_int_equal(wire_get_hello(fields, &info, &err),
			    -1);
			assert_string_equal(err.text, t[i].told);
			buf_fini(&b);
			continue;
		}
		assert_int_equal(wire_get_hello(fields, &info, &err), 0);
		buf_fini(&b);
		assert_string_equal(info->name, "good-one");
		assert_string_equal(info->summary, "żółć");
		assert_int_equal(info->interval, 60000);
		assert_int_equal(info->nendpoints, 2);
		assert_string_equal(info->endpoints[1].host, "api.a.example");
		assert_string_equal(info->creds[0].format, "Bearer %s");
		assert_null(info->keys[0].value);
		assert_int_equal(info->limits[0].per, 1000);
		assert_string_equal(info->framings[0].path, "a");
		plugin_info_free(info);
	}
}

/* Entries of a plugin that was built before the struct grew. */
static void
test_older_tables_are_read(void **state)
{
	static const struct {
		const char *name, *value;
	} old[] = { { "a", "1" }, { "b", "2" } };
	const struct kp_plugin plugin = PLUGIN(.keys = KP_TABLE(old));
	struct err err = ERR_INIT;
	struct plugin_info *info;
	struct str fields;
	struct buf b;
	uint8_t type;

	(void)state;
	buf_init(&b, WIRE_OUT_MAX);
	wire_put_hello(&b, &plugin);
	wire_message(buf_get(&b), WIRE_OUT_MAX, &type, &fields, &err);
	assert_int_equal(wire_get_hello(fields, &info, &err), -1);
	assert_string_equal(err.text, "no type for key `a'");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step_reaches_the_plugin_whole),
		cmocka_unit_test(test_what_a_step_said_comes_back),
		cmocka_unit_test(test_what_breaks_a_rule_is_told),
		cmocka_unit_test(test_a_step_has_limits),
		cmocka_unit_test(test_garbage_is_told),
		cmocka_unit_test(test_unknown_fields_are_skipped),
		cmocka_unit_test(test_hello_is_checked),
		cmocka_unit_test(test_older_tables_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
