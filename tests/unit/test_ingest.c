/*
 * Steps into the store: once is enough, twice changes nothing, and what must
 * not be kept is not kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store_case.h"

#define POSTS(array) .posts = (array), .nposts = sizeof(array) / sizeof(*(array))

static void
test_a_step_twice_changes_nothing(void **state)
{
	struct kp_post posts[] = {
		{ .id = S("1"), .author = S("u1"), .name = S("Ana"),
		    .title = S("Salariu"), .text = S("Nu mi-a dat salariul"),
		    .url = S("https://example.org/1"), .created = CASE_NOW - 5000 },
		{ .id = S("2"), .parent = S("1"), .author = S("u2"),
		    .text = S("Scrie la ion@example.org"),
		    .created = CASE_NOW - 4000 },
	};
	struct kp_request requests[] = { { .url = S("https://example.org/x"),
		.state = S("next") } };
	struct step_timer timers[] = { { .at = CASE_NOW + 1, .state = S("t") } };
	struct step_finding findings[] = { { KP_WARNING, S("slow"), S("slow") } };
	struct step_bad bads[] = { { 7, S("no text") } };
	struct step_pause pauses[] = { { KP_HOST, S("example.org"),
		CASE_NOW + 9 } };
	struct step step = { POSTS(posts), .requests = requests,
		.nrequests = 1, .timers = timers, .ntimers = 1,
		.findings = findings, .nfindings = 1, .bads = bads,
		.nbads = 1, .pauses = pauses, .npauses = 1,
		.has_cursor = true, .cursor = S("c1") };
	char *once, *twice;
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.added, 2);
	assert_int_equal(c.result.outstanding, 2);
	assert_false(c.result.ended);
	once = store_temp_dump(&c.temp);
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.added + c.result.edited, 0);
	twice = store_temp_dump(&c.temp);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	assert_true(case_is(&c, "SELECT cursor FROM source", "c1"));
	assert_true(case_is(&c, "SELECT cursor_before FROM source", NULL));
	assert_true(case_is(&c, "SELECT text FROM post WHERE ext = '1'",
	    "Salariu\nNu mi-a dat salariul"));
	assert_true(case_is(&c, "SELECT text FROM post WHERE ext = '2'",
	    "Scrie la ‹email›"));
	assert_true(case_is(&c, "SELECT title FROM thread", "Salariu"));
	assert_int_equal(case_number(&c, "SELECT fails FROM source"), 0);
	assert_int_equal(case_number(&c, "SELECT posted_at FROM thread"),
	    CASE_NOW - 4000);
	assert_int_equal(case_number(&c, "SELECT judge_at FROM thread"),
	    CASE_NOW);
	case_drop(&c);
}

static void
test_an_answer_is_taken_once(void **state)
{
	struct kp_request requests[] = { { .url = S("https://example.org/2") } };
	struct kp_post posts[] = { { .id = S("1"), .text = S("a"),
		.created = CASE_NOW } };
	struct step ask = { .requests = requests, .nrequests = 1 };
	struct step answer = { POSTS(posts), .has_cursor = true,
		.cursor = S("c2") };
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	assert_int_equal(case_step(&c, &ask), 0);
	c.ctx.answered = case_number(&c, "SELECT id FROM request");
	assert_int_equal(case_step(&c, &answer), 0);
	assert_true(c.result.ended);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM request"), 0);
	case_sql(&c, "UPDATE source SET cursor = 'rewound'");
	assert_int_equal(case_step(&c, &answer), 1);
	assert_true(case_is(&c, "SELECT cursor FROM source", "rewound"));
	case_drop(&c);
}

static void
test_failing_moves_no_cursor_and_ends_the_job(void **state)
{
	struct kp_request requests[] = { { .url = S("https://example.org/2") } };
	struct step ask = { .requests = requests, .nrequests = 1 };
	struct step fail = { .requests = requests, .nrequests = 1,
		.has_cursor = true, .cursor = S("no"), .fail = KP_BAD_FORMAT,
		.fail_text = S("not what it was") };
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	assert_int_equal(case_step(&c, &ask), 0);
	case_sql(&c, "UPDATE source SET fails = 3");
	assert_int_equal(case_step(&c, &fail), 0);
	assert_true(c.result.ended);
	assert_true(case_is(&c, "SELECT cursor FROM source", NULL));
	assert_int_equal(case_number(&c, "SELECT fails FROM source"), 3);
	case_drop(&c);
}

static void
test_only_watched_places_store_posts(void **state)
{
	struct kp_place places[] = { { .id = S("g1"), .name = S("Group"),
		.kind = KP_GROUP, .blind = KP_SEES_REPLIES } };
	struct kp_post posts[] = { { .id = S("1"), .place = S("g1"),
		.text = S("secret"), .created = CASE_NOW } };
	struct step step = { POSTS(posts), .places = places, .nplaces = 1,
		.has_cursor = true, .cursor = S("c1") };
	struct store_case c;

	(void)state;
	case_make(&c, NULL);
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.unwatched, 1);
	assert_int_equal(c.result.places, 1);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 0);
	assert_int_equal(case_number(&c, "SELECT watched FROM place"), 0);
	assert_int_equal(case_number(&c, "SELECT sees FROM place"),
	    KP_SEES_POSTS | KP_SEES_AUTHORS);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM coverage"), 0);
	case_sql(&c, "UPDATE place SET watched = 1, basis = 'invited'");
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.added, 1);
	case_drop(&c);
}

static void
test_places_rename_move_and_go(void **state)
{
	struct kp_place first[] = { { .id = S("g1"), .name = S("Group"),
		.kind = KP_GROUP } };
	struct kp_place renamed[] = { { .id = S("g1"), .name = S("Club") } };
	struct kp_place moved[] = { { .id = S("s1"), .was_id = S("g1") } };
	struct kp_place lost[] = { { .id = S("s1"), .health = KP_LOST,
		.reason = S("removed from the group") } };
	struct step step = { .nplaces = 1 };
	struct store_case c;

	(void)state;
	case_make(&c, "invited");
	step.places = first;
	assert_int_equal(case_step(&c, &step), 0);
	case_sql(&c, "UPDATE place SET note = 'be kind'");
	case_post(&c, KP_POST(.id = S("1"), .place = S("g1"), .text = S("a")));
	step.places = renamed;
	assert_int_equal(case_step(&c, &step), 0);
	assert_true(case_is(&c, "SELECT name FROM place", "Club"));
	assert_int_equal(case_number(&c, "SELECT kind FROM place"), KP_GROUP);
	/* Posts that were seen under the old id stay. */
	step.places = moved;
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM place"), 1);
	assert_true(case_is(&c, "SELECT ext FROM place", "s1"));
	case_post(&c, KP_POST(.id = S("2"), .parent = S("1"), .place = S("s1"),
	    .text = S("b")));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM thread"), 1);
	step.places = lost;
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(case_number(&c, "SELECT health FROM place"), KP_LOST);
	assert_true(case_is(&c, "SELECT note FROM place", "be kind"));
	case_drop(&c);
}

