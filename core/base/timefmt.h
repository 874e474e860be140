/*
 * timefmt.h - times as platforms and people write them.
 *
 * All results are int64_t milliseconds since 1970-01-01 UTC.  Nothing here
 * depends on the machine's time zone or locale.
 */
#ifndef KOMPAN_BASE_TIMEFMT_H
#define KOMPAN_BASE_TIMEFMT_H

#include <stdint.h>

#include "base/str.h"

/* Room for "2026-11-25T03:29:18.123Z" and its terminator. */
#define TIME_TEXT_SIZE 32

/*
 * time_parse_iso(s, &ret): RFC 3339, and what is near it: a blank for the T,
 * a zone without a colon, a date alone (midnight), no zone at all (UTC).
 * 0 or -1.
 */
int time_parse_iso(struct str, int64_t *);
/*
 * time_parse_mail(s, &ret): RFC 5322 and RFC 822 ("Wed, 25 Nov 2026 03:29:18
 * +0100"): with or without weekday, two-digit years, obsolete zones (EST,
 * GMT, UT, Z); an unknown zone counts as UTC.  0 or -1.  Also the date of
 * HTTP headers.
 */
int time_parse_mail(struct str, int64_t *);
/* As "2026-11-25T03:29:18Z", with milliseconds where there are any. */
void time_format(int64_t, char[TIME_TEXT_SIZE]);

#endif
