/*
 * What people do to items: claim, release, verdict, correct.
 *
 * Every change carries the version that its author saw.  The loser is told who
 * won and what the item is now; nothing that was typed is thrown away by us.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "queue/control.h"
#include "queue/queue.h"
#include "storage/item.h"

#define ACTOR_MAX 64
#define DETAIL_MAX 2000

/* A command on one item, checked. */
struct change {
	struct db *db;
	int64_t now;
	char *actor;
	struct item item;
};

static void
change_fini(struct change *c)
{
	free(c->actor);
	item_fini(&c->item);
}

/* Read and check "item", "actor" and "version" of ${args}. */
static int
change_begin(struct change *c, struct db *db, struct json_object *args,
    struct err *err)
{
	struct str actor = json_get_str(args, "actor");
	int64_t id = json_get_i64(args, "item", 0);
	int64_t version = json_get_i64(args, "version", 0);
	int r;

	memset(c, 0, sizeof(*c));
	c->db = db;
	c->now = clock_now();
	if (actor.n == 0 || actor.n > ACTOR_MAX || !str_is_utf8(actor))
		return err_set_code(err, ERR_INVALID,
		    "say who acts: a name of 1 to %d bytes", ACTOR_MAX);
	r = item_get(db, id, &c->item, err);
	if (r == 0)
		return err_set_code(err, ERR_NOT_FOUND, "there is no item %lld",
		    (long long)id);
	if (r == -1)
		return -1;
	c->actor = str_dup(actor);
	if (version != 0 && version != c->item.version)
		return err_set_code(err, ERR_CONFLICT, "item %lld was changed "
		    "meanwhile: it is %s%s%s now (version %lld)",
		    (long long)id, item_state_at(&c->item, c->now),
		    c->item.claimed_by != NULL ? " by " : "",
		    c->item.claimed_by != NULL ? c->item.claimed_by : "",
		    (long long)c->item.version);
	return 0;
}

static struct json_object *
item_answer(const struct change *c)
{
	struct json_object *o = json_object_new_object();

	json_put_i64(o, "id", c->item.id);
	json_put_i64(o, "version", c->item.version);
	json_put_cstr(o, "state", item_state_at(&c->item, c->now));
	json_put_cstr(o, "claimed_by", c->item.claimed_by);
	return o;
}

/* Write the item and the history; *${ret} tells what it is now. */
static int
change_end(struct change *c, const char *action, const char *detail,
    struct json_object **ret, struct err *err)
{
	int r;

	c->item.changed_at = c->now;
	r = item_update(c->db, &c->item, err);
	if (r == 0)
		return err_set_code(err, ERR_CONFLICT,
		    "item %lld was changed meanwhile",
		    (long long)c->item.id);
	if (r == -1 || history_add(c->db, c->now, c->item.id, c->actor, action,
	    detail, c->item.version, err) == -1)
		return -1;
	*ret = item_answer(c);
	return 0;
}

/* Refuse what somebody else holds. */
static int
check_holder(const struct change *c, struct err *err)
{
	if (strcmp(item_state_at(&c->item, c->now), "claimed") == 0 &&
	    strcmp(c->item.claimed_by, c->actor) != 0)
		return err_set_code(err, ERR_CONFLICT,
		    "%s holds item %lld for %lld more minutes",
		    c->item.claimed_by, (long long)c->item.id,
		    (long long)((c->item.lease_until - c->now) / MINUTE_MS +
		    1));
	return 0;
}

static int
claim(struct db *db, const struct config *config, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	struct change c;
	int r = change_begin(&c, db, args, err);

	(void)config;
	if (r == 0)
		r = check_holder(&c, err);
	if (r == 0 && item_is_closed(&c.item))
		r = err_set_code(err, ERR_CONFLICT, "item %lld is closed: %s%s%s",
		    (long long)c.item.id, c.item.state,
		    c.item.verdict_by != NULL ? " by " : "",
		    c.item.verdict_by != NULL ? c.item.verdict_by : "");
	if (r == 0) {
		item_set(&c.item.state, "claimed");
		item_set(&c.item.claimed_by, c.actor);
		c.item.lease_until = c.now + QUEUE_LEASE_MS;
		r = change_end(&c, "claimed", NULL, ret, err);
	}
	change_fini(&c);
	return r;
}

