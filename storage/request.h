/*
 * request.h - requests and timers that are still to be answered, and pauses.
 *
 * They are written by the transaction that stores what the step said
 * (ingest.h), and go in the one that stores what the answer gave: after a crash
 * a job goes on where it was.
 */
#ifndef KOMPAN_STORAGE_REQUEST_H
#define KOMPAN_STORAGE_REQUEST_H

#include <stdbool.h>

#include "storage/db.h"

struct request_row {
	int64_t id, source, job;        /* KP_POLL... */
	int64_t about;          /* thread or outbox row; 0: none */
	bool timer;
	char *method, *url, *type;
	struct str body, state;         /* heap copies, terminated */
	char *headers;          /* JSON array of [name, value]; NULL: none */
	int64_t flags, not_before, tries;
};

void request_row_fini(struct request_row *);
/* The highest number so far: those that come are higher. */
int request_last(struct db *, int64_t *, struct err *);
/* All of a source that belong to ${job}, or to any (0). */
int request_forget(struct db *, int64_t source, int64_t job, struct err *);
/* By id: 1, 0, -1. */
int request_after(struct db *, int64_t source, int64_t id,
    struct request_row *, struct err *);

/* Pauses: ${scope} is host, credential, source or place. */
int pause_put(struct db *, const char *scope, const char *key, int64_t until,
    struct err *);
/*
 * pause_each(db, now, call, arg, err): every one that is not over.
 */
int pause_each(struct db *, int64_t now, void (*call)(void *arg,
    const char *scope, const char *key, int64_t until), void *arg,
    struct err *);
/* Delete those that are. */
int pause_sweep(struct db *, int64_t now, struct err *);

/* Threads whose replies are to be read again, one of each source. */
struct thread_due {
	int64_t thread, source;
};
int threads_to_read(struct db *, int64_t now, size_t max, struct thread_due *,
    size_t *, struct err *);
/* New ones of a source whose replies nobody read: at once. */
int threads_begin(struct db *, int64_t source, int64_t now, struct err *);
/*
 * thread_was_read(db, thread, news, now, expiry_ms, err): the next look: after
 * 15 minutes, 1, 4, 12 hours, then daily until it is ${expiry_ms} old; news
 * begin this anew.  Threads that ask nothing are looked at three times.
 */
int thread_was_read(struct db *, int64_t thread, bool news, int64_t now,
    int64_t expiry_ms, struct err *);
int thread_put_off(struct db *, int64_t thread, int64_t at, struct err *);
/* What a job about it has to know, each free()d: 1, 0: no such thread, -1. */
int thread_target(struct db *, int64_t thread, char **place, char **ext,
    char **url, char **ref, struct err *);

#endif
