/*
 * Which source runs which job when.
 *
 *     database -> sources -> schedule (heap) -> due: poll
 *                               thread.read_next: thread
 *                               the outbox: reply, confirm
 *
 * A source runs one job at a time; errands of the outbox go first, then the
 * poll if it is due, then threads.  After each job its row is read anew: the
 * database is right, this is a cache.
 */
#include "fetch/fetch.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/alert.h"
#include "fetch/egress.h"
#include "fetch/fetch_part.h"
#include "fetch/import.h"
#include "storage/place.h"

#define THREADS_MS (5 * SECOND_MS)
#define THREADS_AT_ONCE 64
#define WATCH_MS SECOND_MS

static _Atomic unsigned source_changes;

void
fetch_sources_changed(void)
{
	atomic_fetch_add(&source_changes, 1);
}

/* One source. */

static void
set_view(struct fsource *s)
{
	struct err err;

	s->view = (struct job_source){ .id = s->row.id, .name = s->row.name,
		.plugin = s->row.plugin, .target = s->row.target,
		.credential = s->row.credential,
		.settings = s->row.settings };
	/* A word that nobody knows allows nothing. */
	if (egress_parse(str_of(s->row.egress), &s->view.egress, &err) == -1)
		s->view.egress = 0;
}

static void
place_in_schedule(struct fsource *s)
{
	if (s->job != NULL || s->importing || s->row.paused || s->row.rests)
		schedule_remove(&s->fetch->schedule, &s->item);
	else
		schedule_put(&s->fetch->schedule, &s->item, s->row.due_at);
}

void
fetch_refresh(struct fsource *s)
{
	struct source_row row;
	struct err err = ERR_INIT;
	int r = source_by_id(s->fetch->db, s->id, &row, &err);

	if (r == 1) {
		source_row_fini(&s->row);
		s->row = row;
		set_view(s);
	} else if (r == -1)
		log_event(STATION_FAILED, "station=fetch error=%s", err.text);
	place_in_schedule(s);
}

static void
free_errand(struct errand *errand)
{
	if (errand == NULL)
		return;
	job_target_fini(&errand->target);
	free(errand);
}

static void
fsource_free(struct fsource *s)
{
	struct errand *errand;

	schedule_remove(&s->fetch->schedule, &s->item);
	job_free(s->job);
	free_errand(s->errand);
	while ((errand = STAILQ_FIRST(&s->errands)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->errands, entry);
		free_errand(errand);
	}
	source_row_fini(&s->row);
	free(s);
}

/* Take over a row that was read. */
static void
take_row(struct fetch *fetch, struct source_row *row)
{
	struct fsource *s;

	HASH_FIND(hh, fetch->sources, &row->id, sizeof(row->id), s);
	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->id = row->id;
		s->fetch = fetch;
		s->item.owner = s;
		STAILQ_INIT(&s->errands);
		HASH_ADD(hh, fetch->sources, id, sizeof(s->id), s);
	}
	s->seen = true;
	/* A running job looks at the old row; it is read when it ends. */
	if (s->job != NULL || s->importing) {
		source_row_fini(row);
		return;
	}
	source_row_fini(&s->row);
	s->row = *row;
	set_view(s);
	place_in_schedule(s);
}

static int
read_sources(struct fetch *fetch, struct err *err)
{
	struct source_row row;
	int64_t id = 0;
	int r;

	while ((r = source_after(fetch->db, id, &row, err)) == 1) {
		id = row.id;
		take_row(fetch, &row);
	}
	return r;
}

struct fsource *
fetch_source(struct fetch *fetch, const char *name)
{
	struct fsource *s;

	for (s = fetch->sources; s != NULL; s = s->hh.next) {
		if (strcmp(s->row.name, name) == 0)
			return s;
	}
	return NULL;
}

/* Jobs. */

static void
start_job(struct fsource *s, uint32_t kind, int64_t about,
    struct job_target *target)
{
	struct fetch *fetch = s->fetch;
	struct str cursor = { s->row.cursor, s->row.ncursor };

	s->started_at = clock_now();
	s->job = job_new(&fetch->env, &s->view, kind, about, target, cursor);
	job_set_data(s->job, s);
	fetch->running++;
	schedule_remove(&fetch->schedule, &s->item);
}

static void
start_poll(struct fsource *s)
{
	late_add(&s->fetch->late, clock_now() - s->row.due_at);
	start_job(s, KP_POLL, 0, NULL);
	job_start(s->job);
}

/* 0, or 1 where the thread is not there any more. */
static int
start_thread(struct fsource *s, int64_t thread)
{
	struct job_target target = { 0 };
	struct err err = ERR_INIT;

	if (thread_target(s->fetch->db, thread, &target.place, &target.thread,
	    &target.url, &target.ref, &err) != 1)
		return 1;
	target.id = xstrdup(target.thread);
	start_job(s, KP_THREAD, thread, &target);
	return 0;
}

