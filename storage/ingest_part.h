/*
 * ingest_part.h - what the parts of ingest share; nobody else includes it.
 */
#ifndef KOMPAN_STORAGE_INGEST_PART_H
#define KOMPAN_STORAGE_INGEST_PART_H

#include <kompan-plugin.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/str.h"
#include "parse/step.h"
#include "storage/db.h"
#include "storage/ingest.h"
#include "storage/keys.h"

struct ing_place {
	UT_hash_handle hh;
	struct str ext;         /* heap */
	int64_t id;
	bool watched;
	bool erasures;          /* some posts of it were erased on demand */
	bool guesses;           /* some threads of it await their first post */
	int64_t posted_at;      /* newest post that this step added; 0: none */
	int64_t day;            /* of the post added last; its figures are due */
};

/* A thread as the database has it, and as it shall be. */
struct ing_thread {
	UT_hash_handle by_id;
	int64_t id, place, epoch;
	char *ext;              /* heap */
	char *title, *url;      /* heap or NULL */
	int64_t opened_at, posted_at, read_at, replies;
	bool guessed, locked, solved, counted;
	bool changed;           /* to be written */
	bool stirred;           /* to be judged again */
};

/* (place, ext) -> thread, within one step. */
struct ing_name {
	UT_hash_handle hh;
	struct ing_thread *thread;
	char key[];
};

struct ingest {
	struct db *db;
	int64_t source;
	const struct ingest_ctx *ctx;
	struct ingest_result *result;
	struct err *err;
	/* the source's row */
	char *name, *plugin, *credential, *basis;
	int64_t epoch;          /* current; 0: not asked for yet */
	int64_t *objected;      /* epochs that objections are in */
	size_t nobjected;
	int64_t posted_at;      /* newest post added; 0: none */
	struct ing_place *places;
	struct ing_thread *threads;
	struct ing_name *names;
	struct buf raw, text;   /* of the post at hand */
};

static inline struct str
ing_str(struct kp_str s)
{
	return (struct str){ s.p, s.n };
}

/* NULL where there is none, for columns that may be NULL. */
static inline struct str
ing_null(struct kp_str s)
{
	return s.n == 0 ? STR_NONE : (struct str){ s.p, s.n };
}

/* ingest_place.c: all return 0 or -1, i->err saying why. */
int ing_places(struct ingest *, const struct step *);
int ing_place_get(struct ingest *, struct str ext, struct ing_place **);

/* ingest_thread.c */
/* The thread of a new or known post; *${ret} lives as long as ${i}. */
int ing_thread_of(struct ingest *, struct ing_place *, const struct kp_post *,
    int64_t known, struct ing_thread **);
int ing_threads_write(struct ingest *);
void ing_threads_free(struct ingest *);

/* ingest_post.c */
int ing_posts(struct ingest *, const struct step *);

/* ingest_rest.c: requests, timers, pauses, findings, answers, bad records. */
int ing_rest(struct ingest *, const struct step *);

#endif
