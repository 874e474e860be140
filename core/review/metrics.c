/*
 * Figures from two places: what the agent counts (its "status") and what the
 * database knows.
 */
#include "review/metrics.h"

#include "base/clock.h"
#include "base/json.h"
#include "config/config.h"
#include "queue/control_server.h"
#include "queue/queue.h"
#include "storage/db.h"
#include "storage/migrate.h"
#include "storage/queue_read.h"
#include "storage/status.h"

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: quotes, backslashes and line ends are escaped. */
static void
label(struct buf *b, struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_putc(b, '\\');
		if (s.p[i] == '\n')
			buf_puts(b, "\\n");
		else
			buf_putc(b, s.p[i]);
	}
}

static int
write_queue(void *arg, int64_t lane, struct str state, int64_t n,
    struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_printf(b, "kompan_items{lane=\"%s\",state=\"", lane_name(lane));
	label(b, state);
	buf_printf(b, "\"} %lld\n", (long long)n);
	return 0;
}

static int
write_source(void *arg, const struct source_status *s, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_puts(b, "kompan_source_heard_timestamp_seconds{source=\"");
	label(b, s->name);
	buf_printf(b, "\",plugin=\"%.*s\"} %lld\n", STR_ARG(s->plugin),
	    (long long)(s->heard_at / 1000));
	return 0;
}

static int
write_source_fails(void *arg, const struct source_status *s, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_puts(b, "kompan_source_failures{source=\"");
	label(b, s->name);
	buf_printf(b, "\",plugin=\"%.*s\"} %lld\n", STR_ARG(s->plugin),
	    (long long)s->fails);
	return 0;
}

static void
write_database(const struct config *config, struct buf *b)
{
	struct db *db = NULL;
	struct err err = ERR_INIT;
	struct totals totals;

	if (db_open(config->database, DB_READ, &db, &err) == -1 ||
	    migrate_check(db, &err) == -1)
		goto out;
	head(b, "kompan_items", "gauge", "Items by lane and state.");
	(void)queue_counts(db, write_queue, b, &err);
	head(b, "kompan_source_heard_timestamp_seconds", "gauge",
	    "When a source last gave a good answer; 0: never.");
	(void)sources_status(db, write_source, b, &err);
	head(b, "kompan_source_failures", "gauge", "Failures in a row.");
	(void)sources_status(db, write_source_fails, b, &err);
	if (totals_get(db, clock_now(), &totals, &err) == 0) {
		head(b, "kompan_posts_unmatched", "gauge",
		    "Posts that wait for the rules.");
		buf_printf(b, "kompan_posts_unmatched %lld\n",
		    (long long)totals.unmatched);
		head(b, "kompan_threads_due", "gauge",
		    "Threads that wait to be judged.");
		buf_printf(b, "kompan_threads_due %lld\n",
		    (long long)totals.due);
		head(b, "kompan_outbox_unclear", "gauge",
		    "Replies of which nobody knows whether they went out.");
		buf_printf(b, "kompan_outbox_unclear %lld\n",
		    (long long)totals.unclear);
	}
out:
	db_close(db);
}

static void
write_agent(const struct config *config, struct buf *b)
{
	struct json_object *status = NULL, *counters;
	struct err err = ERR_INIT;
	int r = control_ask(config->socket, "status",
	    json_object_new_object(), &status, &err);

	head(b, "kompan_up", "gauge", "Whether the agent answers.");
	buf_printf(b, "kompan_up %d\n", r == 0);
	if (r == -1)
		return;
	counters = json_member(status, "counters");
	if (json_object_is_type(counters, json_type_object)) {
		json_object_object_foreach(counters, key, value)
		{
			char name[128];

			snprintf(name, sizeof(name), "kompan_%s_total", key);
			head(b, name, "counter", "Counted by the agent.");
			buf_printf(b, "%s %lld\n", name,
			    (long long)json_object_get_int64(value));
		}
	}
	json_object_put(status);
}

void
metrics_write(const struct config *config, struct buf *b)
{
	head(b, "kompan_build_info", "gauge", "The version that runs.");
	buf_puts(b, "kompan_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
	write_agent(config, b);
	write_database(config, b);
}
