/*
 * The SQLite driver: WAL, synchronous=FULL (what was told to be durable is),
 * foreign keys, secure_delete (what was deleted is overwritten).
 *
 * Statements are prepared on first use and kept.  Parameters are bound by
 * name, because SQLite and PostgreSQL number them differently; callers bind in
 * the order in which the names stand in the statement nearly always, so the
 * parameter after the last one is tried first and a bind costs one strcmp().
 */
#include "storage/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "storage/lock.h"
#include "storage/wipe.h"

/* How long one call waits for another process's lock. */
#define WRITE_BUSY_MS 200
#define READ_BUSY_MS 5000
#define SETTLE_BUSY_MS 20
#define SCRIPT_MAX ((size_t)1 << 20)
#define COPY_PAGES 256

struct stmt {
	sqlite3_stmt *s;        /* NULL: not prepared */
	struct db *db;
	const char **names;     /* of parameters, without ':', from 1 */
	int nnames;
	int last;               /* parameter bound last */
	struct err failed;      /* why it could not be prepared */
};

struct db {
	sqlite3 *conn;
	int lock;               /* descriptor; -1: a reader */
	bool settle_due;
	struct stmt stmts[Q_COUNT];
};

static int
db_code(sqlite3 *conn, int rc)
{
	int e = sqlite3_system_errno(conn);

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_IOERR:
		/* A quota or a limit of size is a full disk as well. */
		return e == ENOSPC || e == EDQUOT || e == EFBIG ? ERR_FULL :
		    ERR_SYSTEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return ERR_DENIED;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_UNIQUE ||
		    rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    rc == SQLITE_CONSTRAINT_ROWID ||
		    rc == SQLITE_CONSTRAINT_FOREIGNKEY ? ERR_CONFLICT :
		    ERR_GENERAL;
	default:
		return ERR_GENERAL;
	}
}

static int
db_failed(sqlite3 *conn, struct err *err)
{
	return err_set_code(err, db_code(conn, sqlite3_extended_errcode(conn)),
	    "database: %s", sqlite3_errmsg(conn));
}

static int
db_exec(struct db *db, const char *sql, struct err *err)
{
	if (sqlite3_exec(db->conn, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(db->conn, err);
	return 0;
}

/* SQLite would make the file by umask; posts are nobody else's business. */
static int
db_make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd == -1)
		return err_errno(err, errno, "cannot open %s", path);
	close(fd);
	return 0;
}

static int
db_prepare_connection(struct db *db, enum db_mode mode, struct err *err)
{
	sqlite3_extended_result_codes(db->conn, 1);
	sqlite3_busy_timeout(db->conn,
	    mode == DB_WRITE ? WRITE_BUSY_MS : READ_BUSY_MS);
	sqlite3_db_config(db->conn, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->conn, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	if (db_exec(db, "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
	    " PRAGMA trusted_schema=OFF; PRAGMA cache_size=-16384", err) == -1)
		return -1;
	if (mode == DB_READ)
		return db_exec(db, "PRAGMA query_only=ON", err);
	return db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    " PRAGMA secure_delete=ON", err);
}

int
db_open(const char *where, enum db_mode mode, struct db **ret, struct err *err)
{
	struct db *db = xcalloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_NOMUTEX | (mode == DB_WRITE ?
	    SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	int r = -1;

	db->lock = -1;
	if (mode == DB_WRITE) {
		if (lock_take(where, &db->lock, err) == -1)
			goto out;
		if (db_make_file(where, err) == -1)
			goto out;
	}
	if (sqlite3_open_v2(where, &db->conn, flags, mode == DB_WRITE ?
	    wipe_vfs() : NULL) != SQLITE_OK) {
		if (db->conn == NULL)
			err_set(err, "%s: out of memory", where);
		else {
			db_failed(db->conn, err);
			err_prefix(err, "%s", where);
		}
		goto out;
	}
	if (db_prepare_connection(db, mode, err) == -1) {
		err_prefix(err, "%s", where);
		goto out;
	}
	*ret = db;
	db = NULL;
	r = 0;
out:
	db_close(db);
	return r;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < Q_COUNT; i++) {
		sqlite3_finalize(db->stmts[i].s);
		free(db->stmts[i].names);
	}
	sqlite3_close(db->conn);
	lock_drop(db->lock);
	free(db);
}

int
db_begin(struct db *db, struct err *err)
{
	return db_exec(db, db->lock == -1 ? "BEGIN" : "BEGIN IMMEDIATE", err);
}

int
db_commit(struct db *db, struct err *err)
{
	return db_exec(db, "COMMIT", err);
}

void
db_rollback(struct db *db)
{
	size_t i;

	for (i = 0; i < Q_COUNT; i++)
		if (db->stmts[i].s != NULL)
			sqlite3_reset(db->stmts[i].s);
	if (!sqlite3_get_autocommit(db->conn))
		sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
}

