/*
 * The retention job, as a row of small batches.  Each batch looks for what is
 * over its term by an index, so a step that finds nothing costs little, and
 * state lives in the rows alone: a crash between two batches loses nothing.
 *
 * "Open" is an item that is not closed; while a thread has one, its texts and
 * names stay, since a person may be about to answer.
 */
#include "storage/retention.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/str.h"
#include "config/config.h"
#include "storage/daily.h"
#include "storage/db.h"
#include "storage/keys.h"

#define BATCH 100
#define DAYS_BATCH 5
/* Most answers come within it, so that figures are near to final. */
#define FIGURES_MS (3 * DAY_MS)
#define FAULTS_MS (30 * DAY_MS)

struct pass {
	struct db *db;
	const struct config *config;
	struct keys *keys;
	int64_t now;
	struct retention_counts *counts;
	struct err *err;
};

/* A batch of one statement; rows changed, or -1. */
static int64_t
pass_run(struct pass *p, enum stmt_id id, int64_t before)
{
	struct stmt *q = db_stmt(p->db, id);

	stmt_bind_i64(q, ":before", before);
	stmt_bind_i64(q, ":max", BATCH);
	return stmt_run(q, p->err);
}

/* All parts: rows done, 0: nothing to do, -1. */

static int64_t
part_daily(struct pass *p)
{
	int64_t lag = p->config->unflagged_ms - DAY_MS;
	int64_t n;

	if (lag > FIGURES_MS)
		lag = FIGURES_MS;
	if (lag < 0)
		lag = 0;
	n = daily_write(p->db, p->now - lag, DAYS_BATCH, p->err);
	if (n > 0)
		p->counts->days += n;
	return n;
}

static int64_t
part_names(struct pass *p)
{
	int64_t n = pass_run(p, Q_NAMES_PURGE, p->now - p->config->names_ms);

	if (n > 0)
		p->counts->names += n;
	return n;
}

static int
text_purge(struct pass *p, int64_t post, int64_t thread)
{
	struct stmt *q = db_stmt(p->db, Q_TEXT_PURGE);

	stmt_bind_i64(q, ":post", post);
	if (stmt_run(q, p->err) == -1)
		return -1;
	q = db_stmt(p->db, Q_TITLE_PURGE);
	stmt_bind_i64(q, ":thread", thread);
	return stmt_run(q, p->err) == -1 ? -1 : 0;
}

static int64_t
part_texts(struct pass *p)
{
	int64_t posts[BATCH], threads[BATCH];
	struct stmt *q = db_stmt(p->db, Q_TEXTS_OVER);
	size_t n = 0, k;
	int row;

	stmt_bind_i64(q, ":before", p->now - p->config->unflagged_ms);
	stmt_bind_i64(q, ":closed", p->now - p->config->closed_ms);
	stmt_bind_i64(q, ":max", BATCH);
	while ((row = stmt_step(q, p->err)) == 1 && n < BATCH) {
		posts[n] = stmt_i64(q, 0);
		threads[n++] = stmt_i64(q, 1);
	}
	stmt_reset(q);
	if (row == -1)
		return -1;
	for (k = 0; k < n; k++)
		if (text_purge(p, posts[k], threads[k]) == -1)
			return -1;
	p->counts->texts += (int64_t)n;
	return (int64_t)n;
}

static int64_t
part_outbox(struct pass *p)
{
	int64_t n = pass_run(p, Q_OUTBOX_PURGE,
	    p->now - p->config->closed_ms);

	if (n > 0)
		p->counts->texts += n;
	return n;
}

/* All that hangs on one thread, then the thread. */
static int64_t
part_threads(struct pass *p)
{
	static const enum stmt_id ids[] = { Q_THREAD_PURGE_HITS,
		Q_THREAD_PURGE_NAMES, Q_THREAD_PURGE_QUESTIONS,
		Q_THREAD_PURGE_CORRECTIONS, Q_THREAD_PURGE_ITEMS,
		Q_THREAD_PURGE_POSTS, Q_THREAD_PURGE };
	struct stmt *q = db_stmt(p->db, Q_THREAD_OVER);
	int64_t thread, n = 0;
	size_t k;
	int row;

	stmt_bind_i64(q, ":before", p->now - p->config->history_ms);
	row = stmt_step(q, p->err);
	if (row != 1)
		return row;
	thread = stmt_i64(q, 0);
	stmt_reset(q);
	for (k = 0; k < sizeof(ids) / sizeof(ids[0]); k++) {
		q = db_stmt(p->db, ids[k]);
		stmt_bind_i64(q, ":thread", thread);
		n = stmt_run(q, p->err);
		if (n == -1)
			return -1;
	}
	p->counts->threads++;
	return 1;
}

static int64_t
part_logs(struct pass *p)
{
	static const enum stmt_id ids[] = { Q_HISTORY_PURGE, Q_ACCESS_PURGE,
		Q_COVERAGE_PURGE };
	int64_t n, sum = 0;
	size_t k;

	for (k = 0; k < 3; k++) {
		n = pass_run(p, ids[k], p->now - p->config->history_ms);
		if (n == -1)
			return -1;
		sum += n;
	}
	n = pass_run(p, Q_FAULTS_PURGE, p->now - FAULTS_MS);
	if (n == -1)
		return -1;
	p->counts->rows += sum + n;
	return sum + n;
}

/* 1: threads that may still get posts, or objections, need its key. */
static int
epoch_needed(struct pass *p, int64_t epoch)
{
	struct stmt *q = db_stmt(p->db, Q_EPOCH_NEEDED);
	int row;

	stmt_bind_i64(q, ":epoch", epoch);
	stmt_bind_i64(q, ":since", p->now - p->config->expiry_ms);
	row = stmt_step(q, p->err);
	stmt_reset(q);
	return row;
}

static int64_t
part_keys(struct pass *p)
{
	int64_t epoch, next;
	int needed;

	for (epoch = keys_next(p->keys, 0); epoch != 0; epoch = next) {
		next = keys_next(p->keys, epoch);
		if (next == 0)
			break;          /* the current one */
		needed = epoch_needed(p, epoch);
		if (needed == -1 || (needed == 0 &&
		    keys_destroy(p->keys, epoch, p->err) == -1))
			return -1;
		if (needed == 0)
			p->counts->keys++;
	}
	return 0;
}

int
retention_step(struct db *db, const struct config *config, struct keys *keys,
    int64_t now, struct retention_counts *counts, struct err *err)
{
	/* Figures stand first: they are made of what goes after them. */
	static int64_t (*const parts[])(struct pass *) = { part_daily,
		part_names, part_texts, part_outbox, part_threads, part_logs,
		part_keys };
	struct pass p = { db, config, keys, now, counts, err };
	int64_t n;
	size_t k;

	if (!config->retention)
		return 0;
	for (k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		n = parts[k](&p);
		if (n != 0)
			return n == -1 ? -1 : 1;
	}
	return 0;
}
