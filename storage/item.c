/*
 * Rows of the queue.
 */
#include "storage/item.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "storage/db.h"

void
item_set(char **field, const char *value)
{
	char *copy = value != NULL ? xstrdup(value) : NULL;

	free(*field);
	*field = copy;
}

void
item_fini(struct item *item)
{
	free(item->kind);
	free(item->claim);
	free(item->topics);
	free(item->state);
	free(item->machine);
	free(item->reason);
	free(item->lang);
	free(item->land);
	free(item->claimed_by);
	free(item->verdict);
	free(item->verdict_by);
	free(item->came_back);
	free(item->rule);
	free(item->fingerprint);
	memset(item, 0, sizeof(*item));
}

/* Columns as in ITEM_COLUMNS of statements.def. */
void
item_take(struct stmt *q, struct item *item)
{
	memset(item, 0, sizeof(*item));
	item->id = stmt_i64(q, 0);
	item->kind = stmt_dup(q, 1);
	item->post = stmt_i64(q, 2);
	item->thread = stmt_i64(q, 3);
	item->claim = stmt_dup(q, 4);
	item->topics = stmt_dup(q, 5);
	item->lane = stmt_i64(q, 6);
	item->state = stmt_dup(q, 7);
	item->machine = stmt_dup(q, 8);
	item->reason = stmt_dup(q, 9);
	item->lang = stmt_dup(q, 10);
	item->land = stmt_dup(q, 11);
	item->version = stmt_i64(q, 12);
	item->claimed_by = stmt_dup(q, 13);
	item->lease_until = stmt_i64(q, 14);
	item->snooze_until = stmt_i64(q, 15);
	item->verdict = stmt_dup(q, 16);
	item->verdict_by = stmt_dup(q, 17);
	item->asked_at = stmt_i64(q, 18);
	item->opened_at = stmt_i64(q, 19);
	item->changed_at = stmt_i64(q, 20);
	item->closed_at = stmt_i64(q, 21);
	item->came_back = stmt_dup(q, 22);
	item->rule = stmt_dup(q, 23);
	item->rev = stmt_i64(q, 24);
	item->fingerprint = stmt_dup(q, 25);
}

static int
take_one(struct stmt *q, struct item *item, struct err *err)
{
	int r = stmt_step(q, err);

	if (r == 1) {
		item_take(q, item);
		stmt_reset(q);
	}
	return r;
}

int
item_get(struct db *db, int64_t id, struct item *item, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ITEM_GET);

	stmt_bind_i64(q, ":id", id);
	return take_one(q, item, err);
}

int
item_find(struct db *db, const char *kind, int64_t post, const char *claim,
    struct item *item, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ITEM_FIND);

	stmt_bind_cstr(q, ":kind", kind);
	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":claim", claim);
	return take_one(q, item, err);
}

static void
bind_time(struct stmt *q, const char *name, int64_t at)
{
	if (at != 0)
		stmt_bind_i64(q, name, at);
}

/* The columns that both insert and update write. */
static void
bind_item(struct stmt *q, const struct item *item)
{
	stmt_bind_cstr(q, ":topics", item->topics);
	stmt_bind_i64(q, ":lane", item->lane);
	stmt_bind_cstr(q, ":state", item->state);
	stmt_bind_cstr(q, ":machine", item->machine);
	stmt_bind_cstr(q, ":reason", item->reason);
	stmt_bind_cstr(q, ":lang", item->lang);
	stmt_bind_cstr(q, ":land", item->land);
	stmt_bind_cstr(q, ":claimed_by", item->claimed_by);
	bind_time(q, ":lease_until", item->lease_until);
	bind_time(q, ":snooze_until", item->snooze_until);
	stmt_bind_cstr(q, ":verdict", item->verdict);
	stmt_bind_cstr(q, ":verdict_by", item->verdict_by);
	stmt_bind_i64(q, ":asked_at", item->asked_at);
	stmt_bind_i64(q, ":opened_at", item->opened_at);
	stmt_bind_i64(q, ":changed_at", item->changed_at);
	bind_time(q, ":closed_at", item->closed_at);
	stmt_bind_cstr(q, ":came_back", item->came_back);
	stmt_bind_cstr(q, ":rule", item->rule);
	stmt_bind_i64(q, ":rev", item->rev);
	stmt_bind_cstr(q, ":fingerprint", item->fingerprint);
}

int
item_insert(struct db *db, struct item *item, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ITEM_INSERT);
	int r;

	stmt_bind_cstr(q, ":kind", item->kind);
	stmt_bind_i64(q, ":post", item->post);
	stmt_bind_i64(q, ":thread", item->thread);
	stmt_bind_cstr(q, ":claim", item->claim);
	bind_item(q, item);
	r = stmt_step(q, err);
	if (r != 1)
		return -1;
	item->id = stmt_i64(q, 0);
	item->version = 1;
	stmt_reset(q);
	return 0;
}

