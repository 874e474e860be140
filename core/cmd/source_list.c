/*
 * kompan source list: every source, how it fares, what its plugin told.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "storage/coverage.h"
#include "storage/source.h"

static int source_list(struct cmd_env *, int, char **);

const struct cmd cmd_source_list = {
	.noun = "source", .verb = "list",
	.summary = "List sources: when each last saw something, and its faults.",
	.config = true, .run = source_list,
};

static const char *
row_state(const struct source_row *row)
{
	if (row->paused)
		return "paused";
	if (row->rests)
		return "waits for you";
	if (row->alerted)
		return "silent";
	if (row->fails > 0)
		return "failing";
	return row->heard_at == 0 ? "not heard yet" : "well";
}

static void
print_ago(const char *what, int64_t at, int64_t now)
{
	printf("  %s ", what);
	if (at == 0) {
		fputs("never", stdout);
		return;
	}
	print_age(stdout, now - at);
	fputs(" ago", stdout);
}

static void
print_source(const struct source_row *row, int64_t share,
    const struct source_finding *findings, size_t n, int64_t now)
{
	size_t i;

	printf("%s  %s  %s", row->name, row->plugin, row_state(row));
	print_ago("heard", row->heard_at, now);
	print_ago("new post", row->posted_at, now);
	if (share >= 0)
		printf("  watched %lld %% of the last week",
		    (long long)share / 10);
	fputc('\n', stdout);
	if (row->error != NULL && (row->fails > 0 || row->rests)) {
		fputs("    ", stdout);
		print_text(stdout, str_of(row->error), 0);
		fputc('\n', stdout);
	}
	for (i = 0; i < n; i++) {
		printf("    %s: ", findings[i].code);
		print_text(stdout, str_of(findings[i].text), 0);
		fputc('\n', stdout);
	}
}

static void
print_source_json(const struct source_row *row, int64_t share,
    const struct source_finding *findings, size_t n)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	json_put_cstr(o, "name", row->name);
	json_put_cstr(o, "plugin", row->plugin);
	json_put_cstr(o, "target", row->target);
	json_put_cstr(o, "state", row_state(row));
	json_put_cstr(o, "basis", row->basis);
	json_put_i64(o, "heard_at", row->heard_at);
	json_put_i64(o, "posted_at", row->posted_at);
	json_put_i64(o, "due_at", row->due_at);
	json_put_i64(o, "pace_ms", row->pace_ms);
	json_put_i64(o, "fails", row->fails);
	json_put_cstr(o, "error", row->error);
	if (share >= 0)
		json_put_i64(o, "watched_thousandths", share);
	for (i = 0; i < n; i++) {
		struct json_object *f = json_object_new_object();

		json_put_cstr(f, "code", findings[i].code);
		json_put_i64(f, "level", findings[i].level);
		json_put_cstr(f, "text", findings[i].text);
		json_object_array_add(list, f);
	}
	json_put(o, "findings", list);
	json_print(o, stdout);
	json_object_put(o);
}

static int
show_source(struct cmd_env *env, struct db *db, const struct source_row *row,
    int64_t now, struct err *err)
{
	struct source_finding *findings = NULL;
	size_t n = 0;
	int64_t share = -1;

	if (coverage_source_share(db, row->id, now - 7 * DAY_MS, now, &share,
	    err) == -1 || source_findings(db, row->id, &findings, &n, err) ==
	    -1)
		return -1;
	if (env->json)
		print_source_json(row, share, findings, n);
	else
		print_source(row, share, findings, n, now);
	source_findings_free(findings, n);
	return 0;
}

static int
source_list(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct source_row row;
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int64_t id = 0, now = clock_now();
	int r;

	if (!cmd_options(env, &cmd_source_list, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_source_list);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	while ((r = source_after(db, id, &row, &err)) == 1) {
		id = row.id;
		r = show_source(env, db, &row, now, &err);
		source_row_fini(&row);
		if (r == -1)
			break;
	}
	db_close(db);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
