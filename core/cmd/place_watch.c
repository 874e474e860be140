/*
 * kompan place watch: from now on a place's posts are judged.
 */
#include "base/json.h"
#include "cmd/cmd.h"

static int place_watch_verb(struct cmd_env *, int, char **);

const struct cmd cmd_place_watch = {
	.noun = "place", .verb = "watch",
	.args = "PLACE --basis BASIS | PLACE --end",
	.summary = "Watch a place on a legal basis, or end that.",
	.help = "PLACE is its number, URL, SOURCE/ID or name.  BASIS is owned, "
	    "invited, public-feed,\ncapture, mail or export, and says what may "
	    "be done with what is seen there.",
	.config = true, .run = place_watch_verb,
};

static int
place_watch_verb(struct cmd_env *env, int argc, char **argv)
{
	const char *basis = NULL;
	bool end = false;
	const struct cmd_option options[] = {
		{ .name = "basis", .value = &basis },
		{ .name = "end", .flag = &end },
		{ 0 }
	};
	struct json_object *args;

	if (!cmd_options(env, &cmd_place_watch, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1 || (basis != NULL) == end)
		return cmd_usage(&cmd_place_watch);
	args = json_object_new_object();
	json_put_cstr(args, "place", argv[0]);
	if (basis != NULL)
		json_put_cstr(args, "basis", basis);
	return cmd_change(env, "place.watch", args, "place %s: %s\n",
	    argv[0], end ? "not watched any more" : "watched");
}
