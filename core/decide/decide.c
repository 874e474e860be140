/*
 * In comes a thread as it was seen, with what the rules found in each post;
 * out come its questions and false claims, each with its state and why.
 *
 * For every question the posts are sorted into replies that belong to it
 * (reply_bond), each reply is weighed (is_substantive), and the table in
 * decide.h is tried from the top.  Nothing here depends on the order in which
 * posts came in: they are sorted by time and id first.
 */
#include "decide/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* A reply of this many characters says something, if it is no filler. */
#define LONG_ENOUGH 60
/* In a flat chat: how long and how many turns after the question. */
#define FLAT_NEAR_MS (6 * HOUR_MS)
#define FLAT_NEAR_TURNS 25
/* A chain of replies longer than this is cut (or runs in a circle). */
#define CHAIN_MAX 200

/* How firmly a post belongs to a question. */
enum bond { BOND_NONE, BOND_LOOSE, BOND_LINKED };

struct view {
	const struct decide_thread *thread;
	const struct decide_post **posts;       /* by time, then id */
	size_t n;
	bool *asks;     /* posts[i] is a question of its own */
};

static int
by_time(const void *a, const void *b)
{
	const struct decide_post *const *p = a, *const *q = b;

	if ((*p)->created_at != (*q)->created_at)
		return (*p)->created_at < (*q)->created_at ? -1 : 1;
	return (*p)->id < (*q)->id ? -1 : (*p)->id > (*q)->id;
}

static bool
same_author(const struct decide_post *a, const struct decide_post *b)
{
	return a->author != NULL && b->author != NULL &&
	    strcmp(a->author, b->author) == 0;
}

static const struct decide_post *
find_post(const struct view *view, int64_t id)
{
	size_t i;

	for (i = 0; id != 0 && i < view->n; i++) {
		if (view->posts[i]->id == id)
			return view->posts[i];
	}
	return NULL;
}

static bool
is_question(const struct view *view, const struct decide_post *post)
{
	size_t i;

	for (i = 0; i < view->n; i++) {
		if (view->posts[i] == post)
			return view->asks[i];
	}
	return false;
}

/* Whose question a chain of replies ends at; NULL if at none. */
static const struct decide_post *
chain_question(const struct view *view, const struct decide_post *post)
{
	int depth;

	for (depth = 0; depth < CHAIN_MAX; depth++) {
		post = find_post(view, post->parent);
		if (post == NULL || is_question(view, post))
			return post;
	}
	return NULL;
}

/* The newest question before ${post} by somebody else. */
static const struct decide_post *
latest_question(const struct view *view, const struct decide_post *post)
{
	const struct decide_post *found = NULL;
	size_t i;

	for (i = 0; i < view->n && view->posts[i] != post; i++) {
		if (view->asks[i] && !same_author(view->posts[i], post))
			found = view->posts[i];
	}
	return found;
}

static size_t
turns_between(const struct view *view, const struct decide_post *from,
    const struct decide_post *to)
{
	size_t i, first = 0, last = 0;

	for (i = 0; i < view->n; i++) {
		if (view->posts[i] == from)
			first = i;
		if (view->posts[i] == to)
			last = i;
	}
	return last - first;
}

/* Does ${post}, which comes later, belong to ${question}, and how firmly? */
static enum bond
reply_bond(const struct view *view, const struct decide_post *question,
    const struct decide_post *post)
{
	const struct decide_post *linked = chain_question(view, post);

	if (linked != NULL)
		return linked == question ? BOND_LINKED : BOND_NONE;
	if (find_post(view, post->parent) != NULL && view->thread->flat)
		return BOND_NONE;       /* talks to somebody else */
	if (!view->thread->flat) {
		/* A topic: who writes without a link answers its opening, or
		 * the one who asked last. */
		return question == view->posts[0] ||
		    latest_question(view, post) == question ? BOND_LINKED :
		    BOND_NONE;
	}
	if (post->created_at - question->created_at > FLAT_NEAR_MS ||
	    turns_between(view, question, post) > FLAT_NEAR_TURNS)
		return BOND_NONE;
	if (latest_question(view, post) == question ||
	    (post->topics & question->topics) != 0)
		return BOND_LOOSE;
	return BOND_NONE;
}