static void
test_a_move_that_is_told_late(void **state)
{
	struct kp_place moved[] = { { .id = S("s1"), .was_id = S("g1") } };
	struct step step = { .places = moved, .nplaces = 1 };
	struct store_case c;

	(void)state;
	case_make(&c, NULL);
	case_sql(&c, "UPDATE source SET basis = 'invited'");
	case_post(&c, KP_POST(.id = S("1"), .place = S("g1"), .text = S("a")));
	case_sql(&c, "UPDATE source SET basis = NULL");
	/* Under its new id it is unknown, so nothing was stored: one row. */
	case_post(&c, KP_POST(.id = S("1"), .place = S("s1"), .text = S("b")));
	assert_int_equal(c.result.unwatched, 1);
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM place"), 1);
	assert_int_equal(case_number(&c, "SELECT watched FROM place"), 1);
	case_drop(&c);
}

/* Each row is one post; the order is that in which they come. */
static void
test_threads(void **state)
{
	static const struct {
		const char *posts;      /* "id<parent@thread ..." */
		const char *threads;    /* which posts stand together */
		const char *point;
	} t[] = {
		{ "1 2<1 3<2", "1,2,3", "replies to replies" },
		{ "1 2 3<1", "1,3 2", "two threads" },
		{ "2<1 1", "1,2", "reply before its post" },
		{ "3<2 2<1 1", "1,2,3", "a chain backwards" },
		{ "3<2 1 2<1", "1,2,3", "the middle comes last" },
		{ "3<1 2<1 1", "1,2,3", "two replies before their post" },
		{ "5<4 1@t 4<1", "1,4,5", "a guess moves to a named thread" },
		{ "5<4 4<1@t 1@t", "1,4,5", "the same, named late" },
		{ "5<4 6<4@t", "5,6", "a brother names the thread" },
		{ "1 2<1@t 1@t", "1,2", "a post moves to the thread named later" },
		{ "1@2 2@3 4@3", "1 2,4", "thread ids that look like post ids" },
		{ "1<1", "1", "its own parent" },
		{ "2<1 3<1", "2,3", "the parent is never seen" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct str rest = str_of(t[i].posts);
		struct store_case c;
		char *got;
		int round;

		case_make(&c, "public-feed");
		for (round = 0; round < 2; round++) {
			rest = str_of(t[i].posts);
			while (rest.p != NULL) {
				struct str thread = str_cut(&rest, ' '), parent,
				    id;
				struct kp_post p = { .text = S("x") };

				parent = str_cut(&thread, '@');
				id = str_cut(&parent, '<');
				p.id = (struct kp_str){ id.p, id.n };
				p.parent = (struct kp_str){ parent.p,
					parent.n };
				p.thread = (struct kp_str){ thread.p,
					thread.n };
				assert_int_equal(case_post(&c, &p), 0);
			}
			got = store_temp_text(&c.temp, "SELECT group_concat(x,"
			    " ' ') FROM (SELECT group_concat(ext, ',') AS x"
			    " FROM (SELECT thread, ext FROM post ORDER BY ext)"
			    " GROUP BY thread ORDER BY x)");
			if (strcmp(got, t[i].threads) != 0)
				fail_msg("%s: %s", t[i].point, got);
			free(got);
			assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM"
			    " thread WHERE guessed = 1 AND ext IN (SELECT ext"
			    " FROM post)"), 0);
		}
		case_drop(&c);
	}
}

