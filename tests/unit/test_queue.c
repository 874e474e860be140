/*
 * The queue: what comes in, what people do to it, and that nothing overrules
 * them.  Posts go the production way: stored, marked with what rules found,
 * decided.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "decide/decide_station.h"
#include "queue/control.h"
#include "queue/queue.h"
#include "storage/db.h"
#include "storage/item.h"
#include "storage/post_match.h"
#include "store_case.h"

/* "question wages", "answer", "misinformation eu-work-permit" */
static void
add_hit(struct store_case *c, int64_t post, const char *what)
{
	struct str rest = str_of(what), kind = str_cut(&rest, ' ');
	char *k = str_dup(kind), *subject = rest.p != NULL ? str_dup(rest) :
	    NULL;
	const struct post_hit hit = { .rule = what, .fingerprint = "f",
		.kind = k, .subject = subject, .lang = "pl", .spans = "[[0,4]]",
		.rev = 1, .counts = true };
	struct err err = ERR_INIT;

	if (post_hit_add(c->db, post, &hit, &err) == -1)
		fail_msg("%s", err.text);
	free(k);
	free(subject);
}

/* Match everything that waits: each post gets ${what} (NULL: no rule). */
static void
match(struct store_case *c, const char *what)
{
	struct post_unmatched posts[16];
	struct err err = ERR_INIT;
	int i, n = posts_unmatched(c->db, posts, 16, &err);

	assert_true(n >= 0);
	for (i = 0; i < n; i++) {
		assert_int_equal(post_matched(c->db, &posts[i], "set", "pl",
		    c->ctx.now, &err), 1);
		if (what != NULL)
			add_hit(c, posts[i].id, what);
		post_unmatched_fini(&posts[i]);
	}
}

static void
judge(struct store_case *c)
{
	struct err err = ERR_INIT;
	int n;

	do {
		n = decide_due(c->db, &c->config, c->ctx.now, &err);
		if (n == -1)
			fail_msg("%s", err.text);
	} while (n > 0);
}

static void
advance(struct store_case *c, int64_t ms)
{
	c->ctx.now += ms;
	clock_set(c->ctx.now);
}

/* A post as it is seen an hour after the one before. */
static void
post_as(struct store_case *c, const char *id, const char *parent,
    const char *author, const char *text, uint32_t flags, const char *what)
{
	struct kp_post post = { .size = sizeof(post), .flags = flags,
		.id = { id, strlen(id) }, .author = { author, strlen(author) },
		.text = { text, strlen(text) } };

	advance(c, HOUR_MS);
	if (parent != NULL)
		post.parent = (struct kp_str){ parent, strlen(parent) };
	post.created = c->ctx.now;
	case_post(c, &post);
	match(c, what);
	judge(c);
}

static void
begin(struct store_case *c)
{
	case_make(c, "public-feed");
	c->ctx.abilities = KP_SEES_POSTS | KP_SEES_REPLIES;
	c->config.grace_ms = 0;
	c->config.expiry_ms = 14 * DAY_MS;
	c->ctx.now = CASE_NOW;
	clock_set(CASE_NOW);
	post_as(c, "1", NULL, "ania", "Szef nie zapłacił mi za marzec", 0,
	    "question wages");
	case_sql(c, "UPDATE place SET grace_ms = 0");
	case_sql(c, "UPDATE thread SET judge_at = 0");
	judge(c);
}

static void
do_control(struct store_case *c, const char *name, const char *args, int want)
{
	struct json_object *a = NULL, *ret = NULL;
	struct err err = ERR_INIT;
	int r;

	assert_int_equal(json_parse(str_of(args), &a, &err), 0);
	r = control_find(name)->run(c->db, &c->config, a, &ret, &err);
	if (r != want)
		fail_msg("%s %s: %d %s", name, args, r, err.text);
	json_object_put(ret);
	json_object_put(a);
}

static void
is(struct store_case *c, const char *column, const char *text)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT %s FROM item WHERE id = 1", column);
	assert_true(case_is(c, sql, text));
}

