/*
 * kompan queue claim.
 */
#include "base/json.h"
#include "cmd/queue_change.h"

static int queue_claim(struct cmd_env *, int, char **);

const struct cmd cmd_queue_claim = {
	.noun = "queue", .verb = "claim",
	.args = "ITEM [--as NAME] [--version N]",
	.summary = "Take an item for half an hour, so that nobody else works on it.",
	.config = true, .run = queue_claim,
};

static int
queue_claim(struct cmd_env *env, int argc, char **argv)
{
	const char *as = NULL;
	int64_t version = 0;
	const struct cmd_option options[] = {
		{ .name = "as", .value = &as },
		{ .name = "version", .number = &version },
		{ 0 }
	};

	if (!cmd_options(env, &cmd_queue_claim, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_queue_claim);
	return queue_change(env, "queue.claim", argv[0], as, version,
	    json_object_new_object());
}
