/*
 * Reading how things stand.
 */
#include "storage/status.h"

#include "storage/db.h"

int
sources_status(struct db *db, int (*call)(void *,
    const struct source_status *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCES_STATUS);
	int r;

	while ((r = stmt_step(q, err)) == 1) {
		struct source_status s = {
			.id = stmt_i64(q, 0), .name = stmt_str(q, 1),
			.plugin = stmt_str(q, 2), .paused = stmt_i64(q, 3),
			.fails = stmt_i64(q, 4), .rests = stmt_i64(q, 5),
			.heard_at = stmt_i64(q, 6),
			.posted_at = stmt_i64(q, 7), .due_at = stmt_i64(q, 8),
			.pace_ms = stmt_i64(q, 9), .alerted = stmt_i64(q, 10),
			.error = stmt_str(q, 11),
		};

		if (call(arg, &s, err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}

int
totals_get(struct db *db, int64_t now, struct totals *totals,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_TOTALS);
	int r;

	stmt_bind_i64(q, ":now", now);
	r = stmt_step(q, err);
	if (r != 1)
		return -1;
	totals->sources = stmt_i64(q, 0);
	totals->places = stmt_i64(q, 1);
	totals->watched = stmt_i64(q, 2);
	totals->threads = stmt_i64(q, 3);
	totals->posts = stmt_i64(q, 4);
	totals->unmatched = stmt_i64(q, 5);
	totals->due = stmt_i64(q, 6);
	totals->unclear = stmt_i64(q, 7);
	stmt_reset(q);
	return 0;
}
