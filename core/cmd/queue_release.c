/*
 * kompan queue release.
 */
#include "base/json.h"
#include "cmd/queue_change.h"

static int queue_release(struct cmd_env *, int, char **);

const struct cmd cmd_queue_release = {
	.noun = "queue", .verb = "release",
	.args = "ITEM [--as NAME] [--version N]",
	.summary = "Give an item back without a verdict.",
	.config = true, .run = queue_release,
};

static int
queue_release(struct cmd_env *env, int argc, char **argv)
{
	const char *as = NULL;
	int64_t version = 0;
	const struct cmd_option options[] = {
		{ .name = "as", .value = &as },
		{ .name = "version", .number = &version },
		{ 0 }
	};

	if (!cmd_options(env, &cmd_queue_release, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_queue_release);
	return queue_change(env, "queue.release", argv[0], as, version,
	    json_object_new_object());
}