static void
test_a_merge_takes_items_along(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("3"), .parent = S("2"), .text = S("a")));
	case_sql(&c, "INSERT INTO question VALUES (1, 1, 'unanswered', '', NULL,"
	    " '[]', 1, 1);"
	    "INSERT INTO item (kind, post, thread, claim, topics, lane, state,"
	    " machine, reason, version, asked_at, opened_at, changed_at)"
	    " VALUES ('question', 1, 1, '', 'wages', 2, 'new', '', '', 1, 1,"
	    " 1, 1)");
	case_post(&c, KP_POST(.id = S("1"), .text = S("b")));
	case_post(&c, KP_POST(.id = S("2"), .parent = S("1"), .text = S("c")));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM thread"), 1);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM item"
	    " JOIN thread ON thread.id = item.thread"), 1);
	case_drop(&c);
}

static void
test_edits(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("old"), .name = S("Ana"),
	    .edited = CASE_NOW - 500));
	case_sql(&c, "UPDATE post SET match_state = 1;"
	    " UPDATE thread SET judge_at = NULL");
	c.ctx.now += 1000;
	case_post(&c, KP_POST(.id = S("1"), .text = S("new"),
	    .edited = CASE_NOW));
	assert_int_equal(c.result.edited, 1);
	assert_true(case_is(&c, "SELECT text FROM post", "new"));
	assert_int_equal(case_number(&c, "SELECT match_state FROM post"), 0);
	assert_int_equal(case_number(&c, "SELECT changed_at FROM post"),
	    CASE_NOW + 1000);
	assert_int_equal(case_number(&c, "SELECT seen_at FROM post"), CASE_NOW);
	assert_int_equal(case_number(&c, "SELECT judge_at FROM thread"),
	    CASE_NOW + 1000);
	/* An older version, late. */
	case_post(&c, KP_POST(.id = S("1"), .text = S("old"),
	    .edited = CASE_NOW - 500));
	assert_int_equal(c.result.edited, 0);
	/* An excerpt of what is known whole. */
	case_post(&c, KP_POST(.id = S("1"), .text = S("n"),
	    .flags = KP_TRUNCATED));
	assert_int_equal(c.result.edited, 0);
	assert_true(case_is(&c, "SELECT text FROM post", "new"));
	/* The whole of what was an excerpt. */
	case_post(&c, KP_POST(.id = S("2"), .text = S("beg"),
	    .flags = KP_TRUNCATED));
	case_post(&c, KP_POST(.id = S("2"), .text = S("begin and end")));
	assert_int_equal(c.result.edited, 1);
	case_drop(&c);
}