static void
start_errand(struct fsource *s)
{
	struct errand *errand = STAILQ_FIRST(&s->errands);

	STAILQ_REMOVE_HEAD(&s->errands, entry);
	s->errand = errand;
	start_job(s, errand->kind, errand->outbox, &errand->target);
	job_start(s->job);
}

/* What is next for a source that has nothing to do. */
void
fetch_turn(struct fsource *s)
{
	if (s->job == NULL && !s->importing && !STAILQ_EMPTY(&s->errands))
		start_errand(s);
	if (s->job == NULL && !s->importing)
		import_turn(s);
	fetch_look(s->fetch);
}

static void
on_due(void *arg)
{
	struct fetch *fetch = arg;
	struct schedule_item *item;
	int64_t now = clock_now();

	while (fetch->running < JOBS_MAX &&
	    (item = schedule_first(&fetch->schedule)) != NULL &&
	    item->due_at <= now)
		start_poll(item->owner);
	fetch_look(fetch);
}

void
fetch_look(struct fetch *fetch)
{
	struct schedule_item *item = schedule_first(&fetch->schedule);
	int64_t ms;

	if (fetch->due == NULL)
		return;                 /* being stopped */
	if (item == NULL || fetch->quiet || fetch->running >= JOBS_MAX) {
		loop_timer_clear(fetch->due);
		return;
	}
	ms = item->due_at - clock_now();
	/* The wall clock may be set: look again before long. */
	if (ms > MINUTE_MS)
		ms = MINUTE_MS;
	loop_timer_set(fetch->due, mono_add(clock_mono(), ms > 0 ? ms : 0));
}

static void
on_threads(void *arg)
{
	struct fetch *fetch = arg;
	struct thread_due due[THREADS_AT_ONCE];
	struct err err = ERR_INIT;
	int64_t now = clock_now();
	size_t i, n = 0;

	loop_timer_set(fetch->threads, mono_add(clock_mono(), THREADS_MS));
	if (threads_to_read(fetch->db, now, THREADS_AT_ONCE, due, &n, &err) ==
	    -1) {
		log_event(STATION_FAILED, "station=fetch error=%s", err.text);
		return;
	}
	for (i = 0; i < n && fetch->running < JOBS_MAX; i++) {
		struct fsource *s;

		HASH_FIND(hh, fetch->sources, &due[i].source,
		    sizeof(due[i].source), s);
		if (s == NULL || s->job != NULL || s->importing ||
		    s->row.paused || s->row.rests || s->item.due_at <= now)
			continue;
		if (start_thread(s, due[i].thread) == 0)
			job_start(s->job);
	}
}

/* What was outstanding when the last process ended. */
static int
resume(struct fsource *s, struct err *err)
{
	struct request_row row, *rows = NULL;
	size_t n = 0, room = 0;
	int64_t id = 0;
	int r;

	while ((r = request_after(s->fetch->db, s->id, id, &row, err)) == 1) {
		id = row.id;
		/* Publishing is never repeated by itself (outbox.c). */
		if (s->row.paused || s->row.rests || (n > 0 &&
		    (row.job != rows[0].job || row.about != rows[0].about)) ||
		    (row.job != KP_POLL && row.job != KP_THREAD)) {
			request_row_fini(&row);
			continue;
		}
		vec_grow(rows, n, room);
		rows[n++] = row;
	}
	if (r == -1 || n == 0) {
		free(rows);
		return r;
	}
	if (rows[0].job == KP_POLL)
		start_job(s, KP_POLL, 0, NULL);
	else if (start_thread(s, rows[0].about) == 1) {
		while (n > 0)
			request_row_fini(&rows[--n]);
		free(rows);
		return 0;
	}
	job_resume(s->job, rows, n);
	return 0;
}

static int
resume_all(struct fetch *fetch, struct err *err)
{
	struct fsource *s;

	for (s = fetch->sources; s != NULL; s = s->hh.next) {
		if (resume(s, err) == -1)
			return -1;
	}
	return 0;
}

/* Pauses that outlived the last process. */
static void
restore_pause(void *arg, const char *scope, const char *key, int64_t until)
{
	struct fetch *fetch = arg;
	struct place_row place;
	struct err err;
	int64_t id;
	char *name;

	if (strcmp(scope, "place") != 0) {
		gate_pause(gate_get(fetch->sender.gates, scope, key), until);
		return;
	}
	if (str_to_i64(str_of(key), 1, INT64_MAX, &id) == -1 ||
	    place_after(fetch->db, 0, id - 1, &place, &err) != 1)
		return;
	name = xasprintf("%" PRId64 "/%s", place.source, place.ext);
	gate_pause(gate_get(fetch->sender.gates, "place", name), until);
	free(name);
	place_row_fini(&place);
}

