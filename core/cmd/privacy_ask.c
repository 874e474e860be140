/*
 * Demands of people about their own posts: one argument, one command, and the
 * number of posts that went.
 */
#include "cmd/privacy_ask.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"

int
privacy_ask(struct cmd_env *env, const struct cmd *cmd, const char *control,
    int argc, char **argv)
{
	const char *as = NULL;
	const struct cmd_option options[] = {
		{ .name = "as", .value = &as },
		{ 0 }
	};
	struct json_object *args, *ret = NULL;
	struct err err = ERR_INIT;
	int64_t n;

	if (!cmd_options(env, cmd, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(cmd);
	args = json_object_new_object();
	json_put_cstr(args, "post", argv[0]);
	json_put_cstr(args, "actor", queue_actor(as));
	if (cmd_write(env, control, args, &ret, &err) == -1)
		return cmd_failed(env, &err);
	n = json_get_i64(ret, "posts", 0);
	if (env->json)
		json_print(ret, stdout);
	else
		printf("%" PRId64 " %s erased\n", n, n == 1 ? "post" : "posts");
	json_object_put(ret);
	return EXIT_DONE;
}
