/*
 * source.h - what is fetched, and how it fares.
 *
 * Functions that change something run in the writer's transaction.
 */
#ifndef KOMPAN_STORAGE_SOURCE_H
#define KOMPAN_STORAGE_SOURCE_H

#include <stdbool.h>

#include "storage/db.h"

struct source_row {
	int64_t id;             /* 0: not in the database yet */
	char *name, *plugin, *target;
	char *settings;         /* JSON object */
	char *credential, *egress, *basis;      /* NULL: none */
	int64_t interval_ms;    /* 0: the plugin's, adapted */
	bool paused;
	char *paused_why;
	int64_t created_at;
	char *cursor;           /* terminated; may hold any byte */
	size_t ncursor;
	bool has_cursor;
	int64_t due_at, pace_ms;
	int64_t fails, failed_since;
	char *error;
	bool rests;
	int64_t asked_at, heard_at, posted_at;  /* 0: never */
	bool alerted;
};

void source_row_fini(struct source_row *);
/* All: 1 and *${row}, to source_row_fini(); 0: there is none; -1. */
int source_by_name(struct db *, const char *, struct source_row *,
    struct err *);
int source_by_id(struct db *, int64_t, struct source_row *, struct err *);
/* The one with the next higher id: a way to walk through all. */
int source_after(struct db *, int64_t, struct source_row *, struct err *);

/*
 * source_put(db, row, now, err): add it, or change what the admin sets of the
 * one of that name.  Changed settings or credential end its rest and make it
 * due.  0: nothing differed; 1: changed; 2: added; -1.
 */
int source_put(struct db *, const struct source_row *, int64_t now,
    struct err *);
/* 1, 0: no such source, -1. */
int source_pause(struct db *, const char *name, bool paused, const char *why,
    int64_t now, struct err *);
/*
 * source_rewind(db, name, beginning, now, err): back to the cursor before the
 * last, or to the very beginning.  1, 0: no such source, -1.
 */
int source_rewind(struct db *, const char *name, bool beginning, int64_t now,
    struct err *);
/* Due at once (1), 0, -1. */
int source_hurry(struct db *, const char *name, int64_t now, struct err *);

/* How a job ended. */
struct source_outcome {
	int64_t source;
	bool polled;            /* it was the poll: due_at and the like count */
	bool heard;             /* something good was answered */
	bool rests;             /* until settings or credential change */
	bool blameless;         /* our own network: nothing counts as failure */
	const char *error;      /* NULL: it went well */
	int64_t news;           /* new posts */
	int64_t asked_at, due_at, pace_ms, now;
};
int source_outcome(struct db *, const struct source_outcome *, struct err *);
int source_set_alerted(struct db *, int64_t id, bool, struct err *);

/* What the plugin found worth telling: code, level, text. */
struct source_finding {
	int64_t level, at;
	char *code, *text;
};
/* The array is the caller's: source_findings_free().  0 or -1. */
int source_findings(struct db *, int64_t id, struct source_finding **,
    size_t *, struct err *);
void source_findings_free(struct source_finding *, size_t);

/* ETag and Last-Modified of ${url}: 1, 0: none; both may come back NULL. */
int validator_get(struct db *, int64_t source, const char *url, char **etag,
    char **modified, struct err *);
int validator_put(struct db *, int64_t source, const char *url,
    const char *etag, const char *modified, struct err *);

#endif
