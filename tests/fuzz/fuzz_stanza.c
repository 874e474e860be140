/*
 * What people write: the syntax of all files, with whatever a file may hold.
 * Every value lies within the file's own copy, and what the check accepts has
 * a value of its type.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/stanza.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct stanza_key keys[] = {
	{ .name = "text", .flags = STANZA_MANY | STANZA_MAYBE_LANG },
	{ .name = "word", .type = STANZA_WORD },
	{ .name = "n", .type = STANZA_NUMBER, .min = 1, .max = 9 },
	{ .name = "on", .type = STANZA_SWITCH },
	{ .name = "t", .type = STANZA_DURATION, .max = 1000000 },
	{ .name = "one", .type = STANZA_CHOICE, .choices = "a b" },
	{ .name = "some", .type = STANZA_CHOICES, .choices = "a b" },
	{ .name = "url", .type = STANZA_URL },
	{ 0 }
};

static void
check(const struct stanza_file *file, const struct stanza *stanza,
    struct problems *problems)
{
	int64_t number;

	if (stanza_check(file, stanza, keys, problems) == -1)
		return;
	number = stanza_number(stanza, "n", 1);
	if (number < 1 || number > 9)
		abort();
	number = stanza_duration_ms(stanza, "t", 0);
	if (number < 0 || number > 1000000)
		abort();
	(void)stanza_switch(stanza, "on", false);
	if (strlen(stanza_text(stanza, "url", "https://")) < 7)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct problems problems = PROBLEMS_INIT;
	struct stanza_file *file = NULL;
	size_t i, before;
	int r;

	r = stanza_parse("f", (struct str){ (const char *)data, n }, &file,
	    &problems);
	if (r == -1 && problems.n == 0)
		abort();
	for (i = 0; file != NULL && i < file->n; i++) {
		before = problems.n;
		check(file, &file->v[i], &problems);
		if (problems.n < before)
			abort();
	}
	stanza_free(file);
	problems_fini(&problems);
	return 0;
}
