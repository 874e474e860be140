/*
 * kompan place list: where people talk, and what we see there.
 */
#include <kompan-plugin.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "storage/coverage.h"
#include "storage/place.h"

static int place_list(struct cmd_env *, int, char **);

const struct cmd cmd_place_list = {
	.noun = "place", .verb = "list",
	.summary = "List places: watched or not, what can be seen there, since when.",
	.config = true, .run = place_list,
};

static const struct {
	int64_t bit;
	const char *name;
} sights[] = {
	{ KP_SEES_POSTS, "posts" }, { KP_SEES_REPLIES, "replies" },
	{ KP_SEES_AUTHORS, "authors" }, { KP_SEES_EDITS, "edits" },
	{ KP_SEES_DELETIONS, "deletions" },
};
#define NSIGHTS (sizeof(sights) / sizeof(sights[0]))

static void
print_place(const struct place_row *row, int64_t share, int64_t now)
{
	size_t i;

	printf("%4lld  %s  ", (long long)row->id, row->watched ? "watched" :
	    "NOT watched");
	print_text(stdout, str_of(row->name), 40);
	printf("  (%s)", row->source_name);
	if (row->basis != NULL)
		printf("  basis %s", row->basis);
	if (row->heard_at != 0) {
		fputs("  seen ", stdout);
		print_age(stdout, now - row->heard_at);
		fputs(" ago", stdout);
	}
	if (share >= 0)
		printf("  %lld %% of the last week", (long long)share / 10);
	fputs("\n      sees", stdout);
	for (i = 0; i < NSIGHTS; i++) {
		if (row->sees & sights[i].bit)
			printf(" %s", sights[i].name);
	}
	fputs("; not", stdout);
	for (i = 0; i < NSIGHTS; i++) {
		if (!(row->sees & sights[i].bit))
			printf(" %s", sights[i].name);
	}
	if (row->health != KP_OPEN && row->reason != NULL) {
		fputs("; ", stdout);
		print_text(stdout, str_of(row->reason), 0);
	}
	fputc('\n', stdout);
}

static void
print_place_json(const struct place_row *row, int64_t share)
{
	struct json_object *o = json_object_new_object();
	struct json_object *sees = json_object_new_array();
	size_t i;

	json_put_i64(o, "id", row->id);
	json_put_cstr(o, "name", row->name);
	json_put_cstr(o, "source", row->source_name);
	json_put_cstr(o, "place", row->ext);
	json_put_cstr(o, "url", row->url);
	json_put_bool(o, "watched", row->watched);
	json_put_cstr(o, "basis", row->basis);
	json_put_i64(o, "grace_ms", row->grace_ms);
	json_put_cstr(o, "lang", row->lang);
	json_put_cstr(o, "land", row->land);
	json_put_cstr(o, "note", row->note);
	json_put_i64(o, "health", row->health);
	json_put_cstr(o, "reason", row->reason);
	json_put_i64(o, "heard_at", row->heard_at);
	json_put_i64(o, "posted_at", row->posted_at);
	if (share >= 0)
		json_put_i64(o, "watched_thousandths", share);
	for (i = 0; i < NSIGHTS; i++) {
		if (row->sees & sights[i].bit)
			json_object_array_add(sees,
			    json_object_new_string(sights[i].name));
	}
	json_put(o, "sees", sees);
	json_print(o, stdout);
	json_object_put(o);
}

static int
place_list(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct place_row row;
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int64_t id = 0, now = clock_now(), share;
	int r;

	if (!cmd_options(env, &cmd_place_list, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_place_list);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	while ((r = place_after(db, 0, id, &row, &err)) == 1) {
		id = row.id;
		share = -1;
		r = coverage_share(db, id, now - 7 * DAY_MS, now, &share,
		    &err);
		if (r == 0 && env->json)
			print_place_json(&row, share);
		else if (r == 0)
			print_place(&row, share, now);
		place_row_fini(&row);
		if (r == -1)
			break;
	}
	db_close(db);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
