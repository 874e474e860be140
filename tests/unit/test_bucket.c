/*
 * No window of ${per} ms, wherever it begins and whatever the way took, ever
 * sees one request more than the limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fetch/bucket.h"

static void
test_a_token_comes_back_after_the_answer(void **state)
{
	struct bucket b;

	(void)state;
	bucket_init(&b, 2, 1000);
	assert_true(bucket_ready(&b, 0) <= 0);
	bucket_take(&b, 0);
	bucket_take(&b, 0);
	assert_true(bucket_ready(&b, 5000) == INT64_MAX);
	bucket_answered(&b, 5000);
	assert_int_equal(bucket_ready(&b, 5001), 6000);
	assert_int_equal(bucket_ready(&b, 6000), 6000);
	bucket_unused(&b);
	bucket_take(&b, 6000);
	bucket_take(&b, 6000);
	assert_true(bucket_ready(&b, 6000) == INT64_MAX);
	bucket_fini(&b);
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* A source in a hurry against a server that counts arrivals. */
static void
test_no_window_holds_more_than_the_limit(void **state)
{
	enum { LIMIT = 7, PER = 1000, N = 5000 };
	static int64_t arrivals[N], answers[N];
	struct bucket b;
	int64_t now = 0;
	size_t sent = 0, answered = 0, i;

	(void)state;
	srand(1);
	bucket_init(&b, LIMIT, PER);
	while (sent < N) {
		/* Answers come in any order; the earliest is next. */
		if (bucket_ready(&b, now) <= now) {
			bucket_take(&b, now);
			arrivals[sent] = now + rand() % 400;
			answers[sent] = arrivals[sent] + rand() % 400;
			sent++;
			qsort(answers + answered, sent - answered,
			    sizeof(answers[0]), by_time);
			continue;
		}
		now++;
		while (answered < sent && answers[answered] <= now) {
			bucket_answered(&b, now);
			answered++;
		}
	}
	qsort(arrivals, N, sizeof(arrivals[0]), by_time);
	for (i = LIMIT; i < N; i++) {
		if (arrivals[i] - arrivals[i - LIMIT] < PER)
			fail_msg("request %zu oversteps", i);
	}
	/* And it is not far below what is allowed. */
	assert_true(arrivals[N - 1] < (int64_t)N / LIMIT * (PER + 800));
	bucket_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_comes_back_after_the_answer),
		cmocka_unit_test(test_no_window_holds_more_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
