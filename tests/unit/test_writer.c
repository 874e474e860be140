/*
 * The writer: told means durable, failed means gone, people go first, and a
 * full disk or a lock loses nothing.
 */
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/loop.h"
#include "storage/writer.h"
#include "store_temp.h"

struct note {
	const char *key;
	int result;             /* what run() returns */
	int code;
	size_t size;            /* of the value written */
	atomic_int runs;
	char *order;            /* appends key[0] when run */
};

static int
note_run(struct db *db, void *arg, struct err *err)
{
	struct note *note = arg;
	struct stmt *q = db_stmt(db, Q_META_PUT);
	char *value = calloc(1, note->size + 1);
	int r = 0;

	note->runs++;
	if (note->order != NULL)
		strncat(note->order, note->key, 1);
	memset(value, 'x', note->size);
	stmt_bind_cstr(q, ":key", note->key);
	stmt_bind_str(q, ":value", (struct str){ value, note->size });
	if (stmt_run(q, err) == -1)
		r = -1;
	free(value);
	if (r == 0 && note->result == -1)
		return err_set_code(err, note->code, "as asked");
	return r == 0 ? note->result : -1;
}

static void
test_results_and_failures(void **state)
{
	struct note good = { .key = "good" }, two = { .key = "two",
		.result = 2 }, bad = { .key = "bad", .result = -1,
		.code = ERR_CONFLICT };
	struct err err = ERR_INIT;
	struct store_temp t;
	struct writer *w;

	(void)state;
	store_temp_make(&t);
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &good, &err), 0);
	/* Told is durable: somebody else can see it. */
	assert_int_equal(store_temp_number(&t,
	    "SELECT COUNT(*) FROM meta WHERE key = 'good'"), 1);
	assert_int_equal(writer_do(w, WRITER_BULK, note_run, &two, &err), 2);
	assert_int_equal(writer_do(w, WRITER_BULK, note_run, &bad, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_string_equal(err.text, "as asked");
	assert_int_equal(store_temp_number(&t,
	    "SELECT COUNT(*) FROM meta WHERE key = 'bad'"), 0);
	writer_stop(w);
	assert_int_equal(store_temp_number(&t,
	    "SELECT COUNT(*) FROM meta WHERE key = 'two'"), 1);
	store_temp_drop(&t);
}

/* Holds the writer in a job, so that lanes fill up behind it. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t open;
	int is_open;
};

static int
gate_run(struct db *db, void *arg, struct err *err)
{
	struct gate *gate = arg;

	(void)db;
	(void)err;
	pthread_mutex_lock(&gate->lock);
	while (!gate->is_open)
		pthread_cond_wait(&gate->open, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return 0;
}

static void
gate_open(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->is_open = 1;
	pthread_cond_signal(&gate->open);
	pthread_mutex_unlock(&gate->lock);
}

#define GATE_INIT                                                              \
	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

struct counted {
	int done, failed, code;
};

static struct counted counted;

static void
count_done(void *arg, int result, const struct err *err)
{
	(void)arg;
	counted.done++;
	if (result == -1) {
		counted.failed++;
		counted.code = err->code;
	}
}

static void
run_until_done(struct loop *loop, int n)
{
	struct err err = ERR_INIT;

	while (counted.done < n)
		assert_int_equal(loop_step(loop, 1000, &err), 0);
}

static void
test_people_go_first(void **state)
{
	struct gate gate = GATE_INIT;
	char order[16] = "";
	struct note a = { .key = "a", .order = order }, b = { .key = "b",
		.order = order }, p = { .key = "p", .order = order };
	struct err err = ERR_INIT;
	struct store_temp t;
	struct writer *w;
	struct loop *loop = loop_new(&err);

	(void)state;
	store_temp_make(&t);
	memset(&counted, 0, sizeof(counted));
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	writer_post(w, WRITER_BULK, gate_run, &gate, loop, count_done);
	writer_post(w, WRITER_BULK, note_run, &a, loop, count_done);
	writer_post(w, WRITER_BULK, note_run, &b, loop, count_done);
	writer_post(w, WRITER_NOW, note_run, &p, loop, count_done);
	gate_open(&gate);
	run_until_done(loop, 4);
	assert_string_equal(order, "pab");
	assert_int_equal(writer_waiting(w, WRITER_BULK), 0);
	writer_stop(w);
	loop_free(loop);
	store_temp_drop(&t);
}

static void
test_stop_finishes_what_was_handed_over(void **state)
{
	struct note notes[50];
	char keys[50][16];
	struct err err = ERR_INIT;
	struct store_temp t;
	struct writer *w;
	struct loop *loop = loop_new(&err);
	int i;

	(void)state;
	store_temp_make(&t);
	memset(&counted, 0, sizeof(counted));
	memset(notes, 0, sizeof(notes));
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	for (i = 0; i < 50; i++) {
		snprintf(keys[i], sizeof(keys[i]), "n%d", i);
		notes[i].key = keys[i];
		writer_post(w, WRITER_BULK, note_run, &notes[i], loop,
		    count_done);
	}
	writer_stop(w);
	assert_int_equal(store_temp_number(&t,
	    "SELECT COUNT(*) FROM meta WHERE key LIKE 'n%'"), 50);
	run_until_done(loop, 50);
	assert_int_equal(counted.failed, 0);
	loop_free(loop);
	store_temp_drop(&t);
}

static int
limit_run(struct db *db, void *arg, struct err *err)
{
	return db_script(db, arg, err);
}

/* The group of a job that fills the disk is undone as a whole, and can be
 * handed over again when there is room. */
static void
test_full_disk_undoes_the_transaction_and_says_so(void **state)
{
	struct gate gate = GATE_INIT;
	struct note small = { .key = "small" }, large = { .key = "large",
		.size = 4000000 };
	struct err err = ERR_INIT;
	struct store_temp t;
	struct writer *w;
	struct loop *loop = loop_new(&err);
	char limit[] = "PRAGMA max_page_count = 200",
	    room[] = "PRAGMA max_page_count = 100000";

	(void)state;
	store_temp_make(&t);
	memset(&counted, 0, sizeof(counted));
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	assert_int_equal(writer_do(w, WRITER_NOW, limit_run, limit, &err), 0);
	writer_post(w, WRITER_BULK, gate_run, &gate, loop, count_done);
	writer_post(w, WRITER_BULK, note_run, &small, loop, count_done);
	writer_post(w, WRITER_BULK, note_run, &large, loop, count_done);
	gate_open(&gate);
	run_until_done(loop, 3);
	assert_int_equal(counted.code, ERR_FULL);
	/* Either both were in the failed group, or small was before it. */
	assert_int_equal(store_temp_number(&t, "SELECT COUNT(*) FROM meta"
	    " WHERE key IN ('small', 'large')"), counted.failed < 2);
	assert_int_equal(writer_do(w, WRITER_NOW, limit_run, room, &err), 0);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &small, &err), 0);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &large, &err), 0);
	writer_stop(w);
	assert_int_equal(store_temp_number(&t, "SELECT COUNT(*) FROM meta"
	    " WHERE key IN ('small', 'large')"), 2);
	loop_free(loop);
	store_temp_drop(&t);
}

