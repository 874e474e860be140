/*
 * Which thread a post belongs to: the one it names, else its parent's, else
 * one of its own.
 *
 * Replies may arrive before the post that they answer.  Such a thread is a
 * guess: it carries the unseen parent's id, and when the parent comes and turns
 * out to stand in another thread, the guess and all its posts move there.
 * Threads that a plugin named itself are never merged.
 *
 * Threads are read once a step and written once, at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "storage/ingest_part.h"

static struct ing_thread *
thread_row(struct ingest *i, struct stmt *q)
{
	struct ing_thread *t;
	int64_t id = stmt_i64(q, 0);

	HASH_FIND(by_id, i->threads, &id, sizeof(id), t);
	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		t->id = id;
		t->place = stmt_i64(q, 1);
		t->ext = str_dup(stmt_str(q, 2));
		t->epoch = stmt_i64(q, 3);
		t->title = stmt_null(q, 4) ? NULL : str_dup(stmt_str(q, 4));
		t->url = stmt_null(q, 5) ? NULL : str_dup(stmt_str(q, 5));
		t->opened_at = stmt_i64(q, 6);
		t->posted_at = stmt_i64(q, 7);
		t->read_at = stmt_i64(q, 8);
		t->locked = stmt_i64(q, 9) != 0;
		t->solved = stmt_i64(q, 10) != 0;
		t->counted = !stmt_null(q, 11);
		t->replies = stmt_i64(q, 11);
		t->guessed = stmt_i64(q, 12) != 0;
		HASH_ADD(by_id, i->threads, id, sizeof(t->id), t);
	}
	stmt_reset(q);
	return t;
}

static void
name_key(char *key, int64_t place, struct str ext)
{
	memcpy(key, &place, sizeof(place));
	if (ext.n > 0)
		memcpy(key + sizeof(place), ext.p, ext.n);
}

static struct ing_name *
name_find(struct ingest *i, int64_t place, struct str ext)
{
	struct ing_name *name;
	char key[8 + 1024];

	if (ext.n > sizeof(key) - 8)
		return NULL;
	name_key(key, place, ext);
	HASH_FIND(hh, i->names, key, 8 + ext.n, name);
	return name;
}

static void
name_add(struct ingest *i, int64_t place, struct str ext,
    struct ing_thread *t)
{
	struct ing_name *name;

	if (ext.n > 1024)
		return;
	name = xcalloc(1, sizeof(*name) + 8 + ext.n);
	name_key(name->key, place, ext);
	name->thread = t;
	HASH_ADD_KEYPTR(hh, i->names, name->key, 8 + ext.n, name);
}

/* 1 and *${ret}; 0: there is none; -1. */
static int
thread_find(struct ingest *i, int64_t place, struct str ext,
    struct ing_thread **ret)
{
	struct ing_name *name = name_find(i, place, ext);
	struct stmt *q;
	int row;

	if (name != NULL) {
		*ret = name->thread;
		return 1;
	}
	q = db_stmt(i->db, Q_THREAD_FIND);
	stmt_bind_i64(q, ":place", place);
	stmt_bind_str(q, ":ext", ext);
	row = stmt_step(q, i->err);
	if (row == 1) {
		*ret = thread_row(i, q);
		name_add(i, place, ext, *ret);
	}
	return row;
}

static int
thread_by_id(struct ingest *i, int64_t id, struct ing_thread **ret)
{
	struct stmt *q;

	HASH_FIND(by_id, i->threads, &id, sizeof(id), *ret);
	if (*ret != NULL)
		return 0;
	q = db_stmt(i->db, Q_THREAD_BY_ID);
	stmt_bind_i64(q, ":id", id);
	if (stmt_step(q, i->err) != 1)
		return -1;
	*ret = thread_row(i, q);
	return 0;
}

static int
ing_epoch(struct ingest *i)
{
	if (i->epoch != 0)
		return 0;
	return keys_epoch(i->ctx->keys, i->ctx->now, i->ctx->config->epoch_ms,
	    &i->epoch, i->err);
}

