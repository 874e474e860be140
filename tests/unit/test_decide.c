/*
 * Deciding, by stories: each is a thread of posts, one word a post, and what
 * must come of it.  Every story is judged in several orders of arrival.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "decide/decide.h"

#define POSTS_MAX 8
#define NOW ((int64_t)1795000000000)

struct story {
	const char *point;
	/*
	 * Posts, blank-separated: AUTHOR:WHAT[>PARENT], one an hour, the first
	 * at NOW - 20 h.  '-' is an unknown author.
	 */
	const char *posts;
	const char *state;      /* of the first question, or "none" */
	int64_t by;             /* the post that decided it */
	int flat, invisible, stale_h, grace_h;
};

static const struct {
	const char *word;
	uint32_t marks;
	decide_set claims, corrects;
	size_t length;
	int deleted;
} words[] = {
	{ "ask", DECIDE_QUESTION, 0, 0, 90, 0 },
	{ "answer", DECIDE_ANSWER, 0, 0, 30, 0 },
	{ "long", 0, 0, 0, 200, 0 },
	{ "short", 0, 0, 0, 12, 0 },
	{ "bump", DECIDE_BUMP, 0, 0, 2, 0 },
	{ "same", DECIDE_SAME, 0, 0, 80, 0 },
	{ "priv", DECIDE_PRIVATE, 0, 0, 15, 0 },
	{ "tag", DECIDE_TAG, 0, 0, 5, 0 },
	{ "thanks", DECIDE_THANKS, 0, 0, 7, 0 },
	{ "solved", DECIDE_SOLVED, 0, 0, 20, 0 },
	{ "back", DECIDE_QUESTION_BACK, 0, 0, 70, 0 },
	{ "advert", DECIDE_ADVERT | DECIDE_ANSWER, 0, 0, 300, 0 },
	{ "claim", 0, 1, 0, 50, 0 },
	{ "other", 0, 2, 0, 50, 0 },
	{ "correct", 0, 0, 1, 50, 0 },
	{ "myth", 0, 1, 1, 50, 0 },
	{ "ours", DECIDE_OURS, 0, 0, 50, 0 },
	{ "gone", DECIDE_ANSWER, 0, 0, 90, 1 },
	{ "oursgone", DECIDE_OURS, 0, 0, 90, 1 },
};

static const struct story stories[] = {
	{ "nobody answers", "a:ask", "unanswered", 0 },
	{ "the asker's own words answer nothing", "a:ask a:long", "unanswered", 0 },
	{ "a bump is no answer", "a:ask a:bump", "unanswered", 0 },
	{ "sharing the trouble is no answer", "a:ask b:same>1", "unanswered", 0 },
	{ "tagging a friend is no answer", "a:ask b:tag>1", "unanswered", 0 },
	{ "a question back is no answer", "a:ask b:back>1", "unanswered", 0 },
	{ "an advert is no answer, whatever it says", "a:ask b:advert>1", "unanswered", 0 },
	{ "a few words are no answer", "a:ask b:short>1", "unanswered", 0 },
	{ "marks of substance answer", "a:ask b:answer>1", "answered", 2 },
	{ "length answers", "a:ask b:long>1", "answered", 2 },
	{ "a topic's unlinked reply answers its opening", "a:ask b:answer", "answered", 2 },
	{ "two unknown authors are two people", "-:ask -:answer>1", "answered", 2 },
	{ "a deleted answer reopens", "a:ask b:gone>1", "reopened", 2 },
	{ "another answer keeps it closed", "a:ask b:gone>1 c:answer>1", "answered", 3 },
	{ "asking again reopens", "a:ask b:answer>1 a:ask>2", "reopened", 3 },
	{ "an answer after that closes", "a:ask b:answer>1 a:ask>2 c:answer>3", "answered", 4 },
	{ "solved closes", "a:ask a:solved", "solved", 2 },
	{ "thanks close after an answer", "a:ask b:answer>1 a:thanks", "solved", 3 },
	{ "thanks in advance close nothing", "a:ask a:thanks", "unanswered", 0 },
	{ "somebody else's thanks close nothing", "a:ask b:thanks>1", "unanswered", 0 },
	{ "a private message lowers", "a:ask b:priv>1", "perhaps answered", 2 },
	{ "and does not hold when the asker asks on", "a:ask b:priv>1 a:bump", "unanswered", 0 },
	{ "a false claim is its own lane", "a:ask b:claim>1", "wrong", 2 },
	{ "an answer beside it does not clear it", "a:ask b:claim>1 c:answer>1", "wrong", 2 },
	{ "a correction clears it and answers", "a:ask b:claim>1 c:correct>2", "answered", 3 },
	{ "a correction of another claim does not", "a:ask b:other>1 c:correct>1", "wrong", 2 },
	{ "who repeats it corrects nothing", "a:ask b:claim>1 c:myth>2", "wrong", 3 },
	{ "an earlier correction does not count", "a:ask c:correct>1 b:claim>1", "wrong", 3 },
	{ "our own answer closes", "a:ask b:ours>1", "answered by us", 2 },
	{ "our own answer was deleted", "a:ask b:oursgone>1", "reopened", 2 },
	{ "replies to a second question answer that one", "a:ask b:ask c:answer>2", "unanswered", 0 },
	{ "flat: an unlinked answer only lowers", "a:ask b:answer", "perhaps answered", 2, .flat = 1 },
	{ "flat: a linked one closes", "a:ask b:answer>1", "answered", 2, .flat = 1 },
	{ "flat: it goes to who asked last", "a:ask b:ask c:answer", "unanswered", 0, .flat = 1 },
	{ "flat: too far away", "a:ask b:short c:short d:short e:short f:short g:short h:answer", "unanswered", 0, .flat = 1 },
	{ "replies not visible: never unanswered", "a:ask", "unknown", 0, .invisible = 1 },
	{ "an answer that was seen stays one", "a:ask b:answer>1", "answered", 2, .invisible = 1 },
	{ "not looked at for too long", "a:ask", "unknown", 0, .stale_h = 3 },
	{ "others have time first", "a:ask", "waiting", 0, .grace_h = 24 },
	{ "no question", "a:long b:answer>1", "none", 0 },
	{ "a deleted question is none", "a:gone", "none", 0 },
};

