/*
 * Rows of `request` and `pause`, and the threads that are due.
 */
#include "storage/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

void
request_row_fini(struct request_row *row)
{
	free(row->method);
	free(row->url);
	free(row->type);
	free((void *)(uintptr_t)row->body.p);
	free((void *)(uintptr_t)row->state.p);
	free(row->headers);
	memset(row, 0, sizeof(*row));
}

int
request_last(struct db *db, int64_t *ret, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_REQUEST_LAST);

	if (stmt_step(q, err) != 1)
		return -1;
	*ret = stmt_i64(q, 0);
	stmt_reset(q);
	return 0;
}

int
request_forget(struct db *db, int64_t source, int64_t job, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_REQUEST_FORGET);

	stmt_bind_i64(q, ":source", source);
	stmt_bind_i64(q, ":job", job);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

static struct str
column_str(struct stmt *q, int column)
{
	if (stmt_null(q, column))
		return STR_NONE;
	return (struct str){ str_dup(stmt_str(q, column)),
		stmt_str(q, column).n };
}

int
request_after(struct db *db, int64_t source, int64_t id,
    struct request_row *row, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_REQUEST_AFTER);
	int r;

	stmt_bind_i64(q, ":source", source);
	stmt_bind_i64(q, ":id", id);
	r = stmt_step(q, err);
	if (r != 1)
		return r;
	memset(row, 0, sizeof(*row));
	row->source = source;
	row->id = stmt_i64(q, 0);
	row->job = stmt_i64(q, 1);
	row->about = stmt_i64(q, 2);
	row->timer = stmt_i64(q, 3) != 0;
	row->method = stmt_dup(q, 4);
	row->url = stmt_dup(q, 5);
	row->type = stmt_dup(q, 6);
	row->body = column_str(q, 7);
	row->headers = stmt_dup(q, 8);
	row->flags = stmt_i64(q, 9);
	row->state = column_str(q, 10);
	row->not_before = stmt_i64(q, 11);
	row->tries = stmt_i64(q, 12);
	stmt_reset(q);
	return 1;
}

int
pause_put(struct db *db, const char *scope, const char *key, int64_t until,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_FETCH_PAUSE);

	stmt_bind_cstr(q, ":scope", scope);
	stmt_bind_cstr(q, ":key", key);
	stmt_bind_i64(q, ":until", until);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
pause_each(struct db *db, int64_t now, void (*call)(void *, const char *,
    const char *, int64_t), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_FETCH_PAUSES);
	int r;

	stmt_bind_i64(q, ":now", now);
	while ((r = stmt_step(q, err)) == 1) {
		char *scope = stmt_dup(q, 0), *key = stmt_dup(q, 1);

		call(arg, scope, key, stmt_i64(q, 2));
		free(scope);
		free(key);
	}
	return r;
}

int
pause_sweep(struct db *db, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_FETCH_PAUSES_OVER);

	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
threads_to_read(struct db *db, int64_t now, size_t max,
    struct thread_due *ret, size_t *n, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREADS_TO_READ);
	int r = 0;

	*n = 0;
	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":max", (int64_t)max);
	while (*n < max && (r = stmt_step(q, err)) == 1) {
		ret[*n].thread = stmt_i64(q, 0);
		ret[*n].source = stmt_i64(q, 1);
		(*n)++;
	}
	stmt_reset(q);
	return *n == 0 && r == -1 ? -1 : 0;
}

int
threads_begin(struct db *db, int64_t source, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREADS_BEGIN);

	stmt_bind_i64(q, ":source", source);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
thread_was_read(struct db *db, int64_t thread, bool news, int64_t now,
    int64_t expiry_ms, struct err *err)
{
	static const int64_t waits[] = { 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS,
		12 * HOUR_MS, DAY_MS };
	struct stmt *q = db_stmt(db, Q_THREAD_AGE);
	int64_t count, posted_at, next;
	bool asks, shut;

	stmt_bind_i64(q, ":id", thread);
	if (stmt_step(q, err) != 1)
		return -1;
	count = news ? 1 : stmt_i64(q, 0);
	posted_at = stmt_i64(q, 1);
	shut = stmt_i64(q, 2) != 0;
	asks = stmt_i64(q, 3) != 0;
	stmt_reset(q);
	if (count < 1)
		count = 1;
	next = now + waits[count > 5 ? 4 : count - 1];
	q = db_stmt(db, Q_THREAD_NEXT);
	stmt_bind_i64(q, ":id", thread);
	stmt_bind_i64(q, ":count", count);
	if (!shut && next < posted_at + expiry_ms && (asks || count < 3))
		stmt_bind_i64(q, ":at", next);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
thread_put_off(struct db *db, int64_t thread, int64_t at, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_PUT_OFF);

	stmt_bind_i64(q, ":id", thread);
	stmt_bind_i64(q, ":at", at);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
thread_target(struct db *db, int64_t thread, char **place, char **ext,
    char **url, char **ref, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_TARGET);
	int r;

	stmt_bind_i64(q, ":id", thread);
	r = stmt_step(q, err);
	if (r != 1)
		return r;
	*place = stmt_dup(q, 0);
	*ext = stmt_dup(q, 1);
	*url = stmt_dup(q, 2);
	*ref = stmt_dup(q, 3);
	stmt_reset(q);
	return 1;
}
