/*
 * Reading the queue.
 */
#include "storage/queue_read.h"

#include "storage/db.h"

#define STORY_MAX 2000

int
queue_list(struct db *db, const struct queue_filter *filter,
    int (*call)(void *, const struct queue_row *, struct err *), void *arg,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_QUEUE_LIST);
	int r;

	if (filter->item > 0)
		stmt_bind_i64(q, ":item", filter->item);
	stmt_bind_cstr(q, ":lang", filter->lang);
	stmt_bind_cstr(q, ":land", filter->land);
	if (filter->lane >= 0)
		stmt_bind_i64(q, ":lane", filter->lane);
	stmt_bind_i64(q, ":closed", filter->closed);
	stmt_bind_i64(q, ":max", filter->max);
	while ((r = stmt_step(q, err)) == 1) {
		struct queue_row row;
		const int c = ITEM_NCOLUMNS;

		item_take(q, &row.item);
		row.text = stmt_str(q, c);
		row.url = stmt_str(q, c + 1);
		row.post_ext = stmt_str(q, c + 2);
		row.thread_ext = stmt_str(q, c + 3);
		row.title = stmt_str(q, c + 4);
		row.place = stmt_str(q, c + 5);
		row.place_id = stmt_i64(q, c + 6);
		row.name = stmt_str(q, c + 7);
		r = call(arg, &row, err);
		item_fini(&row.item);
		if (r == -1) {
			stmt_reset(q);
			break;
		}
	}
	return r;
}

int
hits_of_post(struct db *db, int64_t post, int (*call)(void *,
    const struct hit_row *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_HITS_OF_POST);
	int r;

	stmt_bind_i64(q, ":post", post);
	while ((r = stmt_step(q, err)) == 1) {
		struct hit_row row = {
			.rule = stmt_str(q, 0), .rev = stmt_i64(q, 1),
			.kind = stmt_str(q, 2), .subject = stmt_str(q, 3),
			.lang = stmt_str(q, 4), .spans = stmt_str(q, 5),
			.limited = stmt_i64(q, 6) != 0,
		};

		if (call(arg, &row, err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}

int
thread_story(struct db *db, int64_t thread, int (*call)(void *,
    const struct story_row *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_THREAD_STORY);
	int r;

	stmt_bind_i64(q, ":thread", thread);
	stmt_bind_i64(q, ":max", STORY_MAX);
	while ((r = stmt_step(q, err)) == 1) {
		struct story_row row = {
			.id = stmt_i64(q, 0), .ext = stmt_str(q, 1),
			.parent = stmt_str(q, 2), .author = stmt_str(q, 3),
			.text = stmt_str(q, 4), .url = stmt_str(q, 5),
			.created_at = stmt_i64(q, 6),
			.edited_at = stmt_i64(q, 7),
			.deleted_at = stmt_i64(q, 8),
			.flags = stmt_i64(q, 9), .lang = stmt_str(q, 10),
			.name = stmt_str(q, 11), .state = stmt_str(q, 12),
			.reason = stmt_str(q, 13),
		};

		if (call(arg, &row, err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}

int
history_of_item(struct db *db, int64_t item, int (*call)(void *,
    const struct history_row *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_HISTORY_OF_ITEM);
	int r;

	stmt_bind_i64(q, ":item", item);
	while ((r = stmt_step(q, err)) == 1) {
		struct history_row row = { stmt_i64(q, 0), stmt_str(q, 1),
			stmt_str(q, 2), stmt_str(q, 3) };

		if (call(arg, &row, err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}

int
queue_counts(struct db *db, int (*call)(void *, int64_t, struct str, int64_t,
    struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_QUEUE_COUNTS);
	int r;

	while ((r = stmt_step(q, err)) == 1) {
		if (call(arg, stmt_i64(q, 0), stmt_str(q, 1), stmt_i64(q, 2),
		    err) == -1) {
			stmt_reset(q);
			return -1;
		}
	}
	return r;
}
