/*
 * Runs a fuzz target over its corpus, where there is no libFuzzer: what was
 * found once is looked for in every `make check`.  TAP; fuzz_X takes
 * $top_srcdir/tests/fuzz/corpus/X, or the files that are named.
 */
#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int count;

static void
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes, *exact;
	size_t n, room = (size_t)4 << 20;
	const char *base;

	if (f == NULL)
		err(1, "%s", path);
	bytes = xcalloc(1, room);
	n = fread(bytes, 1, room, f);
	if (n == room || ferror(f))
		errx(1, "%s: cannot be read, or too large", path);
	fclose(f);
	/* As long as the input is, so that a sanitizer sees one byte more. */
	exact = xcalloc(1, n == 0 ? 1 : n);
	memcpy(exact, bytes, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(bytes);
	base = strrchr(path, '/');
	printf("ok %d - %s\n", ++count, base == NULL ? path : base + 1);
	fflush(stdout);
}

static void
run_folder(const char *folder)
{
	struct dirent **entries;
	int i, n = scandir(folder, &entries, NULL, alphasort);

	if (n == -1)
		err(1, "%s", folder);
	for (i = 0; i < n; i++) {
		char *path = xasprintf("%s/%s", folder, entries[i]->d_name);

		if (entries[i]->d_name[0] != '.')
			run_file(path);
		free(path);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	const char *name = strrchr(argv[0], '/');
	char *folder;
	int i;

	name = name == NULL ? argv[0] : name + 1;
	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	if (argc > 1) {
		for (i = 1; i < argc; i++)
			run_file(argv[i]);
	} else {
		if (strncmp(name, "fuzz_", 5) != 0)
			errx(1, "%s: not a fuzz target's name", name);
		folder = xasprintf("%s/tests/fuzz/corpus/%s",
		    top == NULL ? "." : top, name + 5);
		run_folder(folder);
		free(folder);
	}
	printf("1..%d\n", count);
	return count == 0;
}
