/*
 * Who is due when, how the pace follows the source, and whose fault silence
 * is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "fetch/network.h"
#include "fetch/schedule.h"

static void
test_the_earliest_comes_first(void **state)
{
	enum { N = 1000 };
	static struct schedule_item items[N];
	struct schedule s = { NULL, 0, 0 };
	int64_t last = 0;
	size_t i, n = 0;

	(void)state;
	srand(2);
	for (i = 0; i < N; i++)
		schedule_put(&s, &items[i], rand() % 10000);
	for (i = 0; i < N; i += 3)
		schedule_put(&s, &items[i], rand() % 10000);
	for (i = 0; i < N; i += 5)
		schedule_remove(&s, &items[i]);
	schedule_remove(&s, &items[0]);
	while (schedule_first(&s) != NULL) {
		struct schedule_item *item = schedule_first(&s);

		assert_true(item->due_at >= last);
		last = item->due_at;
		schedule_remove(&s, item);
		n++;
	}
	assert_int_equal(n, N - N / 5);
	schedule_fini(&s);
}

static void
test_pace(void **state)
{
	int64_t pace = PACE_FIRST_MS;
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		pace = schedule_pace(pace, 5, 0, 0);
	assert_int_equal(pace, PACE_MIN_MS);
	for (i = 0; i < 100; i++)
		pace = schedule_pace(pace, 0, 0, 0);
	assert_int_equal(pace, PACE_MAX_MS);
	assert_true(schedule_pace(HOUR_MS, 1, 0, 0) < HOUR_MS);
	/* The plugin knows its platform: faster, or slower. */
	assert_int_equal(schedule_pace(SECOND_MS, 9, 2000, 0), 2000);
	assert_int_equal(schedule_pace(HOUR_MS, 9, 3 * HOUR_MS, 0),
	    3 * HOUR_MS);
	/* The admin fixes it. */
	assert_int_equal(schedule_pace(HOUR_MS, 9, 0, 15000), 15000);
	assert_int_equal(schedule_pace(HOUR_MS, 9, 60000, 15000), 15000);
	assert_int_equal(schedule_pace(0, 0, 0, 9 * HOUR_MS), 9 * HOUR_MS);
}

static void
test_due_times_drift_apart(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	uint32_t dice;

	(void)state;
	for (dice = 0; dice < 1024; dice++) {
		int64_t due = schedule_next(1000, 60000, dice) - 1000;

		least = due < least ? due : least;
		most = due > most ? due : most;
	}
	assert_in_range(least, 54000, 54100);
	assert_in_range(most, 65900, 66000);
}

static void
test_all_at_once_is_our_own_network(void **state)
{
	struct network *n = network_new();

	(void)state;
	network_answered(n, "a");
	network_answered(n, "b");
	network_answered(n, "c");
	network_answered(n, "d");
	assert_int_equal(network_failed(n, "a", false, 1000), NETWORK_SAME);
	assert_int_equal(network_failed(n, "a", false, 1001), NETWORK_SAME);
	assert_int_equal(network_failed(n, "b", false, 1002), NETWORK_SAME);
	assert_int_equal(network_failed(n, "c", false, 1003),
	    NETWORK_WENT_DOWN);
	assert_int_equal(network_failed(n, "d", false, 1004), NETWORK_SAME);
	assert_int_equal(network_down_since(n), 1003);
	/* One probe now and then. */
	assert_false(network_may_try(n, 1005));
	assert_true(network_may_try(n, 1003 + 15000));
	assert_false(network_may_try(n, 1003 + 15001));
	assert_int_equal(network_answered(n, "d"), NETWORK_CAME_BACK);
	assert_int_equal(network_answered(n, "a"), NETWORK_SAME);
	assert_true(network_may_try(n, 1003 + 15002));
	network_free(n);
}

static void
test_dead_hosts_prove_nothing(void **state)
{
	struct network *n = network_new();
	int i;

	(void)state;
	network_answered(n, "alive");
	network_failed(n, "dead1", false, 1);
	network_answered(n, "alive");
	network_failed(n, "dead2", false, 2);
	network_answered(n, "alive");
	network_failed(n, "dead3", false, 3);
	network_answered(n, "alive");
	for (i = 0; i < 10; i++) {
		assert_int_equal(network_failed(n, "dead1", false, 4),
		    NETWORK_SAME);
		assert_int_equal(network_failed(n, "dead2", false, 4),
		    NETWORK_SAME);
		assert_int_equal(network_failed(n, "dead3", false, 4),
		    NETWORK_SAME);
	}
	/* One source alone: only the routing table can tell. */
	assert_int_equal(network_failed(n, "alive", false, 5), NETWORK_SAME);
	assert_int_equal(network_failed(n, "alive", true, 6),
	    NETWORK_WENT_DOWN);
	network_free(n);
}

static void
test_both_of_two(void **state)
{
	struct network *n = network_new();

	(void)state;
	network_answered(n, "a");
	network_answered(n, "b");
	assert_int_equal(network_failed(n, "a", false, 1), NETWORK_SAME);
	assert_int_equal(network_failed(n, "b", false, 2), NETWORK_WENT_DOWN);
	network_free(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_earliest_comes_first),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_due_times_drift_apart),
		cmocka_unit_test(test_all_at_once_is_our_own_network),
		cmocka_unit_test(test_dead_hosts_prove_nothing),
		cmocka_unit_test(test_both_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
