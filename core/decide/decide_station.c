/*
 * The station that judges: a due thread is loaded as it was seen, decided, and
 * its questions and items are written, all in one transaction.  A crash leaves
 * it due, and judging it again gives the same.
 */
#include "decide/decide_station.h"

#include <stdlib.h>

#include "base/json.h"
#include "queue/queue.h"
#include "storage/item.h"
#include "storage/thread_view.h"

/* ["wages","dismissal"] */
static char *
topics_json(const struct thread_view *view, decide_set topics)
{
	struct json_object *list = json_object_new_array();
	struct buf b;
	unsigned i;

	buf_init(&b, 64 * 1024);
	for (i = 0; i < view->topics.n; i++) {
		if (topics & ((decide_set)1 << i))
			json_object_array_add(list, json_object_new_string(
			    view_names_get(&view->topics, i)));
	}
	json_write(list, &b);
	json_object_put(list);
	return buf_take(&b);
}

static int
store_questions(struct db *db, int64_t thread, const struct thread_view *view,
    const struct decision *decision, int64_t now, struct err *err)
{
	size_t i;

	for (i = 0; i < decision->nquestions; i++) {
		const struct decide_question *q = &decision->questions[i];
		char *topics = topics_json(view, q->topics);
		int r = question_put(db, q->post, thread,
		    decide_state_name(q->state), q->reason, q->by, topics,
		    q->since, now, err);

		free(topics);
		if (r == -1)
			return -1;
	}
	return questions_prune(db, thread, now, err);
}

int
decide_one(struct db *db, const struct config *config, int64_t thread,
    int64_t now, struct err *err)
{
	struct thread_view view;
	struct decision decision = { 0 };
	int r;

	thread_view_init(&view);
	r = thread_view_load(db, config, thread, now, &view, err);
	if (r == 1) {
		thread_view_decide(&view, &decision);
		r = store_questions(db, thread, &view, &decision, now, err);
		if (r == 0)
			r = queue_apply(db, thread, &view, &decision, now,
			    err);
		if (r == 0)
			r = thread_set_judge(db, thread, decision.next_at,
			    err);
	}
	decision_fini(&decision);
	thread_view_fini(&view);
	return r == -1 ? -1 : 0;
}

int
decide_due(struct db *db, const struct config *config, int64_t now,
    struct err *err)
{
	int64_t ids[DECIDE_BATCH];
	int i, n = threads_due(db, now, ids, DECIDE_BATCH, err);

	for (i = 0; i < n; i++) {
		if (decide_one(db, config, ids[i], now, err) == -1)
			return -1;
	}
	return n;
}
