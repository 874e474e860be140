/*
 * db.h - what a database driver must do.
 *
 * A struct db is one connection and belongs to one thread at a time.  All SQL
 * stands in storage/statements.def, once, in the subset that SQLite and
 * PostgreSQL both understand, with parameters by name (":place"); a statement
 * is prepared when it is first used on a connection and kept.
 *
 * Errors carry a code: ERR_BUSY (locked by another; try again), ERR_FULL (no
 * room on the disk), ERR_CORRUPT, ERR_CONFLICT (a unique or foreign key), else
 * ERR_GENERAL.
 */
#ifndef KOMPAN_STORAGE_DB_H
#define KOMPAN_STORAGE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;
struct stmt;

enum stmt_id {
#define STMT(name, sql) Q_##name,
#include "storage/statements.def"
#undef STMT
	Q_COUNT
};

struct stmt_text {
	const char *name, *sql;
};

/* All statements, by enum stmt_id. */
extern const struct stmt_text stmt_texts[Q_COUNT];

enum db_mode {
	DB_WRITE,       /* the one writer: holds the writer's lock, see below */
	DB_READ         /* snapshots; writing fails */
};

/*
 * db_open(where, mode, ret, err):
 * Connect to ${where}: a path (SQLite).  With DB_WRITE an exclusive lock on
 * "PATH.lock" is taken first and held until db_close(); ERR_BUSY says by its
 * text which process holds it.  The schema is not looked at (migrate.h).
 * 0, or -1 and ${err}.
 */
int db_open(const char *, enum db_mode, struct db **, struct err *);
void db_close(struct db *);

/* Transactions; db_begin() takes the write lock at once on a DB_WRITE db. */
int db_begin(struct db *, struct err *);
int db_commit(struct db *, struct err *);
/* Cannot fail in a way that matters: what was done is gone. */
void db_rollback(struct db *);
/* A part that can be undone alone; they do not nest. */
int db_save(struct db *, struct err *);
int db_release(struct db *, struct err *);
void db_undo(struct db *);
/* False after an error that undid the whole transaction. */
bool db_in_transaction(struct db *);

/*
 * db_stmt(db, id): the statement, reset and with all parameters NULL; it stays
 * the connection's.  One that does not prepare is a bug and ends the process,
 * except for want of the schema: then stmt_step() returns the error.
 */
struct stmt *db_stmt(struct db *, enum stmt_id);

/*
 * ${name} is ":place" or "place".  One that the statement does not have is a
 * bug and ends the process.
 */
void stmt_bind_i64(struct stmt *, const char *name, int64_t);
/* NULL pointer binds NULL.  Borrowed until the statement is reset. */
void stmt_bind_str(struct stmt *, const char *name, struct str);
void stmt_bind_cstr(struct stmt *, const char *name, const char *);
void stmt_bind_bytes(struct stmt *, const char *name, const void *, size_t);

/* 1: a row; 0: no more rows, and reset; -1: ${err}, and reset. */
int stmt_step(struct stmt *, struct err *);
/* Run one that gives no rows: the number of rows changed, or -1. */
int64_t stmt_run(struct stmt *, struct err *);
/* Columns of the current row, from 0.  Borrowed until the next step. */
int64_t stmt_i64(struct stmt *, int column);
struct str stmt_str(struct stmt *, int column);
bool stmt_null(struct stmt *, int column);
/* A heap copy of a text column, terminated; NULL where it is NULL. */
char *stmt_dup(struct stmt *, int column);
void stmt_reset(struct stmt *);

/* 1: the table is there; 0: it is not; -1: ${err}. */
int db_has_table(struct db *, const char *table, struct err *);
/*
 * Run several statements of trusted text (migrations), in which @ID@ and
 * @BYTES@ stand for the driver's types.
 */
int db_script(struct db *, const char *sql, struct err *);

/*
 * db_settle(db, err): bring everything committed into the main file and leave
 * nothing of it elsewhere (the WAL is cut to nothing).  0; 1 where a reader
 * held it up, so that it has to be done again later; -1 and ${err}.
 */
int db_settle(struct db *, struct err *);
/* Have whoever commits do so afterwards; for changes that erase something. */
void db_settle_soon(struct db *);
bool db_settle_due(const struct db *);
/*
 * db_verify(db, found, arg, err): the driver's own check of the files; each
 * fault is told to ${found}.  0 also where there were faults.
 */
int db_verify(struct db *, void (*found)(void *arg, const char *fault),
    void *arg, struct err *);
/*
 * db_copy(db, path, progress, arg, err): a consistent copy of the database as
 * a new file ${path}, made while others write.  ${progress} may be NULL.
 */
int db_copy(struct db *, const char *path,
    void (*progress)(void *arg, int64_t done, int64_t all), void *arg,
    struct err *);

#endif
