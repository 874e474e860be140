/*
 * store_grep.h - what stands in the files of a database, whatever SQL says.
 */
#ifndef KOMPAN_TESTS_STORE_GREP_H
#define KOMPAN_TESTS_STORE_GREP_H

#include "store_case.h"

/* Words that every text and every name of grep_post() is made of. */
#define GREP_TEXT "ndgsldmrk"
#define GREP_NAME "vrnmdnm"

/* Numbers below ${below}, the same in every run. */
static inline int
grep_number(int below)
{
	static uint32_t state = 7;

	state = state * 1664525 + 1013904223;
	return (int)((state >> 8) % (uint32_t)below);
}

/* Post ${number} with ${size} bytes of text. */
static inline void
grep_post(struct store_case *c, int number, int round, int size)
{
	static char text[10000], id[32], name[64];
	int n = snprintf(text, sizeof(text), GREP_TEXT "%d-%d", number, round);

	while (n < size)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " " GREP_TEXT
		    "%d", grep_number(1000000));
	snprintf(id, sizeof(id), "p%d", number);
	snprintf(name, sizeof(name), GREP_NAME "%d", number);
	case_post(c, KP_POST(.id = { id, strlen(id) },
	    .text = { text, (size_t)n }, .title = { text, 14 },
	    .name = { name, strlen(name) }, .author = { id, strlen(id) },
	    .url = { id, strlen(id) }));
}

static inline int
grep_file(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	size_t n, m = strlen(word);
	int found = 0;
	char *all, *p, *end;

	if (f == NULL)
		return 0;
	fseek(f, 0, SEEK_END);
	n = (size_t)ftell(f);
	rewind(f);
	all = malloc(n + 1);
	n = fread(all, 1, n, f);
	fclose(f);
	end = all + n;
	for (p = all; (p = memmem(p, (size_t)(end - p), word, m)) != NULL;
	    p += m)
		found++;
	free(all);
	return found;
}

/* How often ${word} stands in the database's files. */
static inline int
store_grep(struct store_temp *t, const char *word)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char path[256];
	int found = 0;
	size_t k;

	for (k = 0; k < 4; k++) {
		snprintf(path, sizeof(path), "%s%s", t->path, tails[k]);
		found += grep_file(path, word);
	}
	return found;
}

#endif