/* Changes by people.  An empty job of the writer comes after their commit. */

static int
do_nothing(struct db *db, void *arg, struct err *err)
{
	(void)db;
	(void)arg;
	(void)err;
	return 0;
}

static void
on_changes_durable(void *arg, int result, const struct err *no)
{
	struct fetch *fetch = arg;
	struct err err = ERR_INIT;

	(void)result;
	(void)no;
	fetch->reading = false;
	if (read_sources(fetch, &err) == -1)
		log_event(STATION_FAILED, "station=fetch error=%s", err.text);
	fetch_look(fetch);
}

static void
on_watch(void *arg)
{
	struct fetch *fetch = arg;
	unsigned changes = atomic_load(&source_changes);

	loop_timer_set(fetch->watch, mono_add(clock_mono(), WATCH_MS / 4));
	if (changes == fetch->changes || fetch->reading)
		return;
	fetch->changes = changes;
	fetch->reading = true;
	writer_post(fetch->writer, WRITER_BULK, do_nothing, fetch, fetch->loop,
	    on_changes_durable);
}

/* Start and end. */

static int
start_network(struct fetch *fetch, struct err *err)
{
	const struct config *config = fetch->config;
	struct http_options http = { .user_agent = config->user_agent,
		.proxy = config->proxy, .ca_file = getenv("CURL_CA_BUNDLE") };
	struct worker_options workers = worker_defaults;

	fetch->sender.loop = fetch->loop;
	fetch->sender.config = config;
	fetch->sender.http = http_new(fetch->loop, &http, err);
	if (fetch->sender.http == NULL)
		return -1;
	fetch->sender.gates = gates_new(fetch->loop);
	fetch->sender.network = network_new();
	workers.program = config->worker;
	workers.plugins_dir = config->plugins_dir;
	fetch->pool = pool_new(fetch->loop, &workers,
	    (size_t)config->workers_max);
	fetch->env = (struct job_env){ .loop = fetch->loop,
		.sender = &fetch->sender, .pool = fetch->pool,
		.store = fetch_store, .validators = fetch_validators,
		.ended = fetch_ended, .arg = fetch };
	return 0;
}

/* All but the schedule. */
static struct fetch *
fetch_make(struct loop *loop, const struct config *config,
    struct writer *writer, struct err *err)
{
	struct fetch *fetch = xcalloc(1, sizeof(*fetch));

	fetch->loop = loop;
	fetch->config = config;
	fetch->writer = writer;
	fetch->changes = atomic_load(&source_changes);
	fetch->due = loop_timer_new(loop, on_due, fetch);
	fetch->threads = loop_timer_new(loop, on_threads, fetch);
	fetch->watch = loop_timer_new(loop, on_watch, fetch);
	if (keys_open(config->keys_dir, &fetch->keys, err) == -1 ||
	    db_open(config->database, DB_READ, &fetch->db, err) == -1 ||
	    start_network(fetch, err) == -1 ||
	    pause_each(fetch->db, clock_now(), restore_pause, fetch, err) ==
	    -1 || read_sources(fetch, err) == -1) {
		fetch_stop(fetch);
		return NULL;
	}
	return fetch;
}

int
fetch_start_quiet(struct loop *loop, const struct config *config,
    struct writer *writer, struct fetch **ret, struct err *err)
{
	struct fetch *fetch = fetch_make(loop, config, writer, err);

	if (fetch == NULL)
		return -1;
	fetch->quiet = true;
	*ret = fetch;
	return 0;
}

int
fetch_start(struct loop *loop, const struct config *config,
    struct writer *writer, struct fetch **ret, struct err *err)
{
	struct fetch *fetch = fetch_make(loop, config, writer, err);

	if (fetch == NULL)
		return -1;
	if (resume_all(fetch, err) == -1) {
		fetch_stop(fetch);
		return -1;
	}
	fetch->alerts = alerts_start(fetch);
	on_watch(fetch);
	loop_timer_set(fetch->threads, mono_add(clock_mono(), SECOND_MS));
	fetch_look(fetch);
	*ret = fetch;
	return 0;
}

/* The writer may still call back for jobs: wait for it. */
static void
flush_writer(struct fetch *fetch)
{
	struct err err;

	(void)writer_do(fetch->writer, WRITER_BULK, do_nothing, NULL, &err);
	/* And let the loop deliver what it posted. */
	(void)loop_step(fetch->loop, 0, &err);
}

