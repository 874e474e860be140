/*
 * problems.h - every fault of a file, told in one go.
 *
 * Whoever reads a file that a person wrote collects what is wrong instead of
 * stopping at the first fault.
 */
#ifndef KOMPAN_BASE_PROBLEMS_H
#define KOMPAN_BASE_PROBLEMS_H

#include <stddef.h>
#include <stdio.h>

struct problem {
	char *file;
	unsigned line, column;  /* from 1; 0: none */
	char *text;             /* what is wrong and what to do about it */
};

struct problems {
	struct problem *v;
	size_t n, room;
};

#define PROBLEMS_INIT { NULL, 0, 0 }
/* More than this many are counted as one that says so. */
#define PROBLEMS_MAX 1000

void problems_fini(struct problems *);
void problems_add(struct problems *, const char *file, unsigned line,
    unsigned column, const char *, ...) __attribute__((format(printf, 5, 6)));
/* Each as "file:line:column: text". */
void problems_print(const struct problems *, FILE *);
/* One JSON line: {"problems":[{"file","line","column","text"}]}. */
void problems_print_json(const struct problems *, FILE *);

/*
 * nearest_word(word, words): the one of the NULL-terminated list ${words} that
 * ${word} was probably meant to be (at most two letters off, or a third of
 * the word), or NULL.
 */
const char *nearest_word(const char *, const char *const *);

#endif
