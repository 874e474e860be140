/*
 * kompan status: how the agent, the sources and the queue are.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/queue_row.h"
#include "config/config.h"
#include "queue/control_server.h"
#include "queue/queue.h"
#include "storage/db.h"
#include "storage/status.h"

static int status(struct cmd_env *, int, char **);

const struct cmd cmd_status = {
	.noun = "status", .args = "[--check]",
	.summary = "Tell how the agent, the sources and the queue are.",
	.help = "--check is for monitoring: one line, and exit code 0 (well), "
	    "1 (a warning) or\n2 (critical).",
	.config = true, .run = status,
};

enum health { WELL, WARNING, CRITICAL };

struct report {
	struct cmd_env *env;
	struct json_object *o, *list;
	int64_t now;
	enum health health;
	int silent, failing, paused, sources;
	char first[160];        /* the first thing that is not well */
};

static void
worsen(struct report *report, enum health health, const char *what,
    struct str name)
{
	if (health > report->health || report->first[0] == '\0')
		snprintf(report->first, sizeof(report->first), "%s%s%.*s",
		    what, name.n > 0 ? " " : "", STR_ARG(name));
	if (health > report->health)
		report->health = health;
}

static const char *
source_state(struct report *report, const struct source_status *s)
{
	report->sources++;
	if (s->paused) {
		report->paused++;
		return "paused";
	}
	if (s->rests) {
		report->failing++;
		worsen(report, WARNING, "waits for you:", s->name);
		return "waits for you";
	}
	if (s->alerted) {
		report->silent++;
		worsen(report, WARNING, "silent:", s->name);
		return "silent";
	}
	if (s->fails > 0) {
		report->failing++;
		return "failing";
	}
	return s->heard_at == 0 ? "not heard yet" : "well";
}

static int
add_source(void *arg, const struct source_status *s, struct err *err)
{
	struct report *report = arg;
	const char *state = source_state(report, s);
	struct json_object *o;

	(void)err;
	if (report->list != NULL) {
		o = json_object_new_object();
		json_put_str(o, "name", s->name);
		json_put_str(o, "plugin", s->plugin);
		json_put_cstr(o, "state", state);
		json_put_i64(o, "heard_at", s->heard_at);
		json_put_i64(o, "posted_at", s->posted_at);
		json_put_i64(o, "fails", s->fails);
		json_put_str(o, "error", s->error);
		json_object_array_add(report->list, o);
		return 0;
	}
	printf("  %-24.*s %-10.*s %-14s heard ", STR_ARG(s->name),
	    STR_ARG(s->plugin), state);
	if (s->heard_at == 0) {
		fputs("never", stdout);
	} else {
		print_age(stdout, report->now - s->heard_at);
		fputs(" ago", stdout);
	}
	if (s->error.n > 0 && (s->fails > 0 || s->rests)) {
		fputs("\n      ", stdout);
		print_text(stdout, s->error, 0);
	}
	fputc('\n', stdout);
	return 0;
}

static int
add_count(void *arg, int64_t lane, struct str state, int64_t n,
    struct err *err)
{
	struct report *report = arg;
	struct json_object *o;

	(void)err;
	if (report->list != NULL) {
		o = json_object_new_object();
		json_put_cstr(o, "lane", lane_name(lane));
		json_put_str(o, "state", state);
		json_put_i64(o, "n", n);
		json_object_array_add(report->list, o);
	} else {
		printf("  %-10s %-18.*s %lld\n", lane_name(lane),
		    STR_ARG(state), (long long)n);
	}
	return 0;
}

