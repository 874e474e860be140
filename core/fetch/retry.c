/*
 * One row a signal: where it stands, when it counts, what unit it has.
 */
#include "fetch/retry.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/timefmt.h"

enum unit {
	SECONDS_OR_DATE,        /* Retry-After */
	SECONDS,                /* whole or not */
	RESET,                  /* ISO time, Unix seconds, or seconds left */
	META_MINUTES,           /* JSON: estimated_time_to_regain_access */
	META_PERCENT            /* JSON: any figure of 100 or more: an hour */
};

struct signal {
	const char *header;
	enum unit unit;
	const char *remaining;  /* counts on 429, or when this header says 0 */
};

static const struct signal signals[] = {
	{ "retry-after", SECONDS_OR_DATE, NULL },
	{ "x-ratelimit-reset-after", SECONDS, "x-ratelimit-remaining" },
	{ "x-ratelimit-reset", RESET, "x-ratelimit-remaining" },
	{ "x-rate-limit-reset", RESET, "x-rate-limit-remaining" },
	{ "ratelimit-reset", RESET, "ratelimit-remaining" },
	{ "x-business-use-case-usage", META_MINUTES, NULL },
	{ "x-app-usage", META_PERCENT, NULL },
	{ "x-page-usage", META_PERCENT, NULL },
};

/* "12", "0.64": milliseconds, rounded up; -1 where it is no number. */
static int64_t
parse_seconds(struct str s)
{
	struct str whole;
	int64_t ms, part = 0;
	int digits = 0;

	s = str_trim(s);
	whole = str_cut(&s, '.');
	if (str_to_i64(whole, 0, INT64_MAX / 2000, &ms) == -1)
		return -1;
	ms *= 1000;
	for (; s.p != NULL && s.n > 0; s.p++, s.n--, digits++) {
		if (s.p[0] < '0' || s.p[0] > '9')
			return -1;
		if (digits < 3)
			part = part * 10 + (s.p[0] - '0');
		else if (digits == 3 && s.p[0] != '0')
			part++;
	}
	for (; digits < 3; digits++)
		part *= 10;
	return ms + part;
}

static int64_t
after(int64_t now, int64_t ms)
{
	return ms < 0 ? 0 : ms > RETRY_MAX_MS ? now + RETRY_MAX_MS : now + ms;
}

static int64_t
parse_reset(struct str s, int64_t now)
{
	int64_t ms = parse_seconds(s), at;

	if (ms >= 0 && ms < INT64_C(1000000000) * 1000)
		return after(now, ms);                  /* seconds left */
	if (ms >= INT64_C(1000000000000) * 1000)
		return ms / 1000;                       /* Unix ms */
	if (ms >= 0)
		return ms;                              /* Unix seconds */
	return time_parse_iso(str_trim(s), &at) == 0 ? at : 0;
}

static double
figure(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return 0;
	return json_object_get_double(value);
}

/* {"ID": [{"type": ..., "estimated_time_to_regain_access": MINUTES}]} */
static int64_t
meta_minutes(struct json_object *usage, int64_t now)
{
	double most = 0;

	if (!json_object_is_type(usage, json_type_object))
		return 0;
	json_object_object_foreach(usage, key, list) {
		size_t i, n = json_object_is_type(list, json_type_array) ?
		    json_object_array_length(list) : 0;

		(void)key;
		for (i = 0; i < n; i++) {
			double minutes = figure(json_member(
			    json_object_array_get_idx(list, i),
			    "estimated_time_to_regain_access"));

			if (minutes > most)
				most = minutes;
		}
	}
	if (most > 24 * 60)
		most = 24 * 60;
	return most > 0 ? now + (int64_t)(most * (double)MINUTE_MS) : 0;
}

static int64_t
meta_percent(struct json_object *usage, int64_t now)
{
	if (!json_object_is_type(usage, json_type_object))
		return 0;
	json_object_object_foreach(usage, key, value) {
		(void)key;
		if (figure(value) >= 100)
			return now + HOUR_MS;
	}
	return 0;
}

static int64_t
parse_json(enum unit unit, struct str text, int64_t now)
{
	struct json_object *usage = NULL;
	struct err err;
	int64_t at;

	if (json_parse(text, &usage, &err) == -1)
		return 0;
	at = unit == META_MINUTES ? meta_minutes(usage, now) :
	    meta_percent(usage, now);
	json_object_put(usage);
	return at;
}

static int64_t
parse_signal(const struct signal *signal, struct str text, int64_t now)
{
	int64_t at;

	switch (signal->unit) {
	case SECONDS_OR_DATE:
		if (parse_seconds(text) >= 0)
			return after(now, parse_seconds(text));
		return time_parse_mail(str_trim(text), &at) == 0 ? at : 0;
	case SECONDS:
		return after(now, parse_seconds(text));
	case RESET:
		return parse_reset(text, now);
	default:
		return parse_json(signal->unit, text, now);
	}
}

static struct str
find(const struct http_pair *headers, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(headers[i].name, name) == 0)
			return str_of(headers[i].value);
	}
	return STR_NONE;
}

static bool
counts(const struct signal *signal, int status,
    const struct http_pair *headers, size_t n)
{
	if (signal->remaining == NULL || status == 429)
		return true;
	/* "0" or "0.0"; a negative one is as empty. */
	return find(headers, n, signal->remaining).p != NULL &&
	    (parse_seconds(find(headers, n, signal->remaining)) == 0 ||
	    str_starts(find(headers, n, signal->remaining), STR("-")));
}

int64_t
retry_at(int status, const struct http_pair *headers, size_t n, int64_t now)
{
	int64_t latest = 0;
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct str text = find(headers, n, signals[i].header);
		int64_t at;

		if (text.p == NULL || !counts(&signals[i], status, headers, n))
			continue;
		at = parse_signal(&signals[i], text, now);
		if (at > latest)
			latest = at;
	}
	if (latest == 0)
		return 0;
	if (latest > now + RETRY_MAX_MS)
		return now + RETRY_MAX_MS;
	return latest > now ? latest : now;
}

int64_t
backoff_ms(int64_t fails, uint32_t dice)
{
	int64_t ms = 30 * SECOND_MS;

	for (; fails > 1 && ms < BACKOFF_MAX_MS; fails--)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	/* 0.75 to 1.25, and the cap holds. */
	ms = ms / 4 * 3 + (int64_t)(dice % 1024) * (ms / 2) / 1024;
	return ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : ms;
}

int64_t
fresh_until(const struct http_pair *headers, size_t n, int64_t now)
{
	struct str rest = find(headers, n, "cache-control");
	int64_t seconds;

	while (rest.p != NULL) {
		struct str word = str_trim(str_cut(&rest, ','));

		if (str_is(word, "no-cache") || str_is(word, "no-store"))
			return 0;
		if (!str_starts(word, STR("max-age=")))
			continue;
		word.p += 8;
		word.n -= 8;
		if (str_to_i64(word, 1, INT64_MAX / 1000, &seconds) == -1)
			return 0;
		return now + (seconds > 3600 ? HOUR_MS : seconds * 1000);
	}
	return 0;
}