static bool
is_substantive(const struct decide_post *post)
{
	if (post->marks & DECIDE_ADVERT)
		return false;
	if (post->claims != 0 || post->corrects != 0)
		return true;
	if (post->marks & DECIDE_ANSWER)
		return true;
	if (post->marks & (DECIDE_FILLERS | DECIDE_QUESTION | DECIDE_ASKS))
		return false;
	return post->length >= LONG_ENOUGH;
}

/*
 * Mark the posts that are questions of their own.  A question by somebody who
 * already asked in this thread is the same matter: it asks again.
 */
static void
mark_questions(struct view *view)
{
	size_t i, j;

	for (i = 0; i < view->n; i++) {
		const struct decide_post *post = view->posts[i];

		if (!(post->marks & DECIDE_QUESTION) || post->deleted_at != 0 ||
		    post->nearby || (post->marks & DECIDE_OURS))
			continue;
		view->asks[i] = true;
		for (j = 0; j < i; j++) {
			if (view->asks[j] &&
			    same_author(view->posts[j], post))
				view->asks[i] = false;
		}
	}
}

/* Claims. */

static int64_t
corrected_by(const struct view *view, const struct decide_post *post,
    unsigned claim)
{
	size_t i;

	for (i = 0; i < view->n; i++) {
		const struct decide_post *later = view->posts[i];

		if (by_time(&later, &post) > 0 && later->deleted_at == 0 &&
		    (later->corrects & ((decide_set)1 << claim)) &&
		    !(later->claims & ((decide_set)1 << claim)))
			return later->id;
	}
	return 0;
}

/* A claim in ${post} that nobody corrected. */
static bool
misleads(const struct view *view, const struct decide_post *post)
{
	unsigned claim;

	for (claim = 0; claim < 64; claim++) {
		if ((post->claims & ((decide_set)1 << claim)) &&
		    corrected_by(view, post, claim) == 0)
			return true;
	}
	return false;
}

static void
find_claims(const struct view *view, struct decision *decision)
{
	size_t i, room = 0;
	unsigned claim;

	for (i = 0; i < view->n; i++) {
		const struct decide_post *post = view->posts[i];

		if (post->deleted_at != 0 || post->nearby ||
		    (post->marks & DECIDE_OURS))
			continue;
		for (claim = 0; claim < 64; claim++) {
			struct decide_claim *c;

			if (!(post->claims & ((decide_set)1 << claim)))
				continue;
			vec_grow(decision->claims, decision->nclaims, room);
			c = &decision->claims[decision->nclaims++];
			c->post = post->id;
			c->claim = claim;
			c->corrected_by = corrected_by(view, post, claim);
		}
	}
}

/* Questions. */

/* What the posts after a question amount to. */
struct found {
	const struct decide_post *answer;       /* newest of its kind, each */
	const struct decide_post *ours;
	const struct decide_post *wrong;
	const struct decide_post *deleted;
	const struct decide_post *perhaps;
	const struct decide_post *private;
	const struct decide_post *solved;
	const struct decide_post *again;        /* the asker, asking on */
};

static void
weigh_askers_own(const struct decide_post *post, struct found *found)
{
	if (post->deleted_at != 0)
		return;
	if (post->marks & (DECIDE_QUESTION | DECIDE_ASKS | DECIDE_BUMP)) {
		found->again = post;
	} else if (post->marks & (DECIDE_SOLVED | DECIDE_THANKS)) {
		/* Thanks alone close a matter only if somebody answered. */
		if ((post->marks & DECIDE_SOLVED) || found->answer != NULL ||
		    found->ours != NULL || found->perhaps != NULL ||
		    found->private != NULL)
			found->solved = post;
	}
}

static void
weigh_reply(const struct view *view, const struct decide_post *post,
    enum bond bond, struct found *found)
{
	if (post->deleted_at != 0) {
		if (bond == BOND_LINKED && ((post->marks & DECIDE_OURS) ||
		    is_substantive(post)))
			found->deleted = post;
		return;
	}
	if (post->marks & DECIDE_OURS) {
		if (bond == BOND_LINKED)
			found->ours = post;
		return;
	}
	if (is_substantive(post)) {
		if (misleads(view, post))
			found->wrong = post;
		else if (bond == BOND_LINKED)
			found->answer = post;
		else
			found->perhaps = post;
	} else if (post->marks & DECIDE_PRIVATE) {
		found->private = post;
	}
}

