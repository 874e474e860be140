/*
 * sentence.h - where sentences of folded text end.
 */
#ifndef KOMPAN_MATCH_SENTENCE_H
#define KOMPAN_MATCH_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sentences {
	uint32_t *ends;         /* offset behind each; the last is the end */
	size_t n, room;
};

/* Cut ${folded}; reuses the memory of ${sentences}. */
void sentences_cut(struct sentences *, struct str folded);
void sentences_fini(struct sentences *);
/* The number of the sentence that byte ${at} is in. */
size_t sentence_of(const struct sentences *, size_t at);
/* Whether sentence ${i} of ${folded} ends with a question mark. */
bool sentence_asks(const struct sentences *, struct str folded, size_t i);

#endif
