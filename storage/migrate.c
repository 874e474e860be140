/*
 * Migrations: numbered files, run in order, each with its new number in one
 * transaction, so that a crash leaves the database at one number or the next.
 * A database of a newer Kompan is refused: guessing at it could destroy it.
 */
#include "storage/migrate.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "storage/db.h"

int64_t
migrate_newest(void)
{
	int64_t newest = 0;
	const struct schema_file *f;

	for (f = schema_files; f->sql != NULL; f++)
		newest = f->number;
	return newest;
}

int
migrate_version(struct db *db, int64_t *ret, struct err *err)
{
	struct stmt *q;
	int has = db_has_table(db, "meta", err);
	int row;

	if (has == -1)
		return -1;
	if (has == 0) {
		*ret = 0;
		return 0;
	}
	q = db_stmt(db, Q_META_GET);
	stmt_bind_cstr(q, ":key", "schema");
	row = stmt_step(q, err);
	if (row == -1)
		return -1;
	if (row == 0 || str_to_i64(stmt_str(q, 0), 1, INT64_MAX, ret) == -1) {
		stmt_reset(q);
		return err_set_code(err, ERR_CORRUPT,
		    "the database does not say which schema it has");
	}
	stmt_reset(q);
	return 0;
}

static int
migrate_newer(int64_t have, struct err *err)
{
	return err_set_code(err, ERR_INVALID,
	    "the database has schema %" PRId64 ", this Kompan knows up to %"
	    PRId64 ": install the Kompan that made it, or a newer one", have,
	    migrate_newest());
}

static int
migrate_run(struct db *db, const struct schema_file *f, struct err *err)
{
	char number[32];
	struct stmt *q;

	if (db_begin(db, err) == -1)
		return -1;
	if (db_script(db, f->sql, err) == -1)
		goto undo;
	snprintf(number, sizeof(number), "%" PRId64, f->number);
	q = db_stmt(db, Q_META_PUT);
	stmt_bind_cstr(q, ":key", "schema");
	stmt_bind_cstr(q, ":value", number);
	if (stmt_run(q, err) == -1)
		goto undo;
	if (db_commit(db, err) == -1)
		goto undo;
	return 0;
undo:
	db_rollback(db);
	err_prefix(err, "schema %04" PRId64 "-%s", f->number, f->name);
	return -1;
}

int
migrate_up(struct db *db, struct err *err)
{
	const struct schema_file *f;
	int64_t have;

	if (migrate_version(db, &have, err) == -1)
		return -1;
	if (have > migrate_newest())
		return migrate_newer(have, err);
	for (f = schema_files; f->sql != NULL; f++)
		if (f->number > have && migrate_run(db, f, err) == -1)
			return -1;
	return 0;
}

int
migrate_check(struct db *db, struct err *err)
{
	int64_t have;

	if (migrate_version(db, &have, err) == -1)
		return -1;
	if (have > migrate_newest())
		return migrate_newer(have, err);
	if (have == 0)
		return err_set_code(err, ERR_INVALID,
		    "the database is empty: start the agent, or run "
		    "`kompan db migrate'");
	if (have < migrate_newest())
		return err_set_code(err, ERR_INVALID,
		    "the database has schema %" PRId64 ", this Kompan needs %"
		    PRId64 ": run `kompan db migrate'", have,
		    migrate_newest());
	return 0;
}
