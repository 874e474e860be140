/*
 * What has to hold in a sound database, as statements that count what breaks
 * it.
 */
#include "storage/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "storage/db.h"

static const struct {
	enum stmt_id id;
	const char *fault;      /* "N " goes before it */
} rules[] = {
	{ Q_CHECK_POST_PLACE, "posts stand in a thread of another place" },
	{ Q_CHECK_POST_STATE, "posts are neither to be matched nor matched" },
	{ Q_CHECK_POST_UNMATCHED, "posts wait to be matched without a text" },
	{ Q_CHECK_POST_GONE, "deleted posts still have a text or a name" },
	{ Q_CHECK_ITEM_THREAD, "items stand in another thread than their post" },
	{ Q_CHECK_ITEM_STATE, "items have an unknown state" },
	{ Q_CHECK_ITEM_CLOSED, "items are closed without a time, or open with one" },
	{ Q_CHECK_QUESTION_THREAD, "questions stand in another thread than their post" },
	{ Q_CHECK_OUTBOX_STATE, "outgoing replies have an unknown state" },
	{ Q_CHECK_COVERAGE, "spans of coverage end before they begin" },
	{ Q_CHECK_CURSOR, "sources have a cursor over 64 KiB" },
	{ Q_CHECK_BASIS, "places are watched without a legal basis" },
};

struct found {
	void (*call)(void *, const char *);
	void *arg;
	int64_t n;
};

static void
found_one(void *arg, const char *fault)
{
	struct found *f = arg;

	f->n++;
	f->call(f->arg, fault);
}

static int
check_rules(struct db *db, struct found *f, struct err *err)
{
	char text[160];
	struct stmt *q;
	int64_t n;
	size_t k;

	for (k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
		q = db_stmt(db, rules[k].id);
		if (stmt_step(q, err) != 1)
			return -1;
		n = stmt_i64(q, 0);
		stmt_reset(q);
		if (n == 0)
			continue;
		snprintf(text, sizeof(text), "%" PRId64 " %s", n,
		    rules[k].fault);
		found_one(f, text);
	}
	return 0;
}

static int
check_count(struct db *db, struct check_counts *c, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_CHECK_COUNTS);

	if (stmt_step(q, err) != 1)
		return -1;
	c->sources = stmt_i64(q, 0);
	c->places = stmt_i64(q, 1);
	c->threads = stmt_i64(q, 2);
	c->posts = stmt_i64(q, 3);
	c->texts = stmt_i64(q, 4);
	c->items = stmt_i64(q, 5);
	c->outbox = stmt_i64(q, 6);
	stmt_reset(q);
	return 0;
}

int64_t
check_run(struct db *db, void (*call)(void *, const char *), void *arg,
    struct check_counts *counts, struct err *err)
{
	struct found f = { call, arg, 0 };

	/* A file that is broken below may break what looks at the rest. */
	if (db_verify(db, found_one, &f, err) == -1)
		return -1;
	if (check_rules(db, &f, err) == -1 ||
	    check_count(db, counts, err) == -1)
		return f.n > 0 ? f.n : -1;
	return f.n;
}
