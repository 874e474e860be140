/*
 * Recorded exchanges: read as written, written as read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "parse/rec.h"
#include "parse/rec_redact.h"
#include "parse/replay.h"

#define assert_text(s, text) assert_true(str_is((s), (text)))

#define S(literal) { (literal), sizeof(literal) - 1 }

static const char exchange[] =
    "# A poll.\n"
    "\n"
    "=== poll\n"
    "source: https://a.example/feed\n"
    "now: 2026-03-01T18:00:00Z\n"
    "cursor:: Af8=\n"
    "setting.depth: 3\n"
    "target.thread: 12\n"
    "=== start\n"
    "=== expect\n"
    "request\n"
    "  url: https://a.example/feed\n"
    "=== response 200\n"
    "now: 2026-03-01T18:00:01Z\n"
    "url: https://a.example/feed\n"
    "state: page 2\n"
    "header.content-type: text/plain\n"
    "=== body\n"
    "a\n"
    "\\=== b\n"
    "\\\\c\n"
    "\n"
    "=== expect\n"
    "=== response 500\n"
    "=== body base64\n"
    "AP8=\n"
    "=== expect\n"
    "=== stream\n"
    "{}\n"
    "=== expect\n"
    "cursor: 1\n";

static void
test_an_exchange_is_read_and_written(void **state)
{
	struct err err = ERR_INIT;
	struct rec *rec = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(rec_parse(STR(exchange), &rec, &err), 0);
	assert_int_equal(rec->job, KP_POLL);
	assert_int_equal(rec->cursor.n, 2);
	assert_int_equal(rec->nsettings, 1);
	assert_int_equal(rec->target.thread.n, 2);
	assert_int_equal(rec->nevents, 4);
	assert_text(rec->events[0].expect,
	    "request\n  url: https://a.example/feed");
	assert_int_equal(rec->events[1].status, 200);
	assert_text(rec->events[1].state, "page 2");
	assert_text(rec->events[1].body, "a\n=== b\n\\c\n");
	assert_int_equal(rec->events[2].now - rec->events[0].now, 1000);
	assert_int_equal(rec->events[2].body.n, 2);
	assert_text(rec->events[3].body, "{}");
	buf_init(&b, 10000);
	rec_write(rec, &b);
	assert_string_equal(b.p, exchange);
	buf_fini(&b);
	rec_free(rec);
}

static void
test_faults_name_their_line(void **state)
{
	static const struct {
		const char *text, *told;
	} t[] = {
		{ "", "line 0: no job, as in `=== poll'" },
		{ "poll\n", "line 1: this stands before any section: `poll'" },
		{ "=== pol\n", "line 1: unknown job `pol'" },
		{ "=== poll\nsourse: x\n", "line 2: unknown key `sourse'" },
		{ "=== poll\nnow: soon\n", "line 2: no time: `soon'" },
		{ "=== poll\n", "line 1: no event, as in `=== start'" },
		{ "=== poll\n=== body\n",
		    "line 2: this stands before any event: `body'" },
		{ "=== poll\n=== start\n=== expected\n",
		    "line 3: unknown section `expected'" },
		{ "=== poll\n=== response ok\n",
		    "line 2: no status of a response: `ok'" },
		{ "=== poll\n=== start\nstate:: ?\n",
		    "line 3: no base64: `?'" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct err err = ERR_INIT;
		struct rec *rec = NULL;

		assert_int_equal(rec_parse(str_of(t[i].text), &rec, &err),
		    -1);
		assert_string_equal(err.text, t[i].told);
	}
}

static void
test_a_step_is_printed(void **state)
{
	struct kp_post post = { .id = S("7"), .text = S("one\ntwo"),
		.created = INT64_C(1772388000000),
		.flags = KP_COUNTED | KP_OURS, .replies = 2 };
	struct kp_pair header = { S("accept"), S("a/b") };
	struct kp_request request = { .url = S("https://a.example/"),
		.body = S("\xff\x01"), .headers = &header, .nheaders = 1 };
	const struct step step = { .posts = &post, .nposts = 1,
		.requests = &request, .nrequests = 1, .has_cursor = true,
		.done = true, .fail = KP_GONE, .fail_text = S("gone") };
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	rec_print(&step, &b);
	assert_string_equal(b.p, "post\n  id: 7\n  created: "
	    "2026-03-01T18:00:00Z\n  flags: ours counted\n  replies: 2\n"
	    "  text: one\n    | two\nrequest\n  url: https://a.example/\n"
	    "  header.accept: a/b\n  body: \\xff\\x01\ncursor: \ndone\nfail\n"
	    "  why: gone\n  text: gone");
	buf_fini(&b);
}

static void
test_a_difference_is_shown(void **state)
{
	static const struct {
		const char *a, *b, *diff;
	} t[] = {
		{ "", "", "" },
		{ "a", "", "-a\n" },
		{ "", "a\nb", "+a\n+b\n" },
		{ "a\nb\nc", "a\nx\nc", " a\n-b\n+x\n c\n" },
		{ "a\nb\nc\nd\ne\nf", "a\nb\nc\nd\ne\nf\ng",
		    " d\n e\n f\n+g\n" },
		{ "a\na", "a", " a\n-a\n" },
		{ "x\n1\n2\n3\n4", "y\n1\n2\n3\n4", "-x\n+y\n 1\n 2\n 3\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		replay_diff(str_of(t[i].a), str_of(t[i].b), &b);
		assert_string_equal(b.p == NULL ? "" : b.p, t[i].diff);
		buf_fini(&b);
	}
}

static struct rec *
redacted(const char *body, const char **left)
{
	struct kp_post post = { .name = S("Jan Testowy"),
		.author = S("user77"), .text = S("Szef nie zapłacił &") };
	const struct step step = { .posts = &post, .nposts = 1 };
	struct redact *redact = redact_new();
	struct rec *rec = rec_new(KP_POLL);

	rec_add(rec, REC_RESPONSE)->body = rec_keep(rec, str_of(body));
	redact_secret(redact, STR("s3cret"));
	redact_protect(redact, STR("https://szef.example/"));
	redact_step(redact, &step);
	redact_apply(redact, rec);
	*left = redact_left(redact, str_of(body)) == NULL ? NULL : "some";
	redact_free(redact);
	return rec;
}

static void
test_people_are_taken_out(void **state)
{
	static const struct {
		const char *body, *pattern;     /* ?: an invented letter */
	} t[] = {
		{ "{\"text\":\"Jan nie zap\\u0142aci\\u0142\",\"nie\":[77],"
		    "\"id\":\"user77\"}",
		    "{\"text\":\"??? ??? ????????\",\"nie\":[77],\"id\":\"??????\"}" },
		{ "<nie b=\"Testowy\">nie&amp;zap&#322;aci&#322; "
		    "https://szef.example/s3cret</nie>",
		    "<nie b=\"???????\">???&amp;???????? "
		    "https://szef.example/SECRET</nie>" },
		{ "Jan, Janek", "???, Janek" },
	};
	const char *left;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct rec *rec = redacted(t[i].body, &left);
		struct str body = rec->events[0].body;

		assert_int_equal(body.n, strlen(t[i].pattern));
		for (j = 0; j < body.n; j++) {
			if (t[i].pattern[j] != '?')
				assert_int_equal(body.p[j], t[i].pattern[j]);
		}
		assert_null(memmem(body.p, body.n, "apłac", 6));
		assert_null(memmem(body.p, body.n, "Jan ", 4));
		rec_free(rec);
	}
	/* What redaction missed is found. */
	rec_free(redacted("Testowy", &left));
	assert_non_null(left);
	rec_free(redacted("szef", &left));
	assert_null(left);
}

/* The same word always becomes the same one, another another. */
static void
test_redaction_keeps_who_is_who(void **state)
{
	const char *left;
	struct rec *rec = redacted("Testowy Szef Testowy", &left);
	struct str body = rec->events[0].body;

	(void)state;
	assert_int_equal(body.n, 20);
	assert_memory_equal(body.p, body.p + 13, 7);
	assert_memory_not_equal(body.p, "Testowy", 7);
	rec_free(rec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_exchange_is_read_and_written),
		cmocka_unit_test(test_faults_name_their_line),
		cmocka_unit_test(test_a_step_is_printed),
		cmocka_unit_test(test_a_difference_is_shown),
		cmocka_unit_test(test_people_are_taken_out),
		cmocka_unit_test(test_redaction_keeps_who_is_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
