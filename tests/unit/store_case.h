/*
 * store_case.h - a source in a database, and steps into it; for tests of what
 * the store does with posts.
 */
#ifndef KOMPAN_TESTS_STORE_CASE_H
#define KOMPAN_TESTS_STORE_CASE_H

#include <kompan-plugin.h>

#include "base/clock.h"
#include "config/config.h"
#include "parse/step.h"
#include "storage/ingest.h"
#include "storage/keys.h"
#include "store_temp.h"

/* 2026-11-01 */
#define CASE_NOW ((int64_t)1793491200000)

struct store_case {
	struct store_temp temp;
	char keys_dir[96];
	struct db *db;
	struct keys *keys;
	struct config config;
	struct ingest_ctx ctx;
	struct ingest_result result;
};

#define S(text) ((struct kp_str){ (text), sizeof(text) - 1 })

/* Source 1 ("club", plugin "feed"), whose places are watched if ${basis}. */
void case_make(struct store_case *, const char *basis);
void case_drop(struct store_case *);
/* Run SQL in it; a failure ends the test. */
void case_sql(struct store_case *, const char *sql);
/* One step in a transaction of its own; what ingest_step() gave. */
int case_step(struct store_case *, const struct step *);
/* One post. */
int case_post(struct store_case *, const struct kp_post *);
/* A rule that matched ${post}, and an open item for it. */
void case_hit(struct store_case *, int64_t post);
void case_item(struct store_case *, int64_t post);
int64_t case_number(struct store_case *, const char *sql);
/* Whether what ${sql} gives is ${text}; tells what it was if not. */
bool case_is(struct store_case *, const char *sql, const char *text);

#endif
