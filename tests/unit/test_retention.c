/*
 * Retention: each thing goes at its time, what is open stays, and what went is
 * in no file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "storage/retention.h"
#include "store_case.h"
#include "store_grep.h"

/* Passes until nothing is left to do. */
static struct retention_counts
retain(struct store_case *c, int64_t now)
{
	struct retention_counts counts = { 0 };
	struct err err = ERR_INIT;
	int r;

	do {
		assert_int_equal(db_begin(c->db, &err), 0);
		r = retention_step(c->db, &c->config, c->keys, now, &counts,
		    &err);
		if (r == -1)
			fail_msg("%s", err.text);
		assert_int_equal(db_commit(c->db, &err), 0);
	} while (r == 1);
	assert_int_equal(db_settle(c->db, &err), 0);
	return counts;
}

static void
test_names_go_first_unless_an_item_is_open(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .name = S("Ana"), .text = S("a")));
	case_post(&c, KP_POST(.id = S("2"), .name = S("Ion"), .text = S("b")));
	case_item(&c, 2);
	retain(&c, CASE_NOW + 2 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM name"), 2);
	retain(&c, CASE_NOW + 4 * DAY_MS);
	assert_true(case_is(&c, "SELECT name FROM name", "Ion"));
	case_sql(&c, "UPDATE item SET closed_at = 5");
	retain(&c, CASE_NOW + 4 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM name"), 0);
	case_drop(&c);
}

static void
test_texts_go_by_their_terms(void **state)
{
	struct store_case c;
	char sql[128];

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .title = S("plain title"),
	    .text = S("plain")));
	case_post(&c, KP_POST(.id = S("2"), .title = S("open title"),
	    .text = S("open")));
	case_post(&c, KP_POST(.id = S("3"), .parent = S("2"),
	    .text = S("context")));
	case_post(&c, KP_POST(.id = S("4"), .text = S("closed")));
	case_item(&c, 2);
	case_item(&c, 4);
	snprintf(sql, sizeof(sql), "UPDATE item SET closed_at = %lld"
	    " WHERE post = 4", (long long)(CASE_NOW + DAY_MS));
	case_sql(&c, sql);
	retain(&c, CASE_NOW + 13 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 4);
	retain(&c, CASE_NOW + 15 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 3);
	assert_true(case_is(&c, "SELECT text FROM post WHERE ext = '1'",
	    NULL));
	assert_true(case_is(&c, "SELECT title FROM thread WHERE ext = '1'",
	    NULL));
	assert_true(case_is(&c, "SELECT title FROM thread WHERE ext = '2'",
	    "open title"));
	retain(&c, CASE_NOW + 44 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 2);
	case_drop(&c);
}

static void
test_figures_are_written_first_and_small_ones_are_not(void **state)
{
	struct store_case c;
	char id[16], sql[256];
	int k;

	(void)state;
	case_make(&c, "public-feed");
	for (k = 1; k <= 9; k++) {
		snprintf(id, sizeof(id), "%d", k);
		case_post(&c, KP_POST(.id = { id, strlen(id) },
		    .text = S("a"), .created = CASE_NOW + 1000));
		snprintf(sql, sizeof(sql), "UPDATE post SET lang = 'pl';"
		    " INSERT INTO question VALUES (%d, %d, '%s', '', NULL,"
		    " '%s', 1, 1)", k, k, k <= 5 ? "unanswered" : "answered",
		    k == 1 ? "[\"wages\",\"housing\"]" : "[\"wages\"]");
		case_sql(&c, sql);
	}
	c.ctx.now += HOUR_MS;
	case_post(&c, KP_POST(.id = S("9"), .text = S("a")));
	retain(&c, CASE_NOW + 2 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM daily"), 0);
	retain(&c, CASE_NOW + 15 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 0);
	assert_int_equal(case_number(&c, "SELECT n FROM daily"
	    " WHERE subject = 'wages' AND state = 'unanswered' AND lang = 'pl'"
	    " AND day = '2026-11-01' AND place = 1"), 5);
	assert_int_equal(case_number(&c, "SELECT n FROM daily"
	    " WHERE subject = '' AND state = 'posts'"), 9);
	/* Four answered, one about housing: too few to be told. */
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM daily"), 2);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM daily_due"), 0);
	case_drop(&c);
}