static struct found
weigh_thread(const struct view *view, const struct decide_post *question)
{
	struct found found = { 0 };
	size_t i;

	for (i = 0; i < view->n; i++) {
		const struct decide_post *post = view->posts[i];
		enum bond bond;

		if (by_time(&post, &question) <= 0)
			continue;
		if (same_author(post, question)) {
			weigh_askers_own(post, &found);
			continue;
		}
		bond = reply_bond(view, question, post);
		if (bond != BOND_NONE)
			weigh_reply(view, post, bond, &found);
	}
	return found;
}

static bool
is_later(const struct decide_post *a, const struct decide_post *b)
{
	return a != NULL && (b == NULL || by_time(&a, &b) > 0);
}

static void
settle(struct decide_question *q, enum decide_state state,
    const struct decide_post *by, const char *reason)
{
	q->state = state;
	q->by = by != NULL ? by->id : 0;
	if (by != NULL)
		q->since = by->deleted_at != 0 ? by->deleted_at :
		    by->created_at;
	q->reason = reason;
}

/* The table of decide.h, from the top. */
static void
judge_question(const struct view *view, const struct decide_post *post,
    struct decide_question *q)
{
	const struct decide_thread *t = view->thread;
	struct found f = weigh_thread(view, post);
	const struct decide_post *last = f.answer;

	if (is_later(f.ours, last))
		last = f.ours;
	if (is_later(f.wrong, last))
		last = f.wrong;

	if (t->solved)
		settle(q, DECIDE_STATE_SOLVED, NULL,
		    "the platform marks it as solved");
	else if (f.solved != NULL && is_later(f.solved, f.again))
		settle(q, DECIDE_STATE_SOLVED, f.solved,
		    "the asker says that it is settled");
	else if (last != NULL && is_later(f.again, last))
		settle(q, DECIDE_STATE_REOPENED, f.again,
		    "the asker asks again after the last answer");
	else if (f.wrong != NULL)
		settle(q, DECIDE_STATE_WRONG, f.wrong,
		    "an answer states a false claim that nobody corrected");
	else if (f.ours != NULL)
		settle(q, DECIDE_STATE_ANSWERED_BY_US, f.ours,
		    "one of our own accounts answered");
	else if (f.answer != NULL)
		settle(q, DECIDE_STATE_ANSWERED, f.answer,
		    "somebody gave an answer of substance");
	else if (f.deleted != NULL)
		settle(q, DECIDE_STATE_REOPENED, f.deleted,
		    "the answer was deleted");
	else if (f.private != NULL && !is_later(f.again, f.private))
		settle(q, DECIDE_STATE_PERHAPS, f.private,
		    "somebody wrote to the asker privately");
	else if (f.perhaps != NULL && !is_later(f.again, f.perhaps))
		settle(q, DECIDE_STATE_PERHAPS, f.perhaps,
		    "a message close behind it may be an answer");
	else if (!t->replies_visible)
		settle(q, DECIDE_STATE_UNKNOWN, NULL,
		    "replies cannot be seen in this place");
	else if (t->expiry_ms != 0 && t->as_of - post->created_at >=
	    t->expiry_ms)
		settle(q, DECIDE_STATE_EXPIRED, NULL,
		    "older than questions are kept in the queue");
	else if (t->stale_ms != 0 && t->as_of - t->read_at >= t->stale_ms)
		settle(q, DECIDE_STATE_UNKNOWN, NULL,
		    "replies were not looked at for too long");
	else if (t->as_of - post->created_at < t->grace_ms)
		settle(q, DECIDE_STATE_WAITING, NULL,
		    "others still have time to answer");
	else
		settle(q, DECIDE_STATE_UNANSWERED, NULL,
		    "nobody gave an answer of substance");
}

static void
note_time(struct decision *decision, int64_t as_of, int64_t at)
{
	if (at > as_of && (decision->next_at == 0 || at < decision->next_at))
		decision->next_at = at;
}

/* When will time alone change the state of ${post}'s question? */
static void
note_times(const struct decide_thread *t, const struct decide_post *post,
    struct decision *decision)
{
	if (t->grace_ms != 0)
		note_time(decision, t->as_of, post->created_at + t->grace_ms);
	if (t->expiry_ms != 0)
		note_time(decision, t->as_of, post->created_at + t->expiry_ms);
	if (t->stale_ms != 0)
		note_time(decision, t->as_of, t->read_at + t->stale_ms);
}

