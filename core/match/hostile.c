/*
 * Texts that a stranger could write against a pattern.
 *
 * What makes a backtracking engine slow is text that nearly matches in many
 * ways: the pattern's own text over and over, its repetitions drawn out, and
 * something at the end that spoils the match.  Time is counted by PCRE2's
 * match limit, so that the answer does not depend on the machine, and by the
 * clock of the thread for what the limit does not see.
 */
#include "match/pattern_tree.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define TEXT_MAX 4096u
#define SAMPLE_MAX 600u
/* Far above what a good pattern takes for 4 KB; a post has four times that. */
#define CPU_MAX_MS 60

/* What the loop of calibrate() takes on a slow machine of today. */
#define CALIBRATION_US 20000

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t cpu_max_us;

static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A machine that is slower than any, or an emulated one, gets more time. */
static void
calibrate(void)
{
	int64_t before = cpu_us(), took;
	volatile uint32_t x = 1;
	int i;

	for (i = 0; i < 1000000; i++)
		x = x * 1664525u + 1013904223u;
	took = cpu_us() - before;
	cpu_max_us = CPU_MAX_MS * 1000 * (took > CALIBRATION_US ? took /
	    CALIBRATION_US + 1 : 1);
}

/* Search ${text} through, as a post would be. */
static bool
is_slow_on(const struct pattern *pattern, struct pattern_scratch *scratch,
    const char *text, size_t n)
{
	int64_t before = cpu_us();
	size_t start, end, from = 0;
	int r, found = 0;

	while ((r = pattern_find(pattern, scratch, (struct str){ text, n },
	    from, &start, &end)) == 1 && found++ < 16)
		from = end > start ? end : end + 1;
	return r == -1 || cpu_us() - before > cpu_max_us;
}

/* Fill ${text} with ${unit}, again and again, and spoil its end. */
static size_t
fill(char *text, size_t max, const char *unit, size_t n, const char *tail)
{
	size_t used = 0, t = strlen(tail);

	while (n > 0 && used + n + t <= max) {
		memcpy(text + used, unit, n);
		used += n;
	}
	memcpy(text + used, tail, t);
	return used + t;
}

bool
hostile_is_slow(const struct pattern *pattern, const struct re *re,
    struct pattern_scratch *scratch)
{
	static const unsigned repeats[] = { 1, 3, 40, 2000 };
	static const char *const plain[] = { "a", " ", "aa ", "1", "x-", ".a",
	    "ab" };
	char *text = xcalloc(1, TEXT_MAX + 8), *unit = xcalloc(1, TEXT_MAX);
	bool slow = false;
	size_t i, k, n;
	unsigned size;

	pthread_once(&once, calibrate);
	/* Small first: what doubles with each letter shows at once. */
	for (size = 64; size <= TEXT_MAX && !slow; size *= 4) {
		for (i = 0; i < 12 && re != NULL && !slow; i++) {
			unsigned repeat = repeats[i % 4];

			n = re_sample(re, (uint32_t)i, repeat, unit,
			    repeat > 40 ? size : SAMPLE_MAX);
			for (k = 0; k < 4 && !slow; k++) {
				char tail[] = "!\n\x01?";
				size_t cut = n;

				/*
				 * Nearly a match: its last byte is missing,
				 * and stands where it is of no use, since an
				 * engine looks first whether it is there.
				 */
				if (k > 0 && n > 2)
					cut = n - 1 - i % 2;
				if (n > 0)
					tail[3] = unit[n - 1];
				tail[k] = k < 3 ? '\0' : tail[k];
				slow = is_slow_on(pattern, scratch, text,
				    fill(text, size, unit, cut < size ? cut :
				    size - 4, tail));
			}
		}
		for (i = 0; i < sizeof(plain) / sizeof(plain[0]) && !slow; i++)
			slow = is_slow_on(pattern, scratch, text, fill(text,
			    size, plain[i], strlen(plain[i]), "!"));
	}
	free(text);
	free(unit);
	return slow;
}

bool
hostile_never_matches(const struct pattern *pattern, const struct re *re,
    struct pattern_scratch *scratch)
{
	char text[SAMPLE_MAX];
	size_t start, end, n;
	uint32_t i;

	if (re_looks_around(re))
		return false;
	for (i = 0; i < 300; i++) {
		n = re_sample(re, i, 1 + i % 3, text, sizeof(text));
		if (pattern_find(pattern, scratch, (struct str){ text, n }, 0,
		    &start, &end) != 0)
			return false;
	}
	return true;
}
