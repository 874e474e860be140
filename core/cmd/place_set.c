/*
 * kompan place set: what the admin says of a place.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd/cmd.h"

static int place_set_verb(struct cmd_env *, int, char **);

const struct cmd cmd_place_set = {
	.noun = "place", .verb = "set", .args = "PLACE KEY=VALUE ...",
	.summary = "Set grace, lang, land or note of a place.",
	.help = "grace is a duration; lang and land are fallbacks where a post "
	    "does not tell;\nnote is what a streetworker should know of the "
	    "place.",
	.config = true, .run = place_set_verb,
};

static int
set_one(struct cmd_env *env, const char *place, const char *word,
    struct err *err)
{
	struct json_object *args = json_object_new_object(), *ret = NULL;
	struct str value = str_of(word), key = str_cut(&value, '=');
	int r;

	json_put_cstr(args, "place", place);
	json_put_str(args, "key", key);
	if (value.n > 0)
		json_put_str(args, "value", value);
	r = cmd_write(env, "place.set", args, &ret, err);
	json_object_put(ret);
	return r;
}

static int
place_set_verb(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct err err = ERR_INIT;
	int i;

	if (!cmd_options(env, &cmd_place_set, none, &argc, &argv))
		return EXIT_USAGE;
	for (i = 1; i < argc; i++) {
		if (strchr(argv[i], '=') == NULL)
			return cmd_usage(&cmd_place_set);
	}
	if (argc < 2)
		return cmd_usage(&cmd_place_set);
	for (i = 1; i < argc; i++) {
		if (set_one(env, argv[0], argv[i], &err) == -1)
			return cmd_failed(env, &err);
	}
	return EXIT_DONE;
}
