/*
 * Sources, places and coverage in the database: what an admin changes is
 * changed, what the agent knows survives it, and no figure flatters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "storage/coverage.h"
#include "storage/place.h"
#include "storage/source.h"
#include "store_temp.h"

#define S(text) ((char *)(uintptr_t)(text))

struct fixture {
	struct store_temp temp;
	struct db *db;
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	store_temp_make(&f->temp);
	f->db = store_temp_open(&f->temp);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	store_temp_drop(&f->temp);
	free(f);
	return 0;
}

static struct source_row
forum(void)
{
	return (struct source_row){ .name = S("forum"), .plugin = S("feed"),
		.target = S("https://forum.example/feed"),
		.settings = S("{}") };
}

static void
script(struct fixture *f, const char *sql)
{
	struct err err = ERR_INIT;

	if (db_script(f->db, sql, &err) == -1)
		fail_msg("%s", err.text);
}

static void
test_put_adds_changes_and_says_which(void **state)
{
	struct fixture *f = *state;
	struct source_row row = forum(), got;
	struct err err = ERR_INIT;

	assert_int_equal(source_put(f->db, &row, 1000, &err), 2);
	assert_int_equal(source_put(f->db, &row, 2000, &err), 0);
	script(f, "UPDATE source SET cursor = 'c1', fails = 4, rests = 1,"
	    " heard_at = 5, due_at = 99999");
	row.settings = S("{\"max\":\"5\"}");
	assert_int_equal(source_put(f->db, &row, 3000, &err), 1);
	assert_int_equal(source_by_name(f->db, "forum", &got, &err), 1);
	assert_string_equal(got.settings, "{\"max\":\"5\"}");
	assert_string_equal(got.cursor, "c1");
	assert_int_equal(got.heard_at, 5);
	assert_false(got.rests);
	assert_int_equal(got.due_at, 3000);
	source_row_fini(&got);
	row.plugin = S("telegram");
	assert_int_equal(source_put(f->db, &row, 4000, &err), -1);
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(source_by_name(f->db, "other", &got, &err), 0);
}

static void
test_pause_and_rewind(void **state)
{
	struct fixture *f = *state;
	struct source_row row = forum(), got;
	struct err err = ERR_INIT;
	char *etag = NULL, *modified = NULL;

	source_put(f->db, &row, 1000, &err);
	assert_int_equal(source_pause(f->db, "forum", true, "asked to", 2000,
	    &err), 1);
	assert_int_equal(source_hurry(f->db, "forum", 2000, &err), 0);
	source_by_name(f->db, "forum", &got, &err);
	assert_true(got.paused);
	assert_string_equal(got.paused_why, "asked to");
	source_row_fini(&got);
	assert_int_equal(source_pause(f->db, "nobody", true, NULL, 1, &err), 0);

	script(f, "UPDATE source SET cursor = 'c2', cursor_before = 'c1'");
	source_by_name(f->db, "forum", &got, &err);
	assert_int_equal(validator_put(f->db, got.id, "https://forum.example/",
	    "\"e\"", NULL, &err), 0);
	source_row_fini(&got);
	assert_int_equal(source_rewind(f->db, "forum", false, 3000, &err), 1);
	source_by_name(f->db, "forum", &got, &err);
	assert_string_equal(got.cursor, "c1");
	/* Else "not modified" would hide what shall be read again. */
	assert_int_equal(validator_get(f->db, got.id, "https://forum.example/",
	    &etag, &modified, &err), 0);
	source_row_fini(&got);
	assert_int_equal(source_rewind(f->db, "forum", true, 3000, &err), 1);
	source_by_name(f->db, "forum", &got, &err);
	assert_false(got.has_cursor);
	source_row_fini(&got);
}

static void
test_failures_add_up_and_one_success_ends_them(void **state)
{
	struct fixture *f = *state;
	struct source_row row = forum(), got;
	struct err err = ERR_INIT;
	struct source_outcome o = { .polled = true, .error = "no answer",
		.asked_at = 10, .due_at = 500, .now = 20 };

	source_put(f->db, &row, 1, &err);
	source_by_name(f->db, "forum", &got, &err);
	o.source = got.id;
	source_row_fini(&got);
	assert_int_equal(source_outcome(f->db, &o, &err), 0);
	o.now = 30;
	o.due_at = 700;
	assert_int_equal(source_outcome(f->db, &o, &err), 0);
	source_by_id(f->db, o.source, &got, &err);
	assert_int_equal(got.fails, 2);
	assert_int_equal(got.failed_since, 20);
	assert_string_equal(got.error, "no answer");
	assert_int_equal(got.heard_at, 0);
	source_row_fini(&got);
	/* Our own network: only the due time moves. */
	o.blameless = true;
	o.due_at = 800;
	source_outcome(f->db, &o, &err);
	source_by_id(f->db, o.source, &got, &err);
	assert_int_equal(got.fails, 2);
	assert_int_equal(got.due_at, 800);
	source_row_fini(&got);
	o = (struct source_outcome){ .source = o.source, .polled = true,
		.heard = true, .news = 3, .due_at = 900, .pace_ms = 60000,
		.now = 40 };
	source_outcome(f->db, &o, &err);
	source_by_id(f->db, o.source, &got, &err);
	assert_int_equal(got.fails, 0);
	assert_int_equal(got.failed_since, 0);
	assert_null(got.error);
	assert_int_equal(got.heard_at, 40);
	assert_int_equal(got.posted_at, 40);
	assert_int_equal(got.pace_ms, 60000);
	source_row_fini(&got);
}

