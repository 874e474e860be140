/*
 * Erasure: rows are deleted, not emptied, so that nothing about the person is
 * left to be joined; SQLite overwrites them (secure_delete), and settling cuts
 * the WAL.  What remains is a keyed hash of the id and the line in the history
 * that something was decided, without saying about whom.
 */
#include "storage/privacy.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "queue/control.h"
#include "storage/db.h"
#include "storage/keys.h"

#define URL_MAX 4096
#define ACTOR_MAX 64

struct victim {
	int64_t id, place, thread, source, epoch;
	char *ext, *place_ext, *author;
};

struct victims {
	struct victim *v;
	size_t n, room;
};

static void
victims_fini(struct victims *all)
{
	size_t k;

	for (k = 0; k < all->n; k++) {
		free(all->v[k].ext);
		free(all->v[k].place_ext);
		free(all->v[k].author);
	}
	free(all->v);
}

static int
victims_take(struct victims *all, struct stmt *q, struct err *err)
{
	struct victim *v;
	int row;

	while ((row = stmt_step(q, err)) == 1) {
		vec_grow(all->v, all->n, all->room);
		v = &all->v[all->n++];
		v->id = stmt_i64(q, 0);
		v->place = stmt_i64(q, 1);
		v->thread = stmt_i64(q, 2);
		v->ext = str_dup(stmt_str(q, 3));
		v->place_ext = str_dup(stmt_str(q, 4));
		v->source = stmt_i64(q, 5);
		v->author = stmt_null(q, 6) ? NULL : str_dup(stmt_str(q, 6));
		v->epoch = stmt_i64(q, 7);
	}
	return row;
}

static int
victims_find(struct db *db, struct str post, struct victims *all,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_PRIVACY_FIND);
	int64_t id = 0;

	if (post.n == 0 || post.n > URL_MAX || !str_is_utf8(post))
		return err_set_code(err, ERR_INVALID,
		    "say which post: its link or its number");
	(void)str_to_i64(post, 1, INT64_MAX, &id);
	stmt_bind_str(q, ":url", post);
	stmt_bind_i64(q, ":id", id);
	if (victims_take(all, q, err) == -1)
		return -1;
	if (all->n == 0)
		return err_set_code(err, ERR_NOT_FOUND,
		    "there is no post with the link or number %.100s", post.p);
	return 0;
}

/* Statements that name only the post. */
static int
erase_rows(struct db *db, int64_t post, struct err *err)
{
	static const enum stmt_id ids[] = { Q_NAME_DROP, Q_POST_HITS_FORGET,
		Q_ERASE_QUESTION, Q_ERASE_ITEMS, Q_ERASE_CORRECTIONS,
		Q_ERASE_POST };
	struct stmt *q;
	size_t k;

	for (k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		q = db_stmt(db, ids[k]);
		stmt_bind_i64(q, ":post", post);
		if (stmt_run(q, err) == -1)
			return -1;
	}
	return 0;
}

static int
erase_one(struct db *db, const struct keys *keys, const struct victim *v,
    int64_t now, struct err *err)
{
	char hash[KEYS_HEX_SIZE];
	struct stmt *q;

	keys_post(keys, v->place, str_of(v->ext), hash);
	q = db_stmt(db, Q_ERASED_ADD);
	stmt_bind_i64(q, ":place", v->place);
	stmt_bind_cstr(q, ":hash", hash);
	stmt_bind_i64(q, ":now", now);
	if (stmt_run(q, err) == -1)
		return -1;
	q = db_stmt(db, Q_ERASE_OUTBOX);
	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":source", v->source);
	stmt_bind_cstr(q, ":place", v->place_ext);
	stmt_bind_cstr(q, ":ext", v->ext);
	stmt_bind_i64(q, ":post", v->id);
	if (stmt_run(q, err) == -1 || erase_rows(db, v->id, err) == -1)
		return -1;
	q = db_stmt(db, Q_ERASE_TITLE);
	stmt_bind_cstr(q, ":ext", v->ext);
	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":thread", v->thread);
	if (stmt_run(q, err) == -1)
		return -1;
	/* Alone in its thread: the thread's id is the post's. */
	q = db_stmt(db, Q_ERASE_THREAD);
	stmt_bind_i64(q, ":thread", v->thread);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

