/*
 * kompan db migrate.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "storage/db.h"
#include "storage/migrate.h"

static int db_migrate_run(struct cmd_env *, int, char **);

const struct cmd cmd_db_migrate = {
	.noun = "db", .verb = "migrate", .args = "",
	.summary = "Bring the database to the schema of this Kompan.",
	.help = "The agent does it when it starts; this does it without"
	    " starting one.  A database\nof a newer Kompan is refused.",
	.config = true, .run = db_migrate_run,
};

static int
migrate(struct cmd_env *env, int64_t *from, struct err *err)
{
	struct db *db = NULL;
	int r;

	if (config_make_state(env->config, err) == -1 ||
	    db_open(env->config->database, DB_WRITE, &db, err) == -1)
		return -1;
	r = migrate_version(db, from, err);
	if (r == 0)
		r = migrate_up(db, err);
	db_close(db);
	return r;
}

static int
db_migrate_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct json_object *o;
	struct err err = ERR_INIT;
	int64_t from;

	if (!cmd_options(env, &cmd_db_migrate, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 0)
		return cmd_usage(&cmd_db_migrate);
	if (migrate(env, &from, &err) == -1)
		return cmd_failed(env, &err);
	if (env->json) {
		o = json_object_new_object();
		json_put_i64(o, "from", from);
		json_put_i64(o, "to", migrate_newest());
		json_print(o, stdout);
		json_object_put(o);
	} else {
		printf("schema %" PRId64 "%s\n", migrate_newest(),
		    from == migrate_newest() ? ": nothing to do" : "");
	}
	return EXIT_DONE;
}
