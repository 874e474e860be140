/*
 * Erasure and objection: gone, from the files too, and not coming back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "base/json.h"
#include "queue/control.h"
#include "storage/privacy.h"
#include "store_case.h"
#include "store_grep.h"

static int
demand(struct store_case *c, const char *name, const char *post, int64_t *n)
{
	const struct control *control = control_find(name);
	struct json_object *args = json_object_new_object(), *ret = NULL;
	struct err err = ERR_INIT;
	int r;

	json_put_cstr(args, "post", post);
	json_put_cstr(args, "actor", "ewa");
	assert_int_equal(db_begin(c->db, &err), 0);
	r = control->run(c->db, &c->config, args, &ret, &err);
	if (r == -1) {
		db_rollback(c->db);
		*n = err.code;
	} else {
		assert_int_equal(db_commit(c->db, &err), 0);
		assert_int_equal(db_settle(c->db, &err), 0);
		*n = json_get_i64(ret, "posts", -1);
	}
	json_object_put(args);
	json_object_put(ret);
	return r;
}

static void
test_an_erased_post_is_in_no_file_and_stays_away(void **state)
{
	struct store_case c;
	int64_t n;

	(void)state;
	case_make(&c, "public-feed");
	grep_post(&c, 1, 0, 6000);
	case_post(&c, KP_POST(.id = S("r"), .parent = S("p1"),
	    .text = S("an answer")));
	case_hit(&c, 1);
	case_item(&c, 1);
	case_sql(&c, "INSERT INTO question VALUES (1, 1, 'unanswered', '',"
	    " NULL, '[]', 1, 1);"
	    "INSERT INTO correction VALUES (1, 'lang', 'pl', NULL, 'ewa', 1);"
	    "INSERT INTO outbox (source, item, place, post, text, key, state,"
	    " approved_by, created_at, changed_at) VALUES (1, 1, '', 'p1', '"
	    GREP_TEXT "', 'k', 'approved', 'ewa', 1, 1)");
	assert_int_equal(demand(&c, "privacy.erase", "p1", &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(store_grep(&c.temp, GREP_TEXT), 0);
	assert_int_equal(store_grep(&c.temp, GREP_NAME), 0);
	assert_true(case_is(&c, "SELECT state FROM outbox", "dropped"));
	assert_int_equal(case_number(&c, "SELECT (SELECT COUNT(*) FROM hit) +"
	    " (SELECT COUNT(*) FROM item) + (SELECT COUNT(*) FROM question) +"
	    " (SELECT COUNT(*) FROM correction)"), 0);
	/* What others wrote stays. */
	assert_true(case_is(&c, "SELECT text FROM post", "an answer"));
	grep_post(&c, 1, 0, 6000);
	assert_int_equal(c.result.refused, 1);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 1);
	assert_true(case_is(&c, "SELECT actor FROM access", "ewa"));
	assert_int_equal(demand(&c, "privacy.erase", "p1", &n), -1);
	assert_int_equal(n, ERR_NOT_FOUND);
	case_drop(&c);
}

static void
test_one_of_many_leaves_the_others(void **state)
{
	struct store_case c;
	int64_t n;
	int k;

	(void)state;
	case_make(&c, "public-feed");
	for (k = 100; k < 500; k++)
		case_post(&c, KP_POST(.id = { (char[]){ (char)('a' + k % 26),
		    (char)('a' + k / 26) }, 2 }, .text = S("of somebody else"
		    " and long enough to fill a page with some others")));
	grep_post(&c, 1, 0, 300);
	grep_post(&c, 1, 1, 900);
	assert_int_equal(demand(&c, "privacy.erase", "p1", &n), 0);
	assert_int_equal(store_grep(&c.temp, GREP_TEXT), 0);
	assert_int_equal(store_grep(&c.temp, GREP_NAME), 0);
	assert_true(case_number(&c, "SELECT COUNT(text) FROM post") > 300);
	case_drop(&c);
}

static void
test_an_objection_erases_and_holds(void **state)
{
	struct store_case c;
	int64_t n;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .author = S("u"), .text = S("a"),
	    .url = S("https://example.org/1")));
	case_post(&c, KP_POST(.id = S("2"), .author = S("u"), .text = S("b")));
	case_post(&c, KP_POST(.id = S("3"), .author = S("v"), .text = S("c")));
	case_post(&c, KP_POST(.id = S("4"), .text = S("d"),
	    .url = S("https://example.org/4")));
	assert_int_equal(demand(&c, "privacy.object", "https://example.org/1",
	    &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 2);
	case_post(&c, KP_POST(.id = S("5"), .author = S("u"), .text = S("e")));
	assert_int_equal(c.result.refused, 1);
	assert_int_equal(demand(&c, "privacy.object", "https://example.org/4",
	    &n), -1);
	assert_int_equal(n, ERR_INVALID);
	case_drop(&c);
}

static void
test_keys_are_ours_alone(void **state)
{
	struct err err = ERR_INIT;
	struct store_case c;
	struct keys *keys;
	char path[160];
	struct stat st;

	(void)state;
	case_make(&c, "public-feed");
	snprintf(path, sizeof(path), "%s/lasting.key", c.keys_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(keys_open(c.keys_dir, &keys, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	case_drop(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_an_erased_post_is_in_no_file_and_stays_away),
		cmocka_unit_test(test_one_of_many_leaves_the_others),
		cmocka_unit_test(test_an_objection_erases_and_holds),
		cmocka_unit_test(test_keys_are_ours_alone),
	};

	return cmocka_run_group_tests_name("privacy", tests, NULL, NULL);
}
