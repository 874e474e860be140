/*
 * The driver: what was committed is there, what was undone is not, one writer
 * at a time, and errors that can be told apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "storage/db.h"
#include "storage/migrate.h"
#include "store_temp.h"

static int
put(struct db *db, const char *key, const char *value)
{
	struct err err = ERR_INIT;
	struct stmt *q = db_stmt(db, Q_META_PUT);

	stmt_bind_cstr(q, ":value", value);
	stmt_bind_cstr(q, "key", key);
	return stmt_run(q, &err) == -1 ? -1 : 0;
}

static bool
has(struct db *db, const char *key, const char *value)
{
	struct err err = ERR_INIT;
	struct stmt *q = db_stmt(db, Q_META_GET);
	bool is;

	stmt_bind_cstr(q, ":key", key);
	if (stmt_step(q, &err) != 1)
		return false;
	is = str_is(stmt_str(q, 0), value);
	stmt_reset(q);
	return is;
}

static void
test_savepoint_undoes_its_part_alone(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(put(db, "a", "1"), 0);
	assert_int_equal(db_save(db, &err), 0);
	assert_int_equal(put(db, "b", "2"), 0);
	db_undo(db);
	assert_int_equal(db_save(db, &err), 0);
	assert_int_equal(put(db, "c", "3"), 0);
	assert_int_equal(db_release(db, &err), 0);
	assert_int_equal(db_commit(db, &err), 0);
	db_close(db);
	db = store_temp_open(&t);
	assert_true(has(db, "a", "1"));
	assert_false(has(db, "b", "2"));
	assert_true(has(db, "c", "3"));
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(put(db, "a", "9"), 0);
	db_rollback(db);
	assert_true(has(db, "a", "1"));
	db_close(db);
	store_temp_drop(&t);
}

static void
test_one_writer_and_the_message_names_it(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db, *other;
	char pid[32];

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	assert_int_equal(db_open(t.path, DB_WRITE, &other, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(err.text, pid));
	/* Readers are welcome, and cannot write. */
	assert_int_equal(db_open(t.path, DB_READ, &other, &err), 0);
	assert_int_equal(put(other, "a", "1"), -1);
	db_close(other);
	db_close(db);
	assert_int_equal(db_open(t.path, DB_WRITE, &db, &err), 0);
	db_close(db);
	store_temp_drop(&t);
}

static void
test_readers_see_a_snapshot(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db, *reader;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	put(db, "a", "1");
	assert_int_equal(db_open(t.path, DB_READ, &reader, &err), 0);
	assert_int_equal(db_begin(reader, &err), 0);
	assert_true(has(reader, "a", "1"));
	put(db, "a", "2");
	assert_true(has(reader, "a", "1"));
	/* The WAL cannot be cut while somebody looks at it. */
	assert_int_equal(db_settle(db, &err), 1);
	assert_int_equal(db_commit(reader, &err), 0);
	assert_true(has(reader, "a", "2"));
	assert_int_equal(db_settle(db, &err), 0);
	db_close(reader);
	db_close(db);
	store_temp_drop(&t);
}

static void
test_want_of_schema_is_an_error_not_an_abort(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct stmt *q;
	struct db *db;
	struct stat st;

	(void)state;
	store_temp_make(&t);
	assert_int_equal(db_open(t.path, DB_WRITE, &db, &err), 0);
	q = db_stmt(db, Q_META_GET);
	stmt_bind_cstr(q, ":key", "schema");
	assert_int_equal(stmt_step(q, &err), -1);
	assert_int_equal(migrate_check(db, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(migrate_up(db, &err), 0);
	assert_int_equal(migrate_up(db, &err), 0);
	assert_int_equal(migrate_check(db, &err), 0);
	assert_true(has(db, "schema", "1") || migrate_newest() > 1);
	assert_int_equal(stat(t.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	db_close(db);
	store_temp_drop(&t);
}

static void
test_a_newer_schema_is_refused_and_left_alone(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	put(db, "schema", "9999");
	assert_int_equal(migrate_check(db, &err), -1);
	assert_int_equal(migrate_up(db, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.text, "9999"));
	assert_true(has(db, "schema", "9999"));
	db_close(db);
	store_temp_drop(&t);
}

static void
test_errors_are_told_apart(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db;
	FILE *f;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	assert_int_equal(db_script(db, "INSERT INTO validator (source, url)"
	    " VALUES (7, 'https://example.org/')", &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(db_script(db, "INSERT INTO meta (key, value)"
	    " VALUES ('schema', '1')", &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(db_script(db, "PRAGMA max_page_count = 1; CREATE TABLE"
	    " large AS SELECT zeroblob(1000000)", &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	db_close(db);
	f = fopen(t.path, "w");
	assert_non_null(f);
	fputs("This is not a database at all, but it is long enough.\n"
	    "................................................................",
	    f);
	fclose(f);
	assert_int_equal(db_open(t.path, DB_WRITE, &db, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	store_temp_drop(&t);
}

/* A name that a statement does not have would abort: prepare them all. */
static void
test_every_statement_prepares(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct db *db;
	int i;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	for (i = 0; i < Q_COUNT; i++) {
		struct stmt *q = db_stmt(db, (enum stmt_id)i);

		err = (struct err)ERR_INIT;
		assert_int_equal(db_begin(db, &err), 0);
		/* With all parameters NULL constraints may refuse it. */
		if (stmt_step(q, &err) == -1 &&
		    strstr(err.text, "no such") != NULL)
			fail_msg("%s: %s", stmt_texts[i].name, err.text);
		db_rollback(db);
	}
	db_close(db);
	store_temp_drop(&t);
}

static void
test_empty_text_is_not_null(void **state)
{
	struct err err = ERR_INIT;
	struct store_temp t;
	struct stmt *q;
	struct db *db;

	(void)state;
	store_temp_make(&t);
	db = store_temp_open(&t);
	put(db, "a", "");
	q = db_stmt(db, Q_META_GET);
	stmt_bind_cstr(q, ":key", "a");
	assert_int_equal(stmt_step(q, &err), 1);
	assert_false(stmt_null(q, 0));
	assert_non_null(stmt_str(q, 0).p);
	assert_int_equal(stmt_str(q, 0).n, 0);
	db_close(db);
	store_temp_drop(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_savepoint_undoes_its_part_alone),
		cmocka_unit_test(test_one_writer_and_the_message_names_it),
		cmocka_unit_test(test_readers_see_a_snapshot),
		cmocka_unit_test(test_want_of_schema_is_an_error_not_an_abort),
		cmocka_unit_test(test_a_newer_schema_is_refused_and_left_alone),
		cmocka_unit_test(test_errors_are_told_apart),
		cmocka_unit_test(test_every_statement_prepares),
		cmocka_unit_test(test_empty_text_is_not_null),
	};

	return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