static void
test_what_is_deleted_goes_and_may_come_back(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .title = S("T"), .text = S("a"),
	    .name = S("Ana")));
	case_hit(&c, 1);
	case_post(&c, KP_POST(.id = S("1"), .flags = KP_DELETED));
	assert_int_equal(c.result.deleted, 1);
	assert_true(case_is(&c, "SELECT text FROM post", NULL));
	assert_true(case_is(&c, "SELECT title FROM thread", NULL));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM name"), 0);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM hit"), 1);
	assert_int_equal(case_number(&c, "SELECT deleted_at FROM post"),
	    CASE_NOW);
	case_post(&c, KP_POST(.id = S("1"), .flags = KP_DELETED));
	assert_int_equal(c.result.deleted, 0);
	case_post(&c, KP_POST(.id = S("9"), .flags = KP_DELETED));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM post"), 1);
	case_post(&c, KP_POST(.id = S("1"), .title = S("T"), .text = S("a")));
	assert_true(case_is(&c, "SELECT text FROM post", "T\na"));
	assert_true(case_is(&c, "SELECT deleted_at FROM post", NULL));
	case_drop(&c);
}

static void
test_what_was_purged_stays_purged(void **state)
{
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"), .name = S("Ana")));
	case_sql(&c, "UPDATE post SET text = NULL; DELETE FROM name");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"), .name = S("Ana")));
	assert_true(case_is(&c, "SELECT text FROM post", NULL));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM name"), 0);
	case_drop(&c);
}

static void
test_erased_and_objected_are_refused(void **state)
{
	char hash[KEYS_HEX_SIZE], sql[256], *author;
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .author = S("u1"), .text = S("a")));
	author = store_temp_text(&c.temp, "SELECT author FROM post");
	assert_int_equal(strlen(author), 32);
	keys_post(c.keys, 1, STR("2"), hash);
	snprintf(sql, sizeof(sql), "INSERT INTO erased VALUES (1, '%s', 1);"
	    " INSERT INTO objection VALUES ('%s', 1, 1)", hash, author);
	case_sql(&c, sql);
	case_post(&c, KP_POST(.id = S("2"), .author = S("u2"), .text = S("b")));
	assert_int_equal(c.result.refused, 1);
	/* The next epoch gives another pseudonym; the objection holds. */
	c.ctx.now += 40 * DAY_MS;
	case_post(&c, KP_POST(.id = S("3"), .author = S("u1"), .text = S("c")));
	assert_int_equal(c.result.refused, 1);
	case_post(&c, KP_POST(.id = S("4"), .author = S("u2"), .text = S("d")));
	assert_int_equal(c.result.added, 1);
	free(author);
	case_drop(&c);
}

