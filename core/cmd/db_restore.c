/*
 * kompan db restore.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "storage/backup.h"

static int db_restore_run(struct cmd_env *, int, char **);

const struct cmd cmd_db_restore = {
	.noun = "db", .verb = "restore", .args = "FILE",
	.summary = "Put a backup in the place of the database.",
	.help = "No agent may run.  The old database is kept beside.  Replies"
	    " that were not finished\nat the backup are marked unclear: look"
	    " at the platform whether they were sent.\nWhat was erased after"
	    " the backup is in it again: erase it again.",
	.config = true, .run = db_restore_run,
};

static void
print_json(const struct backup_restored *b)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "aside", b->aside[0] == '\0' ? NULL : b->aside);
	json_put_i64(o, "unclear", b->unclear);
	json_print(o, stdout);
	json_object_put(o);
}

static int
db_restore_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct backup_restored b = { .unclear = 0 };
	struct err err = ERR_INIT;

	if (!cmd_options(env, &cmd_db_restore, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_db_restore);
	if (config_make_state(env->config, &err) == -1 ||
	    backup_restore(argv[0], env->config->database, clock_now(), &b,
	    &err) == -1)
		return cmd_failed(env, &err);
	if (env->json) {
		print_json(&b);
		return EXIT_DONE;
	}
	printf("%s is restored from %s\n", env->config->database, argv[0]);
	if (b.aside[0] != '\0')
		printf("the old one is %s\n", b.aside);
	if (b.unclear > 0)
		printf("%" PRId64 " replies are unclear: were they sent?\n",
		    b.unclear);
	return EXIT_DONE;
}
