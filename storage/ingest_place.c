/*
 * Places: new ones are not watched until they have a legal basis, which their
 * source may give; a renamed one keeps its row, and so does one that moved
 * (was_id), with all its posts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "storage/ingest_part.h"

static struct ing_place *
place_cached(struct ingest *i, struct str ext)
{
	struct ing_place *place;

	HASH_FIND(hh, i->places, ext.p == NULL ? "" : ext.p, ext.n, place);
	return place;
}

static struct ing_place *
place_cache(struct ingest *i, struct str ext, int64_t id, bool watched)
{
	struct ing_place *place = xcalloc(1, sizeof(*place));

	place->id = id;
	place->watched = watched;
	place->ext = (struct str){ str_dup(ext), ext.n };
	HASH_ADD_KEYPTR(hh, i->places, place->ext.p, place->ext.n, place);
	return place;
}

static void
place_forget(struct ingest *i, struct str ext)
{
	struct ing_place *place = place_cached(i, ext);

	if (place == NULL)
		return;
	HASH_DEL(i->places, place);
	free((char *)place->ext.p);
	free(place);
}

/* 1: found, with id and watched; 0: not; -1. */
static int
place_find(struct ingest *i, struct str ext, int64_t *id, bool *watched)
{
	struct stmt *q = db_stmt(i->db, Q_PLACE_FIND);
	int row;

	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_str(q, ":ext", ext.n == 0 ? STR("") : ext);
	row = stmt_step(q, i->err);
	if (row == 1) {
		*id = stmt_i64(q, 0);
		*watched = stmt_i64(q, 1) != 0;
		stmt_reset(q);
	}
	return row;
}

static int
place_add(struct ingest *i, struct str ext, const struct kp_place *p,
    int64_t *id)
{
	struct stmt *q = db_stmt(i->db, Q_PLACE_ADD);
	struct str name = p->name.n > 0 ? ing_str(p->name) :
	    ext.n > 0 ? ext : str_of(i->name);

	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_str(q, ":ext", ext.n == 0 ? STR("") : ext);
	stmt_bind_str(q, ":name", name);
	stmt_bind_str(q, ":url", ing_null(p->url));
	stmt_bind_i64(q, ":kind", p->kind);
	stmt_bind_i64(q, ":health", p->health == 0 ? KP_OPEN : p->health);
	stmt_bind_str(q, ":reason", ing_null(p->reason));
	stmt_bind_i64(q, ":sees", i->ctx->abilities & ~p->blind);
	stmt_bind_i64(q, ":watched", i->basis != NULL);
	stmt_bind_cstr(q, ":basis", i->basis);
	stmt_bind_i64(q, ":grace_ms", i->ctx->config->grace_ms);
	stmt_bind_i64(q, ":now", i->ctx->now);
	if (stmt_step(q, i->err) != 1)
		return -1;
	*id = stmt_i64(q, 0);
	stmt_reset(q);
	i->result->places++;
	return 0;
}

static int
place_facts(struct ingest *i, struct ing_place *place)
{
	struct stmt *q = db_stmt(i->db, Q_INGEST_PLACE_FACTS);

	stmt_bind_i64(q, ":place", place->id);
	if (stmt_step(q, i->err) != 1)
		return -1;
	place->erasures = stmt_i64(q, 0) != 0;
	place->guesses = stmt_i64(q, 1) != 0;
	stmt_reset(q);
	return 0;
}

int
ing_place_get(struct ingest *i, struct str ext, struct ing_place **ret)
{
	struct kp_place unknown = { .size = sizeof(unknown) };
	struct ing_place *place = place_cached(i, ext);
	bool watched;
	int64_t id;
	int row;

	if (place == NULL) {
		row = place_find(i, ext, &id, &watched);
		if (row == -1 || (row == 0 &&
		    place_add(i, ext, &unknown, &id) == -1))
			return -1;
		place = place_cache(i, ext, id, row == 0 ?
		    i->basis != NULL : watched);
		if (place->watched && place_facts(i, place) == -1)
			return -1;
	}
	*ret = place;
	return 0;
}

/* Only what the plugin knows, and only where it differs. */
static int
place_update(struct ingest *i, int64_t id, const struct kp_place *p)
{
	struct stmt *q = db_stmt(i->db, Q_PLACE_UPDATE);

	stmt_bind_str(q, ":name", ing_null(p->name));
	stmt_bind_str(q, ":url", ing_null(p->url));
	stmt_bind_i64(q, ":kind", p->kind);
	stmt_bind_i64(q, ":health", p->health == 0 ? KP_OPEN : p->health);
	stmt_bind_str(q, ":reason", ing_null(p->reason));
	stmt_bind_i64(q, ":sees", i->ctx->abilities & ~p->blind);
	stmt_bind_i64(q, ":id", id);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static int
place_run(struct ingest *i, enum stmt_id id, int64_t place)
{
	struct stmt *q = db_stmt(i->db, id);

	stmt_bind_i64(q, ":id", place);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

/* 1: it has posts; 0: it is empty and went; -1. */
static int
place_drop_empty(struct ingest *i, int64_t id)
{
	struct stmt *q = db_stmt(i->db, Q_PLACE_USED);
	bool used;

	stmt_bind_i64(q, ":id", id);
	if (stmt_step(q, i->err) != 1)
		return -1;
	used = stmt_i64(q, 0) != 0;
	stmt_reset(q);
	if (used)
		return 1;
	return place_run(i, Q_PLACE_DROP_COVERAGE, id) == -1 ||
	    place_run(i, Q_PLACE_DROP, id) == -1 ? -1 : 0;
}

/*
 * The old row takes the new id.  Where posts came under the new id before
 * anybody said that it had moved, both rows stay, the old one as lost, and
 * what an admin set passes on.
 */
static int
place_move(struct ingest *i, const struct kp_place *p)
{
	struct str ext = ing_str(p->id), was = ing_str(p->was_id);
	int64_t old, fresh;
	bool watched;
	struct stmt *q;
	int row;

	row = place_find(i, was, &old, &watched);
	if (row != 1)
		return row;
	row = place_find(i, ext, &fresh, &watched);
	if (row == -1)
		return -1;
	if (row == 1) {
		row = place_drop_empty(i, fresh);
		if (row == -1)
			return -1;
	}
	q = db_stmt(i->db, row == 1 ? Q_PLACE_INHERIT : Q_PLACE_MOVE);
	stmt_bind_i64(q, ":old", old);
	if (row == 1)
		stmt_bind_i64(q, ":id", fresh);
	else
		stmt_bind_str(q, ":ext", ext);
	if (stmt_run(q, i->err) == -1)
		return -1;
	place_forget(i, ext);
	place_forget(i, was);
	return row == 1 ? place_run(i, Q_PLACE_LEFT, old) : 0;
}

static int
ing_place(struct ingest *i, const struct kp_place *p)
{
	struct str ext = ing_str(p->id);
	bool watched;
	int64_t id;
	int row;

	if (p->was_id.n > 0 && !str_eq(ing_str(p->was_id), ext) &&
	    place_move(i, p) == -1)
		return -1;
	row = place_find(i, ext, &id, &watched);
	if (row == -1)
		return -1;
	return row == 0 ? place_add(i, ext, p, &id) : place_update(i, id, p);
}

int
ing_places(struct ingest *i, const struct step *step)
{
	size_t k;

	for (k = 0; k < step->nplaces; k++)
		if (ing_place(i, &step->places[k]) == -1)
			return -1;
	return 0;
}
