/*
 * keys.h - pseudonyms and keyed hashes, from keys that are not in the database.
 *
 * An author's pseudonym is HMAC(key of the epoch, place, author): the same
 * within a thread, which keeps its epoch, and never the same in two places.
 * When the key of an epoch is destroyed its pseudonyms lead nowhere.  A second
 * key, which stays, tells whether a text changed and which posts were erased.
 *
 * Belongs to the writer's thread.
 */
#ifndef KOMPAN_STORAGE_KEYS_H
#define KOMPAN_STORAGE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* 32 hex digits and a terminator. */
#define KEYS_HEX_SIZE 33

struct keys;

/*
 * keys_open(dir, ret, err): read the keys in ${dir}; the folder (0700) and the
 * lasting key (0600) are made on first use.  Keys that others can read are
 * refused.  0, or -1 and ${err}.
 */
int keys_open(const char *, struct keys **, struct err *);
/* Wipes them from memory; NULL is fine. */
void keys_close(struct keys *);

/*
 * keys_epoch(keys, now, epoch_ms, ret, err): the epoch in force at ${now}; a
 * new one begins (its key is on the disk then) when the newest is ${epoch_ms}
 * old or there is none.  0 and *${ret} (from 1), or -1 and ${err}.
 */
int keys_epoch(struct keys *, int64_t now, int64_t epoch_ms, int64_t *,
    struct err *);
/* The next epoch after ${after} that has a key; 0: none. */
int64_t keys_next(const struct keys *, int64_t after);
bool keys_has(const struct keys *, int64_t epoch);
/* Overwrite and remove the key of ${epoch}: 0 (also if it has none), or -1. */
int keys_destroy(struct keys *, int64_t epoch, struct err *);

/* False where the epoch has no key any more. */
bool keys_pseudonym(const struct keys *, int64_t epoch, int64_t place,
    struct str author, char[KEYS_HEX_SIZE]);
/* Of a post's title and text, as they came. */
void keys_text(const struct keys *, struct str title, struct str text,
    char[KEYS_HEX_SIZE]);
/* Of a post's id in a place. */
void keys_post(const struct keys *, int64_t place, struct str ext,
    char[KEYS_HEX_SIZE]);

#endif
