/*
 * The agent: one process, the only writer of the database while it runs.
 *
 *	loop's thread      fetch, workers, control socket, signals, watchdog
 *	writer's thread    every change of the database (storage/writer.c)
 *	pipeline's thread  match and decide (pipeline.c)
 *
 * Start: lock and migrate the database, load the rules (falling back to the
 * last good set), open the control socket, start fetching, say READY.
 */
#include "agent.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/problems.h"
#include "base/timefmt.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "match/ruleset.h"
#include "match/rules_keep.h"
#include "pipeline.h"
#include "queue/control_server.h"
#include "reply/outbox.h"
#include "storage/writer.h"

struct agent {
	const char *config_path;
	struct loop *loop;
	struct writer *writer;
	int64_t retained_at;
	struct control_server *control;
	struct fetch *fetch;
	struct outbox *outbox;
	struct pipeline *pipeline;
	struct loop_timer *beat;
	int64_t beat_ms, started_at;
	bool ready;

	pthread_mutex_t lock;           /* guards what follows */
	const struct config *config;
	struct ruleset *rules;
	int64_t rules_at;
	char *rules_fault;              /* NULL: those on disk are in force */

	/* Earlier configurations: somebody may still hold them. */
	struct config **configs;
	size_t nconfigs, room;
};

const struct config *
agent_config(struct agent *agent)
{
	const struct config *config;

	pthread_mutex_lock(&agent->lock);
	config = agent->config;
	pthread_mutex_unlock(&agent->lock);
	return config;
}

struct ruleset *
agent_rules(struct agent *agent)
{
	struct ruleset *rules;

	pthread_mutex_lock(&agent->lock);
	rules = ruleset_ref(agent->rules);
	pthread_mutex_unlock(&agent->lock);
	return rules;
}

struct writer *
agent_writer(struct agent *agent)
{
	return agent->writer;
}

struct keys *
agent_keys(struct agent *agent)
{
	return fetch_keys(agent->fetch);
}

bool
agent_retention_due(struct agent *agent, int64_t now, int64_t every_ms)
{
	if (now - agent->retained_at < every_ms)
		return false;
	agent->retained_at = now;
	return true;
}

static void
take_config(struct agent *agent, struct config *config)
{
	vec_grow(agent->configs, agent->nconfigs, agent->room);
	agent->configs[agent->nconfigs++] = config;
	pthread_mutex_lock(&agent->lock);
	agent->config = config;
	pthread_mutex_unlock(&agent->lock);
}

static void
take_rules(struct agent *agent, struct ruleset *rules, const char *fault)
{
	struct ruleset *old;

	pthread_mutex_lock(&agent->lock);
	old = agent->rules;
	agent->rules = rules;
	agent->rules_at = clock_now();
	free(agent->rules_fault);
	agent->rules_fault = fault != NULL ? xstrdup(fault) : NULL;
	pthread_mutex_unlock(&agent->lock);
	ruleset_unref(old);
}

/* The first problem as an error, the number of the rest behind it. */
static int
problems_to_err(const struct problems *problems, struct err *err)
{
	const struct problem *p = &problems->v[0];

	if (problems->n == 0)
		return err_set(err, "for a reason that nobody told");
	err_set_code(err, ERR_INVALID, "%s:%u: %s", p->file, p->line, p->text);
	if (problems->n > 1)
		err_prefix(err, "%zu faults, the first", problems->n);
	return -1;
}

static int
load_rules(const struct config *config, struct ruleset **ret,
    struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	int r = ruleset_load(config->rules_dir, ret, &problems);
	struct err ignored = ERR_INIT;

	if (r == -1) {
		problems_print(&problems, stderr);
		problems_to_err(&problems, err);
	} else if (rules_keep(config->state_dir, config->rules_dir,
	    &ignored) == -1) {
		/* They are good all the same; the next start may miss them. */
		log_event(RULES_NOT_KEPT, "error=%s", ignored.text);
	}
	problems_fini(&problems);
	return r;
}

/* At start: the rules on disk, or the last ones that were good. */
static int
start_rules(struct agent *agent, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *rules = NULL;
	char *kept;
	int r;

	if (load_rules(agent->config, &rules, err) == 0) {
		take_rules(agent, rules, NULL);
		return 0;
	}
	kept = rules_kept(agent->config->state_dir);
	r = ruleset_load(kept, &rules, &problems);
	if (r == 0) {
		log_event(RULES_FALLBACK, "error=%s", err->text);
		take_rules(agent, rules, err->text);
	}
	problems_fini(&problems);
	free(kept);
	return r;
}

static int
check_unmoved(const struct config *old, const struct config *new,
    struct err *err)
{
	if (strcmp(old->state_dir, new->state_dir) != 0 ||
	    strcmp(old->database, new->database) != 0 ||
	    strcmp(old->socket, new->socket) != 0 ||
	    strcmp(old->keys_dir, new->keys_dir) != 0)
		return err_set_code(err, ERR_INVALID, "state, path, socket and "
		    "keys take a restart");
	return 0;
}

int
agent_reload(struct agent *agent, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config = NULL;
	struct ruleset *rules = NULL;
	int r = -1;

	if (config_load(agent->config_path, &config, &problems) == -1) {
		problems_print(&problems, stderr);
		problems_to_err(&problems, err);
		goto out;
	}
	if (check_unmoved(agent->config, config, err) == -1 ||
	    load_rules(config, &rules, err) == -1)
		goto out;
	log_event(RELOAD_DONE, "rules=%zu", rules->nrules);
	take_config(agent, config);
	config = NULL;
	take_rules(agent, rules, NULL);
	fetch_reload(agent->fetch, agent->config);
	r = 0;
out:
	if (r == -1)
		log_event(RELOAD_FAILED, "error=%s", err->text);
	problems_fini(&problems);
	config_free(config);
	return r;
}

