/*
 * The cursor: bounded, the oldest entries go first.
 */
#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 1000
#define HASH_N 16

struct cursor_entry {
	struct kp_str hash;
	int64_t count;
};

void
cursor_read(struct job *job, struct cursor *cursor)
{
	struct kp_str rest = job->in->cursor;
	struct kp_str head = kp_cut(&rest, '\n');

	memset(cursor, 0, sizeof(*cursor));
	cursor->entries = kp_alloc(job->mem,
	    ENTRIES_MAX * sizeof(*cursor->entries));
	if (!kp_is(head, "1") && !kp_is(head, "1 counts"))
		return;         /* none yet, or of another version */
	cursor->counts = kp_is(head, "1 counts");
	while (rest.p != NULL && cursor->n < ENTRIES_MAX) {
		struct kp_str line = kp_cut(&rest, '\n');
		struct cursor_entry e = { .hash = kp_cut(&line, ' ') };

		if (e.hash.n == HASH_N && kp_number(line, &e.count))
			cursor->entries[cursor->n++] = e;
	}
}

void
cursor_say(struct job *job, const struct cursor *cursor)
{
	size_t size = 16 + cursor->n * (HASH_N + 24), n = 0, i;
	char *p = kp_alloc(job->mem, size);

	n += (size_t)snprintf(p, size, "1%s", cursor->counts ? " counts" : "");
	for (i = 0; i < cursor->n; i++)
		n += (size_t)snprintf(p + n, size - n, "\n%.*s %" PRId64,
		    KP_ARG(cursor->entries[i].hash), cursor->entries[i].count);
	job->out->cursor(job->out, (struct kp_str){ p, n });
}

struct kp_str
cursor_hash(struct job *job, struct kp_str id)
{
	return kp_fit(kp_hash(job->mem, id), HASH_N);
}

static struct cursor_entry *
cursor_find(const struct cursor *cursor, struct kp_str hash)
{
	size_t i;

	for (i = 0; i < cursor->n; i++)
		if (kp_eq(cursor->entries[i].hash, hash))
			return &cursor->entries[i];
	return NULL;
}

int64_t
cursor_count(const struct cursor *cursor, struct kp_str hash)
{
	const struct cursor_entry *e = cursor_find(cursor, hash);

	return e == NULL ? 0 : e->count;
}

void
cursor_set(struct cursor *cursor, struct kp_str hash, int64_t count)
{
	struct cursor_entry *e = cursor_find(cursor, hash);

	if (hash.n != HASH_N)
		return;
	if (e != NULL) {
		e->count = count;
		return;
	}
	if (cursor->n == ENTRIES_MAX)
		memmove(cursor->entries, cursor->entries + 1,
		    --cursor->n * sizeof(*cursor->entries));
	cursor->entries[cursor->n++] = (struct cursor_entry){ hash, count };
}
