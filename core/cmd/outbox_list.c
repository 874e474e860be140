/*
 * kompan outbox list: what is on its way out, and what nobody knows of.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "storage/db.h"
#include "storage/outbox.h"

static int outbox_list_verb(struct cmd_env *, int, char **);

const struct cmd cmd_outbox_list = {
	.noun = "outbox", .verb = "list", .args = "[--all]",
	.summary = "List replies that are not out yet, or of which nobody knows.",
	.help = "--all lists those that are out as well.",
	.config = true, .run = outbox_list_verb,
};

static int
print_line(void *arg, const struct outbox_line *line, struct err *err)
{
	const struct cmd_env *env = arg;
	struct json_object *o;

	(void)err;
	if (env->json) {
		o = json_object_new_object();
		json_put_i64(o, "row", line->id);
		json_put_str(o, "source", line->source);
		json_put_str(o, "state", line->state);
		json_put_str(o, "fixed", line->fixed);
		json_put_str(o, "text", line->text);
		json_put_str(o, "url", line->url);
		json_put_str(o, "error", line->error);
		json_put_i64(o, "created_at", line->created_at);
		json_put_i64(o, "changed_at", line->changed_at);
		json_print(o, stdout);
		json_object_put(o);
		return 0;
	}
	printf("%5lld  %-9.*s  ", (long long)line->id, STR_ARG(line->state));
	print_age(stdout, clock_now() - line->created_at);
	printf("  %.*s  ", STR_ARG(line->source));
	print_text(stdout, line->text, 60);
	fputc('\n', stdout);
	if (line->error.n > 0) {
		fputs("       ", stdout);
		print_text(stdout, line->error, 0);
		fputc('\n', stdout);
	}
	return 0;
}

static int
outbox_list_verb(struct cmd_env *env, int argc, char **argv)
{
	bool all = false;
	const struct cmd_option options[] = {
		{ .name = "all", .flag = &all }, { 0 }
	};
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int r;

	if (!cmd_options(env, &cmd_outbox_list, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_outbox_list);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	r = outbox_list(db, all, print_line, env, &err);
	db_close(db);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
