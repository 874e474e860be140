/*
 * kompan db check.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "storage/check.h"
#include "storage/db.h"
#include "storage/migrate.h"

static int db_check_run(struct cmd_env *, int, char **);

const struct cmd cmd_db_check = {
	.noun = "db", .verb = "check", .args = "",
	.summary = "Look through the whole database for faults.",
	.help = "The agent may run meanwhile.  Exits 1 where there are faults.",
	.config = true, .run = db_check_run,
};

/* With --json they are kept, else told at once. */
static void
fault(void *arg, const char *text)
{
	struct json_object *faults = arg;

	if (faults != NULL)
		json_object_array_add(faults, json_object_new_string(text));
	else
		printf("fault: %s\n", text);
}

static struct json_object *
counts_json(const struct check_counts *c)
{
	struct json_object *o = json_object_new_object();

	json_put_i64(o, "sources", c->sources);
	json_put_i64(o, "places", c->places);
	json_put_i64(o, "threads", c->threads);
	json_put_i64(o, "posts", c->posts);
	json_put_i64(o, "texts", c->texts);
	json_put_i64(o, "items", c->items);
	json_put_i64(o, "outbox", c->outbox);
	return o;
}

static void
print_json(struct json_object *faults, const struct check_counts *c,
    int64_t schema)
{
	struct json_object *o = json_object_new_object();

	json_put_bool(o, "good", json_object_array_length(faults) == 0);
	json_put_i64(o, "schema", schema);
	json_put(o, "faults", faults);
	json_put(o, "counts", counts_json(c));
	json_print(o, stdout);
	json_object_put(o);
}

static void
print_text(int64_t n, const struct check_counts *c, int64_t schema)
{
	printf("schema %" PRId64 ", %" PRId64 " sources, %" PRId64 " places, %"
	    PRId64 " threads, %" PRId64 " posts (%" PRId64 " with text), %"
	    PRId64 " items, %" PRId64 " outgoing replies\n", schema,
	    c->sources, c->places, c->threads, c->posts, c->texts, c->items,
	    c->outbox);
	if (n == 0)
		puts("no faults");
	else
		printf("%" PRId64 " faults\n", n);
}

static int
db_check_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct check_counts counts = { 0 };
	struct json_object *faults = NULL;
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int64_t schema = 0, n;

	if (!cmd_options(env, &cmd_db_check, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 0)
		return cmd_usage(&cmd_db_check);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	if (env->json)
		faults = json_object_new_array();
	n = check_run(db, fault, faults, &counts, &err);
	if (n != -1 && migrate_version(db, &schema, &err) == -1)
		n = -1;
	db_close(db);
	if (n == -1) {
		json_object_put(faults);
		return cmd_failed(env, &err);
	}
	if (env->json)
		print_json(faults, &counts, schema);
	else
		print_text(n, &counts, schema);
	return n == 0 ? EXIT_DONE : EXIT_FAILED;
}