static int
thread_add(struct ingest *i, struct ing_place *place, struct str ext,
    bool guessed, const struct kp_post *p, struct ing_thread **ret)
{
	struct ing_thread *t;
	struct stmt *q;

	if (ing_epoch(i) == -1)
		return -1;
	q = db_stmt(i->db, Q_THREAD_ADD);
	stmt_bind_i64(q, ":place", place->id);
	stmt_bind_str(q, ":ext", ext);
	stmt_bind_i64(q, ":epoch", i->epoch);
	stmt_bind_i64(q, ":at", p->created);
	stmt_bind_i64(q, ":read_at",
	    i->ctx->replies_in_poll ? i->ctx->now : 0);
	stmt_bind_i64(q, ":guessed", guessed);
	stmt_bind_i64(q, ":now", i->ctx->now);
	if (stmt_step(q, i->err) != 1)
		return -1;
	t = xcalloc(1, sizeof(*t));
	t->id = stmt_i64(q, 0);
	stmt_reset(q);
	t->place = place->id;
	t->ext = str_dup(ext);
	t->epoch = i->epoch;
	t->opened_at = t->posted_at = p->created;
	t->read_at = i->ctx->replies_in_poll ? i->ctx->now : 0;
	t->guessed = guessed;
	place->guesses = place->guesses || guessed;
	HASH_ADD(by_id, i->threads, id, sizeof(t->id), t);
	name_add(i, place->id, ext, t);
	*ret = t;
	return 0;
}

static int
thread_get(struct ingest *i, struct ing_place *place, struct str ext,
    bool guessed, const struct kp_post *p, struct ing_thread **ret)
{
	int row = thread_find(i, place->id, ext, ret);

	if (row == 0)
		return thread_add(i, place, ext, guessed, p, ret);
	if (row == 1 && (*ret)->guessed && !guessed) {
		(*ret)->guessed = false;
		(*ret)->changed = true;
	}
	return row == -1 ? -1 : 0;
}

