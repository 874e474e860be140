/*
 * kompan source test: ask the platform once, store nothing, tell what came.
 *
 * The job is the agent's own, with a store that counts instead of writing.
 * Where the plugin can say who we are, it is asked that, which disturbs no
 * running poll; else it polls from the beginning.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "cmd/cmd.h"
#include "cmd/plugin_ask.h"
#include "cmd/queue_row.h"
#include "config/config.h"
#include "fetch/egress.h"
#include "fetch/job.h"
#include "storage/source.h"

#define LIMIT_MS (2 * MINUTE_MS)

static int source_test(struct cmd_env *, int, char **);

const struct cmd cmd_source_test = {
	.noun = "source", .verb = "test", .args = "NAME [--poll]",
	.summary = "Ask a source's platform once and tell what came; stores nothing.",
	.help = "Where the plugin can look at its own account it does that; "
	    "--poll polls all the\nsame.  Two polls with one credential may "
	    "disturb each other: pause the source\nbefore, if an agent runs.",
	.config = true, .run = source_test,
};

struct test {
	struct cmd_env *env;
	struct loop *loop;
	struct job *job;
	bool over, ok;
	int64_t next_id;
	size_t posts, places, faults;
	int64_t newest;
	char error[300];
	/* the step that waits to be taken */
	struct job_stored stored;
};

static void
print_one(struct test *test, const char *what, struct kp_str name,
    struct kp_str text)
{
	struct json_object *o;

	if (test->env->json) {
		o = json_object_new_object();
		json_put_cstr(o, "what", what);
		json_put_str(o, "name", (struct str){ name.p, name.n });
		json_put_str(o, "text", (struct str){ text.p, text.n });
		json_print(o, stdout);
		json_object_put(o);
		return;
	}
	printf("%s ", what);
	print_text(stdout, (struct str){ name.p, name.n }, 0);
	if (text.n > 0) {
		fputs(": ", stdout);
		print_text(stdout, (struct str){ text.p, text.n }, 0);
	}
	putchar('\n');
}

static char *
copy(struct kp_str s)
{
	return s.p != NULL ? str_dup((struct str){ s.p, s.n }) : NULL;
}

static struct str
copy_str(struct kp_str s)
{
	return s.p != NULL ? (struct str){ copy(s), s.n } : STR_NONE;
}

/* What the database would give back: rows for what was asked. */
static struct request_row *
make_rows(struct test *test, const struct step *step, size_t *n)
{
	struct request_row *rows = xcalloc(step->nrequests + step->ntimers + 1,
	    sizeof(*rows));
	size_t i, k;

	for (i = 0; i < step->nrequests; i++) {
		const struct kp_request *r = &step->requests[i];
		struct json_object *headers = json_object_new_array();

		for (k = 0; k < r->nheaders; k++) {
			struct json_object *pair = json_object_new_array();

			json_object_array_add(pair,
			    json_object_new_string_len(r->headers[k].key.p,
			    (int)r->headers[k].key.n));
			json_object_array_add(pair,
			    json_object_new_string_len(r->headers[k].val.p,
			    (int)r->headers[k].val.n));
			json_object_array_add(headers, pair);
		}
		rows[i] = (struct request_row){ .id = ++test->next_id,
			.method = copy(r->method), .url = copy(r->url),
			.type = copy(r->type), .body = copy_str(r->body),
			.state = copy_str(r->state), .flags = r->flags,
			.not_before = r->not_before,
			.headers = xstrdup(json_object_to_json_string(headers)) };
		json_object_put(headers);
	}
	for (k = 0; k < step->ntimers; k++, i++)
		rows[i] = (struct request_row){ .id = ++test->next_id,
			.timer = true, .not_before = step->timers[k].at,
			.state = copy_str(step->timers[k].state) };
	*n = i;
	return rows;
}

static void
take_stored(void *arg)
{
	struct test *test = arg;

	job_stored(test->job, &test->stored);
}

static void
store(void *arg, struct job *job, const struct job_commit *commit)
{
	struct test *test = arg;
	const struct step *step = commit->step;
	struct kp_str none = { NULL, 0 };
	size_t i;

	(void)job;
	for (i = 0; i < step->nplaces; i++)
		print_one(test, step->places[i].health == KP_LOST ?
		    "lost place" : "place", step->places[i].name.n > 0 ?
		    step->places[i].name : step->places[i].id,
		    step->places[i].reason.n > 0 ? step->places[i].reason :
		    none);
	for (i = 0; i < step->nfindings; i++) {
		test->faults += step->findings[i].level >= KP_ERROR;
		print_one(test, step->findings[i].level >= KP_ERROR ?
		    "fault" : step->findings[i].level == KP_WARNING ?
		    "warning" : "note", step->findings[i].code,
		    step->findings[i].text);
	}
	for (i = 0; i < step->nposts; i++) {
		if (step->posts[i].created > test->newest)
			test->newest = step->posts[i].created;
	}
	test->posts += step->nposts;
	test->places += step->nplaces;
	memset(&test->stored, 0, sizeof(test->stored));
	test->stored.added = (unsigned)step->nposts;
	if (step->fail == 0)
		test->stored.rows = make_rows(test, step,
		    &test->stored.nrows);
	loop_post(test->loop, take_stored, test);
}

