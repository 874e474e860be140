/*
 * kompan db backup.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "storage/backup.h"
#include "storage/db.h"

static int db_backup_run(struct cmd_env *, int, char **);

const struct cmd cmd_db_backup = {
	.noun = "db", .verb = "backup", .args = "FILE",
	.summary = "Copy the database to a new file, while the agent runs.",
	.help = "The keys of pseudonyms are not in it: copy their folder too,"
	    " to another place.",
	.config = true, .run = db_backup_run,
};

/* How far, on a terminal; a new line a percent would be noise elsewhere. */
static void
progress(void *arg, int64_t done, int64_t all)
{
	int *shown = arg, percent = all == 0 ? 100 : (int)(done * 100 / all);

	if (percent == *shown)
		return;
	*shown = percent;
	fprintf(stderr, "\r%d %%%s", percent, percent == 100 ? "\n" : "");
}

static int
db_backup_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct json_object *o;
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int shown = -1, r;

	if (!cmd_options(env, &cmd_db_backup, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_db_backup);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	r = backup_make(db, argv[0], env->quiet || env->json ||
	    !isatty(STDERR_FILENO) ? NULL : progress, &shown, &err);
	db_close(db);
	if (r == -1)
		return cmd_failed(env, &err);
	if (env->json) {
		o = json_object_new_object();
		json_put_cstr(o, "file", argv[0]);
		json_print(o, stdout);
		json_object_put(o);
	} else {
		printf("%s holds the database\n", argv[0]);
	}
	return EXIT_DONE;
}
