/*
 * Rows of `source`, `finding` and `validator`.
 */
#include "storage/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
source_row_fini(struct source_row *row)
{
	free(row->name);
	free(row->plugin);
	free(row->target);
	free(row->settings);
	free(row->credential);
	free(row->egress);
	free(row->basis);
	free(row->paused_why);
	free(row->cursor);
	free(row->error);
	memset(row, 0, sizeof(*row));
}

static void
row_take(struct stmt *q, struct source_row *row)
{
	int c = 0;

	memset(row, 0, sizeof(*row));
	row->id = stmt_i64(q, c++);
	row->name = stmt_dup(q, c++);
	row->plugin = stmt_dup(q, c++);
	row->target = stmt_dup(q, c++);
	row->settings = stmt_dup(q, c++);
	row->credential = stmt_dup(q, c++);
	row->egress = stmt_dup(q, c++);
	row->basis = stmt_dup(q, c++);
	row->interval_ms = stmt_i64(q, c++);
	row->paused = stmt_i64(q, c++) != 0;
	row->paused_why = stmt_dup(q, c++);
	row->created_at = stmt_i64(q, c++);
	row->has_cursor = !stmt_null(q, c);
	row->cursor = stmt_dup(q, c);
	row->ncursor = row->has_cursor ? stmt_str(q, c).n : 0;
	c++;
	row->due_at = stmt_i64(q, c++);
	row->pace_ms = stmt_i64(q, c++);
	row->fails = stmt_i64(q, c++);
	row->failed_since = stmt_i64(q, c++);
	row->error = stmt_dup(q, c++);
	row->rests = stmt_i64(q, c++) != 0;
	row->asked_at = stmt_i64(q, c++);
	row->heard_at = stmt_i64(q, c++);
	row->posted_at = stmt_i64(q, c++);
	row->alerted = stmt_i64(q, c++) != 0;
}

static int
row_step(struct stmt *q, struct source_row *row, struct err *err)
{
	int r = stmt_step(q, err);

	if (r == 1) {
		row_take(q, row);
		stmt_reset(q);
	}
	return r;
}

int
source_by_name(struct db *db, const char *name, struct source_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_BY_NAME);

	stmt_bind_cstr(q, ":name", name);
	return row_step(q, row, err);
}

int
source_by_id(struct db *db, int64_t id, struct source_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_BY_ID);

	stmt_bind_i64(q, ":id", id);
	return row_step(q, row, err);
}

int
source_after(struct db *db, int64_t id, struct source_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_AFTER);

	stmt_bind_i64(q, ":id", id);
	return row_step(q, row, err);
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
bind_settings(struct stmt *q, const struct source_row *row)
{
	stmt_bind_cstr(q, ":name", row->name);
	stmt_bind_cstr(q, ":plugin", row->plugin);
	stmt_bind_cstr(q, ":target", row->target);
	stmt_bind_cstr(q, ":settings", row->settings);
	stmt_bind_cstr(q, ":credential", row->credential);
	stmt_bind_cstr(q, ":egress", row->egress);
	stmt_bind_cstr(q, ":basis", row->basis);
	stmt_bind_i64(q, ":interval", row->interval_ms);
}

int
source_put(struct db *db, const struct source_row *row, int64_t now,
    struct err *err)
{
	struct source_row old;
	struct stmt *q;
	int r = source_by_name(db, row->name, &old, err);

	if (r == -1)
		return -1;
	if (r == 0) {
		q = db_stmt(db, Q_SOURCE_INSERT);
		bind_settings(q, row);
		stmt_bind_i64(q, ":now", now);
		return stmt_run(q, err) == -1 ? -1 : 2;
	}
	if (!same(old.plugin, row->plugin)) {
		/* Cursor and ids of one plugin mean nothing to another. */
		r = err_set_code(err, ERR_CONFLICT, "source %s belongs to "
		    "plugin %s; take another name for %s", row->name,
		    old.plugin, row->plugin);
	} else if (same(old.target, row->target) &&
	    same(old.settings, row->settings) &&
	    same(old.credential, row->credential) &&
	    same(old.egress, row->egress) && same(old.basis, row->basis) &&
	    old.interval_ms == row->interval_ms) {
		r = 0;
	} else {
		q = db_stmt(db, Q_SOURCE_UPDATE);
		bind_settings(q, row);
		stmt_bind_i64(q, ":now", now);
		r = stmt_run(q, err) == -1 ? -1 : 1;
	}
	source_row_fini(&old);
	return r;
}

static int
changed(struct stmt *q, struct err *err)
{
	int64_t n = stmt_run(q, err);

	return n == -1 ? -1 : n > 0;
}