static void
test_pseudonyms(void **state)
{
	struct config_account accounts[] = { { (char *)"feed", (char *)"us" } };
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	c.config.accounts = accounts;
	c.config.naccounts = 1;
	case_post(&c, KP_POST(.id = S("1"), .place = S("a"), .author = S("u1")));
	case_post(&c, KP_POST(.id = S("1"), .place = S("b"), .author = S("u1")));
	case_post(&c, KP_POST(.id = S("2"), .place = S("a"), .author = S("u1")));
	case_post(&c, KP_POST(.id = S("3"), .place = S("a"), .author = S("us")));
	case_post(&c, KP_POST(.id = S("4"), .place = S("a")));
	assert_int_equal(case_number(&c, "SELECT COUNT(DISTINCT author)"
	    " FROM post WHERE ext IN ('1', '2')"), 2);
	assert_int_equal(case_number(&c, "SELECT COUNT(DISTINCT author)"
	    " FROM post WHERE place = 1 AND ext IN ('1', '2')"), 1);
	assert_int_equal(case_number(&c, "SELECT flags FROM post"
	    " WHERE ext = '3'"), KP_OURS);
	assert_true(case_is(&c, "SELECT author FROM post WHERE ext = '4'",
	    NULL));
	/* A thread keeps its epoch; a new one takes the new. */
	c.ctx.now += 31 * DAY_MS;
	case_post(&c, KP_POST(.id = S("5"), .place = S("a"), .parent = S("1"),
	    .author = S("u1")));
	case_post(&c, KP_POST(.id = S("6"), .place = S("a"),
	    .author = S("u1")));
	assert_int_equal(case_number(&c, "SELECT COUNT(DISTINCT author)"
	    " FROM post WHERE place = 1 AND ext IN ('1', '5')"), 1);
	assert_int_equal(case_number(&c, "SELECT COUNT(DISTINCT author)"
	    " FROM post WHERE place = 1 AND ext IN ('1', '6')"), 2);
	case_drop(&c);
}

static void
test_fixed_answers(void **state)
{
	struct config_text texts[] = {
		{ (char *)"privacy", NULL, (char *)"We keep little.",
		    (char *)"admin" },
		{ (char *)"privacy", (char *)"pl", (char *)"Niewiele.",
		    (char *)"admin" },
		{ (char *)"draft", NULL, (char *)"?", NULL },
	};
	struct kp_answer answers[] = {
		{ .text = S("privacy"), .place = S("g"), .id = S("1"),
		    .lang = S("pl-PL") },
		{ .text = S("privacy"), .place = S("g"), .id = S("1"),
		    .lang = S("bg") },
		{ .text = S("privacy"), .place = S("g"), .id = S("2"),
		    .lang = S("bg") },
		{ .text = S("draft"), .place = S("g"), .id = S("2") },
	};
	struct step step = { .answers = answers, .nanswers = 4 };
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	c.config.texts = texts;
	c.config.ntexts = 3;
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.answers, 2);
	assert_int_equal(case_step(&c, &step), 0);
	assert_int_equal(c.result.answers, 0);
	assert_true(case_is(&c, "SELECT text FROM outbox WHERE post = '1'",
	    "Niewiele."));
	assert_true(case_is(&c, "SELECT text FROM outbox WHERE post = '2'",
	    "We keep little."));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM outbox"
	    " WHERE state = 'approved' AND approved_by = 'admin'"), 2);
	assert_true(case_is(&c, "SELECT code FROM finding", "text.draft"));
	case_drop(&c);
}

