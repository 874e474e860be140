/*
 * Silence: when it counts, and that the command is run once, with arguments
 * that no shell ever sees, and cannot hold up the loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kompan-plugin.h>

#include "base/clock.h"
#include "fetch/alert.h"
#include "storage/place.h"
#include "storage/source.h"

#define NOW (100 * DAY_MS)

static void
test_when_a_source_is_silent(void **state)
{
	static const struct {
		struct source_row row;
		bool silent;
		const char *point;
	} t[] = {
		{ { .heard_at = NOW - HOUR_MS, .pace_ms = HOUR_MS }, false,
		    "heard a pace ago" },
		{ { .heard_at = NOW - 5 * HOUR_MS, .pace_ms = MINUTE_MS },
		    false, "less than the configured time" },
		{ { .heard_at = NOW - 7 * HOUR_MS, .pace_ms = MINUTE_MS },
		    true, "more" },
		{ { .heard_at = NOW - 7 * HOUR_MS, .pace_ms = 6 * HOUR_MS },
		    false, "its pace is slow" },
		{ { .heard_at = NOW - 19 * HOUR_MS, .pace_ms = 6 * HOUR_MS },
		    true, "even for its pace" },
		{ { .heard_at = NOW - 5 * DAY_MS, .pace_ms = MINUTE_MS,
		    .interval_ms = 2 * DAY_MS }, false, "the admin's pace" },
		{ { .heard_at = NOW, .pace_ms = 1, .rests = true }, true,
		    "it waits for the admin" },
		{ { .heard_at = 1, .pace_ms = 1, .paused = true }, false,
		    "the admin paused it" },
		{ { .created_at = NOW - HOUR_MS }, false, "just added" },
		{ { .created_at = NOW - DAY_MS }, true, "never heard" },
	};
	int64_t since;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (alert_source_silent(&t[i].row, 6 * HOUR_MS, NOW, &since) !=
		    t[i].silent)
			fail_msg("%s", t[i].point);
	}
	alert_source_silent(&t[2].row, 6 * HOUR_MS, NOW, &since);
	assert_int_equal(since, NOW - 7 * HOUR_MS);
}

static void
test_when_a_place_is_silent(void **state)
{
	struct place_row row = { .watched = true, .heard_at = NOW,
		.health = KP_OPEN };
	int64_t since;

	(void)state;
	assert_false(alert_place_silent(&row, HOUR_MS, NOW, &since));
	row.health = KP_LOST;
	assert_true(alert_place_silent(&row, HOUR_MS, NOW, &since));
	row.watched = false;
	assert_false(alert_place_silent(&row, HOUR_MS, NOW, &since));
}

static void
done(void *arg, int status)
{
	int *ret = arg;

	assert_int_equal(*ret, -2);
	*ret = status;
}

static int
run(char *const argv[], int64_t limit_ms)
{
	struct err err = ERR_INIT;
	struct loop *loop = loop_new(&err);
	int status = -2;
	struct mono began = clock_mono();

	runner_start(loop, argv, limit_ms, done, &status);
	/* Starting it returned at once. */
	assert_int_equal(status, -2);
	while (status == -2 && mono_since(began) < 20 * SECOND_MS)
		assert_int_equal(loop_step(loop, 1000, &err), 0);
	loop_free(loop);
	return status;
}

#define S(text) ((char *)(uintptr_t)(text))

static void
test_a_program_is_run_without_a_shell(void **state)
{
	char *good[] = { S("/usr/bin/test"), S("a;b $(c)"), S("="),
		S("a;b $(c)"), NULL };
	char *bad[] = { S("/bin/false"), NULL };
	char *none[] = { S("/nowhere/at/all"), NULL };
	char *slow[] = { S("/bin/sleep"), S("60"), NULL };

	(void)state;
	assert_int_equal(run(good, 10000), 0);
	assert_int_equal(run(bad, 10000), 1);
	/* Whether spawn or the child's exec finds it missing. */
	assert_int_not_equal(run(none, 10000), 0);
	assert_int_equal(run(slow, 100), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when_a_source_is_silent),
		cmocka_unit_test(test_when_a_place_is_silent),
		cmocka_unit_test(test_a_program_is_run_without_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