static void
test_a_question_comes_in_and_an_answer_takes_it_out(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	is(&c, "state", "new");
	is(&c, "topics", "wages");
	is(&c, "lang", "pl");
	is(&c, "rule", "question wages");
	post_as(&c, "2", "1", "ania", "up", 0, "filler bump");
	is(&c, "state", "new");
	post_as(&c, "3", "1", "bob", "Idź do sądu pracy", 0, "answer");
	is(&c, "state", "answered by others");
	post_as(&c, "3", "1", "bob", "", KP_DELETED, NULL);
	is(&c, "state", "new");
	is(&c, "came_back", "the answer was deleted");
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM item"), 1);
	case_drop(&c);
}

static void
test_a_claim_is_a_lease(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	do_control(&c, "queue.claim", "{\"item\":1,\"actor\":\"ola\"}", 0);
	do_control(&c, "queue.claim", "{\"item\":1,\"actor\":\"jan\"}", -1);
	do_control(&c, "queue.release", "{\"item\":1,\"actor\":\"jan\"}", -1);
	do_control(&c, "queue.claim", "{\"item\":1,\"actor\":\"ola\"}", 0);
	/* Ten minutes later a good answer does not take it from her hands. */
	advance(&c, 10 * MINUTE_MS - HOUR_MS);
	post_as(&c, "2", "1", "bob", "Idź do sądu", 0, "answer");
	is(&c, "state", "claimed");
	is(&c, "claimed_by", "ola");
	/* When the lease is over, others may have it. */
	advance(&c, QUEUE_LEASE_MS);
	do_control(&c, "queue.claim", "{\"item\":1,\"actor\":\"jan\"}", 0);
	is(&c, "claimed_by", "jan");
	do_control(&c, "queue.release", "{\"item\":1,\"actor\":\"jan\"}", 0);
	is(&c, "state", "new");
	case_drop(&c);
}

static void
test_who_saw_an_old_version_is_refused(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	do_control(&c, "queue.claim",
	    "{\"item\":1,\"actor\":\"ola\",\"version\":1}", 0);
	do_control(&c, "queue.verdict", "{\"item\":1,\"actor\":\"ola\","
	    "\"version\":1,\"verdict\":\"not-relevant\"}", -1);
	is(&c, "state", "claimed");
	case_drop(&c);
}

static void
dismiss(struct store_case *c)
{
	do_control(c, "queue.verdict", "{\"item\":1,\"actor\":\"ola\","
	    "\"verdict\":\"no-answer-needed\"}", 0);
	is(c, "state", "dismissed");
}

static void
test_what_a_person_closed_stays_closed(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	dismiss(&c);
	/* The rules see it anew, and see something else. */
	case_sql(&c, "UPDATE post SET match_state = 0");
	match(&c, "question dismissal");
	judge(&c);
	is(&c, "state", "dismissed");
	case_sql(&c, "UPDATE thread SET judge_at = 0");
	judge(&c);
	is(&c, "state", "dismissed");
	post_as(&c, "2", "1", "bob", "też tak mam", 0, "filler same");
	is(&c, "state", "dismissed");
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM item"), 1);
	case_drop(&c);
}

