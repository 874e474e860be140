/*
 * Backups: whole while others write, and back without a doubtful reply being
 * sent; a check that finds what is broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "storage/backup.h"
#include "storage/check.h"
#include "storage/wipe.h"
#include "store_case.h"

static char faults[2000];

static void
note_fault(void *arg, const char *fault)
{
	(void)arg;
	if (strlen(faults) + strlen(fault) + 2 < sizeof(faults)) {
		strncat(faults, fault, sizeof(faults) - strlen(faults) - 1);
		strncat(faults, "\n", sizeof(faults) - strlen(faults) - 1);
	}
}

static int64_t
check(const char *path)
{
	struct check_counts counts;
	struct err err = ERR_INIT;
	struct db *db;
	int64_t n;

	faults[0] = '\0';
	assert_int_equal(db_open(path, DB_READ, &db, &err), 0);
	n = check_run(db, note_fault, NULL, &counts, &err);
	db_close(db);
	return n;
}

static void
fill(struct store_case *c)
{
	char id[16];
	int k;

	for (k = 0; k < 300; k++) {
		snprintf(id, sizeof(id), "%d", k);
		case_post(c, KP_POST(.id = { id, strlen(id) },
		    .name = S("Ana"), .text = S("a text that fills a page"
		    " when there are enough others of its kind")));
	}
	case_sql(c, "INSERT INTO outbox (source, place, text, key, state,"
	    " approved_by, created_at, changed_at) VALUES"
	    " (1, '', 'a', '1', 'approved', 'ewa', 1, 1),"
	    " (1, '', 'b', '2', 'sending', 'ewa', 1, 1),"
	    " (1, '', 'c', '3', 'sent', 'ewa', 1, 1)");
}

/* Writes in the midst of the copy. */
static void
write_meanwhile(void *arg, int64_t done, int64_t all)
{
	struct store_case *c = arg;
	char id[32];

	if (done == all)
		return;
	snprintf(id, sizeof(id), "late-%lld", (long long)done);
	case_post(c, KP_POST(.id = { id, strlen(id) }, .text = S("late")));
}