static void
put_totals(struct report *report, const struct totals *t)
{
	struct json_object *o;

	if (t->unclear > 0)
		worsen(report, WARNING, "replies of which nobody knows whether "
		    "they went out", STR_NONE);
	if (report->o == NULL) {
		printf("%lld posts in %lld threads, %lld of %lld places "
		    "watched; %lld posts wait for the rules, %lld threads to "
		    "be judged\n", (long long)t->posts, (long long)t->threads,
		    (long long)t->watched, (long long)t->places,
		    (long long)t->unmatched, (long long)t->due);
		return;
	}
	o = json_object_new_object();
	json_put_i64(o, "sources", t->sources);
	json_put_i64(o, "places", t->places);
	json_put_i64(o, "watched", t->watched);
	json_put_i64(o, "threads", t->threads);
	json_put_i64(o, "posts", t->posts);
	json_put_i64(o, "unmatched", t->unmatched);
	json_put_i64(o, "due", t->due);
	json_put_i64(o, "unclear", t->unclear);
	json_put(report->o, "totals", o);
}

static void
put_agent(struct report *report)
{
	struct json_object *agent = NULL, *rules;
	struct err err = ERR_INIT;
	struct str fault;

	if (control_ask(report->env->config->socket, "status",
	    json_object_new_object(), &agent, &err) == -1) {
		worsen(report, CRITICAL, err.text, STR_NONE);
		if (report->o == NULL)
			printf("agent: %s\n", err.text);
		else
			json_put(report->o, "agent", NULL);
		return;
	}
	rules = json_member(agent, "rules");
	fault = json_get_str(rules, "fault");
	if (fault.n > 0)
		worsen(report, WARNING, "old rules in force:", fault);
	if (report->o != NULL) {
		json_put(report->o, "agent", agent);
		return;
	}
	printf("agent: pid %lld, version %.*s, %lld rules in force\n",
	    (long long)json_get_i64(agent, "pid", 0),
	    STR_ARG(json_get_str(agent, "version")),
	    (long long)json_get_i64(rules, "rules", 0));
	if (fault.n > 0)
		printf("  the rules on disk do not load: %.*s\n",
		    STR_ARG(fault));
	json_object_put(agent);
}

/* A list of the report: in JSON under ${key}, else under a heading. */
static void
begin_list(struct report *report, const char *key)
{
	if (report->o == NULL) {
		printf("%s\n", key);
		return;
	}
	report->list = json_object_new_array();
	json_put(report->o, key, report->list);
}

static int
put_all(struct report *report, struct err *err)
{
	struct db *db = NULL;
	struct totals totals;
	int r = -1;

	put_agent(report);
	if (cmd_open_db(report->env, &db, err) == -1)
		return -1;
	if (totals_get(db, report->now, &totals, err) == -1)
		goto out;
	put_totals(report, &totals);
	begin_list(report, "sources");
	if (sources_status(db, add_source, report, err) == -1)
		goto out;
	begin_list(report, "queue");
	r = queue_counts(db, add_count, report, err);
out:
	db_close(db);
	return r;
}

static int
check(struct report *report)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	struct err err = ERR_INIT;

	/* The report itself is not wanted, only what it found. */
	report->o = json_object_new_object();
	if (put_all(report, &err) == -1)
		worsen(report, CRITICAL, err.text, STR_NONE);
	printf("KOMPAN %s - %d sources, %d failing, %d silent, %d paused"
	    "%s%s\n", words[report->health], report->sources, report->failing,
	    report->silent, report->paused, report->first[0] != '\0' ? "; " :
	    "", report->first);
	json_object_put(report->o);
	return (int)report->health;
}

static int
status(struct cmd_env *env, int argc, char **argv)
{
	bool checks = false;
	const struct cmd_option options[] = {
		{ .name = "check", .flag = &checks }, { 0 }
	};
	struct report report = { .env = env, .now = clock_now() };
	struct err err = ERR_INIT;
	int r;

	if (!cmd_options(env, &cmd_status, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_status);
	if (checks)
		return check(&report);
	if (env->json)
		report.o = json_object_new_object();
	r = put_all(&report, &err);
	if (env->json && r == 0)
		json_print(report.o, stdout);
	json_object_put(report.o);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
