/*
 * Posts.  Known by (place, id); a keyed hash of title and text as they came
 * tells whether one changed, so that a text which retention has purged is not
 * brought back by reading it again.  What is stored is masked, its author a
 * pseudonym.  Only places that are watched store anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "config/config.h"
#include "storage/ingest_part.h"
#include "storage/mask.h"

/* What the database knows of a post. */
struct known {
	int64_t id, thread, edited_at, flags, missed;
	bool deleted;
	char hash[KEYS_HEX_SIZE];
};

#define TITLE_MAX 1000

/* 1: it is there; 0: it is new; -1. */
static int
post_find(struct ingest *i, int64_t place, struct str ext, struct known *k)
{
	struct stmt *q = db_stmt(i->db, Q_POST_FIND);
	struct str hash;
	int row;

	memset(k, 0, sizeof(*k));
	stmt_bind_i64(q, ":place", place);
	stmt_bind_str(q, ":ext", ext);
	row = stmt_step(q, i->err);
	if (row != 1)
		return row;
	k->id = stmt_i64(q, 0);
	k->thread = stmt_i64(q, 1);
	hash = str_fit(stmt_str(q, 2), sizeof(k->hash) - 1);
	memcpy(k->hash, hash.p, hash.n);
	k->deleted = !stmt_null(q, 3);
	k->edited_at = stmt_i64(q, 4);
	k->flags = stmt_i64(q, 5);
	k->missed = stmt_i64(q, 6);
	stmt_reset(q);
	return 1;
}

static int
post_erased(struct ingest *i, const struct ing_place *place, struct str ext)
{
	char hash[KEYS_HEX_SIZE];
	struct stmt *q;
	int row;

	if (!place->erasures)
		return 0;
	keys_post(i->ctx->keys, place->id, ext, hash);
	q = db_stmt(i->db, Q_INGEST_ERASED);
	stmt_bind_i64(q, ":place", place->id);
	stmt_bind_cstr(q, ":hash", hash);
	row = stmt_step(q, i->err);
	stmt_reset(q);
	return row;
}

/* An objection names a pseudonym, and so the epoch in which it was made. */
static int
post_objected(struct ingest *i, const struct ing_place *place,
    const struct kp_post *p)
{
	char hex[KEYS_HEX_SIZE];
	struct stmt *q;
	size_t k;
	int row;

	for (k = 0; k < i->nobjected && p->author.n > 0; k++) {
		if (!keys_pseudonym(i->ctx->keys, i->objected[k], place->id,
		    ing_str(p->author), hex))
			continue;
		q = db_stmt(i->db, Q_INGEST_OBJECTION);
		stmt_bind_cstr(q, ":author", hex);
		row = stmt_step(q, i->err);
		stmt_reset(q);
		if (row != 0)
			return row;
	}
	return 0;
}

/* Accounts of the project count as ours, whoever polls. */
static bool
post_is_ours(struct ingest *i, const struct kp_post *p)
{
	const struct config *c = i->ctx->config;
	size_t k;

	if ((p->flags & KP_OURS) != 0)
		return true;
	for (k = 0; k < c->naccounts; k++)
		if (strcmp(c->accounts[k].plugin, i->plugin) == 0 &&
		    str_is(ing_str(p->author), c->accounts[k].id))
			return true;
	return false;
}

static bool
post_is_root(const struct ing_thread *t, const struct kp_post *p)
{
	return str_is(ing_str(p->id), t->ext);
}

/*
 * The text to store, masked, in i->text.  The title of a thread's first post
 * often is the question, so it is the text's first line.
 */
static int
post_text(struct ingest *i, const struct ing_thread *t,
    const struct kp_post *p)
{
	struct str title = post_is_root(t, p) ? ing_str(p->title) : STR_NONE;

	buf_reset(&i->raw);
	buf_reset(&i->text);
	if (title.n > 0 && !str_starts(ing_str(p->text), title)) {
		buf_str(&i->raw, title);
		if (p->text.n > 0)
			buf_puts(&i->raw, "\n");
	}
	buf_str(&i->raw, ing_str(p->text));
	if (mask_text(buf_get(&i->raw), &i->text) == -1)
		return err_set_code(i->err, ERR_LIMIT, "a post is too long");
	return 0;
}

static struct str
text_of(const struct buf *b)
{
	return b->n == 0 ? STR("") : buf_get(b);
}

