/*
 * Rows of `place`.
 */
#include "storage/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/stanza.h"

const char *const place_bases[] = { "owned", "invited", "public-feed",
	"capture", "mail", "export", NULL };

void
place_row_fini(struct place_row *row)
{
	free(row->source_name);
	free(row->plugin);
	free(row->ext);
	free(row->name);
	free(row->url);
	free(row->reason);
	free(row->basis);
	free(row->lang);
	free(row->land);
	free(row->note);
	memset(row, 0, sizeof(*row));
}

static void
row_take(struct stmt *q, struct place_row *row)
{
	int c = 0;

	memset(row, 0, sizeof(*row));
	row->id = stmt_i64(q, c++);
	row->source = stmt_i64(q, c++);
	row->source_name = stmt_dup(q, c++);
	row->plugin = stmt_dup(q, c++);
	row->ext = stmt_dup(q, c++);
	row->name = stmt_dup(q, c++);
	row->url = stmt_dup(q, c++);
	row->kind = stmt_i64(q, c++);
	row->health = stmt_i64(q, c++);
	row->reason = stmt_dup(q, c++);
	row->sees = stmt_i64(q, c++);
	row->watched = stmt_i64(q, c++) != 0;
	row->basis = stmt_dup(q, c++);
	row->grace_ms = stmt_i64(q, c++);
	row->lang = stmt_dup(q, c++);
	row->land = stmt_dup(q, c++);
	row->note = stmt_dup(q, c++);
	row->found_at = stmt_i64(q, c++);
	row->heard_at = stmt_i64(q, c++);
	row->posted_at = stmt_i64(q, c++);
	row->alerted = stmt_i64(q, c++) != 0;
	row->pace_ms = stmt_i64(q, c++);
	row->paused = stmt_i64(q, c++) != 0;
}

int
place_after(struct db *db, int64_t source, int64_t id, struct place_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_PLACE_AFTER);
	int r;

	stmt_bind_i64(q, ":id", id);
	stmt_bind_i64(q, ":source", source);
	r = stmt_step(q, err);
	if (r == 1) {
		row_take(q, row);
		stmt_reset(q);
	}
	return r;
}

int
place_find(struct db *db, const char *words, struct place_row *row,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_PLACE_NAMED);
	int64_t number = 0, found = 0;
	int r, n = 0;

	(void)str_to_i64(str_of(words), 1, INT64_MAX, &number);
	stmt_bind_i64(q, ":id", number);
	stmt_bind_cstr(q, ":words", words);
	while ((r = stmt_step(q, err)) == 1) {
		/* The most exact way of naming it comes first. */
		if (n++ == 0)
			found = stmt_i64(q, 0);
		else if (stmt_i64(q, 1) == 4)
			r = 2;
		if (r == 2 || stmt_i64(q, 1) < 4) {
			stmt_reset(q);
			break;
		}
	}
	if (r == -1)
		return -1;
	if (r == 2)
		return err_set_code(err, ERR_CONFLICT, "several places are "
		    "called %.80s; name it by number (kompan place list)",
		    words);
	return found == 0 ? 0 : place_after(db, 0, found - 1, row, err);
}

static int
changed(struct stmt *q, struct err *err)
{
	int64_t n = stmt_run(q, err);

	return n == -1 ? -1 : n > 0;
}

int
place_watch(struct db *db, int64_t id, const char *basis, struct err *err)
{
	struct stmt *q = db_stmt(db, basis != NULL ? Q_PLACE_WATCH :
	    Q_PLACE_UNWATCH);

	stmt_bind_i64(q, ":id", id);
	if (basis != NULL)
		stmt_bind_cstr(q, ":basis", basis);
	return changed(q, err);
}

/* One column by its key; the value is checked. */
static int
check_value(const char *key, const char *value, int64_t *grace,
    struct err *err)
{
	size_t i, n = strlen(value);

	if (strcmp(key, "grace") == 0) {
		if (duration_parse(str_of(value), grace) == -1)
			return err_set_code(err, ERR_INVALID, "grace is a time "
			    "such as `30 min' or `4 h', not `%.40s'", value);
	} else if (strcmp(key, "lang") == 0 && n > 0) {
		for (i = 0; stanza_langs[i] != NULL; i++) {
			if (strcmp(stanza_langs[i], value) == 0)
				return 0;
		}
		return err_set_code(err, ERR_INVALID,
		    "lang is one of bg de en pl ro, not `%.40s'", value);
	} else if (strcmp(key, "land") == 0 && n > 0) {
		if (n != 2 || strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
			return err_set_code(err, ERR_INVALID, "land is a "
			    "federal state's two letters, such as NW, not "
			    "`%.40s'", value);
	} else if (n > 4000)
		return err_set_code(err, ERR_LIMIT, "%s is too long", key);
	return 0;
}

int
place_set(struct db *db, int64_t id, const char *key, const char *value,
    struct err *err)
{
	static const struct {
		const char *key;
		enum stmt_id stmt;
	} columns[] = {
		{ "grace", Q_PLACE_SET_GRACE }, { "lang", Q_PLACE_SET_LANG },
		{ "land", Q_PLACE_SET_LAND }, { "note", Q_PLACE_SET_NOTE },
	};
	int64_t grace = 0;
	struct stmt *q;
	size_t i;

	for (i = 0; i < 4 && strcmp(columns[i].key, key) != 0; i++)
		;
	if (i == 4)
		return err_set_code(err, ERR_INVALID, "a place has no `%.40s'; "
		    "grace, lang, land and note can be set", key);
	if (check_value(key, value, &grace, err) == -1)
		return -1;
	q = db_stmt(db, columns[i].stmt);
	stmt_bind_i64(q, ":id", id);
	if (i == 0)
		stmt_bind_i64(q, ":value", grace);
	else
		stmt_bind_cstr(q, ":value", value[0] != '\0' ? value : NULL);
	return changed(q, err);
}

int
place_set_alerted(struct db *db, int64_t id, bool alerted, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_PLACE_ALERTED);

	stmt_bind_i64(q, ":id", id);
	stmt_bind_i64(q, ":alerted", alerted);
	return stmt_run(q, err) == -1 ? -1 : 0;
}