int
source_pause(struct db *db, const char *name, bool paused, const char *why,
    int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_PAUSE);

	stmt_bind_cstr(q, ":name", name);
	stmt_bind_i64(q, ":paused", paused);
	stmt_bind_cstr(q, ":why", paused ? why : NULL);
	stmt_bind_i64(q, ":now", now);
	return changed(q, err);
}

int
source_rewind(struct db *db, const char *name, bool beginning, int64_t now,
    struct err *err)
{
	struct stmt *q = db_stmt(db, beginning ? Q_SOURCE_RESTART :
	    Q_SOURCE_REWIND);
	int r;

	stmt_bind_cstr(q, ":name", name);
	stmt_bind_i64(q, ":now", now);
	r = changed(q, err);
	if (r != 1)
		return r;
	/* What was asked with the old cursor is void, as is "not modified". */
	q = db_stmt(db, Q_SOURCE_FORGET_REQUESTS);
	stmt_bind_cstr(q, ":name", name);
	if (stmt_run(q, err) == -1)
		return -1;
	q = db_stmt(db, Q_SOURCE_FORGET_VALIDATORS);
	stmt_bind_cstr(q, ":name", name);
	return stmt_run(q, err) == -1 ? -1 : 1;
}

int
source_hurry(struct db *db, const char *name, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_HURRY);

	stmt_bind_cstr(q, ":name", name);
	stmt_bind_i64(q, ":now", now);
	return changed(q, err);
}

int
source_outcome(struct db *db, const struct source_outcome *o, struct err *err)
{
	struct stmt *q;

	if (o->blameless || (!o->polled && o->error == NULL)) {
		q = db_stmt(db, Q_SOURCE_DUE);
	} else if (o->error != NULL) {
		q = db_stmt(db, Q_SOURCE_FAILED);
		stmt_bind_cstr(q, ":error", o->error);
		stmt_bind_i64(q, ":rests", o->rests);
		stmt_bind_i64(q, ":now", o->now);
		stmt_bind_i64(q, ":asked", o->asked_at);
	} else {
		q = db_stmt(db, Q_SOURCE_FINE);
		stmt_bind_i64(q, ":news", o->news);
		stmt_bind_i64(q, ":pace", o->pace_ms);
		stmt_bind_i64(q, ":now", o->now);
		stmt_bind_i64(q, ":asked", o->asked_at);
	}
	stmt_bind_i64(q, ":id", o->source);
	stmt_bind_i64(q, ":due", o->due_at);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
source_set_alerted(struct db *db, int64_t id, bool alerted, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_ALERTED);

	stmt_bind_i64(q, ":id", id);
	stmt_bind_i64(q, ":alerted", alerted);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
source_findings(struct db *db, int64_t id, struct source_finding **ret,
    size_t *nret, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_SOURCE_FINDINGS);
	struct source_finding *v = NULL;
	size_t n = 0, room = 0;
	int r;

	stmt_bind_i64(q, ":id", id);
	while ((r = stmt_step(q, err)) == 1) {
		vec_grow(v, n, room);
		v[n].code = stmt_dup(q, 0);
		v[n].level = stmt_i64(q, 1);
		v[n].text = stmt_dup(q, 2);
		v[n].at = stmt_i64(q, 3);
		n++;
	}
	if (r == -1) {
		source_findings_free(v, n);
		return -1;
	}
	*ret = v;
	*nret = n;
	return 0;
}

void
source_findings_free(struct source_finding *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(v[i].code);
		free(v[i].text);
	}
	free(v);
}

int
validator_get(struct db *db, int64_t source, const char *url, char **etag,
    char **modified, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_VALIDATOR_GET);
	int r;

	stmt_bind_i64(q, ":source", source);
	stmt_bind_cstr(q, ":url", url);
	r = stmt_step(q, err);
	if (r == 1) {
		*etag = stmt_dup(q, 0);
		*modified = stmt_dup(q, 1);
		stmt_reset(q);
	}
	return r;
}

int
validator_put(struct db *db, int64_t source, const char *url,
    const char *etag, const char *modified, struct err *err)
{
	struct stmt *q = db_stmt(db, etag == NULL && modified == NULL ?
	    Q_VALIDATOR_DELETE : Q_VALIDATOR_PUT);

	stmt_bind_i64(q, ":source", source);
	stmt_bind_cstr(q, ":url", url);
	if (etag != NULL || modified != NULL) {
		stmt_bind_cstr(q, ":etag", etag);
		stmt_bind_cstr(q, ":modified", modified);
	}
	return stmt_run(q, err) == -1 ? -1 : 0;
}
