/*
 * mask.h - contact details out of a text, before it is stored or judged.
 */
#ifndef KOMPAN_STORAGE_MASK_H
#define KOMPAN_STORAGE_MASK_H

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

#define MASK_PHONE "\u2039phone\u203a"
#define MASK_EMAIL "\u2039email\u203a"
#define MASK_IBAN "\u2039iban\u203a"

#endif
