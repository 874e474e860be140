/*
 * kompan outbox settle: a person's word on a reply of which nobody knew.
 */
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"

static int outbox_settle_verb(struct cmd_env *, int, char **);

const struct cmd cmd_outbox_settle = {
	.noun = "outbox", .verb = "settle",
	.args = "ROW sent|failed|approved [--as NAME]",
	.summary = "Say what became of an unclear reply.",
	.help = "Look at the platform first.  sent: it is there.  failed: it is "
	    "not, and need not be.\napproved: it is not there, send it again.",
	.config = true, .run = outbox_settle_verb,
};

static int
outbox_settle_verb(struct cmd_env *env, int argc, char **argv)
{
	const char *as = NULL;
	const struct cmd_option options[] = {
		{ .name = "as", .value = &as }, { 0 }
	};
	struct json_object *args;
	int64_t row;

	if (!cmd_options(env, &cmd_outbox_settle, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 2 || str_to_i64(str_of(argv[0]), 1, INT64_MAX, &row) == -1)
		return cmd_usage(&cmd_outbox_settle);
	args = json_object_new_object();
	json_put_i64(args, "row", row);
	json_put_cstr(args, "as", argv[1]);
	json_put_cstr(args, "actor", queue_actor(as));
	return cmd_change(env, "outbox.settle", args, "row %lld: %s\n",
	    (long long)row, argv[1]);
}
