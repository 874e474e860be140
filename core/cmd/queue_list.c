/*
 * kompan queue list: what waits, the most pressing first.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/problems.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "queue/queue.h"
#include "storage/db.h"

static int queue_list_run(struct cmd_env *, int, char **);

const struct cmd cmd_queue_list = {
	.noun = "queue", .verb = "list",
	.args = "[--lang LANG] [--land LAND] [--lane LANE] [--all] [--max N]",
	.summary = "List what waits for a person, the most pressing first.",
	.help = "LANE is urgent, wrong, unanswered, perhaps or unknown; without "
	    "it all but unknown\nare listed.  --all lists closed items too.  "
	    "--max is 50 unless given, 0 means all.",
	.config = true, .run = queue_list_run,
};

struct list {
	struct cmd_env *env;
	struct db *db;
	int64_t now;
	int64_t n;
	bool unknown;           /* items of that lane too */
};

static void
print_row(const struct list *list, const struct queue_row *row)
{
	const struct item *item = &row->item;
	const char *state = item_state_at(item, list->now);

	printf("%5lld  %-10s  %-2s  ", (long long)item->id,
	    lane_name(item->lane), item->lang != NULL ? item->lang : "??");
	print_age(stdout, list->now - item->asked_at);
	printf("  %s  ", *item->claim != '\0' ? item->claim : item->topics);
	print_text(stdout, row->place, 32);
	if (strcmp(state, "new") != 0)
		printf("  [%s%s%s]", state, item->claimed_by != NULL ? " by " :
		    "", item->claimed_by != NULL ? item->claimed_by : "");
	if (item->came_back != NULL)
		printf("  [came back: %s]", item->came_back);
	fputs("\n       ", stdout);
	if (row->text.p == NULL)
		fputs("(the text was removed)", stdout);
	print_text(stdout, row->text, 72);
	fputc('\n', stdout);
}

static int
list_row(void *arg, const struct queue_row *row, struct err *err)
{
	struct list *list = arg;
	struct json_object *o;

	if (row->item.lane == LANE_UNKNOWN && !list->unknown)
		return 0;
	list->n++;
	if (!list->env->json) {
		print_row(list, row);
		return 0;
	}
	o = queue_row_json(list->db, row, list->now, err);
	if (o == NULL)
		return -1;
	json_print(o, stdout);
	json_object_put(o);
	return 0;
}

/* The lane's number, -1 for any, -2 for a name that is none. */
static int64_t
find_lane(const char *name)
{
	int64_t lane;

	if (name == NULL)
		return -1;
	for (lane = 0; lane < LANES; lane++) {
		if (strcmp(lane_name(lane), name) == 0)
			return lane;
	}
	return -2;
}

static int
queue_list_run(struct cmd_env *env, int argc, char **argv)
{
	const char *lane = NULL;
	struct queue_filter filter = { .max = 50 };
	const struct cmd_option options[] = {
		{ .name = "lang", .value = &filter.lang },
		{ .name = "land", .value = &filter.land },
		{ .name = "lane", .value = &lane },
		{ .name = "all", .flag = &filter.closed },
		{ .name = "max", .number = &filter.max },
		{ 0 }
	};
	struct list list = { .env = env, .now = clock_now() };
	struct err err = ERR_INIT;
	int r;

	if (!cmd_options(env, &cmd_queue_list, options, &argc, &argv))
		return EXIT_USAGE;
	filter.lane = find_lane(lane);
	if (argc > 0 || filter.lane == -2)
		return cmd_usage(&cmd_queue_list);
	list.unknown = lane != NULL || filter.closed;
	if (filter.max == 0)
		filter.max = INT64_MAX;
	if (cmd_open_db(env, &list.db, &err) == -1)
		return cmd_failed(env, &err);
	r = queue_list(list.db, &filter, list_row, &list, &err);
	db_close(list.db);
	if (r == -1)
		return cmd_failed(env, &err);
	if (list.n == 0 && !env->json)
		puts("Nothing waits.");
	return EXIT_DONE;
}
