/*
 * What a person decides about replies of which nobody knows whether they went
 * out: that they did, that they did not, or that they shall go out once more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "queue/control.h"
#include "storage/item.h"
#include "storage/outbox.h"

#define ACTOR_MAX 64

static int
settle(struct db *db, const struct config *config, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	static const char *const states[] = { "sent", "failed", "approved",
		NULL };
	struct str as = json_get_str(args, "as");
	struct str actor = json_get_str(args, "actor");
	int64_t id = json_get_i64(args, "row", 0);
	char *who, *detail;
	size_t i;
	int r;

	(void)config;
	(void)ret;
	for (i = 0; states[i] != NULL && !str_is(as, states[i]); i++)
		;
	if (states[i] == NULL || actor.n == 0 || actor.n > ACTOR_MAX)
		return err_set_code(err, ERR_INVALID,
		    "say who acts, and sent, failed or approved");
	r = outbox_settle_unclear(db, id, states[i], clock_now(), err);
	if (r == 0)
		return err_set_code(err, ERR_CONFLICT,
		    "row %lld of the outbox is not unclear (any more)",
		    (long long)id);
	if (r == -1)
		return -1;
	who = str_dup(actor);
	detail = xasprintf("row %lld: %s", (long long)id, states[i]);
	r = history_add(db, clock_now(), 0, who, "outbox", detail, 0, err);
	free(who);
	free(detail);
	return r;
}

const struct control outbox_controls[] = {
	{ "outbox.settle", settle },
	{ NULL, NULL }
};