static sqlite3 *
lock_foreign(struct store_temp *t)
{
	sqlite3 *conn;

	assert_int_equal(sqlite3_open(t->path, &conn), SQLITE_OK);
	assert_int_equal(sqlite3_exec(conn, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	return conn;
}

static void *
give_back(void *arg)
{
	sqlite3_sleep(300);
	sqlite3_exec(arg, "ROLLBACK", NULL, NULL, NULL);
	return NULL;
}

static void
test_a_lock_is_waited_for(void **state)
{
	struct note note = { .key = "patient" };
	struct err err = ERR_INIT;
	struct store_temp t;
	pthread_t thread;
	struct writer *w;
	sqlite3 *conn;

	(void)state;
	store_temp_make(&t);
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	conn = lock_foreign(&t);
	pthread_create(&thread, NULL, give_back, conn);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &note, &err), 0);
	assert_int_equal(note.runs, 1);
	pthread_join(thread, NULL);
	sqlite3_close(conn);
	writer_stop(w);
	store_temp_drop(&t);
}

static void *
let_time_pass(void *arg)
{
	(void)arg;
	sqlite3_sleep(50);
	clock_advance(29 * SECOND_MS);
	sqlite3_sleep(300);
	clock_advance(2 * SECOND_MS);
	return NULL;
}

/* Last: it stops the clock. */
static void
test_after_thirty_seconds_a_lock_is_an_error(void **state)
{
	struct note note = { .key = "late" };
	struct err err = ERR_INIT;
	struct store_temp t;
	pthread_t thread;
	struct writer *w;
	sqlite3 *conn;

	(void)state;
	clock_set(clock_now());
	store_temp_make(&t);
	assert_int_equal(writer_start(t.path, &w, &err), 0);
	conn = lock_foreign(&t);
	pthread_create(&thread, NULL, let_time_pass, NULL);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &note, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(note.runs, 0);
	pthread_join(thread, NULL);
	sqlite3_close(conn);
	assert_int_equal(writer_do(w, WRITER_NOW, note_run, &note, &err), 0);
	writer_stop(w);
	store_temp_drop(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results_and_failures),
		cmocka_unit_test(test_people_go_first),
		cmocka_unit_test(test_stop_finishes_what_was_handed_over),
		cmocka_unit_test(
		    test_full_disk_undoes_the_transaction_and_says_so),
		cmocka_unit_test(test_a_lock_is_waited_for),
		cmocka_unit_test(test_after_thirty_seconds_a_lock_is_an_error),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
