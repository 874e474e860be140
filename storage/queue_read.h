/*
 * queue_read.h - the queue and the story of a thread, for people's eyes.
 *
 * What is borrowed in a callback is gone when it returns.  A callback returns
 * 0 to go on or -1, with ${err}, to stop.
 */
#ifndef KOMPAN_STORAGE_QUEUE_READ_H
#define KOMPAN_STORAGE_QUEUE_READ_H

#include "storage/item.h"

struct queue_row {
	struct item item;
	struct str text;                /* masked; p NULL: purged or deleted */
	struct str url, post_ext, thread_ext, title, place, name;
	int64_t place_id;
};

/* NULL and -1 mean: any. */
struct queue_filter {
	const char *lang, *land;
	int64_t lane, item;
	bool closed;                    /* closed ones as well */
	int64_t max;
};

int queue_list(struct db *, const struct queue_filter *, int (*call)(void *,
    const struct queue_row *, struct err *), void *arg, struct err *);

struct hit_row {
	struct str rule, kind, subject, lang, spans;
	int64_t rev;
	bool limited;
};
int hits_of_post(struct db *, int64_t post, int (*call)(void *,
    const struct hit_row *, struct err *), void *arg, struct err *);

struct story_row {
	int64_t id, created_at, edited_at, deleted_at, flags;
	struct str ext, parent, author, text, url, lang, name;
	struct str state, reason;       /* of the question, where it is one */
};
int thread_story(struct db *, int64_t thread, int (*call)(void *,
    const struct story_row *, struct err *), void *arg, struct err *);

struct history_row {
	int64_t at;
	struct str actor, action, detail;
};
int history_of_item(struct db *, int64_t item, int (*call)(void *,
    const struct history_row *, struct err *), void *arg, struct err *);

/* How many items stand in each lane and state. */
int queue_counts(struct db *, int (*call)(void *, int64_t lane,
    struct str state, int64_t n, struct err *), void *arg, struct err *);

#endif