/*
 * The thread's epoch may have lost its key after the thread was closed; from
 * there on it lives in the current one.
 */
static int
post_author(struct ingest *i, struct ing_place *place, struct ing_thread *t,
    const struct kp_post *p, char hex[KEYS_HEX_SIZE], const char **ret)
{
	*ret = NULL;
	if (p->author.n == 0)
		return 0;
	if (!keys_has(i->ctx->keys, t->epoch)) {
		if (keys_epoch(i->ctx->keys, i->ctx->now,
		    i->ctx->config->epoch_ms, &i->epoch, i->err) == -1)
			return -1;
		t->epoch = i->epoch;
		t->changed = true;
	}
	if (keys_pseudonym(i->ctx->keys, t->epoch, place->id,
	    ing_str(p->author), hex))
		*ret = hex;
	return 0;
}

static int
post_name(struct ingest *i, int64_t post, const struct kp_post *p)
{
	struct stmt *q;

	if (p->name.n == 0)
		return 0;
	q = db_stmt(i->db, Q_NAME_PUT);
	stmt_bind_i64(q, ":post", post);
	stmt_bind_str(q, ":name", str_fit(ing_str(p->name), 200));
	stmt_bind_i64(q, ":now", i->ctx->now);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static bool
str_replace(char **old, struct str fresh)
{
	if (str_eq(str_of(*old), fresh))
		return false;
	free(*old);
	*old = fresh.n == 0 ? NULL : str_dup(fresh);
	return true;
}

static int
thread_title(struct ingest *i, struct ing_thread *t, const struct kp_post *p)
{
	buf_reset(&i->text);
	if (mask_text(str_fit(ing_str(p->title), TITLE_MAX), &i->text) == -1)
		return err_set_code(i->err, ERR_LIMIT, "a title is too long");
	if (str_replace(&t->title, buf_get(&i->text)))
		t->changed = true;
	return 0;
}

/* Any post can close a thread; what its first post said, that can take back. */
static bool
thread_flag(bool is, bool root, uint32_t bit, uint32_t flags, uint32_t was)
{
	if ((flags & bit) != 0)
		return true;
	return is && !(root && (was & bit) != 0);
}

/*
 * What a post says of its thread.  ${fresh}: it is new or changed; ${was}: its
 * flags until now.
 */
static int
post_touches(struct ingest *i, struct ing_thread *t, const struct kp_post *p,
    bool fresh, uint32_t was)
{
	bool root = post_is_root(t, p),
	    locked = thread_flag(t->locked, root, KP_LOCKED, p->flags, was),
	    solved = thread_flag(t->solved, root, KP_SOLVED, p->flags, was);

	if (fresh && root && thread_title(i, t, p) == -1)
		return -1;
	if (root && p->url.n > 0 && str_replace(&t->url, ing_str(p->url)))
		t->changed = true;
	if ((p->flags & KP_COUNTED) != 0 &&
	    (!t->counted || t->replies != p->replies)) {
		t->counted = t->changed = true;
		t->replies = p->replies;
	}
	if (i->ctx->replies_in_poll && fresh && t->read_at < i->ctx->now) {
		t->read_at = i->ctx->now;
		t->changed = true;
	}
	if (fresh || locked != t->locked || solved != t->solved)
		t->stirred = true;
	t->locked = locked;
	t->solved = solved;
	return 0;
}

static void
post_times(struct ingest *i, struct ing_place *place, struct ing_thread *t,
    int64_t created)
{
	if (created < t->opened_at) {
		t->opened_at = created;
		t->changed = true;
	}
	if (created > t->posted_at) {
		t->posted_at = created;
		t->changed = true;
	}
	if (created > place->posted_at)
		place->posted_at = created;
	if (created > i->posted_at)
		i->posted_at = created;
}

/* The figures of its day are to be written (retention.c). */
static int
post_day(struct ingest *i, struct ing_place *place, int64_t created)
{
	char day[TIME_TEXT_SIZE];
	struct stmt *q;

	if (place->day == created / DAY_MS)
		return 0;
	place->day = created / DAY_MS;
	time_format(created, day);
	q = db_stmt(i->db, Q_DAILY_DUE_ADD);
	stmt_bind_str(q, ":day", str_fit(str_of(day), 10));
	stmt_bind_i64(q, ":place", place->id);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static int
post_add(struct ingest *i, struct ing_place *place, const struct kp_post *p,
    const char *hash_root, const char *hash_reply)
{
	char hex[KEYS_HEX_SIZE];
	struct ing_thread *t;
	const char *author;
	struct stmt *q;
	int64_t id;

	if (ing_thread_of(i, place, p, 0, &t) == -1 ||
	    post_author(i, place, t, p, hex, &author) == -1 ||
	    post_text(i, t, p) == -1)
		return -1;
	q = db_stmt(i->db, Q_POST_ADD);
	stmt_bind_i64(q, ":place", place->id);
	stmt_bind_i64(q, ":thread", t->id);
	stmt_bind_str(q, ":ext", ing_str(p->id));
	stmt_bind_str(q, ":parent", ing_null(p->parent));
	stmt_bind_cstr(q, ":author", author);
	stmt_bind_str(q, ":url", ing_null(p->url));
	stmt_bind_str(q, ":text", text_of(&i->text));
	stmt_bind_i64(q, ":length", str_length(text_of(&i->text)));
	stmt_bind_str(q, ":lang_hint", ing_null(p->lang));
	stmt_bind_str(q, ":ref", ing_null(p->ref));
	stmt_bind_i64(q, ":flags", p->flags);
	stmt_bind_i64(q, ":created_at", p->created);
	if (p->edited != 0)
		stmt_bind_i64(q, ":edited_at", p->edited);
	stmt_bind_i64(q, ":now", i->ctx->now);
	stmt_bind_cstr(q, ":hash", post_is_root(t, p) ? hash_root :
	    hash_reply);
	if (stmt_step(q, i->err) != 1)
		return -1;
	id = stmt_i64(q, 0);
	stmt_reset(q);
	if (post_name(i, id, p) == -1 || post_touches(i, t, p, true, 0) ==
	    -1 || post_day(i, place, p->created) == -1)
		return -1;
	post_times(i, place, t, p->created);
	i->result->added++;
	return 0;
}

static int
post_run(struct ingest *i, enum stmt_id id, int64_t post)
{
	struct stmt *q = db_stmt(i->db, id);

	stmt_bind_i64(q, ":post", post);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

/*
 * The text and the name go at once.  What the rules found stays, as numbers:
 * that an answer of substance was deleted is what reopens a question.
 */
static int
post_delete(struct ingest *i, struct ing_thread *t, const struct kp_post *p,
    const struct known *k)
{
	struct stmt *q;

	if (k->deleted)
		return 0;
	q = db_stmt(i->db, Q_POST_GONE);
	stmt_bind_i64(q, ":now", i->ctx->now);
	stmt_bind_i64(q, ":post", k->id);
	if (stmt_run(q, i->err) == -1 ||
	    post_run(i, Q_NAME_DROP, k->id) == -1)
		return -1;
	if (post_is_root(t, p) && str_replace(&t->title, STR_NONE))
		t->changed = true;
	t->stirred = true;
	i->result->deleted++;
	return 0;
}

static int
post_edit(struct ingest *i, struct ing_thread *t, const struct kp_post *p,
    const struct known *k, const char *hash)
{
	struct stmt *q;

	if (post_text(i, t, p) == -1)
		return -1;
	q = db_stmt(i->db, Q_POST_EDIT);
	stmt_bind_str(q, ":text", text_of(&i->text));
	stmt_bind_i64(q, ":length", str_length(text_of(&i->text)));
	stmt_bind_cstr(q, ":hash", hash);
	stmt_bind_str(q, ":url", ing_null(p->url));
	stmt_bind_str(q, ":ref", ing_null(p->ref));
	stmt_bind_i64(q, ":flags", p->flags);
	if (p->edited != 0)
		stmt_bind_i64(q, ":edited_at", p->edited);
	stmt_bind_i64(q, ":now", i->ctx->now);
	stmt_bind_i64(q, ":post", k->id);
	if (stmt_run(q, i->err) == -1 || post_name(i, k->id, p) == -1 ||
	    post_touches(i, t, p, true, (uint32_t)k->flags) == -1)
		return -1;
	i->result->edited++;
	return 0;
}

/* An older version, or an excerpt where the whole is known. */
static bool
post_is_stale(const struct kp_post *p, const struct known *k)
{
	if (k->deleted)
		return false;
	if (p->edited != 0 && p->edited < k->edited_at)
		return true;
	return (p->flags & KP_TRUNCATED) != 0 &&
	    (k->flags & KP_TRUNCATED) == 0;
}

static int
post_moved(struct ingest *i, struct ing_thread *t, const struct known *k)
{
	static const enum stmt_id ids[] = { Q_POST_MOVE, Q_POST_MOVE_QUESTION,
		Q_POST_MOVE_ITEM };
	struct ing_thread *old;
	struct stmt *q;
	size_t n;

	for (n = 0; n < 3; n++) {
		q = db_stmt(i->db, ids[n]);
		stmt_bind_i64(q, ":thread", t->id);
		stmt_bind_i64(q, ":post", k->id);
		if (stmt_run(q, i->err) == -1)
			return -1;
	}
	t->stirred = true;
	/* The old one may have been a guess, merged and gone by now. */
	HASH_FIND(by_id, i->threads, &k->thread, sizeof(k->thread), old);
	if (old != NULL)
		old->stirred = true;
	return 0;
}

/* An excerpt does not make a whole text an excerpt. */
static int
post_flags(struct ingest *i, const struct kp_post *p, const struct known *k)
{
	uint32_t flags = (p->flags & ~(uint32_t)KP_TRUNCATED) |
	    ((uint32_t)k->flags & KP_TRUNCATED);
	struct stmt *q;

	if (flags == (uint32_t)k->flags)
		return 0;
	q = db_stmt(i->db, Q_POST_FLAGS);
	stmt_bind_i64(q, ":flags", flags);
	stmt_bind_i64(q, ":post", k->id);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static int
post_again(struct ingest *i, struct ing_place *place, const struct kp_post *p,
    const struct known *k, const char *hash_root, const char *hash_reply)
{
	struct ing_thread *t;
	const char *hash;

	if (ing_thread_of(i, place, p, k->thread, &t) == -1)
		return -1;
	if (t->id != k->thread && post_moved(i, t, k) == -1)
		return -1;
	if ((p->flags & KP_DELETED) != 0)
		return post_delete(i, t, p, k);
	if (k->missed != 0 && post_run(i, Q_POST_SEEN, k->id) == -1)
		return -1;
	hash = post_is_root(t, p) ? hash_root : hash_reply;
	if (strcmp(hash, k->hash) == 0 || post_is_stale(p, k))
		return post_flags(i, p, k) == -1 ? -1 :
		    post_touches(i, t, p, false, (uint32_t)k->flags);
	return post_edit(i, t, p, k, hash);
}

static int
ing_post(struct ingest *i, const struct kp_post *from)
{
	char hash_root[KEYS_HEX_SIZE], hash_reply[KEYS_HEX_SIZE];
	struct kp_post p = *from;
	struct ing_place *place;
	struct known k;
	int row;

	if (ing_place_get(i, ing_str(p.place), &place) == -1)
		return -1;
	if (!place->watched) {
		i->result->unwatched++;
		return 0;
	}
	row = post_erased(i, place, ing_str(p.id));
	if (row == 0)
		row = post_objected(i, place, &p);
	if (row != 0) {
		i->result->refused += row == 1;
		return row == -1 ? -1 : 0;
	}
	row = post_find(i, place->id, ing_str(p.id), &k);
	if (row == -1 || (row == 0 && (p.flags & KP_DELETED) != 0))
		return row;
	if (p.created == 0)
		p.created = p.edited != 0 ? p.edited : i->ctx->now;
	if (post_is_ours(i, &p))
		p.flags |= KP_OURS;
	keys_text(i->ctx->keys, STR_NONE, ing_str(p.text), hash_reply);
	memcpy(hash_root, hash_reply, sizeof(hash_root));
	if (p.title.n > 0)
		keys_text(i->ctx->keys, ing_str(p.title), ing_str(p.text),
		    hash_root);
	return row == 0 ? post_add(i, place, &p, hash_root, hash_reply) :
	    post_again(i, place, &p, &k, hash_root, hash_reply);
}

int
ing_posts(struct ingest *i, const struct step *step)
{
	struct ing_place *place, *next;
	struct stmt *q;
	size_t k;

	for (k = 0; k < step->nposts; k++)
		if (ing_post(i, &step->posts[k]) == -1)
			return -1;
	HASH_ITER(hh, i->places, place, next) {
		if (place->posted_at == 0)
			continue;
		q = db_stmt(i->db, Q_PLACE_POSTED);
		stmt_bind_i64(q, ":at", place->posted_at);
		stmt_bind_i64(q, ":id", place->id);
		if (stmt_run(q, i->err) == -1)
			return -1;
	}
	return 0;
}
