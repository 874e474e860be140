/*
 * item.h - rows of the queue: questions' states, items, corrections, history.
 *
 * Only what reads and writes them; what a change means is core/queue's.
 */
#ifndef KOMPAN_STORAGE_ITEM_H
#define KOMPAN_STORAGE_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;

/* One row of `item'; text is heap, item_fini() frees it. */
struct item {
	int64_t id, post, thread, lane, version;
	char *kind;                     /* "question" or "claim" */
	char *claim;                    /* "" for a question */
	char *topics;                   /* comma-separated */
	char *state, *machine, *reason;
	char *lang, *land;              /* NULL: unknown */
	char *claimed_by, *verdict, *verdict_by, *came_back;
	int64_t lease_until, snooze_until, asked_at, opened_at, changed_at,
	    closed_at;                  /* 0: none */
	char *rule;
	int64_t rev;
	char *fingerprint;
};

void item_fini(struct item *);
/* Fill an item from a row whose first columns are ITEM_COLUMNS. */
#define ITEM_NCOLUMNS 26
struct stmt;
void item_take(struct stmt *, struct item *);
/* 1: *item filled; 0: none; -1. */
int item_get(struct db *, int64_t id, struct item *, struct err *);
int item_find(struct db *, const char *kind, int64_t post,
    const char *claim, struct item *, struct err *);
/* All columns but id and version; sets both. */
int item_insert(struct db *, struct item *, struct err *);
/*
 * Write all columns and raise the version; 0 when somebody changed it since
 * item->version was read, 1 when done (item->version is the new one), -1.
 */
int item_update(struct db *, struct item *, struct err *);
/* Set a text field: frees the old one, copies the new one (NULL is fine). */
void item_set(char **field, const char *value);

/* Open items of a thread: calls back with each; stops at -1. */
int items_of_thread(struct db *, int64_t thread, int (*call)(void *,
    struct item *, struct err *), void *arg, struct err *);

/* Questions as cached. */
int question_put(struct db *, int64_t post, int64_t thread, const char *state,
    const char *reason, int64_t by, const char *topics_json, int64_t since,
    int64_t now, struct err *);
/* Forget the thread's questions that were not judged at ${now}. */
int questions_prune(struct db *, int64_t thread, int64_t now, struct err *);

/* What a person said of a post; NULL ${value}: nothing was said. */
int correction_put(struct db *, int64_t post, const char *field,
    const char *value, const char *was, const char *actor, int64_t now,
    struct err *);
/* The text, to be freed, or NULL; -1 on error. */
int correction_get(struct db *, int64_t post, const char *field, char **,
    struct err *);

/* Add to the history; ids only, never a post's text. */
int history_add(struct db *, int64_t now, int64_t item, const char *actor,
    const char *action, const char *detail, int64_t version, struct err *);

/* What an item needs to know of its post. */
struct post_facts {
	char *lang, *land;      /* a person's, else the machine's, else the
	                         * place's fallback */
	char *topics;           /* a person's, or NULL */
	int64_t created_at, changed_at, edited_at, deleted_at;
	char *rule, *fingerprint;       /* the first that hit, or NULL */
	int64_t rev;
};
/* ${kind} and ${subject} (NULL: any) say which rule is meant.  1, 0, -1. */
int post_facts_get(struct db *, int64_t post, const char *kind,
    const char *subject, struct post_facts *, struct err *);
void post_facts_fini(struct post_facts *);

#endif