static void
test_there_and_back(void **state)
{
	struct backup_restored restored;
	struct err err = ERR_INIT;
	struct store_temp copy;
	char file[128];
	struct store_case c;
	struct db *reader;
	int k;

	(void)state;
	case_make(&c, "public-feed");
	for (k = 0; k < 20; k++)
		case_post(&c, KP_POST(.id = { &"abcdefghijklmnopqrst"[k], 1 },
		    .text = { "................................", 30 }));
	fill(&c);
	snprintf(file, sizeof(file), "%s/backup.db", c.temp.dir);
	assert_int_equal(db_open(c.temp.path, DB_READ, &reader, &err), 0);
	assert_int_equal(backup_make(reader, file, write_meanwhile, &c, &err),
	    0);
	assert_int_equal(backup_make(reader, file, NULL, NULL, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	db_close(reader);
	snprintf(copy.path, sizeof(copy.path), "%s", file);
	assert_int_equal(store_temp_number(&copy,
	    "SELECT COUNT(*) FROM post"), 320);
	assert_int_equal(check(file), 0);
	/* Not while somebody writes. */
	assert_int_equal(backup_restore(file, c.temp.path, CASE_NOW, &restored,
	    &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	case_sql(&c, "DELETE FROM name; UPDATE source SET name = 'changed'");
	db_close(c.db);
	assert_int_equal(backup_restore(file, c.temp.path, CASE_NOW, &restored,
	    &err), 0);
	assert_int_equal(restored.unclear, 2);
	c.db = store_temp_open(&c.temp);
	assert_true(case_is(&c, "SELECT name FROM source", "club"));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM outbox"
	    " WHERE state = 'unclear'"), 2);
	assert_true(case_is(&c, "SELECT state FROM outbox WHERE key = '3'",
	    "sent"));
	snprintf(copy.path, sizeof(copy.path), "%s", restored.aside);
	assert_int_equal(store_temp_number(&copy, "SELECT COUNT(*)"
	    " FROM source WHERE name = 'changed'"), 1);
	case_drop(&c);
}

static void
test_a_damaged_backup_is_not_taken(void **state)
{
	struct backup_restored restored;
	struct err err = ERR_INIT;
	struct store_case c;
	struct db *reader;
	char file[128];
	FILE *f;

	(void)state;
	case_make(&c, "public-feed");
	fill(&c);
	snprintf(file, sizeof(file), "%s/backup.db", c.temp.dir);
	assert_int_equal(db_open(c.temp.path, DB_READ, &reader, &err), 0);
	assert_int_equal(backup_make(reader, file, NULL, NULL, &err), 0);
	db_close(reader);
	f = fopen(file, "r+");
	assert_non_null(f);
	fseek(f, 4096 * 40, SEEK_SET);
	fwrite("garbage garbage garbage garbage garbage garbage", 1, 40, f);
	fseek(f, 0, SEEK_END);
	fclose(f);
	db_close(c.db);
	if (check(file) == 0)
		fail_msg("the damage hit nothing");
	assert_int_equal(backup_restore(file, c.temp.path, CASE_NOW, &restored,
	    &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	c.db = store_temp_open(&c.temp);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 300);
	case_drop(&c);
}

static void
test_what_check_finds(void **state)
{
	static const struct {
		const char *sql, *fault;        /* fault NULL: none */
	} t[] = {
		{ "SELECT 1", NULL },
		{ "UPDATE post SET match_state = 7 WHERE id = 1", "neither" },
		{ "UPDATE post SET text = NULL, match_state = 0 WHERE id = 1",
		    "without a text" },
		{ "UPDATE post SET deleted_at = 5 WHERE id = 1", "deleted" },
		{ "INSERT INTO place SELECT 77, source, 'x', name, url, kind,"
		    " health, reason, sees, watched, basis, grace_ms, lang,"
		    " land, note, found_at, heard_at, posted_at, alerted"
		    " FROM place; UPDATE thread SET place = 77 WHERE id = 1",
		    "another place" },
		{ "UPDATE outbox SET state = 'odd' WHERE id = 1", "replies" },
		{ "PRAGMA foreign_keys = OFF; DELETE FROM thread WHERE id = 1",
		    "refers to a row of thread" },
		{ "UPDATE place SET basis = NULL", "legal basis" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct store_case c;
		int64_t n;

		case_make(&c, "public-feed");
		fill(&c);
		case_sql(&c, t[i].sql);
		n = check(c.temp.path);
		if (t[i].fault == NULL ? n != 0 : n < 1 ||
		    strstr(faults, t[i].fault) == NULL)
			fail_msg("%s: %lld: %s", t[i].sql, (long long)n,
			    faults);
		case_drop(&c);
	}
}

/* Only b-tree pages have a gap; whatever else a page is, it is let alone. */
static void
test_which_pages_have_a_gap(void **state)
{
	static const struct {
		unsigned char kind, cells_hi, cells_lo, start_hi, start_lo;
		bool is;
		const char *point;
	} t[] = {
		{ 13, 0, 2, 1, 0, true, "a leaf of a table" },
		{ 5, 0, 2, 1, 0, true, "an inner page" },
		{ 10, 0, 0, 0, 0, false, "64 KiB pages alone start at 0" },
		{ 0, 0, 2, 1, 0, false, "an overflow or free page" },
		{ 13, 255, 0, 1, 0, false, "more cells than fit" },
		{ 13, 0, 2, 255, 0, false, "content behind the end" },
	};
	unsigned char page[512];
	size_t i, from, to;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(page, 0, sizeof(page));
		page[0] = t[i].kind;
		page[3] = t[i].cells_hi;
		page[4] = t[i].cells_lo;
		page[5] = t[i].start_hi;
		page[6] = t[i].start_lo;
		if (wipe_gap(page, sizeof(page), false, &from, &to) != t[i].is)
			fail_msg("%s", t[i].point);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_a_damaged_backup_is_not_taken),
		cmocka_unit_test(test_what_check_finds),
		cmocka_unit_test(test_which_pages_have_a_gap),
	};

	return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
