/*
 * kompan queue show: one item, and the story of its thread in order.
 */
#include <kompan-plugin.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "queue/queue.h"
#include "storage/db.h"

static int queue_show(struct cmd_env *, int, char **);

const struct cmd cmd_queue_show = {
	.noun = "queue", .verb = "show", .args = "ITEM",
	.summary = "Show an item: its thread in order, what each rule saw, why.",
	.config = true, .run = queue_show,
};

struct show {
	struct cmd_env *env;
	struct db *db;
	int64_t now, thread;
	bool found;
	struct json_object *o, *list;
};

static int
print_hit(void *arg, const struct hit_row *row, struct err *err)
{
	(void)arg;
	(void)err;
	printf("        %.*s %.*s: rule %.*s rev %lld, bytes %.*s%s\n",
	    STR_ARG(row->kind), STR_ARG(row->subject), STR_ARG(row->rule),
	    (long long)row->rev, STR_ARG(row->spans),
	    row->limited ? " (not judged: a limit was reached)" : "");
	return 0;
}

static int
print_post(void *arg, const struct story_row *row, struct err *err)
{
	struct show *show = arg;
	char at[TIME_TEXT_SIZE];

	time_format(row->created_at, at);
	printf("\n  %s  ", at);
	if (row->name.n > 0)
		print_text(stdout, row->name, 40);
	else if (row->author.n > 0)
		printf("person %.*s", STR_ARG(str_fit(row->author, 6)));
	else
		fputs("somebody", stdout);
	if (row->flags & KP_OURS)
		fputs(" (ours)", stdout);
	if (row->parent.n > 0)
		printf("  in answer to %.*s", STR_ARG(row->parent));
	printf("  [%.*s]\n      ", STR_ARG(row->ext));
	if (row->deleted_at != 0)
		fputs("(deleted at the source)", stdout);
	else if (row->text.p == NULL)
		fputs("(the text was removed)", stdout);
	print_text(stdout, row->text, 0);
	fputc('\n', stdout);
	if (row->state.n > 0)
		printf("        => %.*s: %.*s\n", STR_ARG(row->state),
		    STR_ARG(row->reason));
	return hits_of_post(show->db, row->id, print_hit, show, err);
}

static int
add_post(void *arg, const struct story_row *row, struct err *err)
{
	struct show *show = arg;
	struct json_object *o = json_object_new_object();
	char at[TIME_TEXT_SIZE];

	(void)err;
	time_format(row->created_at, at);
	json_put_i64(o, "id", row->id);
	json_put_str(o, "post", row->ext);
	json_put_str(o, "reply_to", row->parent.n > 0 ? row->parent : STR_NONE);
	json_put_str(o, "author", row->author);
	json_put_str(o, "name", row->name);
	json_put_cstr(o, "at", at);
	json_put_bool(o, "edited", row->edited_at != 0);
	json_put_bool(o, "deleted", row->deleted_at != 0);
	json_put_bool(o, "ours", (row->flags & KP_OURS) != 0);
	json_put_str(o, "lang", row->lang);
	json_put_str(o, "url", row->url);
	json_put_str(o, "text", row->text);
	json_put_str(o, "state", row->state);
	json_put_str(o, "reason", row->reason);
	json_object_array_add(show->list, o);
	return 0;
}

static int
print_history(void *arg, const struct history_row *row, struct err *err)
{
	char at[TIME_TEXT_SIZE];

	(void)arg;
	(void)err;
	time_format(row->at, at);
	printf("  %s  %.*s %.*s  %.*s\n", at, STR_ARG(row->actor),
	    STR_ARG(row->action), STR_ARG(row->detail));
	return 0;
}

static int
add_history(void *arg, const struct history_row *row, struct err *err)
{
	struct show *show = arg;
	struct json_object *o = json_object_new_object();
	char at[TIME_TEXT_SIZE];

	(void)err;
	time_format(row->at, at);
	json_put_cstr(o, "at", at);
	json_put_str(o, "actor", row->actor);
	json_put_str(o, "action", row->action);
	json_put_str(o, "detail", row->detail);
	json_object_array_add(show->list, o);
	return 0;
}

static int
show_item(void *arg, const struct queue_row *row, struct err *err)
{
	struct show *show = arg;
	const struct item *item = &row->item;

	show->found = true;
	show->thread = item->thread;
	if (show->env->json) {
		show->o = queue_row_json(show->db, row, show->now, err);
		return show->o == NULL ? -1 : 0;
	}
	printf("item %lld (version %lld)  %s  %s  %s\n", (long long)item->id,
	    (long long)item->version, lane_name(item->lane),
	    item_state_at(item, show->now),
	    item->claimed_by != NULL ? item->claimed_by : "");
	printf("%s: %s\n", item->machine, item->reason);
	if (item->came_back != NULL)
		printf("came back: %s\n", item->came_back);
	printf("language %s  state %s  %s %s\n", item->lang != NULL ?
	    item->lang : "unknown", item->land != NULL ? item->land :
	    "not stated", *item->claim != '\0' ? "claim" : "topics",
	    *item->claim != '\0' ? item->claim : item->topics);
	fputs("in ", stdout);
	print_text(stdout, row->place, 60);
	printf("\n%.*s\n", STR_ARG(row->url));
	return 0;
}

static int
show_all(struct show *show, int64_t id, struct err *err)
{
	struct queue_filter filter = { .item = id, .lane = -1, .closed = true,
		.max = 1 };
	bool json = show->env->json;

	if (queue_list(show->db, &filter, show_item, show, err) == -1)
		return -1;
	if (!show->found)
		return err_set_code(err, ERR_NOT_FOUND, "there is no item %lld",
		    (long long)id);
	if (json) {
		show->list = json_object_new_array();
		json_put(show->o, "posts", show->list);
	}
	if (thread_story(show->db, show->thread, json ? add_post : print_post,
	    show, err) == -1)
		return -1;
	if (json) {
		show->list = json_object_new_array();
		json_put(show->o, "history", show->list);
	} else {
		puts("\nhistory");
	}
	return history_of_item(show->db, id, json ? add_history :
	    print_history, show, err);
}

static int
queue_show(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct show show = { .env = env, .now = clock_now() };
	struct err err = ERR_INIT;
	int64_t id;
	int r;

	if (!cmd_options(env, &cmd_queue_show, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1 || str_to_i64(str_of(argv[0]), 1, INT64_MAX, &id) == -1)
		return cmd_usage(&cmd_queue_show);
	if (cmd_open_db(env, &show.db, &err) == -1)
		return cmd_failed(env, &err);
	r = show_all(&show, id, &err);
	db_close(show.db);
	if (r == 0 && env->json)
		json_print(show.o, stdout);
	json_object_put(show.o);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
