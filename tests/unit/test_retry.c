/*
 * Every platform's way to say "later" becomes the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fetch/retry.h"

#define NOW INT64_C(1764041358000)      /* 2025-11-25T03:29:18Z */
#define NONE INT64_MIN
#define DAY RETRY_MAX_MS

static void
test_signals(void **state)
{
	static const struct {
		int status;
		const char *headers[2][2];
		int64_t wait_ms;        /* from NOW, or NONE */
		const char *point;
	} t[] = {
		{ 429, { { "retry-after", "17" } }, 17000, "seconds" },
		{ 503, { { "retry-after", "Tue, 25 Nov 2025 03:30:18 GMT" } },
		    60000, "a date" },
		{ 503, { { "retry-after", "Tue, 25 Nov 2025 03:00:00 GMT" } },
		    0, "a date that is past" },
		{ 429, { { "retry-after", "soon" } }, NONE, "nonsense" },
		{ 429, { { "retry-after", "-5" } }, NONE, "negative" },
		{ 429, { { "retry-after", "99999999999999999999" } }, NONE,
		    "too large for a number" },
		{ 429, { { "retry-after", "8640000" } }, DAY, "capped" },
		{ 429, { { "x-ratelimit-reset-after", "0.64" } }, 640,
		    "Discord: float seconds" },
		{ 200, { { "x-ratelimit-reset-after", "3" },
		    { "x-ratelimit-remaining", "0" } }, 3000,
		    "the last one was let through" },
		{ 200, { { "x-ratelimit-reset-after", "3" },
		    { "x-ratelimit-remaining", "4" } }, NONE, "some are left" },
		{ 200, { { "x-ratelimit-reset", "3" } }, NONE,
		    "nothing said about how many are left" },
		{ 429, { { "x-ratelimit-reset", "2025-11-25T03:34:18.500Z" } },
		    300500, "Mastodon: ISO time" },
		{ 429, { { "x-ratelimit-reset", "1764041360.25" } }, 2250,
		    "Discord: Unix seconds, float" },
		{ 200, { { "x-ratelimit-reset", "421" },
		    { "x-ratelimit-remaining", "0.0" } }, 421000,
		    "Reddit: seconds left, remaining as float" },
		{ 429, { { "ratelimit-reset", "1764041418" } }, 60000,
		    "Bluesky: Unix seconds" },
		{ 429, { { "ratelimit-reset", "50" } }, 50000,
		    "IETF draft: seconds left" },
		{ 400, { { "x-business-use-case-usage",
		    "{\"1\":[{\"type\":\"pages\",\"call_count\":100,"
		    "\"estimated_time_to_regain_access\":19}]}" } },
		    19 * MINUTE_MS, "Meta: minutes" },
		{ 200, { { "x-business-use-case-usage",
		    "{\"1\":[{\"estimated_time_to_regain_access\":0}]}" } },
		    NONE, "Meta: nothing to wait for" },
		{ 200, { { "x-app-usage", "{\"call_count\":12,"
		    "\"total_time\":100,\"total_cputime\":3}" } }, HOUR_MS,
		    "Meta: used up" },
		{ 200, { { "x-app-usage", "{\"call_count\":99}" } }, NONE,
		    "Meta: nearly" },
		{ 200, { { "x-app-usage", "[[[[" } }, NONE, "no JSON" },
		{ 429, { { "retry-after", "5" },
		    { "x-ratelimit-reset-after", "9" } }, 9000,
		    "the later one" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct http_pair h[2];
		size_t n = 0;
		int64_t at;

		for (; n < 2 && t[i].headers[n][0] != NULL; n++) {
			h[n].name = (char *)(uintptr_t)t[i].headers[n][0];
			h[n].value = (char *)(uintptr_t)t[i].headers[n][1];
		}
		at = retry_at(t[i].status, h, n, NOW);
		if (at != (t[i].wait_ms == NONE ? 0 : NOW + t[i].wait_ms))
			fail_msg("%s: %+lld", t[i].point,
			    (long long)(at - NOW));
	}
}

static void
test_backoff_rises_is_capped_and_never_ends(void **state)
{
	int64_t fails;
	uint32_t dice;

	(void)state;
	for (fails = 1; fails < 100; fails++) {
		for (dice = 0; dice < 2048; dice += 37) {
			int64_t ms = backoff_ms(fails, dice);

			assert_in_range(ms, 22500, BACKOFF_MAX_MS);
			if (fails > 20)
				assert_true(ms >= BACKOFF_MAX_MS / 4 * 3);
		}
	}
	assert_true(backoff_ms(1, 1023) < 38000);
	assert_true(backoff_ms(5, 0) > backoff_ms(3, 1023));
	assert_int_not_equal(backoff_ms(3, 0), backoff_ms(3, 512));
}

static void
test_freshness(void **state)
{
	static const struct {
		const char *value;
		int64_t ms;
	} t[] = {
		{ "max-age=300", 300000 },
		{ "public, max-age=60", 60000 },
		{ "no-cache, max-age=300", 0 },
		{ "no-store, max-age=300", 0 },
		{ "max-age=999999", HOUR_MS },
		{ "max-age=0", 0 },
		{ "max-age=x", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct http_pair h = { (char *)(uintptr_t)"cache-control",
			(char *)(uintptr_t)t[i].value };
		int64_t at = fresh_until(&h, 1, NOW);

		assert_int_equal(at, t[i].ms == 0 ? 0 : NOW + t[i].ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_backoff_rises_is_capped_and_never_ends),
		cmocka_unit_test(test_freshness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
