/*
 * From decisions to items.  In comes what decide() made of a thread, out go
 * rows that a person works on; each change is written to the history.
 */
#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "storage/item.h"

const char *
lane_name(int64_t lane)
{
	static const char *const names[LANES] = { "urgent", "wrong",
		"unanswered", "perhaps", "unknown" };

	return lane >= 0 && lane < LANES ? names[lane] : "unknown";
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

static bool
closed_by_machine(const struct item *item)
{
	static const char *const states[] = { "answered by others", "gone",
		"expired", NULL };

	return is_one_of(item->state, states);
}

static bool
closed_by_person(const struct item *item)
{
	static const char *const states[] = { "answered by us", "dismissed",
		"escalated", NULL };

	return is_one_of(item->state, states);
}

bool
item_is_closed(const struct item *item)
{
	return closed_by_machine(item) || closed_by_person(item);
}

const char *
item_state_at(const struct item *item, int64_t now)
{
	if (strcmp(item->state, "claimed") == 0 && item->lease_until <= now)
		return "new";
	if (strcmp(item->state, "snoozed") == 0 && item->snooze_until <= now)
		return "new";
	return item->state;
}

/* What the machine wants of an item now. */
struct wish {
	const char *kind, *claim;
	int64_t post, thread;
	char *topics;
	bool open;
	int64_t lane;
	const char *machine;            /* decide()'s state */
	const char *reason;
	const char *closing;            /* state to close it with */
	int64_t since;
	bool anew;      /* the cause is one that brings back what people closed */
};

static int
note_history(struct db *db, const struct item *item, int64_t now,
    const char *action, struct err *err)
{
	return history_add(db, now, item->id, "kompan", action, item->machine,
	    item->version, err);
}

static void
fill_item(struct item *item, const struct wish *wish,
    const struct post_facts *facts)
{
	item->lane = wish->lane;
	item_set(&item->topics, facts->topics != NULL ? facts->topics :
	    wish->topics);
	item_set(&item->machine, wish->machine);
	item_set(&item->reason, wish->reason);
	item_set(&item->lang, facts->lang);
	item_set(&item->land, facts->land);
	item->asked_at = facts->created_at;
	if (facts->rule != NULL) {
		item_set(&item->rule, facts->rule);
		item_set(&item->fingerprint, facts->fingerprint);
		item->rev = facts->rev;
	}
}

static int
open_item(struct db *db, const struct wish *wish,
    const struct post_facts *facts, int64_t now, struct err *err)
{
	struct item item = { .post = wish->post, .thread = wish->thread };
	int r;

	item_set(&item.kind, wish->kind);
	item_set(&item.claim, wish->claim);
	item_set(&item.state, "new");
	fill_item(&item, wish, facts);
	item.opened_at = item.changed_at = now;
	r = item_insert(db, &item, err);
	if (r == 0)
		r = note_history(db, &item, now, "opened", err);
	item_fini(&item);
	return r;
}

/* The state that an existing item should have, or NULL to leave it. */
static const char *
next_state(const struct item *item, const struct wish *wish,
    const struct post_facts *facts, int64_t now)
{
	const char *state = item_state_at(item, now);

	if (!wish->open) {
		if (strcmp(state, "new") == 0 ||
		    strcmp(state, "snoozed") == 0)
			return wish->closing;
		return NULL;            /* a person is at it, or was */
	}
	if (closed_by_machine(item))
		return "new";
	if (!closed_by_person(item))
		return NULL;
	if ((wish->anew && wish->since > item->closed_at) ||
	    facts->edited_at > item->closed_at)
		return "new";
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_unchanged(const struct item *item, const struct wish *wish,
    const struct post_facts *facts)
{
	return item->lane == wish->lane && same_text(item->topics,
	    facts->topics != NULL ? facts->topics : wish->topics) && same_text(item->machine, wish->machine) &&
	    same_text(item->reason, wish->reason) &&
	    same_text(item->lang, facts->lang) &&
	    same_text(item->land, facts->land);
}

static int
change_item(struct db *db, struct item *item, const struct wish *wish,
    const struct post_facts *facts, int64_t now, struct err *err)
{
	const char *state = next_state(item, wish, facts, now);
	const char *action = "seen anew";
	int r;

	if (state == NULL && is_unchanged(item, wish, facts))
		return 0;
	fill_item(item, wish, facts);
	item->changed_at = now;
	if (state != NULL && strcmp(state, "new") == 0) {
		item_set(&item->came_back, facts->edited_at > item->closed_at ?
		    "the post was edited" : wish->reason);
		item_set(&item->claimed_by, NULL);
		item->opened_at = now;
		item->closed_at = 0;
		action = "came back";
	} else if (state != NULL) {
		item->closed_at = now;
		action = "closed";
	}
	if (state != NULL)
		item_set(&item->state, state);
	r = item_update(db, item, err);
	if (r == 0)
		return err_set_code(err, ERR_CONFLICT,
		    "item %lld changed under the writer", (long long)item->id);
	return r == -1 ? -1 : note_history(db, item, now, action, err);
}

static int
grant(struct db *db, const struct wish *wish, int64_t now, struct err *err)
{
	struct post_facts facts;
	struct item item = { 0 };
	int r;

	r = post_facts_get(db, wish->post, wish->kind[0] == 'q' ? "question" :
	    "misinformation", wish->kind[0] == 'q' ? NULL : wish->claim,
	    &facts, err);
	if (r != 1)
		return r;
	r = item_find(db, wish->kind, wish->post, wish->claim, &item, err);
	if (r == 1)
		r = change_item(db, &item, wish, &facts, now, err);
	else if (r == 0 && wish->open)
		r = open_item(db, wish, &facts, now, err);
	item_fini(&item);
	post_facts_fini(&facts);
	return r;
}

static int64_t
question_lane(const struct decide_question *q)
{
	if (q->urgent)
		return LANE_URGENT;
	switch (q->state) {
	case DECIDE_STATE_WRONG:
		return LANE_WRONG;
	case DECIDE_STATE_PERHAPS:
		return LANE_PERHAPS;
	case DECIDE_STATE_UNKNOWN:
		return LANE_UNKNOWN;
	default:
		return LANE_UNANSWERED;
	}
}

static int
apply_question(struct db *db, int64_t thread, const struct thread_view *view,
    const struct decide_question *q, int64_t now, struct err *err)
{
	struct wish wish = { .kind = "question", .claim = "", .post = q->post,
		.thread = thread, .lane = question_lane(q),
		.machine = decide_state_name(q->state), .reason = q->reason,
		.since = q->since };
	int r;

	/* A wait begins anew where a place's grace grew: not worth closing. */
	wish.open = decide_state_is_open(q->state) ||
	    q->state == DECIDE_STATE_UNKNOWN;
	wish.closing = q->state == DECIDE_STATE_EXPIRED ? "expired" :
	    q->state == DECIDE_STATE_ANSWERED_BY_US ? "answered by us" :
	    q->state == DECIDE_STATE_WAITING ? NULL : "answered by others";
	wish.anew = q->state == DECIDE_STATE_REOPENED ||
	    q->state == DECIDE_STATE_WRONG;
	wish.topics = view_names_text(&view->topics, q->topics);
	r = grant(db, &wish, now, err);
	free(wish.topics);
	return r;
}

/* Is the false claim of this post what makes a question `wrong'? */
static bool
claim_is_a_questions(const struct decision *decision, int64_t post)
{
	size_t i;

	for (i = 0; i < decision->nquestions; i++) {
		if (decision->questions[i].state == DECIDE_STATE_WRONG &&
		    decision->questions[i].by == post)
			return true;
	}
	return false;
}

static int
apply_claim(struct db *db, int64_t thread, const struct thread_view *view,
    const struct decision *decision, const struct decide_claim *c, int64_t now,
    struct err *err)
{
	struct wish wish = { .kind = "claim", .post = c->post,
		.thread = thread, .lane = LANE_WRONG,
		.claim = view_names_get(&view->claims, c->claim),
		.closing = "answered by others" };

	wish.topics = (char[]){ "" };
	if (claim_is_a_questions(decision, c->post)) {
		wish.machine = "with its question";
		wish.reason = "the question that it answers is in the queue";
	} else if (c->corrected_by != 0) {
		wish.machine = "corrected";
		wish.reason = "somebody corrected the claim";
	} else {
		wish.open = true;
		wish.machine = "wrong";
		wish.reason = "a false claim that nobody corrected";
	}
	return grant(db, &wish, now, err);
}

/* Items whose question or claim is no longer there. */
struct sweep {
	struct db *db;
	const struct thread_view *view;
	const struct decision *decision;
	int64_t now;
};

static bool
is_decided(const struct sweep *sweep, const struct item *item)
{
	const struct decision *d = sweep->decision;
	size_t i;

	for (i = 0; item->kind[0] == 'q' && i < d->nquestions; i++) {
		if (d->questions[i].post == item->post)
			return true;
	}
	for (i = 0; item->kind[0] == 'c' && i < d->nclaims; i++) {
		if (d->claims[i].post == item->post && strcmp(view_names_get(
		    &sweep->view->claims, d->claims[i].claim), item->claim) ==
		    0)
			return true;
	}
	return false;
}

static int
sweep_item(void *arg, struct item *item, struct err *err)
{
	struct sweep *sweep = arg;
	const char *state = item_state_at(item, sweep->now);

	if (item_is_closed(item) || is_decided(sweep, item) ||
	    (strcmp(state, "new") != 0 && strcmp(state, "snoozed") != 0))
		return 0;
	item_set(&item->state, "gone");
	item_set(&item->machine, "gone");
	item_set(&item->reason,
	    "the post was deleted, or no longer says what it said");
	item->changed_at = item->closed_at = sweep->now;
	if (item_update(sweep->db, item, err) == -1)
		return -1;
	return note_history(sweep->db, item, sweep->now, "closed", err);
}

int
queue_apply(struct db *db, int64_t thread, const struct thread_view *view,
    const struct decision *decision, int64_t now, struct err *err)
{
	struct sweep sweep = { db, view, decision, now };
	size_t i;

	for (i = 0; i < decision->nquestions; i++) {
		if (apply_question(db, thread, view, &decision->questions[i],
		    now, err) == -1)
			return -1;
	}
	for (i = 0; i < decision->nclaims; i++) {
		if (apply_claim(db, thread, view, decision,
		    &decision->claims[i], now, err) == -1)
			return -1;
	}
	return items_of_thread(db, thread, sweep_item, &sweep, err);
}
