/*
 * Reads what waits for the rules and writes what they found.
 */
#include "storage/post_match.h"

#include <kompan-plugin.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "storage/db.h"

/* An unlinked message may answer questions this much older. */
#define FLAT_BACK_MS (6 * HOUR_MS)

void
post_unmatched_fini(struct post_unmatched *post)
{
	free(post->text);
	free(post->parent_text);
	memset(post, 0, sizeof(*post));
}

int
posts_unmatched(struct db *db, struct post_unmatched *posts, int max,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_POSTS_UNMATCHED);
	int n = 0, r;

	stmt_bind_i64(q, ":max", max);
	while ((r = stmt_step(q, err)) == 1) {
		struct post_unmatched *post = &posts[n++];

		post->id = stmt_i64(q, 0);
		post->thread = stmt_i64(q, 1);
		post->place = stmt_i64(q, 2);
		post->changed_at = stmt_i64(q, 3);
		post->text = stmt_dup(q, 4);
		post->parent_text = stmt_dup(q, 5);
	}
	if (r == 0)
		return n;
	while (n > 0)
		post_unmatched_fini(&posts[--n]);
	return -1;
}

static int
run_for_post(struct db *db, enum stmt_id id, int64_t post, struct err *err)
{
	struct stmt *q = db_stmt(db, id);

	stmt_bind_i64(q, ":post", post);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

static int
make_due(struct db *db, const struct post_unmatched *post, int64_t now,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_POST_THREADS_DUE);

	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":thread", post->thread);
	if (stmt_run(q, err) == -1)
		return -1;
	q = db_stmt(db, Q_POST_FLAT_DUE);
	stmt_bind_i64(q, ":now", now);
	stmt_bind_i64(q, ":post", post->id);
	stmt_bind_i64(q, ":back", FLAT_BACK_MS);
	stmt_bind_i64(q, ":flat", KP_FLAT);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
post_matched(struct db *db, const struct post_unmatched *post,
    const char *set, const char *lang, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_POST_MATCHED);
	int64_t n;

	stmt_bind_i64(q, ":post", post->id);
	stmt_bind_i64(q, ":changed_at", post->changed_at);
	stmt_bind_cstr(q, ":set", set);
	stmt_bind_cstr(q, ":lang", lang);
	n = stmt_run(q, err);
	if (n != 1)
		return (int)n;
	if (run_for_post(db, Q_POST_HITS_FORGET, post->id, err) == -1 ||
	    make_due(db, post, now, err) == -1)
		return -1;
	return 1;
}

int
post_hit_add(struct db *db, int64_t post, const struct post_hit *hit,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_POST_HIT_ADD);

	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":rule", hit->rule);
	stmt_bind_i64(q, ":rev", hit->rev);
	stmt_bind_cstr(q, ":fingerprint", hit->fingerprint);
	stmt_bind_cstr(q, ":kind", hit->kind);
	stmt_bind_cstr(q, ":subject", hit->subject);
	stmt_bind_cstr(q, ":lang", hit->lang);
	stmt_bind_cstr(q, ":spans", hit->spans);
	stmt_bind_i64(q, ":limited", hit->limited);
	stmt_bind_i64(q, ":counts", hit->counts);
	return stmt_run(q, err) == -1 ? -1 : 0;
}
