/*
 * url.h - an absolute http or https URL, taken apart by libcurl's parser.
 *
 * The parser that checks is the one that later connects, so the two cannot
 * disagree about where the host ends.
 */
#ifndef KOMPAN_FETCH_URL_H
#define KOMPAN_FETCH_URL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define URL_MAX ((size_t)8192)

struct url {
	char *scheme;           /* "https" or "http" */
	char *host;             /* lower case, no final dot, no brackets */
	char *path;             /* starts with '/', dot segments resolved */
	char *query;            /* without the '?'; NULL: none */
	char *text;             /* all of it again, without a fragment */
	int port;               /* always known */
	bool port_given;        /* it is not the scheme's own */
};

/*
 * url_parse(text, ret, err):
 * 0 and *${ret}, the caller's to url_free(); -1 for what is not absolute http
 * or https, carries a user or password, control characters, or a path whose
 * segments hide "." or ".." behind percent signs.  ${err} never repeats more
 * than the start of the text.
 */
int url_parse(struct str, struct url **, struct err *);
/* The same for a reference (Location:) relative to ${base}. */
int url_join(const struct url *base, struct str, struct url **, struct err *);
void url_free(struct url *);

/* Same scheme, host and port: where a credential may go again. */
bool url_same_origin(const struct url *, const struct url *);

/*
 * url_with(url, prefix, query): the text of ${url} with ${prefix} put before
 * its path and ${query} ("key=value", encoded) behind its query; NULL for
 * either is none.  free() it, after sodium_memzero() where it holds a secret.
 */
char *url_with(const struct url *, const char *prefix, const char *query);

#endif