static int
erase_all(struct db *db, const struct keys *keys, const struct victims *all,
    int64_t now, int64_t *ret, struct err *err)
{
	size_t k;

	for (k = 0; k < all->n; k++)
		if (erase_one(db, keys, &all->v[k], now, err) == -1)
			return -1;
	/* Until then the old bytes stand in the WAL. */
	db_settle_soon(db);
	*ret = (int64_t)all->n;
	return 0;
}

int
privacy_erase(struct db *db, const struct keys *keys, struct str post,
    int64_t now, int64_t *ret, struct err *err)
{
	struct victims all = { NULL, 0, 0 };
	int r = victims_find(db, post, &all, err);

	if (r == 0)
		r = erase_all(db, keys, &all, now, ret, err);
	victims_fini(&all);
	return r;
}

static int
object_one(struct db *db, const struct victim *v, int64_t now,
    struct victims *theirs, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_OBJECTION_ADD);

	stmt_bind_cstr(q, ":author", v->author);
	stmt_bind_i64(q, ":epoch", v->epoch);
	stmt_bind_i64(q, ":now", now);
	if (stmt_run(q, err) == -1)
		return -1;
	q = db_stmt(db, Q_PRIVACY_BY_AUTHOR);
	stmt_bind_i64(q, ":place", v->place);
	stmt_bind_cstr(q, ":author", v->author);
	return victims_take(theirs, q, err);
}

int
privacy_object(struct db *db, const struct keys *keys, struct str post,
    int64_t now, int64_t *ret, struct err *err)
{
	struct victims all = { NULL, 0, 0 }, theirs = { NULL, 0, 0 };
	int r = victims_find(db, post, &all, err);
	size_t k;

	for (k = 0; r == 0 && k < all.n; k++) {
		if (all.v[k].author == NULL)
			r = err_set_code(err, ERR_INVALID,
			    "nobody knows who wrote that post, so later ones"
			    " cannot be told apart: erase it instead");
		else
			r = object_one(db, &all.v[k], now, &theirs, err);
	}
	if (r == 0)
		r = erase_all(db, keys, &theirs, now, ret, err);
	victims_fini(&all);
	victims_fini(&theirs);
	return r;
}

/* Who did it is remembered, not to whom. */
static int
privacy_note(struct db *db, struct str actor, const char *action, int64_t now,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ACCESS_ADD);

	if (actor.n == 0 || actor.n > ACTOR_MAX || !str_is_utf8(actor))
		return err_set_code(err, ERR_INVALID,
		    "say who acts: a name of 1 to %d bytes", ACTOR_MAX);
	stmt_bind_i64(q, ":now", now);
	stmt_bind_str(q, ":actor", actor);
	stmt_bind_cstr(q, ":action", action);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

static int
privacy_control(struct db *db, const struct config *config,
    struct json_object *args, bool object, struct json_object **ret,
    struct err *err)
{
	struct str post = json_get_str(args, "post");
	int64_t now = clock_now(), n = 0;
	struct keys *keys = NULL;
	int r;

	if (privacy_note(db, json_get_str(args, "actor"), object ?
	    "privacy.object" : "privacy.erase", now, err) == -1 ||
	    keys_open(config->keys_dir, &keys, err) == -1)
		return -1;
	r = object ? privacy_object(db, keys, post, now, &n, err) :
	    privacy_erase(db, keys, post, now, &n, err);
	keys_close(keys);
	if (r == -1)
		return -1;
	*ret = json_object_new_object();
	json_put_i64(*ret, "posts", n);
	return 0;
}

static int
control_erase(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	return privacy_control(db, config, args, false, ret, err);
}

static int
control_object(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	return privacy_control(db, config, args, true, ret, err);
}

const struct control privacy_controls[] = {
	{ "privacy.erase", control_erase },
	{ "privacy.object", control_object },
	{ NULL, NULL }
};