static void
ended(void *arg, struct job *job, const struct job_end *end)
{
	struct test *test = arg;

	test->over = true;
	test->ok = end->ok;
	snprintf(test->error, sizeof(test->error), "%s", end->error);
	job_free(job);
	test->job = NULL;
	loop_stop(test->loop);
}

static void
too_late(void *arg)
{
	struct test *test = arg;

	snprintf(test->error, sizeof(test->error), "no end after %lld s",
	    (long long)(LIMIT_MS / 1000));
	loop_stop(test->loop);
}

static int
run_job(struct test *test, const struct source_row *row, uint32_t kind,
    struct err *err)
{
	const struct config *config = test->env->config;
	struct http_options http = { .user_agent = config->user_agent,
		.proxy = config->proxy, .ca_file = getenv("CURL_CA_BUNDLE") };
	struct worker_options workers = worker_defaults;
	struct sender sender = { .config = config };
	struct job_source source = { .id = row->id, .name = row->name,
		.plugin = row->plugin, .target = row->target,
		.credential = row->credential, .settings = row->settings };
	struct job_env env = { .sender = &sender, .store = store,
		.ended = ended, .arg = test };
	struct loop_timer *timer = NULL;
	int r = -1;

	test->loop = loop_new(err);
	if (test->loop == NULL || egress_parse(str_of(row->egress),
	    &source.egress, err) == -1)
		goto out;
	sender.loop = env.loop = test->loop;
	sender.http = http_new(test->loop, &http, err);
	if (sender.http == NULL)
		goto out;
	sender.gates = gates_new(test->loop);
	workers.program = config->worker;
	workers.plugins_dir = config->plugins_dir;
	env.pool = pool_new(test->loop, &workers, 1);
	timer = loop_timer_new(test->loop, too_late, test);
	loop_timer_set(timer, mono_add(clock_mono(), LIMIT_MS));
	test->job = job_new(&env, &source, kind, 0, NULL, STR_NONE);
	job_start(test->job);
	r = loop_run(test->loop, err);
	job_free(test->job);
	loop_timer_free(timer);
out:
	pool_free(env.pool);
	http_free(sender.http);
	gates_free(sender.gates);
	loop_free(test->loop);
	return r;
}

static int
find_source(struct cmd_env *env, const char *name, struct source_row *row,
    struct err *err)
{
	struct db *db = NULL;
	int r;

	if (cmd_open_db(env, &db, err) == -1)
		return -1;
	r = source_by_name(db, name, row, err);
	db_close(db);
	if (r == 0)
		return err_set_code(err, ERR_NOT_FOUND,
		    "there is no source `%s'", name);
	return r == 1 ? 0 : -1;
}

static void
report(const struct test *test, uint32_t kind)
{
	char newest[TIME_TEXT_SIZE];

	if (test->env->json)
		return;
	if (kind == KP_POLL) {
		printf("%zu posts", test->posts);
		if (test->newest != 0) {
			time_format(test->newest, newest);
			printf(", the newest of %s", newest);
		}
		putchar('\n');
	}
	puts(test->faults == 0 ? "well" : "not well: see above");
}

static int
source_test(struct cmd_env *env, int argc, char **argv)
{
	bool poll = false;
	const struct cmd_option options[] = {
		{ .name = "poll", .flag = &poll }, { 0 }
	};
	struct test test = { .env = env };
	struct plugin_info *info = NULL;
	struct source_row row = { 0 };
	struct err err = ERR_INIT;
	uint32_t kind = KP_POLL;
	int r = EXIT_DONE;

	if (!cmd_options(env, &cmd_source_test, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_source_test);
	if (find_source(env, argv[0], &row, &err) == -1 ||
	    plugin_ask(env->config, row.plugin, &info, &err) == -1) {
		r = cmd_failed(env, &err);
		goto out;
	}
	if (!poll && (info->jobs & KP_CAN(KP_ACCOUNT)))
		kind = KP_ACCOUNT;
	if (run_job(&test, &row, kind, &err) == 0 && test.ok)
		report(&test, kind);
	else if (err.text[0] == '\0')
		err_set(&err, "%s: %s", row.name, test.error);
	if (!test.ok)
		r = cmd_failed(env, &err);
	else if (test.faults > 0)
		r = EXIT_FAILED;
out:
	info_free(info);
	source_row_fini(&row);
	return r;
}