static int
release(struct db *db, const struct config *config, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	struct change c;
	int r = change_begin(&c, db, args, err);

	(void)config;
	if (r == 0)
		r = check_holder(&c, err);
	if (r == 0 && strcmp(c.item.state, "claimed") != 0)
		r = err_set_code(err, ERR_CONFLICT,
		    "item %lld is not claimed", (long long)c.item.id);
	if (r == 0) {
		item_set(&c.item.state, "new");
		item_set(&c.item.claimed_by, NULL);
		c.item.lease_until = 0;
		r = change_end(&c, "released", NULL, ret, err);
	}
	change_fini(&c);
	return r;
}

/* What a person can say of an item, and what becomes of it. */
static const struct verdict {
	const char *name, *state;
} verdicts[] = {
	{ "answered", "answered by us" },       /* with the link */
	{ "no-answer-needed", "dismissed" },
	{ "not-relevant", "dismissed" },
	{ "false-alarm", "dismissed" },
	{ "claim-confirmed", NULL },            /* stays open: to be answered */
	{ "escalated", "escalated" },
	{ "snoozed", "snoozed" },
	{ NULL, NULL }
};

static const struct verdict *
verdict_find(struct str name)
{
	const struct verdict *v;

	for (v = verdicts; v->name != NULL; v++) {
		if (str_is(name, v->name))
			return v;
	}
	return NULL;
}

/* "lang", "land" and "topic" of ${args} are stored beside the machine's. */
static int
take_corrections(struct change *c, struct json_object *args, struct err *err)
{
	static const char *const fields[] = { "lang", "land", "topic" };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct str value = json_get_str(args, fields[i]);
		char **now = i == 0 ? &c->item.lang : i == 1 ? &c->item.land :
		    &c->item.topics;
		char *text;
		int r;

		if (value.n == 0)
			continue;
		if (value.n > ACTOR_MAX)
			return err_set_code(err, ERR_INVALID,
			    "`%s' is too long", fields[i]);
		text = str_dup(value);
		r = correction_put(c->db, c->item.post, fields[i], text, *now,
		    c->actor, c->now, err);
		item_set(now, text);
		free(text);
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
take_verdict(struct change *c, const struct verdict *verdict,
    struct json_object *args, struct err *err)
{
	int64_t until = json_get_i64(args, "until", 0);

	if (strcmp(verdict->name, "snoozed") == 0) {
		if (until <= c->now || until > c->now + 365 * DAY_MS)
			return err_set_code(err, ERR_INVALID,
			    "snoozing needs a time within the next year");
		c->item.snooze_until = until;
	}
	item_set(&c->item.verdict, verdict->name);
	item_set(&c->item.verdict_by, c->actor);
	if (verdict->state != NULL) {
		item_set(&c->item.state, verdict->state);
		item_set(&c->item.claimed_by, NULL);
		c->item.lease_until = 0;
		c->item.closed_at = item_is_closed(&c->item) ? c->now : 0;
	}
	return take_corrections(c, args, err);
}

static int
verdict(struct db *db, const struct config *config, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	const struct verdict *v = verdict_find(json_get_str(args, "verdict"));
	struct str detail = json_get_str(args, "detail");
	struct change c;
	char *text = NULL;
	int r = change_begin(&c, db, args, err);

	(void)config;
	if (r == 0 && v == NULL)
		r = err_set_code(err, ERR_INVALID, "no such verdict; there are "
		    "answered, no-answer-needed, not-relevant, false-alarm, "
		    "claim-confirmed, escalated, snoozed");
	if (r == 0 && detail.n > DETAIL_MAX)
		r = err_set_code(err, ERR_LIMIT, "the note is too long");
	if (r == 0)
		r = check_holder(&c, err);
	if (r == 0)
		r = take_verdict(&c, v, args, err);
	if (r == 0) {
		text = xasprintf("%s%s%.*s", v->name, detail.n > 0 ? " " : "",
		    STR_ARG(detail));
		r = change_end(&c, "verdict", text, ret, err);
	}
	free(text);
	change_fini(&c);
	return r;
}

const struct control queue_controls[] = {
	{ "queue.claim", claim },
	{ "queue.release", release },
	{ "queue.verdict", verdict },
	{ NULL, NULL }
};