int
db_save(struct db *db, struct err *err)
{
	return db_exec(db, "SAVEPOINT part", err);
}

int
db_release(struct db *db, struct err *err)
{
	return db_exec(db, "RELEASE part", err);
}

void
db_undo(struct db *db)
{
	size_t i;

	for (i = 0; i < Q_COUNT; i++)
		if (db->stmts[i].s != NULL)
			sqlite3_reset(db->stmts[i].s);
	if (!sqlite3_get_autocommit(db->conn))
		sqlite3_exec(db->conn, "ROLLBACK TO part; RELEASE part", NULL,
		    NULL, NULL);
}

bool
db_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(db->conn);
}

static __attribute__((noreturn, format(printf, 2, 3))) void
stmt_bug(const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "kompan: bug in statement %s: ", name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	abort();
}

static const char *
stmt_name(const struct stmt *q)
{
	return stmt_texts[q - q->db->stmts].name;
}

static void
stmt_prepare(struct stmt *q, const char *sql)
{
	sqlite3 *conn = q->db->conn;
	int rc, i;

	rc = sqlite3_prepare_v3(conn, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &q->s, NULL);
	if (rc != SQLITE_OK) {
		/* Without its tables a statement fails, and only then. */
		if ((rc & 0xff) == SQLITE_ERROR &&
		    strncmp(sqlite3_errmsg(conn), "no such ", 8) != 0)
			stmt_bug(stmt_name(q), "%s", sqlite3_errmsg(conn));
		db_failed(conn, &q->failed);
		return;
	}
	q->nnames = sqlite3_bind_parameter_count(q->s);
	q->names = xcalloc((size_t)q->nnames + 1, sizeof(*q->names));
	for (i = 1; i <= q->nnames; i++)
		q->names[i] = sqlite3_bind_parameter_name(q->s, i) + 1;
}

struct stmt *
db_stmt(struct db *db, enum stmt_id id)
{
	struct stmt *q = &db->stmts[id];

	assert(id < Q_COUNT);
	q->db = db;
	q->last = 0;
	if (q->s == NULL) {
		stmt_prepare(q, stmt_texts[id].sql);
	} else {
		sqlite3_reset(q->s);
		sqlite3_clear_bindings(q->s);
	}
	return q;
}

static int
stmt_index(struct stmt *q, const char *name)
{
	int i;

	if (name[0] == ':')
		name++;
	i = q->last + 1;
	if (i > q->nnames || strcmp(q->names[i], name) != 0) {
		for (i = 1; i <= q->nnames; i++)
			if (strcmp(q->names[i], name) == 0)
				break;
		if (i > q->nnames)
			stmt_bug(stmt_name(q), "no parameter :%s", name);
	}
	q->last = i;
	return i;
}

void
stmt_bind_i64(struct stmt *q, const char *name, int64_t value)
{
	if (q->s != NULL)
		sqlite3_bind_int64(q->s, stmt_index(q, name), value);
}

void
stmt_bind_str(struct stmt *q, const char *name, struct str s)
{
	if (q->s != NULL)
		sqlite3_bind_text64(q->s, stmt_index(q, name), s.p, s.n,
		    SQLITE_STATIC, SQLITE_UTF8);
}

void
stmt_bind_cstr(struct stmt *q, const char *name, const char *s)
{
	stmt_bind_str(q, name, str_of(s));
}

void
stmt_bind_bytes(struct stmt *q, const char *name, const void *p, size_t n)
{
	if (q->s != NULL)
		sqlite3_bind_blob64(q->s, stmt_index(q, name), p, n,
		    SQLITE_STATIC);
}

int
stmt_step(struct stmt *q, struct err *err)
{
	int rc;

	if (q->s == NULL) {
		*err = q->failed;
		return -1;
	}
	rc = sqlite3_step(q->s);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE) {
		db_failed(q->db->conn, err);
		sqlite3_reset(q->s);
		return -1;
	}
	sqlite3_reset(q->s);
	return 0;
}

int64_t
stmt_run(struct stmt *q, struct err *err)
{
	int r = stmt_step(q, err);

	if (r == 1)
		stmt_reset(q);
	return r == -1 ? -1 : sqlite3_changes64(q->db->conn);
}

