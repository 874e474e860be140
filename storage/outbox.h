/*
 * outbox.h - rows of replies on their way out.
 *
 *	approved -> sending -> sent, failed
 *	    ^          |   \-> unclear -> (looked, or a person) sent, failed
 *	    +-- surely not sent
 */
#ifndef KOMPAN_STORAGE_OUTBOX_H
#define KOMPAN_STORAGE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;

/* A row; text is heap, outbox_row_fini() frees it; NULL: none. */
struct outbox_row {
	int64_t id, source, item;
	char *place, *thread, *post, *ref, *url, *lang, *text, *key;
};
void outbox_row_fini(struct outbox_row *);

/* What says `sending' at a start may have gone out: it becomes `unclear'. */
int outbox_unclear(struct db *, int64_t now, struct err *);
/* Fixed answers that nobody needs any more become `dropped'. */
int outbox_expire(struct db *, int64_t before, int64_t now, struct err *);
/*
 * outbox_take(db, now, row, err): the oldest approved row that is due and whose
 * source has none under way says `sending' from here on.  1: *row; 0: none.
 */
int outbox_take(struct db *, int64_t now, struct outbox_row *, struct err *);
/* The next unclear row after ${after} that was not looked for yet. */
int outbox_take_unclear(struct db *, int64_t after, struct outbox_row *,
    struct err *);
/* What came of it; ${state} as above, the rest may be NULL. */
int outbox_settle(struct db *, int64_t id, const char *state,
    const char *sent_id, const char *sent_url, const char *error,
    int64_t not_before, int64_t now, struct err *);
/*
 * A person's word on an unclear row.  1; 0: it is not unclear (any more); -1.
 */
int outbox_settle_unclear(struct db *, int64_t id, const char *state,
    int64_t now, struct err *);

/* A row for people's eyes; borrowed within the callback. */
struct outbox_line {
	int64_t id, created_at, changed_at;
	struct str source, state, fixed, text, url, error;
};
int outbox_list(struct db *, bool all, int (*call)(void *,
    const struct outbox_line *, struct err *), void *arg, struct err *);

#endif