int
item_update(struct db *db, struct item *item, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ITEM_UPDATE);
	int64_t n;

	stmt_bind_i64(q, ":id", item->id);
	stmt_bind_i64(q, ":version", item->version);
	bind_item(q, item);
	n = stmt_run(q, err);
	if (n == 1)
		item->version++;
	return (int)n;
}

/*
 * The rows are read whole before the first call, since the calls write to the
 * table that is being read.
 */
int
items_of_thread(struct db *db, int64_t thread, int (*call)(void *,
    struct item *, struct err *), void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_ITEMS_OF_THREAD);
	struct item *items = NULL;
	size_t i, n = 0, room = 0;
	int r;

	stmt_bind_i64(q, ":thread", thread);
	while ((r = stmt_step(q, err)) == 1) {
		vec_grow(items, n, room);
		item_take(q, &items[n++]);
	}
	for (i = 0; i < n; i++) {
		if (r == 0 && call(arg, &items[i], err) == -1)
			r = -1;
		item_fini(&items[i]);
	}
	free(items);
	return r;
}

int
question_put(struct db *db, int64_t post, int64_t thread, const char *state,
    const char *reason, int64_t by, const char *topics_json, int64_t since,
    int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_QUESTION_PUT);

	stmt_bind_i64(q, ":post", post);
	stmt_bind_i64(q, ":thread", thread);
	stmt_bind_cstr(q, ":state", state);
	stmt_bind_cstr(q, ":reason", reason);
	bind_time(q, ":answered_by", by);
	stmt_bind_cstr(q, ":topics", topics_json);
	stmt_bind_i64(q, ":since", since);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
questions_prune(struct db *db, int64_t thread, int64_t now, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_QUESTIONS_PRUNE);

	stmt_bind_i64(q, ":thread", thread);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
correction_put(struct db *db, int64_t post, const char *field,
    const char *value, const char *was, const char *actor, int64_t now,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_CORRECTION_PUT);

	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":field", field);
	stmt_bind_cstr(q, ":value", value);
	stmt_bind_cstr(q, ":was", was);
	stmt_bind_cstr(q, ":actor", actor);
	stmt_bind_i64(q, ":now", now);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
correction_get(struct db *db, int64_t post, const char *field, char **ret,
    struct err *err)
{
	struct stmt *q = db_stmt(db, Q_CORRECTION_GET);
	int r;

	*ret = NULL;
	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":field", field);
	r = stmt_step(q, err);
	if (r == 1) {
		*ret = stmt_dup(q, 0);
		stmt_reset(q);
	}
	return r == -1 ? -1 : 0;
}

int
history_add(struct db *db, int64_t now, int64_t item, const char *actor,
    const char *action, const char *detail, int64_t version, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_HISTORY_ADD);

	stmt_bind_i64(q, ":now", now);
	bind_time(q, ":item", item);
	stmt_bind_cstr(q, ":actor", actor);
	stmt_bind_cstr(q, ":action", action);
	stmt_bind_cstr(q, ":detail", detail);
	bind_time(q, ":version", version);
	return stmt_run(q, err) == -1 ? -1 : 0;
}

int
post_facts_get(struct db *db, int64_t post, const char *kind,
    const char *subject, struct post_facts *facts, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_POST_FACTS);
	int r;

	memset(facts, 0, sizeof(*facts));
	stmt_bind_i64(q, ":post", post);
	r = stmt_step(q, err);
	if (r != 1)
		return r;
	facts->lang = stmt_dup(q, 0);
	facts->land = stmt_dup(q, 1);
	facts->created_at = stmt_i64(q, 2);
	facts->changed_at = stmt_i64(q, 3);
	facts->edited_at = stmt_i64(q, 4);
	facts->deleted_at = stmt_i64(q, 5);
	facts->topics = stmt_dup(q, 6);
	stmt_reset(q);
	q = db_stmt(db, Q_POST_RULE);
	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":kind", kind);
	stmt_bind_cstr(q, ":subject", subject);
	r = stmt_step(q, err);
	if (r == 1) {
		facts->rule = stmt_dup(q, 0);
		facts->rev = stmt_i64(q, 1);
		facts->fingerprint = stmt_dup(q, 2);
		stmt_reset(q);
	}
	return r == -1 ? -1 : 1;
}

void
post_facts_fini(struct post_facts *facts)
{
	free(facts->lang);
	free(facts->land);
	free(facts->topics);
	free(facts->rule);
	free(facts->fingerprint);
	memset(facts, 0, sizeof(*facts));
}
