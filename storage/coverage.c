/*
 * Spans of `coverage`, added up within a window.
 */
#include "storage/coverage.h"

static int
share(struct stmt *q, int64_t since, int64_t until, int64_t *ret,
    struct err *err)
{
	int64_t watched, known;

	stmt_bind_i64(q, ":since", since);
	stmt_bind_i64(q, ":until", until);
	if (stmt_step(q, err) != 1)
		return -1;
	watched = stmt_i64(q, 0);
	known = stmt_i64(q, 1);
	stmt_reset(q);
	*ret = known <= 0 ? -1 : watched >= known ? 1000 :
	    watched * 1000 / known;
	return 0;
}

int
coverage_share(struct db *db, int64_t place, int64_t since, int64_t until,
    int64_t *ret, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_COVERAGE_SHARE);

	stmt_bind_i64(q, ":place", place);
	return share(q, since, until, ret, err);
}

int
coverage_source_share(struct db *db, int64_t source, int64_t since,
    int64_t until, int64_t *ret, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_COVERAGE_SOURCE_SHARE);

	stmt_bind_i64(q, ":source", source);
	return share(q, since, until, ret, err);
}
