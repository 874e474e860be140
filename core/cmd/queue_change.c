/*
 * Sends a change of an item and tells what it is now.
 */
#include "cmd/queue_change.h"

#include <stdio.h>

#include "base/json.h"
#include "cmd/queue_row.h"

int
queue_change(struct cmd_env *env, const char *name, const char *id,
    const char *as, int64_t version, struct json_object *args)
{
	struct json_object *ret = NULL;
	struct err err = ERR_INIT;
	int64_t item;

	if (str_to_i64(str_of(id), 1, INT64_MAX, &item) == -1) {
		json_object_put(args);
		err_set(&err, "`%s' is no number of an item", id);
		return cmd_failed(env, &err);
	}
	json_put_i64(args, "item", item);
	json_put_cstr(args, "actor", queue_actor(as));
	if (version != 0)
		json_put_i64(args, "version", version);
	if (cmd_write(env, name, args, &ret, &err) == -1)
		return cmd_failed(env, &err);
	if (env->json)
		json_print(ret, stdout);
	else
		printf("item %lld is %.*s (version %lld)\n", (long long)item,
		    STR_ARG(json_get_str(ret, "state")),
		    (long long)json_get_i64(ret, "version", 0));
	json_object_put(ret);
	return EXIT_DONE;
}
