/*
 * mask.h - contact details out of a text, before it is stored or judged.
 */
#ifndef KOMPAN_STORAGE_MASK_H
#define KOMPAN_STORAGE_MASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * mask_text(in, out):
 * Append ${in} to ${out} with phone numbers, e-mail addresses and IBANs
 * replaced by the marks below.  Prices, dates, times, paragraphs, wages, years
 * and post codes stay.  Returns how many were replaced, or -1 where ${out} is
 * too small (2 * in.n + 16 bytes are always enough).  Linear in in.n.
 */
int mask_text(struct str, struct buf *);

/* One replacement: ${n} bytes at ${at} of the output were ${was} bytes. */
struct mask_cut {
	size_t at, n, was;
};

/*
 * mask_text_cuts(in, out, cuts, ncuts): the same, with the replacements in
 * order; free(*cuts).  ${out} must have been empty.
 */
int mask_text_cuts(struct str, struct buf *, struct mask_cut **, size_t *);
/*
 * mask_offset(cuts, n, at, end): where byte ${at} of the output stood in the
 * input; within a mark, where the replaced text began (or, for an ${end},
 * ended).
 */
size_t mask_offset(const struct mask_cut *, size_t n, size_t at, bool end);

#define MASK_PHONE "\u2039phone\u203a"
#define MASK_EMAIL "\u2039email\u203a"
#define MASK_IBAN "\u2039iban\u203a"

#endif
