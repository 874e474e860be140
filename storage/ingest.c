/*
 * A step into the database: source and request first (is it ours, was it taken
 * before?), then places, posts with their threads, requests, and last what the
 * step says of the source as a whole: cursor, last heard, coverage.
 *
 * Invariant: the cursor moves in the same transaction as the posts before it,
 * so a crash loses no post, and reading one again changes nothing.
 */
#include "storage/ingest.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "storage/ingest_part.h"

static int
ing_source(struct ingest *i)
{
	struct stmt *q = db_stmt(i->db, Q_INGEST_SOURCE);
	int row;

	stmt_bind_i64(q, ":source", i->source);
	row = stmt_step(q, i->err);
	if (row == 0)
		return err_set_code(i->err, ERR_NOT_FOUND,
		    "there is no source %" PRId64, i->source);
	if (row == -1)
		return -1;
	i->name = str_dup(stmt_str(q, 0));
	i->plugin = str_dup(stmt_str(q, 1));
	if (!stmt_null(q, 2))
		i->credential = str_dup(stmt_str(q, 2));
	if (!stmt_null(q, 3))
		i->basis = str_dup(stmt_str(q, 3));
	stmt_reset(q);
	return 0;
}

static int
ing_objections(struct ingest *i)
{
	struct stmt *q = db_stmt(i->db, Q_INGEST_OBJECTED);
	size_t room = 0;
	int row;

	while ((row = stmt_step(q, i->err)) == 1) {
		vec_grow(i->objected, i->nobjected, room);
		i->objected[i->nobjected++] = stmt_i64(q, 0);
	}
	return row;
}

/* 1: the request is not there any more, so this step was committed before. */
static int
ing_answered(struct ingest *i)
{
	struct stmt *q;
	int64_t n;

	if (i->ctx->answered == 0)
		return 0;
	q = db_stmt(i->db, Q_REQUEST_ANSWERED);
	stmt_bind_i64(q, ":id", i->ctx->answered);
	stmt_bind_i64(q, ":source", i->source);
	n = stmt_run(q, i->err);
	return n == -1 ? -1 : n == 0;
}

static int
ing_cursor(struct ingest *i, const struct step *step)
{
	struct stmt *q;

	if (!step->has_cursor || step->fail != 0)
		return 0;
	q = db_stmt(i->db, Q_SOURCE_CURSOR);
	stmt_bind_bytes(q, ":cursor", step->cursor.n == 0 ? "" :
	    step->cursor.p, step->cursor.n);
	stmt_bind_i64(q, ":source", i->source);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

/* What is outstanding of the running job, after the step. */
static int
ing_outstanding(struct ingest *i)
{
	struct stmt *q = db_stmt(i->db, Q_REQUEST_COUNT);

	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_i64(q, ":job", i->ctx->job);
	stmt_bind_i64(q, ":about", i->ctx->about);
	if (stmt_step(q, i->err) != 1)
		return -1;
	i->result->outstanding = stmt_i64(q, 0);
	stmt_reset(q);
	i->result->ended = i->result->outstanding == 0;
	return 0;
}

static int
ing_run_at(struct ingest *i, enum stmt_id id)
{
	struct stmt *q = db_stmt(i->db, id);

	stmt_bind_i64(q, ":now", i->ctx->now);
	stmt_bind_i64(q, ":source", i->source);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static int
ing_coverage(struct ingest *i)
{
	static const enum stmt_id ids[] = { Q_COVERAGE_OPEN,
		Q_COVERAGE_EXTEND };
	struct stmt *q;
	size_t k;

	/* First new spans where the last one is too long ago. */
	for (k = 0; k < 2; k++) {
		q = db_stmt(i->db, ids[k]);
		stmt_bind_i64(q, ":now", i->ctx->now);
		stmt_bind_i64(q, ":source", i->source);
		stmt_bind_i64(q, ":oldest",
		    i->ctx->now - i->ctx->tolerance_ms);
		if (stmt_run(q, i->err) == -1)
			return -1;
	}
	return ing_run_at(i, Q_PLACE_HEARD);
}

static int
ing_heard(struct ingest *i)
{
	struct stmt *q;

	if (ing_run_at(i, Q_SOURCE_HEARD) == -1)
		return -1;
	if (!i->result->ended && !i->ctx->caught_up)
		return 0;
	switch (i->ctx->job) {
	case KP_POLL:
	case KP_PUSH:
		return ing_coverage(i);
	case KP_THREAD:
		q = db_stmt(i->db, Q_THREAD_READ);
		stmt_bind_i64(q, ":now", i->ctx->now);
		stmt_bind_i64(q, ":id", i->ctx->about);
		return stmt_run(q, i->err) == -1 ? -1 : 0;
	default:
		return 0;
	}
}

static int
ing_source_state(struct ingest *i, const struct step *step)
{
	struct stmt *q;

	if (i->ctx->job == KP_POLL && i->ctx->event == KP_START &&
	    ing_run_at(i, Q_SOURCE_ASKED) == -1)
		return -1;
	if (i->posted_at != 0) {
		q = db_stmt(i->db, Q_SOURCE_POSTED);
		stmt_bind_i64(q, ":at", i->posted_at);
		stmt_bind_i64(q, ":source", i->source);
		if (stmt_run(q, i->err) == -1)
			return -1;
	}
	if (ing_cursor(i, step) == -1 || ing_outstanding(i) == -1)
		return -1;
	return i->ctx->heard && step->fail == 0 ? ing_heard(i) : 0;
}

static void
ing_fini(struct ingest *i)
{
	struct ing_place *place, *next;

	HASH_ITER(hh, i->places, place, next) {
		HASH_DEL(i->places, place);
		free((char *)place->ext.p);
		free(place);
	}
	ing_threads_free(i);
	free(i->objected);
	free(i->name);
	free(i->plugin);
	free(i->credential);
	free(i->basis);
	buf_fini(&i->raw);
	buf_fini(&i->text);
}

int
ingest_step(struct db *db, int64_t source, const struct ingest_ctx *ctx,
    const struct step *step, struct ingest_result *result, struct err *err)
{
	struct ingest i = { .db = db, .source = source, .ctx = ctx,
		.result = result, .err = err };
	int r;

	*result = (struct ingest_result){ 0 };
	buf_init(&i.raw, 4 * STEP_TEXT_MAX);
	buf_init(&i.text, 8 * STEP_TEXT_MAX + 64);
	r = ing_source(&i);
	if (r == 0)
		r = ing_answered(&i);
	if (r == 0)
		r = ing_objections(&i);
	if (r == 0 && (ing_places(&i, step) == -1 ||
	    ing_posts(&i, step) == -1 || ing_threads_write(&i) == -1 ||
	    ing_rest(&i, step) == -1 || ing_source_state(&i, step) == -1))
		r = -1;
	ing_fini(&i);
	return r;
}
