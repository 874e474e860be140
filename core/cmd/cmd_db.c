/*
 * How verbs reach the database: readers open it themselves, writers go through
 * the agent, or stand in for it where none is running.
 */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "config/config.h"
#include "queue/control.h"
#include "queue/control_server.h"
#include "storage/db.h"
#include "storage/migrate.h"
#include "storage/writer.h"

struct local {
	const struct control *control;
	const struct config *config;
	struct json_object *args, *ret;
};

static int
local_run(struct db *db, void *arg, struct err *err)
{
	struct local *local = arg;

	json_object_put(local->ret);
	local->ret = NULL;
	return local->control->run(db, local->config, local->args,
	    &local->ret, err);
}

/* No agent: be the writer for the length of one command. */
static int
write_here(struct cmd_env *env, const struct control *control,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	struct local local = { control, env->config, args, NULL };
	struct writer *writer = NULL;
	int r;

	if (config_make_state(env->config, err) == -1)
		return -1;
	if (writer_start(env->config->database, &writer, err) == -1)
		return -1;
	r = writer_do(writer, WRITER_NOW, local_run, &local, err);
	writer_stop(writer);
	if (r == -1)
		json_object_put(local.ret);
	else
		*ret = local.ret;
	return r == -1 ? -1 : 0;
}

int
cmd_write(struct cmd_env *env, const char *name, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	const struct control *control = control_find(name);
	int r;

	*ret = NULL;
	r = control_ask(env->config->socket, name, json_object_get(args), ret,
	    err);
	if (r == -1 && err->code == ERR_NOT_FOUND && control != NULL &&
	    strncmp(err->text, "no agent", 8) == 0)
		r = write_here(env, control, args, ret, err);
	json_object_put(args);
	return r;
}

int
cmd_change(struct cmd_env *env, const char *name, struct json_object *args,
    const char *format, ...)
{
	struct json_object *ret = NULL;
	struct err err = ERR_INIT;
	va_list ap;

	if (cmd_write(env, name, args, &ret, &err) == -1)
		return cmd_failed(env, &err);
	json_object_put(ret);
	if (!env->json) {
		va_start(ap, format);
		vprintf(format, ap);
		va_end(ap);
	}
	return EXIT_DONE;
}

int
cmd_open_db(struct cmd_env *env, struct db **ret, struct err *err)
{
	struct db *db = NULL;

	if (db_open(env->config->database, DB_READ, &db, err) == -1) {
		err_prefix(err, "cannot open the database (has the agent run "
		    "yet?)");
		return -1;
	}
	if (migrate_check(db, err) == -1) {
		db_close(db);
		return -1;
	}
	*ret = db;
	return 0;
}
