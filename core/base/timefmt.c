/*
 * Reading and writing times.  Calendar arithmetic is timegm()'s; the words
 * and digits are cut here, since strptime() obeys the locale.
 */
#include "base/timefmt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ${n} digits at the front of *${s}: their value, or -1. */
static int
take_digits(struct str *s, size_t n)
{
	int value = 0;
	size_t i;

	if (s->n < n)
		return -1;
	for (i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return -1;
		value = value * 10 + (s->p[i] - '0');
	}
	s->p += n;
	s->n -= n;
	return value;
}

static bool
take_char(struct str *s, const char *any)
{
	if (s->n == 0 || s->p[0] == '\0' || strchr(any, s->p[0]) == NULL)
		return false;
	s->p++;
	s->n--;
	return true;
}

static void
skip_blanks(struct str *s)
{
	while (take_char(s, " \t\r\n"))
		;
}

/* "+01:00", "-0500", "+02": minutes east of UTC. */
static int
take_offset(struct str *s, int *ret)
{
	bool west;
	int hours, minutes = 0;

	if (s->n == 0 || (s->p[0] != '+' && s->p[0] != '-'))
		return -1;
	west = s->p[0] == '-';
	s->p++;
	s->n--;
	hours = take_digits(s, 2);
	if (hours < 0)
		return -1;
	(void)take_char(s, ":");
	if (s->n > 0)
		minutes = take_digits(s, 2);
	if (hours > 15 || minutes < 0 || minutes > 59)
		return -1;
	*ret = (hours * 60 + minutes) * (west ? -1 : 1);
	return 0;
}

static int
to_ms(struct tm *tm, int ms, int offset_min, int64_t *ret)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 ||
	    tm->tm_mday > days[tm->tm_mon] || tm->tm_hour > 23 ||
	    tm->tm_min > 59 || tm->tm_sec > 60)
		return -1;
	*ret = (int64_t)timegm(tm) * 1000 + ms - offset_min * (int64_t)60000;
	return 0;
}

/* ":SS" and a fraction, both optional. */
static int
take_seconds(struct str *s, int *sec, int *ms)
{
	int scale = 100;

	*sec = *ms = 0;
	if (!take_char(s, ":"))
		return 0;
	if ((*sec = take_digits(s, 2)) < 0)
		return -1;
	if (!take_char(s, ".,"))
		return 0;
	while (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9') {
		*ms += take_digits(s, 1) * scale;
		scale /= 10;
	}
	return 0;
}

int
time_parse_iso(struct str s, int64_t *ret)
{
	struct tm tm = { 0 };
	int ms = 0, offset = 0;

	s = str_trim(s);
	tm.tm_year = take_digits(&s, 4) - 1900;
	if (tm.tm_year < 0 || !take_char(&s, "-"))
		return -1;
	tm.tm_mon = take_digits(&s, 2) - 1;
	if (!take_char(&s, "-"))
		return -1;
	tm.tm_mday = take_digits(&s, 2);
	if (s.n > 0) {
		if (!take_char(&s, "Tt "))
			return -1;
		tm.tm_hour = take_digits(&s, 2);
		if (tm.tm_hour < 0 || !take_char(&s, ":"))
			return -1;
		tm.tm_min = take_digits(&s, 2);
		if (tm.tm_min < 0 || take_seconds(&s, &tm.tm_sec, &ms) == -1)
			return -1;
		skip_blanks(&s);
		if (s.n > 0 && !take_char(&s, "Zz") &&
		    take_offset(&s, &offset) == -1)
			return -1;
	}
	if (s.n > 0)
		return -1;
	return to_ms(&tm, ms, offset, ret);
}

static int
take_month(struct str *s)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	int i;

	if (s->n < 3)
		return -1;
	for (i = 0; i < 12; i++) {
		if (strncasecmp(s->p, names + i * 3, 3) == 0)
			break;
	}
	/* "September" for "Sep" is common. */
	while (s->n > 0 && ((s->p[0] | 0x20) >= 'a' && (s->p[0] | 0x20) <= 'z')) {
		s->p++;
		s->n--;
	}
	return i < 12 ? i : -1;
}

static void
take_zone(struct str *s, int *offset)
{
	static const struct {
		const char *name;
		int minutes;
	} zones[] = {
		{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 },
		{ "CDT", -300 }, { "MST", -420 }, { "MDT", -360 },
		{ "PST", -480 }, { "PDT", -420 }, { "CET", 60 },
		{ "CEST", 120 }, { "EET", 120 }, { "EEST", 180 },
	};
	size_t i;

	*offset = 0;
	if (take_offset(s, offset) == 0)
		return;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (s->n == strlen(zones[i].name) &&
		    strncasecmp(s->p, zones[i].name, s->n) == 0)
			*offset = zones[i].minutes;
	}
}

int
time_parse_mail(struct str s, int64_t *ret)
{
	struct tm tm = { 0 };
	int ms = 0, offset = 0;
	const char *comma;

	s = str_trim(s);
	if (s.n == 0)
		return -1;
	comma = memchr(s.p, ',', s.n);
	if (comma != NULL) {
		s.n -= (size_t)(comma + 1 - s.p);
		s.p = comma + 1;
	}
	skip_blanks(&s);
	tm.tm_mday = take_digits(&s, s.n > 1 && s.p[1] >= '0' &&
	    s.p[1] <= '9' ? 2 : 1);
	while (take_char(&s, " -"))
		;
	tm.tm_mon = take_month(&s);
	while (take_char(&s, " -"))
		;
	if (s.n >= 4 && s.p[2] >= '0' && s.p[2] <= '9') {
		tm.tm_year = take_digits(&s, 4) - 1900;
	} else {
		tm.tm_year = take_digits(&s, 2);
		if (tm.tm_year >= 0 && tm.tm_year < 70)
			tm.tm_year += 100;
	}
	skip_blanks(&s);
	if (tm.tm_year < 0 || s.n == 0)
		return -1;
	tm.tm_hour = take_digits(&s, s.n > 1 && s.p[1] != ':' ? 2 : 1);
	if (tm.tm_hour < 0 || !take_char(&s, ":"))
		return -1;
	tm.tm_min = take_digits(&s, 2);
	if (tm.tm_min < 0 || take_seconds(&s, &tm.tm_sec, &ms) == -1)
		return -1;
	skip_blanks(&s);
	take_zone(&s, &offset);
	return to_ms(&tm, ms, offset, ret);
}

void
time_format(int64_t at, char text[TIME_TEXT_SIZE])
{
	int ms = (int)(((at % 1000) + 1000) % 1000);
	time_t seconds = (time_t)((at - ms) / 1000);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	if (ms != 0)
		snprintf(text + n, TIME_TEXT_SIZE - n, ".%03dZ", ms);
	else
		snprintf(text + n, TIME_TEXT_SIZE - n, "Z");
}
