/*
 * fold.h - text made plain, so that rules match bytes.
 *
 * One pass without context: compatibility forms, case, diacritics, zero-width
 * and look-alikes go, Cyrillic becomes Latin, what is left outside ASCII is
 * one byte each.  The same for every language, and the same for patterns.
 */
#ifndef KOMPAN_MATCH_FOLD_H
#define KOMPAN_MATCH_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "match/foldspec.h"

/* Room that fold_text() needs for ${n} bytes: no letter more than doubles. */
#define FOLD_ROOM(n) (2 * (n) + 32)

/* Changes whenever folded text would: kept with every index of it. */
uint32_t fold_version(void);

/*
 * fold_text(text, out): fold into ${out}, which has FOLD_ROOM(text.n) bytes;
 * the number of bytes written.  A byte that is no UTF-8 becomes FOLD_INVALID.
 */
size_t fold_text(struct str, char *out);

/*
 * fold_map(text, out, map): the same, and where each folded byte came from:
 * map[i] is the offset in ${text} of the code point that gave byte i.  ${map}
 * has FOLD_ROOM(text.n) elements; map[length] is text.n.  Text of 4 GiB or
 * more is not for it.
 */
size_t fold_map(struct str, char *out, uint32_t *map);

/*
 * fold_span(map, n, from, to, &start, &end): the bytes of the original that
 * gave folded bytes ${from} to ${to} - 1 of ${n}.  Marks that were dropped
 * behind the last letter belong to it; a letter is never cut in two.
 */
void fold_span(const uint32_t *map, size_t n, size_t from, size_t to,
    size_t *start, size_t *end);

/* fold_char(c, out): one code point; 0 to FOLD_ONE_MAX bytes. */
size_t fold_char(uint32_t, char out[FOLD_ONE_MAX]);

/*
 * fold_decode(p, end, &c): the code point at ${p} and its length in bytes;
 * 0 where the bytes are no UTF-8.
 */
size_t fold_decode(const char *p, const char *end, uint32_t *);

#endif
