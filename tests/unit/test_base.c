/*
 * What everything stands on: text, buffers, times, guesses at misspelt words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/problems.h"
#include "base/str.h"
#include "base/timefmt.h"

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t value;
		const char *point;
	} t[] = {
		{ "0", 0, 0, "zero" },
		{ "-7", 0, -7, "negative" },
		{ "9223372036854775807", 0, INT64_MAX, "largest" },
		{ "9223372036854775808", -1, 0, "one too large" },
		{ "-9223372036854775808", 0, INT64_MIN, "smallest" },
		{ "", -1, 0, "nothing" },
		{ "-", -1, 0, "a sign alone" },
		{ "12a", -1, 0, "a letter behind" },
		{ " 1", -1, 0, "a blank before" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t value = 0;

		if (str_to_i64(str_of(t[i].text), INT64_MIN, INT64_MAX,
		    &value) != t[i].r || value != t[i].value)
			fail_msg("%s: \"%s\"", t[i].point, t[i].text);
	}
}

static void
test_utf8_is_never_cut(void **state)
{
	struct str s = STR("zap\xc5\x82" "aci");

	(void)state;
	assert_int_equal(str_fit(s, 4).n, 3);
	assert_int_equal(str_fit(s, 5).n, 5);
	assert_true(str_is_utf8(s));
	assert_false(str_is_utf8(STR("\xc5")));
	assert_false(str_is_utf8(STR("\xed\xa0\x80")));
	assert_false(str_is_utf8(STR("\xc0\x80")));
}

static void
test_buffer_keeps_its_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(buf_puts(&b, "12345678"), 0);
	assert_int_equal(buf_putc(&b, '9'), -1);
	assert_true(b.failed);
	assert_int_equal(buf_add(&b, "", 0), -1);
	buf_reset(&b);
	assert_int_equal(buf_printf(&b, "%d", 12345), 0);
	buf_shift(&b, 3);
	assert_true(str_is(buf_get(&b), "45"));
	buf_fini(&b);
}

static void
test_times(void **state)
{
	static const struct {
		int mail;
		const char *text;
		const char *iso;        /* NULL: refused */
		const char *point;
	} t[] = {
		{ 0, "2026-11-25T03:29:18Z", "2026-11-25T03:29:18Z", "RFC 3339" },
		{ 0, "2026-11-25T04:29:18.25+01:00", "2026-11-25T03:29:18.250Z", "zone and fraction" },
		{ 0, "2026-01-01T10:00:00+0000", "2026-01-01T10:00:00Z", "Graph API: no colon" },
		{ 0, "2026-11-25T03:29:18", "2026-11-25T03:29:18Z", "WordPress *_gmt: no zone" },
		{ 0, "2026-11-25", "2026-11-25T00:00:00Z", "a date alone" },
		{ 0, "2026-13-25", NULL, "no such month" },
		{ 0, "2026-11-25T25:00:00Z", NULL, "no such hour" },
		{ 0, "yesterday", NULL, "words" },
		{ 1, "Wed, 25 Nov 2026 03:29:18 +0000", "2026-11-25T03:29:18Z", "RFC 5322" },
		{ 1, "25 Nov 2026 03:29 GMT", "2026-11-25T03:29:00Z", "no weekday, no seconds" },
		{ 1, "Wed, 25 Nov 26 04:29:18 CET", "2026-11-25T03:29:18Z", "RFC 822 year, named zone" },
		{ 1, "Wednesday, 25-Nov-26 03:29:18 GMT", "2026-11-25T03:29:18Z", "RFC 850" },
		{ 1, "Wed, 25 Foo 2026 03:29:18 GMT", NULL, "no such month" },
		{ 1, "", NULL, "nothing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char text[TIME_TEXT_SIZE] = "";
		int64_t at;
		int r = t[i].mail ? time_parse_mail(str_of(t[i].text), &at) :
		    time_parse_iso(str_of(t[i].text), &at);

		if (r == 0)
			time_format(at, text);
		if (t[i].iso == NULL ? r == 0 : strcmp(text, t[i].iso) != 0)
			fail_msg("%s: \"%s\" gave %s", t[i].point, t[i].text,
			    text);
	}
}

static void
test_nearest_word(void **state)
{
	static const char *const keys[] = { "match", "except", "also", NULL };

	(void)state;
	assert_string_equal(nearest_word("mach", keys), "match");
	assert_string_equal(nearest_word("expect", keys), "except");
	assert_null(nearest_word("zebra", keys));
}

static void
test_json_from_outside(void **state)
{
	struct json_object *value;
	struct err err = ERR_INIT;
	char deep[200];

	(void)state;
	assert_int_equal(json_parse(STR("{\"a\":\"x\",\"n\":7} "), &value,
	    &err), 0);
	assert_true(str_is(json_get_str(value, "a"), "x"));
	assert_int_equal(json_get_i64(value, "n", -1), 7);
	assert_null(json_get_str(value, "n").p);
	json_object_put(value);
	assert_int_equal(json_parse(STR("{\"a\":1} x"), &value, &err), -1);
	assert_int_equal(json_parse(STR("{\"a\":"), &value, &err), -1);
	assert_int_equal(json_parse(STR("{\"a\":\"\xff\"}"), &value, &err), -1);
	assert_int_equal(json_parse(STR("[\"\xf7\xab\x96\x8d\"]"), &value,
	    &err), -1);
	assert_int_equal(json_parse(STR("[\"\xed\xa0\x80\"]"), &value, &err),
	    -1);
	memset(deep, '[', sizeof(deep));
	assert_int_equal(json_parse((struct str){ deep, sizeof(deep) }, &value,
	    &err), -1);
	/* One broken character must not lose the rest of an answer. */
	assert_int_equal(json_parse(STR("{\"a\":\"\\ud800!\"}"), &value, &err),
	    0);
	assert_true(str_is(json_get_str(value, "a"), "\xef\xbf\xbd!"));
	json_object_put(value);
	assert_int_equal(json_parse(STR("42"), &value, &err), 0);
	json_object_put(value);
}

static void
note(void *arg)
{
	char **at = arg;

	*(*at)++ = 'x';
}

static void
test_timers_fire_in_order_and_once(void **state)
{
	struct err err = ERR_INIT;
	struct loop *loop;
	struct loop_timer *early, *late;
	char early_log[8] = "", late_log[8] = "", *e = early_log,
	    *l = late_log;

	(void)state;
	clock_set(1000000);
	loop = loop_new(&err);
	assert_non_null(loop);
	early = loop_timer_new(loop, note, &e);
	late = loop_timer_new(loop, note, &l);
	loop_timer_set(late, mono_add(clock_mono(), 20));
	loop_timer_set(early, mono_add(clock_mono(), 10));
	clock_advance(10);
	assert_int_equal(loop_step(loop, 0, &err), 0);
	assert_string_equal(early_log, "x");
	assert_string_equal(late_log, "");
	loop_timer_clear(late);
	clock_advance(100);
	assert_int_equal(loop_step(loop, 0, &err), 0);
	assert_string_equal(early_log, "x");
	assert_string_equal(late_log, "");
	loop_post(loop, note, &l);
	assert_int_equal(loop_step(loop, 0, &err), 0);
	assert_string_equal(late_log, "x");
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_utf8_is_never_cut),
		cmocka_unit_test(test_buffer_keeps_its_limit),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_nearest_word),
		cmocka_unit_test(test_json_from_outside),
		cmocka_unit_test(test_timers_fire_in_order_and_once),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
