/*
 * Loads a thread for deciding: its row with what its place allows, its posts
 * with what the rules found in them, and in flat chats the neighbours.
 */
#include "storage/thread_view.h"

#include <kompan-plugin.h>
#include <string.h>

#include "base/clock.h"
#include "config/config.h"
#include "storage/db.h"

/* How long behind a flat chat's thread unlinked messages may belong to it. */
#define NEARBY_MS (6 * HOUR_MS)
#define NEARBY_MAX 50

static int
load_thread(struct db *db, const struct config *config, int64_t id,
    int64_t now, struct decide_thread *thread, int64_t *place,
    int64_t *opened_at, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_VIEW);
	int64_t sees;
	int r;

	stmt_bind_i64(q, ":thread", id);
	r = stmt_step(q, err);
	if (r != 1)
		return r;
	*place = stmt_i64(q, 0);
	thread->read_at = stmt_i64(q, 1);
	thread->solved = stmt_i64(q, 2) != 0;
	thread->locked = stmt_i64(q, 3) != 0;
	sees = stmt_i64(q, 4);
	thread->grace_ms = stmt_i64(q, 5);
	*opened_at = stmt_i64(q, 6);
	thread->flat = (sees & KP_FLAT) != 0;
	thread->replies_visible = (sees & KP_SEES_REPLIES) != 0;
	thread->expiry_ms = config->expiry_ms;
	thread->stale_ms = config->stale_ms;
	thread->as_of = now;
	stmt_reset(q);
	return 1;
}

/* Rows of id, author, parent, created_at, deleted_at, flags, length, author
 * is ours. */
static int
take_posts(struct stmt *q, struct thread_view *view, bool nearby,
    struct err *err)
{
	int r;

	while ((r = stmt_step(q, err)) == 1) {
		struct decide_post *post = thread_view_post(view,
		    stmt_i64(q, 0), stmt_str(q, 1));

		post->parent = stmt_i64(q, 2);
		post->created_at = stmt_i64(q, 3);
		post->deleted_at = stmt_i64(q, 4);
		post->length = (size_t)stmt_i64(q, 6);
		post->nearby = nearby;
		if (stmt_i64(q, 5) & KP_OURS)
			post->marks |= DECIDE_OURS;
	}
	return r;
}

static int
load_posts(struct db *db, int64_t thread, struct thread_view *view,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_POSTS);

	stmt_bind_i64(q, ":thread", thread);
	stmt_bind_i64(q, ":max", THREAD_POSTS_MAX);
	return take_posts(q, view, false, err);
}

static int
load_nearby(struct db *db, int64_t thread, int64_t place, int64_t from,
    struct thread_view *view, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_NEARBY);

	stmt_bind_i64(q, ":thread", thread);
	stmt_bind_i64(q, ":place", place);
	stmt_bind_i64(q, ":since", from);
	stmt_bind_i64(q, ":until", from + NEARBY_MS);
	stmt_bind_i64(q, ":max", NEARBY_MAX);
	return take_posts(q, view, true, err);
}

static int
load_hits(struct db *db, struct thread_view *view, struct err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < view->nposts; i++) {
		struct stmt *q = db_stmt(db, Q_POST_HITS);

		stmt_bind_i64(q, ":post", view->posts[i].id);
		while ((r = stmt_step(q, err)) == 1)
			thread_view_hit(view, &view->posts[i], stmt_str(q, 0),
			    stmt_str(q, 1));
		if (r == -1)
			return -1;
	}
	return r;
}

int
thread_view_load(struct db *db, const struct config *config, int64_t id,
    int64_t now, struct thread_view *view, struct err *err)
{
	int64_t place, opened_at;
	int r = load_thread(db, config, id, now, &view->thread, &place,
	    &opened_at, err);

	if (r != 1)
		return r;
	if (load_posts(db, id, view, err) == -1)
		return -1;
	if (view->thread.flat && load_nearby(db, id, place, opened_at, view,
	    err) == -1)
		return -1;
	return load_hits(db, view, err) == -1 ? -1 : 1;
}

int
threads_due(struct db *db, int64_t now, int64_t *ids, int max,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREADS_DUE);
	int n = 0, r;

	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":max", max);
	while ((r = stmt_step(q, err)) == 1)
		ids[n++] = stmt_i64(q, 0);
	return r == -1 ? -1 : n;
}

int
thread_set_judge(struct db *db, int64_t thread, int64_t at, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_SET_JUDGE);

	stmt_bind_i64(q, ":thread", thread);
	if (at != 0)
		stmt_bind_i64(q, ":at", at);
	return stmt_run(q, err) == -1 ? -1 : 0;
}