static void
find_questions(const struct view *view, struct decision *decision)
{
	size_t i, j, room = 0;

	for (i = 0; i < view->n; i++) {
		const struct decide_post *post = view->posts[i];
		struct decide_question *q;

		if (!view->asks[i])
			continue;
		vec_grow(decision->questions, decision->nquestions, room);
		q = &decision->questions[decision->nquestions++];
		memset(q, 0, sizeof(*q));
		q->post = post->id;
		q->since = post->created_at;
		q->topics = post->topics;
		for (j = 0; j < view->n; j++) {
			if ((view->posts[j] == post ||
			    same_author(view->posts[j], post)) &&
			    view->posts[j]->deleted_at == 0 &&
			    (view->posts[j]->marks & DECIDE_URGENT))
				q->urgent = true;
		}
		judge_question(view, post, q);
		note_times(view->thread, post, decision);
	}
}

static enum decide_verdict
find_verdict(const struct decision *decision)
{
	size_t i;

	for (i = 0; i < decision->nclaims; i++) {
		if (decision->claims[i].corrected_by == 0)
			return DECIDE_WRONG;
	}
	if (decision->nquestions == 0)
		return DECIDE_NONE;
	switch (decision->questions[0].state) {
	case DECIDE_STATE_WRONG:
		return DECIDE_WRONG;
	case DECIDE_STATE_UNKNOWN:
		return DECIDE_UNKNOWN;
	case DECIDE_STATE_UNANSWERED:
	case DECIDE_STATE_REOPENED:
	case DECIDE_STATE_WAITING:
	case DECIDE_STATE_EXPIRED:
		return DECIDE_UNANSWERED;
	default:
		return DECIDE_ANSWERED;
	}
}

void
decide(const struct decide_thread *thread, struct decision *decision)
{
	struct view view = { .thread = thread };
	size_t i;

	memset(decision, 0, sizeof(*decision));
	view.n = thread->nposts;
	view.posts = xcalloc(view.n, sizeof(*view.posts));
	view.asks = xcalloc(view.n, sizeof(*view.asks));
	for (i = 0; i < view.n; i++)
		view.posts[i] = &thread->posts[i];
	if (view.n > 0)
		qsort(view.posts, view.n, sizeof(*view.posts), by_time);
	mark_questions(&view);
	find_claims(&view, decision);
	find_questions(&view, decision);
	decision->verdict = find_verdict(decision);
	free(view.posts);
	free(view.asks);
}

void
decision_fini(struct decision *decision)
{
	free(decision->questions);
	free(decision->claims);
	memset(decision, 0, sizeof(*decision));
}

static const char *const state_names[] = {
	[DECIDE_STATE_UNANSWERED] = "unanswered",
	[DECIDE_STATE_REOPENED] = "reopened",
	[DECIDE_STATE_WRONG] = "wrong",
	[DECIDE_STATE_PERHAPS] = "perhaps answered",
	[DECIDE_STATE_ANSWERED] = "answered",
	[DECIDE_STATE_ANSWERED_BY_US] = "answered by us",
	[DECIDE_STATE_SOLVED] = "solved",
	[DECIDE_STATE_UNKNOWN] = "unknown",
	[DECIDE_STATE_WAITING] = "waiting",
	[DECIDE_STATE_EXPIRED] = "expired",
};
#define NSTATES (sizeof(state_names) / sizeof(state_names[0]))

const char *
decide_state_name(enum decide_state state)
{
	return state > 0 && state < NSTATES ? state_names[state] : "none";
}

enum decide_state
decide_state_find(const char *name)
{
	unsigned i;

	for (i = 1; i < NSTATES; i++) {
		if (strcmp(state_names[i], name) == 0)
			return (enum decide_state)i;
	}
	return 0;
}

bool
decide_state_is_open(enum decide_state state)
{
	return state == DECIDE_STATE_UNANSWERED ||
	    state == DECIDE_STATE_REOPENED || state == DECIDE_STATE_WRONG ||
	    state == DECIDE_STATE_PERHAPS;
}

const char *
decide_verdict_name(enum decide_verdict verdict)
{
	static const char *const names[] = { "none", "unanswered", "answered",
		"wrong", "unknown" };

	return names[verdict];
}
