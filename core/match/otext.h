/*
 * otext.h - a pattern on its way to the engine, and where each byte stood.
 *
 * Macros, phrases and folding change a pattern; what is wrong with the result
 * is still told at the column in which its author wrote it.
 */
#ifndef KOMPAN_MATCH_OTEXT_H
#define KOMPAN_MATCH_OTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problems.h"
#include "base/str.h"

/* Macros within macros must not grow without end. */
#define OTEXT_MAX ((size_t)64 << 10)

struct otext {
	char *p;                /* terminated */
	unsigned *column;       /* of each byte; one more for the end */
	size_t n, room;
	bool full;              /* OTEXT_MAX was reached, the rest is missing */
};

/* Where a text was written, and whom to tell what is wrong with it. */
struct spot {
	const char *file;
	unsigned line;
	struct problems *problems;
	bool bad;               /* something was told */
};

#define OTEXT_INIT { NULL, NULL, 0, 0, false }

void otext_fini(struct otext *);
/* Empty it; its memory is kept. */
void otext_reset(struct otext *);
void otext_add(struct otext *, const char *, size_t n, unsigned column);
void otext_puts(struct otext *, const char *, unsigned column);
/* ${value} as it stands in the file from ${column} on. */
void otext_set(struct otext *, struct str value, unsigned column);
/* The column of byte ${i}; behind the end that of the end. */
unsigned otext_column(const struct otext *, size_t i);

/* problems_add() at ${column} of the spot's line; marks it bad. */
void spot_tell(struct spot *, unsigned column, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#endif