void
fetch_stop(struct fetch *fetch)
{
	struct fsource *s, *next;

	if (fetch == NULL)
		return;
	loop_timer_free(fetch->due);
	loop_timer_free(fetch->threads);
	loop_timer_free(fetch->watch);
	fetch->due = NULL;
	fetch->quiet = true;
	alerts_stop(fetch->alerts);
	imports_stop(fetch);
	HASH_ITER(hh, fetch->sources, s, next) {
		struct job *job = s->job;

		s->job = NULL;
		job_free(job);
	}
	if (fetch->db != NULL)
		flush_writer(fetch);
	pool_free(fetch->pool);
	http_free(fetch->sender.http);
	gates_free(fetch->sender.gates);
	network_free(fetch->sender.network);
	HASH_ITER(hh, fetch->sources, s, next) {
		HASH_DEL(fetch->sources, s);
		fsource_free(s);
	}
	schedule_fini(&fetch->schedule);
	db_close(fetch->db);
	keys_close(fetch->keys);
	free(fetch);
}

void
fetch_reload(struct fetch *fetch, const struct config *config)
{
	fetch->config = config;
	fetch->sender.config = config;
	pool_limit(fetch->pool, (size_t)config->workers_max);
	pool_forget(fetch->pool);
	fetch_sources_changed();
}

int
fetch_reply(struct fetch *fetch, int64_t source, uint32_t kind,
    int64_t outbox, struct job_target *target,
    void (*done)(void *, const struct fetch_reply *), void *arg)
{
	struct errand *errand;
	struct fsource *s;

	HASH_FIND(hh, fetch->sources, &source, sizeof(source), s);
	if (s == NULL) {
		job_target_fini(target);
		return 1;
	}
	errand = xcalloc(1, sizeof(*errand));
	errand->kind = kind;
	errand->outbox = outbox;
	errand->target = *target;
	memset(target, 0, sizeof(*target));
	errand->done = done;
	errand->arg = arg;
	STAILQ_INSERT_TAIL(&s->errands, errand, entry);
	fetch_turn(s);
	return 0;
}

bool
fetch_settled(const struct fetch *fetch)
{
	const struct fsource *s;
	struct thread_due due;
	struct err err;
	size_t n = 0;

	if (fetch->running > 0 || fetch->imports != NULL)
		return false;
	for (s = fetch->sources; s != NULL; s = s->hh.next) {
		if (!s->polled && !s->row.paused && !s->row.rests)
			return false;
	}
	return threads_to_read(fetch->db, clock_now(), 1, &due, &n, &err) ==
	    0 && n == 0;
}

void
fetch_figures(const struct fetch *fetch, struct fetch_figures *f)
{
	*f = (struct fetch_figures){ .sources = HASH_COUNT(fetch->sources),
		.running = fetch->running, .workers = pool_live(fetch->pool),
		.polls = fetch->late.n,
		.late_p50_ms = late_quantile(&fetch->late, 500),
		.late_p99_ms = late_quantile(&fetch->late, 990),
		.late_max_ms = fetch->late.max,
		.requests = fetch->sender.requests,
		.answers = fetch->sender.answers,
		.faults = fetch->sender.faults,
		.refusals = fetch->sender.refusals,
		.bytes = fetch->sender.bytes, .network_down_since =
		    network_down_since(fetch->sender.network) };
}

static struct json_object *
figures_json(const struct fetch *fetch)
{
	struct json_object *o = json_object_new_object();
	struct fetch_figures f;

	fetch_figures(fetch, &f);
	json_put_i64(o, "sources", (int64_t)f.sources);
	json_put_i64(o, "running", (int64_t)f.running);
	json_put_i64(o, "workers", (int64_t)f.workers);
	json_put_i64(o, "polls", (int64_t)f.polls);
	json_put_i64(o, "late_p50_ms", (int64_t)f.late_p50_ms);
	json_put_i64(o, "late_p99_ms", (int64_t)f.late_p99_ms);
	json_put_i64(o, "late_max_ms", (int64_t)f.late_max_ms);
	json_put_i64(o, "requests", (int64_t)f.requests);
	json_put_i64(o, "answers", (int64_t)f.answers);
	json_put_i64(o, "faults", (int64_t)f.faults);
	json_put_i64(o, "refusals", (int64_t)f.refusals);
	json_put_i64(o, "bytes", (int64_t)f.bytes);
	json_put_i64(o, "network_down_since", f.network_down_since);
	json_put_bool(o, "settled", fetch_settled(fetch));
	return o;
}

int
fetch_command(struct fetch *fetch, const char *name, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	if (strcmp(name, "fetch.figures") == 0) {
		*ret = figures_json(fetch);
		if (json_get_bool(args, "anew", false))
			memset(&fetch->late, 0, sizeof(fetch->late));
		return 0;
	}
	return import_command(fetch, name, args, ret, err);
}

struct keys *
fetch_keys(struct fetch *fetch)
{
	return fetch->keys;
}