int64_t
stmt_i64(struct stmt *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

struct str
stmt_str(struct stmt *q, int column)
{
	const void *p = sqlite3_column_blob(q->s, column);

	/* An empty text has no bytes, but is not NULL. */
	if (p == NULL && !stmt_null(q, column))
		p = "";
	return (struct str){ p, (size_t)sqlite3_column_bytes(q->s, column) };
}

bool
stmt_null(struct stmt *q, int column)
{
	return sqlite3_column_type(q->s, column) == SQLITE_NULL;
}

void
stmt_reset(struct stmt *q)
{
	if (q->s != NULL)
		sqlite3_reset(q->s);
}

int
db_has_table(struct db *db, const char *table, struct err *err)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (sqlite3_prepare_v2(db->conn, "SELECT 1 FROM sqlite_schema"
	    " WHERE type = 'table' AND name = ?", -1, &s, NULL) != SQLITE_OK)
		return db_failed(db->conn, err);
	sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	rc = sqlite3_step(s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		db_failed(db->conn, err);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

/*
 * AUTOINCREMENT: an id is never given again after its row was deleted, since
 * the history speaks of items by id.
 */
static int
db_types(const char *sql, struct buf *b)
{
	static const struct {
		struct str mark;
		const char *type;
	} types[] = {
		{ { "@ID@", 4 }, "INTEGER PRIMARY KEY AUTOINCREMENT" },
		{ { "@BYTES@", 7 }, "BLOB" },
	};
	size_t i;

	while (*sql != '\0') {
		for (i = 0; i < 2; i++)
			if (strncmp(sql, types[i].mark.p,
			    types[i].mark.n) == 0)
				break;
		if (i < 2) {
			buf_puts(b, types[i].type);
			sql += types[i].mark.n;
		} else {
			buf_putc(b, *sql++);
		}
	}
	return b->failed ? -1 : 0;
}

int
db_script(struct db *db, const char *sql, struct err *err)
{
	struct buf b;
	int r = -1;

	buf_init(&b, SCRIPT_MAX);
	if (db_types(sql, &b) == -1)
		err_set_code(err, ERR_LIMIT, "the script is too long");
	else
		r = db_exec(db, b.n == 0 ? "" : b.p, err);
	buf_fini(&b);
	return r;
}

void
db_settle_soon(struct db *db)
{
	db->settle_due = true;
}

bool
db_settle_due(const struct db *db)
{
	return db->settle_due;
}

int
db_settle(struct db *db, struct err *err)
{
	int rc;

	/* People wait meanwhile; a reader that takes long is not waited for. */
	sqlite3_busy_timeout(db->conn, SETTLE_BUSY_MS);
	rc = sqlite3_wal_checkpoint_v2(db->conn, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->conn, WRITE_BUSY_MS);
	if (rc == SQLITE_OK) {
		db->settle_due = false;
		return 0;
	}
	return (rc & 0xff) == SQLITE_BUSY ? 1 : db_failed(db->conn, err);
}

struct verify {
	void (*found)(void *, const char *);
	void *arg;
	const char *what;
};

static int
verify_row(void *arg, int n, char **values, char **names)
{
	struct verify *v = arg;
	char text[256];

	(void)names;
	if (n == 1) {
		if (values[0] != NULL && strcmp(values[0], "ok") != 0)
			v->found(v->arg, values[0]);
		return 0;
	}
	/* foreign_key_check: table, rowid, parent, number of the key. */
	snprintf(text, sizeof(text), "row %s of table %s refers to a row of %s"
	    " that is not there", values[1] == NULL ? "?" : values[1],
	    values[0], values[2]);
	v->found(v->arg, text);
	return 0;
}

int
db_verify(struct db *db, void (*found)(void *, const char *), void *arg,
    struct err *err)
{
	struct verify v = { .found = found, .arg = arg };

	if (sqlite3_exec(db->conn, "PRAGMA integrity_check(100);"
	    " PRAGMA foreign_key_check", verify_row, &v, NULL) != SQLITE_OK)
		return db_failed(db->conn, err);
	return 0;
}

int
db_copy(struct db *db, const char *path,
    void (*progress)(void *, int64_t, int64_t), void *arg, struct err *err)
{
	sqlite3 *to = NULL;
	sqlite3_backup *b = NULL;
	int rc, r = -1;

	if (db_make_file(path, err) == -1)
		return -1;
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, wipe_vfs()) !=
	    SQLITE_OK) {
		err_set(err, "cannot open %s: %s", path,
		    to == NULL ? "out of memory" : sqlite3_errmsg(to));
		goto out;
	}
	b = sqlite3_backup_init(to, "main", db->conn, "main");
	if (b == NULL) {
		db_failed(to, err);
		goto out;
	}
	/*
	 * All steps read one snapshot where the caller began a transaction;
	 * otherwise SQLite starts over after each foreign write.
	 */
	do {
		rc = sqlite3_backup_step(b, COPY_PAGES);
		if (progress != NULL)
			progress(arg, sqlite3_backup_pagecount(b) -
			    sqlite3_backup_remaining(b),
			    sqlite3_backup_pagecount(b));
		if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
			sqlite3_sleep(20);
	} while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
	/* A file that stands alone, without a WAL, readable from anywhere. */
	if (sqlite3_backup_finish(b) == SQLITE_OK && rc == SQLITE_DONE &&
	    sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL,
	    NULL) == SQLITE_OK)
		r = 0;
	else
		db_failed(to, err);
	b = NULL;
out:
	sqlite3_close(to);
	return r;
}