static void
test_coverage(void **state)
{
	static const struct step nothing;
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a")));
	c.ctx.now += 60000;
	case_step(&c, &nothing);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM coverage"), 1);
	assert_int_equal(case_number(&c, "SELECT until - since FROM coverage"),
	    60000);
	/* An outage longer than the tolerance is not covered. */
	c.ctx.now += 3600000;
	case_step(&c, &nothing);
	c.ctx.now += 1000;
	case_step(&c, &nothing);
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM coverage"), 2);
	assert_int_equal(case_number(&c, "SELECT SUM(until - since)"
	    " FROM coverage"), 61000);
	assert_int_equal(case_number(&c, "SELECT heard_at FROM place"),
	    c.ctx.now);
	/* No good answer: nothing is covered. */
	c.ctx.heard = false;
	c.ctx.now += 1000;
	case_step(&c, &nothing);
	assert_int_equal(case_number(&c, "SELECT SUM(until - since)"
	    " FROM coverage"), 61000);
	case_drop(&c);
}

static void
test_reading_a_thread_again(void **state)
{
	static const struct step nothing;
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"),
	    .flags = KP_COUNTED, .replies = 2));
	assert_int_equal(case_number(&c, "SELECT read_at FROM thread"), 0);
	assert_int_equal(case_number(&c, "SELECT replies FROM thread"), 2);
	c.ctx.job = KP_THREAD;
	c.ctx.about = 1;
	case_step(&c, &nothing);
	assert_int_equal(case_number(&c, "SELECT read_at FROM thread"),
	    CASE_NOW);
	/* A poll in a chat shows replies as well. */
	c.ctx.job = KP_POLL;
	c.ctx.about = 0;
	c.ctx.replies_in_poll = true;
	c.ctx.now += 5000;
	case_post(&c, KP_POST(.id = S("2"), .parent = S("1"), .text = S("b"),
	    .flags = KP_SOLVED));
	assert_int_equal(case_number(&c, "SELECT read_at FROM thread"),
	    CASE_NOW + 5000);
	assert_int_equal(case_number(&c, "SELECT solved FROM thread"), 1);
	case_post(&c, KP_POST(.id = S("1"), .text = S("a"),
	    .flags = KP_LOCKED));
	assert_int_equal(case_number(&c, "SELECT locked + solved FROM thread"),
	    2);
	case_post(&c, KP_POST(.id = S("1"), .text = S("a")));
	assert_int_equal(case_number(&c, "SELECT locked FROM thread"), 0);
	assert_int_equal(case_number(&c, "SELECT solved FROM thread"), 1);
	case_drop(&c);
}

static void
test_pauses_only_grow(void **state)
{
	struct step_pause late[] = { { KP_SOURCE, { NULL, 0 }, 2000 } },
	    early[] = { { KP_CREDENTIAL, { NULL, 0 }, 1000 } };
	struct step step = { .npauses = 1 };
	struct store_case c;

	(void)state;
	case_make(&c, "public-feed");
	step.pauses = late;
	case_step(&c, &step);
	/* No credential: the pause is the source's. */
	step.pauses = early;
	case_step(&c, &step);
	assert_int_equal(case_number(&c, "SELECT until FROM pause"
	    " WHERE scope = 'source' AND key = '1'"), 2000);
	case_sql(&c, "UPDATE source SET credential = 'bot'");
	case_step(&c, &step);
	assert_int_equal(case_number(&c, "SELECT until FROM pause"
	    " WHERE scope = 'credential' AND key = 'bot'"), 1000);
	case_drop(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_step_twice_changes_nothing),
		cmocka_unit_test(test_an_answer_is_taken_once),
		cmocka_unit_test(test_failing_moves_no_cursor_and_ends_the_job),
		cmocka_unit_test(test_only_watched_places_store_posts),
		cmocka_unit_test(test_places_rename_move_and_go),
		cmocka_unit_test(test_a_move_that_is_told_late),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_a_merge_takes_items_along),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_what_is_deleted_goes_and_may_come_back),
		cmocka_unit_test(test_what_was_purged_stays_purged),
		cmocka_unit_test(test_erased_and_objected_are_refused),
		cmocka_unit_test(test_pseudonyms),
		cmocka_unit_test(test_fixed_answers),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_reading_a_thread_again),
		cmocka_unit_test(test_pauses_only_grow),
	};

	return cmocka_run_group_tests_name("ingest", tests, NULL, NULL);
}