#define PLACE(ext, name, url, found)                                           \
	"INSERT INTO place (source, ext, name, url, kind, health, sees,"       \
	" watched, grace_ms, found_at, alerted) VALUES (1, '" ext "', '" name  \
	"', '" url "', 1, 1, 7, 0, 0, " found ", 0);"

static void
test_places_are_found_by_what_people_call_them(void **state)
{
	static const struct {
		const char *words;
		const char *ext;        /* NULL: not found; "!": too many */
	} t[] = {
		{ "1", "-100" }, { "https://t.example/a", "-100" },
		{ "forum/-200", "-200" }, { "Group A", "-100" },
		{ "Group B", "!" }, { "nowhere", NULL },
	};
	struct fixture *f = *state;
	struct source_row row = forum();
	struct err err = ERR_INIT;
	struct place_row place;
	size_t i;

	source_put(f->db, &row, 1, &err);
	script(f, PLACE("-100", "Group A", "https://t.example/a", "1")
	    PLACE("-200", "Group B", "https://t.example/b", "1")
	    PLACE("-300", "Group B", "https://t.example/c", "1"));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int r = place_find(f->db, t[i].words, &place, &err);

		assert_int_equal(r, t[i].ext == NULL ? 0 :
		    t[i].ext[0] == '!' ? -1 : 1);
		if (r == 1) {
			assert_string_equal(place.ext, t[i].ext);
			place_row_fini(&place);
		}
	}
	assert_int_equal(place_watch(f->db, 2, "invited", &err), 1);
	assert_int_equal(place_set(f->db, 2, "grace", "30 min", &err), 1);
	assert_int_equal(place_set(f->db, 2, "lang", "pl", &err), 1);
	assert_int_equal(place_set(f->db, 2, "lang", "fr", &err), -1);
	assert_int_equal(place_set(f->db, 2, "land", "Hessen", &err), -1);
	assert_int_equal(place_set(f->db, 2, "color", "red", &err), -1);
	assert_int_equal(place_set(f->db, 9, "lang", "pl", &err), 0);
	assert_int_equal(place_find(f->db, "2", &place, &err), 1);
	assert_true(place.watched);
	assert_string_equal(place.basis, "invited");
	assert_int_equal(place.grace_ms, 30 * MINUTE_MS);
	assert_string_equal(place.lang, "pl");
	place_row_fini(&place);
	place_watch(f->db, 2, NULL, &err);
	place_find(f->db, "2", &place, &err);
	assert_false(place.watched);
	assert_string_equal(place.basis, "invited");
	place_row_fini(&place);
}

static void
test_share_of_time_watched(void **state)
{
	static const struct {
		int64_t since, until, share;
		const char *point;
	} t[] = {
		{ 1000, 2000, 1000, "all of it" },
		{ 1000, 3000, 500, "nothing in the second half" },
		{ 2000, 3000, 0, "in the gap" },
		{ 1500, 3500, 500, "cut at both ends" },
		{ 0, 4000, 666, "not counted before it was found" },
		{ 0, 900, -1, "not known yet" },
	};
	struct fixture *f = *state;
	struct source_row row = forum();
	struct err err = ERR_INIT;
	int64_t share;
	size_t i;

	source_put(f->db, &row, 1, &err);
	script(f, PLACE("a", "A", "", "1000") PLACE("b", "B", "", "3000")
	    "INSERT INTO coverage VALUES (1, 1000, 2000);"
	    "INSERT INTO coverage VALUES (1, 3000, 4000);");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(coverage_share(f->db, 1, t[i].since,
		    t[i].until, &share, &err), 0);
		if (share != t[i].share)
			fail_msg("%s: %d", t[i].point, (int)share);
	}
	/* Place b was never seen: 2,000 of 4,000 place-milliseconds. */
	assert_int_equal(coverage_source_share(f->db, 1, 0, 4000, &share,
	    &err), 0);
	assert_int_equal(share, 500);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_put_adds_changes_and_says_which),
		T(test_pause_and_rewind),
		T(test_failures_add_up_and_one_success_ends_them),
		T(test_places_are_found_by_what_people_call_them),
		T(test_share_of_time_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
