/*
 * Rows of the outbox.
 */
#include "storage/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "storage/db.h"

void
outbox_row_fini(struct outbox_row *row)
{
	free(row->place);
	free(row->thread);
	free(row->post);
	free(row->ref);
	free(row->url);
	free(row->lang);
	free(row->text);
	free(row->key);
	memset(row, 0, sizeof(*row));
}

static int
take_row(struct stmt *q, struct outbox_row *row, struct err *err)
{
	int r = stmt_step(q, err);

	if (r != 1)
		return r;
	row->id = stmt_i64(q, 0);
	row->source = stmt_i64(q, 1);
	row->item = stmt_i64(q, 2);
	row->place = stmt_dup(q, 3);
	row->thread = stmt_dup(q, 4);
	row->post = stmt_dup(q, 5);
	row->ref = stmt_dup(q, 6);
	row->lang = stmt_dup(q, 7);
	row->text = stmt_dup(q, 8);
	row->key = stmt_dup(q, 9);
	row->url = stmt_dup(q, 10);
	stmt_reset(q);
	return 1;
}

int
outbox_unclear(struct db *db, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_UNCLEAR);

	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
outbox_expire(struct db *db, int64_t before, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_EXPIRE);

	stmt_bind_i64(q, ":before", before);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
outbox_take(struct db *db, int64_t now, struct outbox_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_DUE);
	int r;

	memset(row, 0, sizeof(*row));
	stmt_bind_i64(q, ":now", now);
	r = take_row(q, row, err);
	if (r != 1)
		return r;
	if (outbox_settle(db, row->id, "sending", NULL, NULL, NULL, 0, now,
	    err) == -1) {
		outbox_row_fini(row);
		return -1;
	}
	return 1;
}

int
outbox_take_unclear(struct db *db, int64_t after, struct outbox_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_NEXT_UNCLEAR);

	memset(row, 0, sizeof(*row));
	stmt_bind_i64(q, ":after", after);
	return take_row(q, row, err);
}

int
outbox_settle(struct db *db, int64_t id, const char *state,
    const char *sent_id, const char *sent_url, const char *error,
    int64_t not_before, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_SETTLE);

	stmt_bind_i64(q, ":id", id);
	stmt_bind_cstr(q, ":state", state);
	stmt_bind_cstr(q, ":sent_ext", sent_id);
	stmt_bind_cstr(q, ":sent_url", sent_url);
	stmt_bind_cstr(q, ":error", error);
	stmt_bind_i64(q, ":not_before", not_before);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
outbox_settle_unclear(struct db *db, int64_t id, const char *state,
    int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_SETTLE_UNCLEAR);

	stmt_bind_i64(q, ":id", id);
	stmt_bind_cstr(q, ":state", state);
	stmt_bind_i64(q, ":now", now);
	return (int)stmt_run(q, err);
}

int
outbox_list(struct db *db, bool all, int (*call)(void *,
    const struct outbox_line *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OUTBOX_LIST);
	int r;

	stmt_bind_i64(q, ":all", all);
	while ((r = stmt_step(q, err)) == 1) {
		struct outbox_line line = {
			.id = stmt_i64(q, 0), .source = stmt_str(q, 1),
			.state = stmt_str(q, 2), .fixed = stmt_str(q, 3),
			.text = stmt_str(q, 4), .url = stmt_str(q, 5),
			.error = stmt_str(q, 6), .created_at = stmt_i64(q, 7),
			.changed_at = stmt_i64(q, 8),
		};

		if (call(arg, &line, err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}