static void
test_what_brings_a_closed_item_back(void **state)
{
	static const struct {
		const char *id, *author, *text;
		uint32_t flags;
		const char *what, *why;
	} t[] = {
		{ "1", "ania", "Szef nie zapłacił mi za kwiecień", 0,
		    "question wages", "the post was edited" },
		{ "3", "ania", "I co teraz?", 0, "question wages",
		    "the asker asks again after the last answer" },
		{ "2", "bob", "", KP_DELETED, NULL, "the answer was deleted" },
		{ "3", "ewa", "Bez umowy nic ci się nie należy", 0,
		    "misinformation oral-contract-void",
		    "an answer states a false claim that nobody corrected" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct store_case c;

		begin(&c);
		do_control(&c, "queue.verdict", "{\"item\":1,\"actor\":\"ola\","
		    "\"verdict\":\"claim-confirmed\"}", 0);
		is(&c, "state", "new");
		post_as(&c, "2", "1", "bob", "Idź do sądu", 0, "answer");
		case_sql(&c, "UPDATE item SET state = 'new', closed_at = NULL");
		dismiss(&c);
		advance(&c, HOUR_MS);
		if (strcmp(t[i].id, "1") == 0) {
			struct kp_post p = { .size = sizeof(p),
				.id = { "1", 1 }, .author = { "ania", 4 },
				.text = { t[i].text, strlen(t[i].text) },
				.created = CASE_NOW + HOUR_MS,
				.edited = c.ctx.now };

			case_post(&c, &p);
			case_sql(&c, "DELETE FROM hit WHERE post = 2");
			match(&c, t[i].what);
			judge(&c);
		} else {
			post_as(&c, t[i].id, strcmp(t[i].id, "3") == 0 ? "1" :
			    NULL, t[i].author, t[i].text, t[i].flags,
			    t[i].what);
		}
		is(&c, "state", "new");
		is(&c, "came_back", t[i].why);
		case_drop(&c);
	}
}

static void
test_a_persons_word_prevails(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	do_control(&c, "queue.verdict", "{\"item\":1,\"actor\":\"ola\","
	    "\"verdict\":\"claim-confirmed\",\"lang\":\"ro\",\"land\":\"HE\","
	    "\"topic\":\"seasonal-work\"}", 0);
	case_sql(&c, "UPDATE post SET match_state = 0");
	match(&c, "question dismissal");
	judge(&c);
	is(&c, "lang", "ro");
	is(&c, "land", "HE");
	is(&c, "topics", "seasonal-work");
	assert_true(case_is(&c, "SELECT was FROM correction"
	    " WHERE field = 'topic'", "wages"));
	case_drop(&c);
}

static void
test_a_false_claim_without_a_question_waits_too(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	post_as(&c, "9", NULL, "ewa", "Obywatele UE muszą mieć wizę", 0,
	    "misinformation eu-work-permit");
	assert_true(case_is(&c, "SELECT claim FROM item WHERE kind = 'claim'",
	    "eu-work-permit"));
	post_as(&c, "10", "9", "bob", "Nieprawda, UE nie potrzebuje", 0,
	    "correction eu-work-permit");
	assert_true(case_is(&c, "SELECT state FROM item WHERE kind = 'claim'",
	    "answered by others"));
	case_drop(&c);
}

static void
test_a_deleted_question_is_gone(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	post_as(&c, "1", NULL, "ania", "", KP_DELETED, NULL);
	is(&c, "state", "gone");
	case_drop(&c);
}

static void
test_history_is_kept_and_holds_no_text(void **state)
{
	struct store_case c;

	(void)state;
	begin(&c);
	do_control(&c, "queue.claim", "{\"item\":1,\"actor\":\"ola\"}", 0);
	do_control(&c, "queue.verdict", "{\"item\":1,\"actor\":\"ola\","
	    "\"verdict\":\"answered\",\"detail\":\"https://example.org/1\"}",
	    0);
	assert_true(case_is(&c, "SELECT group_concat(actor || ':' || action,"
	    " ' ') FROM (SELECT * FROM history ORDER BY id)",
	    "kompan:opened ola:claimed ola:verdict"));
	assert_int_equal(case_number(&c, "SELECT COUNT(*) FROM history"
	    " WHERE detail LIKE '%Szef%'"), 0);
	case_drop(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_question_comes_in_and_an_answer_takes_it_out),
		cmocka_unit_test(test_a_claim_is_a_lease),
		cmocka_unit_test(test_who_saw_an_old_version_is_refused),
		cmocka_unit_test(test_what_a_person_closed_stays_closed),
		cmocka_unit_test(test_what_brings_a_closed_item_back),
		cmocka_unit_test(test_a_persons_word_prevails),
		cmocka_unit_test(
		    test_a_false_claim_without_a_question_waits_too),
		cmocka_unit_test(test_a_deleted_question_is_gone),
		cmocka_unit_test(test_history_is_kept_and_holds_no_text),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
