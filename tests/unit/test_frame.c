/*
 * Records cut from streams: the same for every way in which the stream is
 * chopped, and little memory whatever comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/buf.h"
#include "parse/frame.h"

static const struct kp_framing whole[] = { { KP_WHOLE, NULL } };
static const struct kp_framing lines[] = { { KP_LINES, NULL } };
static const struct kp_framing elements[] = { { KP_ELEMENTS, "messages" },
	{ KP_ELEMENTS, "chats.list[].messages" } };
static const struct kp_framing root[] = { { KP_ELEMENTS, "" } };

/* Write what comes out as lines of text. */
static void
on_record(void *arg, const struct kp_record *record)
{
	buf_printf(arg, "%d %.*s", (int)record->number,
	    (int)record->bytes.n, record->bytes.p);
	if (record->context.n > 0)
		buf_printf(arg, " in %.*s", (int)record->context.n,
		    record->context.p);
	buf_putc(arg, '\n');
}

static void
on_bad(void *arg, int64_t number, const char *why)
{
	buf_printf(arg, "%d bad: %s\n", (int)number, why);
}

static const struct framer_calls calls = { on_record, on_bad };

static void
run(const struct kp_framing *framing, size_t n, struct str s, size_t piece,
    struct buf *out)
{
	struct framer *framer = framer_new(framing, n, &calls, out);
	struct err err = ERR_INIT;
	int r = 0;

	while (s.n > 0 && r == 0) {
		struct str part = { s.p, s.n < piece ? s.n : piece };

		r = framer_feed(framer, part, &err);
		s.p += part.n;
		s.n -= part.n;
	}
	if (r == 0)
		r = framer_end(framer, &err);
	if (r == -1)
		buf_printf(out, "failed: %s\n", err.text);
	framer_free(framer);
}

static const struct {
	const struct kp_framing *framing;
	size_t n;
	const char *stream, *out, *point;
} cases[] = {
	{ whole, 1, "a\nb", "1 a\nb\n", "whole" },
	{ whole, 1, "", "1 \n", "an empty file is a record" },
	{ lines, 1, "a\n\r\n b \r\nc", "1 a\n3 b\n4 c\n",
	    "blank lines count as lines" },
	{ lines, 1, "\xef\xbb\xbf{}\n\xff\nx\n",
	    "1 {}\n2 bad: it is not UTF-8\n3 x\n", "mark, bad line" },
	{ elements, 2, "{\"name\":\"n\",\"id\":5,\"x\":null,\"o\":{\"name\":1},"
	    "\"messages\":[1,\"a\",{\"b\":[ null , true ]},[]],\"late\":1}",
	    "1 1 in {\"name\":\"n\",\"id\":5}\n"
	    "2 \"a\" in {\"name\":\"n\",\"id\":5}\n"
	    "3 {\"b\":[null,true]} in {\"name\":\"n\",\"id\":5}\n"
	    "4 [] in {\"name\":\"n\",\"id\":5}\n", "one chat" },
	{ elements, 2, "{\"about\":\"x\",\"chats\":{\"list\":["
	    "{\"id\":1,\"messages\":[10]},{\"id\":2,\"messages\":[]},"
	    "{\"id\":3,\"messages\":[30.5,31],\"messages\":[32]}]}}",
	    "1 10 in {\"id\":1}\n2 30.5 in {\"id\":3}\n3 31 in {\"id\":3}\n"
	    "4 32 in {\"id\":3}\n", "many chats" },
	{ elements, 2, "{\"x\":{\"messages\":[1]},\"messages\":{\"a\":[2]},"
	    "\"list\":[[{\"messages\":[3]}]]}", "failed: it holds no list at "
	    "`messages' or `chats.list[].messages'\n", "elsewhere" },
	{ elements, 2, "{\"messages\":[\"\\x0b\\\\x0b \\u00e4\"]}",
	    "1 \"\\u000B\\\\x0b ä\" in {}\n", "Telegram's \\xNN" },
	{ elements, 2, "{\"messages\":[1,}", "1 1 in {}\nfailed: byte 16: "
	    "parse error: unallowed token at this point in JSON text\n",
	    "corrupt" },
	{ elements, 2, "{\"messages\":[\"\\x0b\",}", "1 \"\\u000B\" in {}\n"
	    "failed: byte 21: parse error: unallowed token at this point in "
	    "JSON text\n", "corrupt, after what is longer now" },
	{ elements, 2, "{\"messages\":[1,[2",
	    "1 1 in {}\nfailed: byte 17: it ends in the middle\n", "cut off" },
	{ root, 1, "[{\"a\":1}]", "1 {\"a\":1}\n", "the root" },
};

