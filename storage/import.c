/*
 * Positions stand in `meta`, faults in `import_error`.
 */
#include "storage/import.h"

int
import_get(struct db *db, const char *key, struct buf *buf, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_META_GET);
	int r;

	stmt_bind_cstr(q, ":key", key);
	r = stmt_step(q, err);
	if (r == 1) {
		buf_str(buf, stmt_str(q, 0));
		stmt_reset(q);
	}
	return r == -1 ? -1 : 0;
}

int
import_put(struct db *db, const char *key, struct str position,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_META_PUT);

	stmt_bind_cstr(q, ":key", key);
	stmt_bind_str(q, ":value", position.p != NULL ? position : STR(""));
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
import_errors(struct db *db, int64_t source, void (*call)(void *, int64_t,
    struct str), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_IMPORT_FAULTS);
	int r;

	stmt_bind_i64(q, ":source", source);
	while ((r = stmt_step(q, err)) == 1)
		call(arg, stmt_i64(q, 0), stmt_str(q, 1));
	return r;
}

int
import_errors_forget(struct db *db, int64_t source, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_IMPORT_FAULTS_FORGET);

	stmt_bind_i64(q, ":source", source);
	return stmt_run(q, err) == -1 ? -1 : 0;
}