static void
test_whole_threads_and_logs_go_at_last(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"), .author = S("u")));
	case_post(&c, KP_POST(.id = S("2"), .parent = S("1"), .text = S("b")));
	case_post(&c, KP_POST(.id = S("3"), .text = S("c")));
	case_hit(&c, 1);
	case_item(&c, 1);
	case_item(&c, 3);
	case_sql(&c, "UPDATE item SET closed_at = 5 WHERE post = 1;"
	    "INSERT INTO question VALUES (1, 1, 'answered', '', NULL, '[]', 1,"
	    " 1); INSERT INTO correction VALUES (1, 'lang', 'pl', NULL, 'ewa',"
	    " 1); INSERT INTO history (at, actor, action) VALUES (1, 'ewa',"
	    " 'x'); INSERT INTO access (at, actor, action) VALUES (1, 'ewa',"
	    " 'x')");
	retain(&c, CASE_NOW + 364 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 3);
	retain(&c, CASE_NOW + 366 * DAY_MS);
	/* The open item holds its thread. */
	assert_true(case_is(&c, "SELECT ext FROM post", "3"));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM thread"), 1);
	assert_int_equal(case_number(&c, "SELECT (SELECT COUNT(*) FROM hit)"
	    " + (SELECT COUNT(*) FROM question) + (SELECT COUNT(*) FROM"
	    " correction) + (SELECT COUNT(*) FROM history)"
	    " + (SELECT COUNT(*) FROM access)"), 0);
	case_drop(&c);
}

static void
test_keys_go_when_no_thread_needs_them(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"), .author = S("u")));
	case_post(&c, KP_POST(.id = S("2"), .text = S("b"), .author = S("u")));
	case_item(&c, 2);
	c.ctx.now += 40 * DAY_MS;
	case_post(&c, KP_POST(.id = S("3"), .text = S("c"), .author = S("u")));
	retain(&c, c.ctx.now);
	assert_true(keys_has(c.keys, 1));
	case_sql(&c, "UPDATE item SET closed_at = 5");
	assert_int_equal(retain(&c, c.ctx.now).keys, 1);
	assert_false(keys_has(c.keys, 1));
	assert_true(keys_has(c.keys, 2));
	/* On the disk as well. */
	keys_close(c.keys);
	assert_int_equal(keys_open(c.keys_dir, &c.keys, &(struct err)ERR_INIT),
	    0);
	assert_false(keys_has(c.keys, 1));
	/* A late reply: the thread lives on in the current epoch. */
	c.ctx.keys = c.keys;
	case_post(&c, KP_POST(.id = S("4"), .parent = S("1"), .text = S("d"),
	    .author = S("u")));
	assert_int_equal(case_number(&c, "SELECT epoch FROM thread"
	    " WHERE ext = '1'"), 2);
	case_drop(&c);
}

static void
test_off_is_off(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	c.config.retention = false;
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"), .name = S("Ana")));
	retain(&c, CASE_NOW + 1000 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 1);
	case_drop(&c);
}

/*
 * Thousands of posts of all lengths, edited and deleted in between, so that
 * pages split and cells move: afterwards no file holds a byte of them.
 */
static void
test_no_file_holds_what_went(void **state)
{
	struct store_case c;
	int round, k;

	(void)state;
	case_make(&c, "public-feed");
	for (round = 0; round < 3; round++) {
		for (k = 0; k < 600; k++)
			grep_post(&c, grep_number(1500), round,
			    grep_number(k % 50 == 0 ? 9000 : 700));
	}
	assert_true(store_grep(&c.temp, GREP_TEXT) > 0);
	assert_true(store_grep(&c.temp, GREP_NAME) > 0);
	retain(&c, CASE_NOW + 20 * DAY_MS);
	assert_int_equal(case_number(&c, "SELECT COUNT(text) FROM post"), 0);
	assert_int_equal(store_grep(&c.temp, GREP_TEXT), 0);
	assert_int_equal(store_grep(&c.temp, GREP_NAME), 0);
	case_drop(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_go_first_unless_an_item_is_open),
		cmocka_unit_test(test_texts_go_by_their_terms),
		cmocka_unit_test(
		    test_figures_are_written_first_and_small_ones_are_not),
		cmocka_unit_test(test_whole_threads_and_logs_go_at_last),
		cmocka_unit_test(test_keys_go_when_no_thread_needs_them),
		cmocka_unit_test(test_off_is_off),
		cmocka_unit_test(test_no_file_holds_what_went),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