/* Commands that are the agent's own. */

static struct json_object *
status_rules(struct agent *agent)
{
	struct json_object *o = json_object_new_object();
	char at[TIME_TEXT_SIZE];

	pthread_mutex_lock(&agent->lock);
	time_format(agent->rules_at, at);
	json_put_i64(o, "rules", (int64_t)agent->rules->nrules);
	json_put_i64(o, "patterns", (int64_t)agent->rules->npatterns);
	json_put_cstr(o, "fingerprint", agent->rules->fingerprint);
	json_put_cstr(o, "since", at);
	json_put_cstr(o, "fault", agent->rules_fault);
	pthread_mutex_unlock(&agent->lock);
	return o;
}

static struct json_object *
status_json(struct agent *agent)
{
	struct json_object *o = json_object_new_object();
	struct json_object *counters = json_object_new_object();
	char at[TIME_TEXT_SIZE];
	int i;

	time_format(agent->started_at, at);
	json_put_cstr(o, "version", PACKAGE_VERSION);
	json_put_i64(o, "pid", getpid());
	json_put_cstr(o, "started_at", at);
	json_put_bool(o, "ready", agent->ready);
	json_put(o, "rules", status_rules(agent));
	json_put_i64(o, "writes_waiting", (int64_t)(writer_waiting(
	    agent->writer, WRITER_NOW) + writer_waiting(agent->writer,
	    WRITER_BULK)));
	for (i = 0; i < COUNTS; i++)
		json_put_i64(counters, count_infos[i].metric,
		    count_get((enum count_id)i));
	json_put(o, "counters", counters);
	return o;
}

static int
own_command(void *arg, const char *name, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	struct agent *agent = arg;

	if (strcmp(name, "status") == 0) {
		*ret = status_json(agent);
		return 0;
	}
	if (strcmp(name, "reload") == 0) {
		if (agent_reload(agent, err) == -1)
			return -1;
		*ret = status_rules(agent);
		return 0;
	}
	return fetch_command(agent->fetch, name, args, ret, err);
}

/* Signals and the watchdog. */

static void
on_stop(void *arg)
{
	struct agent *agent = arg;

	notify_send("STOPPING=1");
	log_event(AGENT_STOP, "reason=signal");
	loop_stop(agent->loop);
}

static void
on_reload(void *arg)
{
	struct err err = ERR_INIT;

	(void)agent_reload(arg, &err);
}

static void
on_beat(void *arg)
{
	struct agent *agent = arg;

	notify_send("WATCHDOG=1");
	loop_timer_set(agent->beat, mono_add(clock_mono(), agent->beat_ms));
}

static void
on_commit(void *arg)
{
	struct agent *agent = arg;

	pipeline_wake(agent->pipeline);
}

static int
start(struct agent *agent, struct err *err)
{
	const struct config *config = agent->config;
	struct control_server_options control = { .path = config->socket,
		.config = &agent->config, .own = own_command, .arg = agent };

	agent->loop = loop_new(err);
	if (agent->loop == NULL ||
	    loop_signal(agent->loop, SIGTERM, on_stop, agent, err) == -1 ||
	    loop_signal(agent->loop, SIGINT, on_stop, agent, err) == -1 ||
	    loop_signal(agent->loop, SIGHUP, on_reload, agent, err) == -1 ||
	    config_make_state(config, err) == -1 ||
	    writer_start(config->database, &agent->writer, err) == -1 ||
	    start_rules(agent, err) == -1)
		return -1;
	control.writer = agent->writer;
	if (control_listen(agent->loop, &control, &agent->control, err) == -1 ||
	    fetch_start(agent->loop, config, agent->writer, &agent->fetch,
	    err) == -1 ||
	    pipeline_start(agent, &agent->pipeline, err) == -1)
		return -1;
	writer_on_commit(agent->writer, on_commit, agent);
	if (outbox_start(agent->loop, config, agent->writer, agent->fetch,
	    &agent->outbox, err) == -1)
		return -1;
	agent->beat_ms = notify_watchdog_ms();
	agent->beat = loop_timer_new(agent->loop, on_beat, agent);
	if (agent->beat_ms != 0)
		on_beat(agent);
	return 0;
}

/* In the order in which one uses the other. */
static void
finish(struct agent *agent)
{
	size_t i;

	if (agent->writer != NULL)
		writer_on_commit(agent->writer, NULL, NULL);
	pipeline_stop(agent->pipeline);
	outbox_stop(agent->outbox);
	fetch_stop(agent->fetch);
	writer_stop(agent->writer);
	control_server_free(agent->control);
	loop_free(agent->loop);
	ruleset_unref(agent->rules);
	free(agent->rules_fault);
	for (i = 0; i < agent->nconfigs; i++)
		config_free(agent->configs[i]);
	free(agent->configs);
	pthread_mutex_destroy(&agent->lock);
}

int
agent_run(const char *path, struct config *config, struct err *err)
{
	struct agent agent = { .config_path = path,
		.started_at = clock_now() };
	int r;

	log_event(AGENT_START, "version=%s pid=%d", PACKAGE_VERSION,
	    (int)getpid());
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&agent.lock, NULL);
	take_config(&agent, config);
	r = start(&agent, err);
	if (r == 0) {
		agent.ready = true;
		log_event(AGENT_READY, "rules=%zu", agent.rules->nrules);
		notify_send("READY=1");
		r = loop_run(agent.loop, err);
	}
	if (r == -1)
		log_event(AGENT_FATAL, "error=%s", err->text);
	finish(&agent);
	return r;
}
