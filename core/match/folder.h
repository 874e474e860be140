/*
 * folder.h - a pattern while it is folded: pattern_fold.c and pattern_class.c.
 */
#ifndef KOMPAN_MATCH_FOLDER_H
#define KOMPAN_MATCH_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match/fold.h"
#include "match/pattern.h"

struct folder {
	const struct otext *in;
	struct otext *out;
	struct spot *spot;
	size_t i;
	unsigned at;            /* column of what is being folded */
	bool quoted;            /* between \Q and \E */
};

/* Of the byte that is next. */
unsigned folder_column(const struct folder *);
/* The byte ${ahead} of the next one, or -1 behind the end. */
int folder_peek(const struct folder *, size_t ahead);
/* One byte as a pattern writes it; ${special} ones are escaped. */
void folder_put_byte(struct otext *, unsigned char, unsigned column,
    const char *special);
/* fold_char(), telling where a byte is shared with other signs. */
size_t folder_fold_checked(struct folder *, uint32_t, char[FOLD_ONE_MAX]);
/* The code point that is next, moving past it. */
uint32_t folder_take_char(struct folder *);
/* "\x41", "\x{142}" or "\n" and the like: the code point, or -1. */
int64_t folder_take_code_escape(struct folder *);
/* The class that begins at the next byte, "[". */
void folder_class(struct folder *);

#endif