static void
take_post(const char *text, size_t n, int64_t id, char *author,
    struct decide_post *post)
{
	const char *what = text + 2, *parent = memchr(text, '>', n);
	size_t i, len = (size_t)((parent != NULL ? parent : text + n) - what);

	memset(post, 0, sizeof(*post));
	post->id = id;
	post->created_at = NOW - 20 * HOUR_MS + (id - 1) * HOUR_MS;
	author[0] = text[0];
	author[1] = '\0';
	post->author = text[0] == '-' ? NULL : author;
	post->parent = parent != NULL ? parent[1] - '0' : 0;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == len &&
		    memcmp(words[i].word, what, len) == 0)
			break;
	}
	assert_true(i < sizeof(words) / sizeof(words[0]));
	post->marks = words[i].marks;
	post->claims = words[i].claims;
	post->corrects = words[i].corrects;
	post->length = words[i].length;
	post->deleted_at = words[i].deleted ? NOW : 0;
}

static size_t
take_story(const char *text, char authors[][2], struct decide_post *posts)
{
	size_t n = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		take_post(text, len, (int64_t)n + 1, authors[n], &posts[n]);
		n++;
		text += len + (text[len] == ' ');
	}
	return n;
}

static void
judge(const struct story *story, const struct decide_post *posts, size_t n)
{
	struct decide_thread thread = { .posts = posts, .nposts = n,
		.flat = story->flat, .replies_visible = !story->invisible,
		.read_at = NOW - 10 * HOUR_MS, .as_of = NOW,
		.stale_ms = story->stale_h * HOUR_MS,
		.grace_ms = story->grace_h * HOUR_MS };
	struct decision d;
	const char *state;
	int64_t by;

	decide(&thread, &d);
	state = d.nquestions == 0 ? "none" :
	    decide_state_name(d.questions[0].state);
	by = d.nquestions == 0 ? 0 : d.questions[0].by;
	if (strcmp(state, story->state) != 0 || by != story->by)
		fail_msg("%s (%s): %s by %d", story->point, story->posts,
		    state, (int)by);
	decision_fini(&d);
}

static void
test_stories_in_any_order(void **state)
{
	size_t i, j, turn;

	(void)state;
	for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct decide_post posts[POSTS_MAX], turned[POSTS_MAX];
		char authors[POSTS_MAX][2];
		size_t n = take_story(stories[i].posts, authors, posts);

		for (turn = 0; turn < n; turn++) {
			for (j = 0; j < n; j++)
				turned[j] = posts[(j + turn) % n];
			judge(&stories[i], turned, n);
			for (j = 0; j < n; j++)
				turned[j] = posts[(2 * n - 1 - j - turn) % n];
			judge(&stories[i], turned, n);
		}
	}
}

static void
test_verdict_is_of_the_whole_thread(void **state)
{
	static const struct {
		const char *posts, *verdict, *point;
	} t[] = {
		{ "a:ask b:answer>1", "answered", "the first question's state" },
		{ "a:ask a:solved", "answered", "solved reads answered" },
		{ "a:ask b:priv>1", "answered", "perhaps reads answered" },
		{ "a:ask b:gone>1", "unanswered", "reopened reads unanswered" },
		{ "a:long b:claim", "wrong", "a claim without any question" },
		{ "a:long b:claim c:correct", "none", "corrected, no question" },
		{ "a:ask b:answer>1 c:claim>2", "wrong", "a claim anywhere" },
		{ "a:long", "none", "chatter" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct decide_post posts[POSTS_MAX];
		char authors[POSTS_MAX][2];
		struct decide_thread thread = { .posts = posts,
			.replies_visible = true, .as_of = NOW };
		struct decision d;

		thread.nposts = take_story(t[i].posts, authors, posts);
		decide(&thread, &d);
		if (strcmp(decide_verdict_name(d.verdict), t[i].verdict) != 0)
			fail_msg("%s: %s", t[i].point,
			    decide_verdict_name(d.verdict));
		decision_fini(&d);
	}
}

static void
test_next_time_is_told(void **state)
{
	struct decide_post post;
	char author[2];
	struct decide_thread thread = { .posts = &post, .nposts = 1,
		.replies_visible = true, .as_of = NOW, .read_at = NOW,
		.grace_ms = 24 * HOUR_MS, .expiry_ms = 14 * DAY_MS,
		.stale_ms = 26 * HOUR_MS };
	struct decision d;

	(void)state;
	take_post("a:ask", 5, 1, author, &post);
	decide(&thread, &d);
	assert_int_equal(d.next_at, NOW + 4 * HOUR_MS);
	decision_fini(&d);
	/* And at that very time the state has changed. */
	thread.as_of = NOW + 4 * HOUR_MS;
	decide(&thread, &d);
	assert_int_equal(d.questions[0].state, DECIDE_STATE_UNANSWERED);
	decision_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories_in_any_order),
		cmocka_unit_test(test_verdict_is_of_the_whole_thread),
		cmocka_unit_test(test_next_time_is_told),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
