/*
 * retry.h - when to ask again: what the other side says, and what we say
 * where it says nothing.
 *
 * Platforms tell their limits in a dozen ways and units; all become one wall
 * time.  Pure functions.  Signals in bodies are the plugins' to read (they
 * come as pauses).
 */
#ifndef KOMPAN_FETCH_RETRY_H
#define KOMPAN_FETCH_RETRY_H

#include <stddef.h>
#include <stdint.h>

#include "fetch/http.h"

/* Nobody makes us wait longer without being asked once more. */
#define RETRY_MAX_MS (24 * HOUR_MS)
#define BACKOFF_MAX_MS (6 * HOUR_MS)

/*
 * retry_at(status, headers, n, now): the latest time that a header names for
 * the next request, between ${now} and ${now} + RETRY_MAX_MS; 0 where none
 * says anything.  Header names are in lower case.
 */
int64_t retry_at(int status, const struct http_pair *, size_t, int64_t now);

/*
 * backoff_ms(fails, dice): how long to rest after ${fails} failures in a row
 * (from 1): 30 s, doubling up to six hours, give or take a quarter by
 * ${dice} (any number).  There is no last try.
 */
int64_t backoff_ms(int64_t fails, uint32_t dice);

/*
 * fresh_until(headers, n, now): until when Cache-Control: max-age says that
 * asking again is pointless, at most an hour ahead; 0 where it does not.
 */
int64_t fresh_until(const struct http_pair *, size_t, int64_t now);

#endif