static int
thread_pass_on(struct ingest *i, enum stmt_id id, int64_t from, int64_t to)
{
	struct stmt *q = db_stmt(i->db, id);

	stmt_bind_i64(q, ":to", to);
	stmt_bind_i64(q, ":from", from);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static void
thread_free(struct ing_thread *t)
{
	free(t->ext);
	free(t->title);
	free(t->url);
	free(t);
}

/* Take a thread that is not in the database any more out of the caches. */
static void
thread_forget(struct ingest *i, struct ing_thread *t)
{
	struct ing_name *name, *next;

	HASH_ITER(hh, i->names, name, next) {
		if (name->thread != t)
			continue;
		HASH_DEL(i->names, name);
		free(name);
	}
	HASH_DELETE(by_id, i->threads, t);
	thread_free(t);
}

/* All that ${from} has goes to ${to}. */
static int
thread_merge(struct ingest *i, struct ing_thread *from, struct ing_thread *to)
{
	struct stmt *q;

	if (thread_pass_on(i, Q_THREAD_MERGE_POSTS, from->id, to->id) == -1 ||
	    thread_pass_on(i, Q_THREAD_MERGE_QUESTIONS, from->id, to->id) ==
	    -1 || thread_pass_on(i, Q_THREAD_MERGE_ITEMS, from->id, to->id) ==
	    -1)
		return -1;
	q = db_stmt(i->db, Q_THREAD_DROP);
	stmt_bind_i64(q, ":id", from->id);
	if (stmt_run(q, i->err) == -1)
		return -1;
	if (from->opened_at < to->opened_at)
		to->opened_at = from->opened_at;
	if (from->posted_at > to->posted_at)
		to->posted_at = from->posted_at;
	to->changed = to->stirred = true;
	thread_forget(i, from);
	return 0;
}

/* If there is a guess for the post ${ext}, it belongs to ${t}. */
static int
thread_settle(struct ingest *i, struct ing_place *place, struct str ext,
    struct ing_thread *t)
{
	struct ing_thread *guess;
	int row;

	if (!place->guesses || ext.n == 0)
		return 0;
	row = thread_find(i, place->id, ext, &guess);
	if (row != 1)
		return row;
	if (guess == t || !guess->guessed)
		return 0;
	return thread_merge(i, guess, t);
}

/* 1 and the thread of the post ${ext}; 0: not seen yet; -1. */
static int
thread_of_parent(struct ingest *i, struct ing_place *place, struct str ext,
    struct ing_thread **ret)
{
	struct stmt *q = db_stmt(i->db, Q_POST_THREAD);
	int64_t id;
	int row;

	stmt_bind_i64(q, ":place", place->id);
	stmt_bind_str(q, ":ext", ext);
	row = stmt_step(q, i->err);
	if (row != 1)
		return row;
	id = stmt_i64(q, 0);
	stmt_reset(q);
	return thread_by_id(i, id, ret) == -1 ? -1 : 1;
}

/*
 * A post that is known keeps its thread, unless the plugin names another one
 * or its parent was not known when it came.
 */
int
ing_thread_of(struct ingest *i, struct ing_place *place,
    const struct kp_post *p, int64_t known, struct ing_thread **ret)
{
	struct str parent = ing_str(p->parent), named = ing_str(p->thread);
	int row = 0;

	if (known != 0 && named.n == 0)
		return thread_by_id(i, known, ret);
	if (named.n > 0) {
		if (thread_get(i, place, named, false, p, ret) == -1)
			return -1;
	} else if (parent.n > 0 && !str_eq(parent, ing_str(p->id))) {
		row = thread_of_parent(i, place, parent, ret);
		if (row == -1 || (row == 0 && thread_get(i, place, parent,
		    true, p, ret) == -1))
			return -1;
	} else if (thread_get(i, place, ing_str(p->id), false, p, ret) == -1) {
		return -1;
	}
	/* Now that it is known where the post stands, guesses about it end. */
	if (thread_settle(i, place, ing_str(p->id), *ret) == -1)
		return -1;
	return named.n == 0 ? 0 : thread_settle(i, place, parent, *ret);
}

static int
thread_write(struct ingest *i, struct ing_thread *t)
{
	struct stmt *q = db_stmt(i->db, Q_THREAD_WRITE);

	stmt_bind_str(q, ":title", str_of(t->title));
	stmt_bind_cstr(q, ":url", t->url);
	stmt_bind_i64(q, ":epoch", t->epoch);
	stmt_bind_i64(q, ":opened_at", t->opened_at);
	stmt_bind_i64(q, ":posted_at", t->posted_at);
	stmt_bind_i64(q, ":read_at", t->read_at);
	stmt_bind_i64(q, ":locked", t->locked);
	stmt_bind_i64(q, ":solved", t->solved);
	if (t->counted)
		stmt_bind_i64(q, ":replies", t->replies);
	stmt_bind_i64(q, ":guessed", t->guessed);
	stmt_bind_i64(q, ":stirred", t->stirred);
	stmt_bind_i64(q, ":now", i->ctx->now);
	stmt_bind_i64(q, ":id", t->id);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

int
ing_threads_write(struct ingest *i)
{
	struct ing_thread *t, *next;

	HASH_ITER(by_id, i->threads, t, next)
		if ((t->changed || t->stirred) && thread_write(i, t) == -1)
			return -1;
	return 0;
}

void
ing_threads_free(struct ingest *i)
{
	struct ing_thread *t, *next;
	struct ing_name *name, *after;

	HASH_ITER(hh, i->names, name, after) {
		HASH_DEL(i->names, name);
		free(name);
	}
	HASH_ITER(by_id, i->threads, t, next) {
		HASH_DELETE(by_id, i->threads, t);
		thread_free(t);
	}
}