static void
test_records_do_not_depend_on_pieces(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 1000 };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			struct buf out;

			buf_init(&out, 10000);
			run(cases[i].framing, cases[i].n,
			    (struct str){ cases[i].stream,
			    strlen(cases[i].stream) }, pieces[j], &out);
			assert_string_equal(out.p, cases[i].out);
			buf_fini(&out);
		}
	}
}

static void
fill(struct buf *b, const char *s, size_t n)
{
	for (; n > 0; n--)
		buf_puts(b, s);
}

static void
test_a_record_too_large_is_one_bad_record(void **state)
{
	const struct {
		const struct kp_framing *framing;
		const char *before, *filling;
		size_t times;
		const char *after, *out;
	} t[] = {
		{ lines, "a\n", "0123456789", 200000, "\nb\n",
		    "1 a\n2 bad: the line is longer than 1 MiB\n3 b\n" },
		{ lines, "a\n", "0123456789", 200000, "",
		    "1 a\n2 bad: the line is longer than 1 MiB\n" },
		{ root, "[1,[", "\"0123456789\",", 200000, "1],2]",
		    "1 1\n2 bad: it is larger than 1 MiB\n3 2\n" },
		{ root, "[1,{\"a\":\"", "0123456789", 200000, "\"},2]",
		    "1 1\n2 bad: it is larger than 1 MiB\n3 2\n" },
		{ root, "[1,", "[[[[[[[[[[", 10, "",
		    "1 1\nfailed: byte 103: it ends in the middle\n" },
		{ root, "[1,", "[[[[[[[[[[", 200, "", "1 1\nfailed: byte 1004:"
		    " more than 1000 levels\n" },
		{ root, "[1,", "1234567890", 600000, "]", "1 1\nfailed: byte "
		    "4194308: a text or number of more than 4 MiB\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf stream, out;

		buf_init(&stream, (size_t)16 << 20);
		buf_init(&out, 10000);
		buf_puts(&stream, t[i].before);
		fill(&stream, t[i].filling, t[i].times);
		buf_puts(&stream, t[i].after);
		run(t[i].framing, 1, buf_get(&stream), 65536, &out);
		assert_string_equal(out.p, t[i].out);
		buf_fini(&stream);
		buf_fini(&out);
	}
}

static long
memory_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void
count(void *arg, const struct kp_record *record)
{
	*(int64_t *)arg = record->number;
}

static void
test_a_long_stream_takes_no_memory(void **state)
{
	static const struct framer_calls counting = { count, on_bad };
	struct err err = ERR_INIT;
	int64_t last = 0;
	struct framer *framer = framer_new(elements, 2, &counting, &last);
	struct buf part;
	long before;
	int i;

	(void)state;
	buf_init(&part, (size_t)1 << 20);
	fill(&part, "{\"id\":1,\"text\":[\"a \\x07\",{\"type\":\"link\"}]},\n",
	    4000);
	assert_int_equal(framer_feed(framer, STR("{\"messages\":["), &err), 0);
	assert_int_equal(framer_feed(framer, buf_get(&part), &err), 0);
	before = memory_kib();
	for (i = 0; i < 100; i++)
		assert_int_equal(framer_feed(framer, buf_get(&part), &err), 0);
	assert_int_equal(framer_feed(framer, STR("0]}"), &err), 0);
	assert_int_equal(framer_end(framer, &err), 0);
	assert_int_equal(last, 101 * 4000 + 1);
#ifndef SANITIZED
	assert_in_range(memory_kib() - before, 0, 4096);
#else
	(void)before;           /* freed memory is kept aside there */
#endif
	framer_free(framer);
	buf_fini(&part);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_do_not_depend_on_pieces),
		cmocka_unit_test(test_a_record_too_large_is_one_bad_record),
		cmocka_unit_test(test_a_long_stream_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
