/*
 * The writer's thread: takes waiting jobs, runs each in a savepoint within one
 * transaction, commits, then tells their callers.
 *
 *	begin -> job, job, job ... (10 ms at most) -> commit -> done, done, done
 *
 * Nobody is told anything before the commit is durable, so "done" is never
 * taken back.  A job that fails undoes itself alone.  Where the transaction as
 * a whole is lost, its jobs go back to their places in the lanes and run again
 * (database locked, for 30 s after a job was handed over), or all of them fail
 * with what went wrong (disk full): nothing of them is left then.
 */
#include "storage/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/mem.h"
#include "storage/migrate.h"

#define GROUP_MS 10             /* older transactions take no more jobs */
#define GROUP_JOBS 1000
#define BUSY_MS (30 * SECOND_MS)
#define LANES 2

struct job {
	STAILQ_ENTRY(job) entry;
	enum writer_lane lane;
	writer_run *run;
	void *arg;
	struct mono since;
	int result;
	struct err err;
	/* writer_post() */
	struct loop *loop;
	void (*done)(void *, int, const struct err *);
	/* writer_do() */
	bool waited_for, finished;
};
STAILQ_HEAD(jobs, job);

struct writer {
	pthread_t thread;
	pthread_mutex_t lock;   /* guards lanes to settle, jobs' finished */
	pthread_cond_t work, finished;
	struct jobs lanes[LANES];
	size_t waiting[LANES];
	bool stopping, settle;
	struct db *db;          /* the thread's */
	void (*committed)(void *);      /* guarded by lock */
	void *committed_arg;
};

static void
job_call_done(void *arg)
{
	struct job *job = arg;

	job->done(job->arg, job->result, &job->err);
	free(job);
}

/* Tell the callers of ${group} and forget it. */
static void
group_tell(struct writer *w, struct jobs *group)
{
	struct job *job;
	bool wake = false;

	pthread_mutex_lock(&w->lock);
	while ((job = STAILQ_FIRST(group)) != NULL) {
		STAILQ_REMOVE_HEAD(group, entry);
		if (job->waited_for) {
			job->finished = true;
			wake = true;
		} else if (job->loop != NULL) {
			loop_post(job->loop, job_call_done, job);
		} else {
			free(job);
		}
	}
	if (wake)
		pthread_cond_broadcast(&w->finished);
	pthread_mutex_unlock(&w->lock);
}

static void
group_fail(struct writer *w, struct jobs *group, const struct err *err)
{
	struct job *job;

	STAILQ_FOREACH(job, group, entry) {
		job->result = -1;
		job->err = *err;
	}
	group_tell(w, group);
}

/* Back to the heads of their lanes, in the order in which they stood. */
static void
group_return(struct writer *w, struct jobs *group)
{
	struct jobs lanes[LANES];
	struct job *job;
	int i;

	for (i = 0; i < LANES; i++)
		STAILQ_INIT(&lanes[i]);
	pthread_mutex_lock(&w->lock);
	while ((job = STAILQ_FIRST(group)) != NULL) {
		STAILQ_REMOVE_HEAD(group, entry);
		STAILQ_INSERT_TAIL(&lanes[job->lane], job, entry);
		w->waiting[job->lane]++;
	}
	for (i = 0; i < LANES; i++) {
		STAILQ_CONCAT(&lanes[i], &w->lanes[i]);
		STAILQ_CONCAT(&w->lanes[i], &lanes[i]);
	}
	pthread_mutex_unlock(&w->lock);
}

static struct job *
writer_take_from(struct writer *w, enum writer_lane lane)
{
	struct job *job;

	pthread_mutex_lock(&w->lock);
	job = STAILQ_FIRST(&w->lanes[lane]);
	if (job != NULL) {
		STAILQ_REMOVE_HEAD(&w->lanes[lane], entry);
		w->waiting[lane]--;
	}
	pthread_mutex_unlock(&w->lock);
	return job;
}

/* People first. */
static struct job *
writer_take(struct writer *w)
{
	struct job *job = writer_take_from(w, WRITER_NOW);

	return job != NULL ? job : writer_take_from(w, WRITER_BULK);
}

/* Fail the jobs that have waited for the lock for long enough. */
static void
writer_expire(struct writer *w, const struct err *err)
{
	struct jobs late;
	struct job *job;
	int i;

	STAILQ_INIT(&late);
	pthread_mutex_lock(&w->lock);
	for (i = 0; i < LANES; i++)
		while ((job = STAILQ_FIRST(&w->lanes[i])) != NULL &&
		    mono_since(job->since) >= BUSY_MS) {
			STAILQ_REMOVE_HEAD(&w->lanes[i], entry);
			w->waiting[i]--;
			STAILQ_INSERT_TAIL(&late, job, entry);
		}
	pthread_mutex_unlock(&w->lock);
	group_fail(w, &late, err);
}

/*
 * Run one job in its savepoint.  0: it is done, well or badly; -1: the whole
 * transaction is lost or worthless, ${err} says why.
 */
static int
job_run(struct db *db, struct job *job, struct err *err)
{
	struct err failed = ERR_INIT;

	if (db_save(db, err) == -1)
		return -1;
	job->err = (struct err)ERR_INIT;
	job->result = job->run(db, job->arg, &failed);
	if (job->result != -1)
		return db_release(db, err);
	db_undo(db);
	if (failed.code == ERR_FULL || !db_in_transaction(db)) {
		*err = failed;
		return -1;
	}
	job->err = failed;
	return 0;
}

/* Jobs into the open transaction until it is old enough. */
static int
group_run(struct writer *w, struct jobs *group, struct err *err)
{
	struct mono begun = clock_mono();
	struct job *job;
	bool bulk = false;
	size_t n;

	for (n = 0; n < GROUP_JOBS; n++) {
		if (n > 0 && mono_since(begun) >= GROUP_MS) {
			/* People in a hurry must not stop the pipeline. */
			job = bulk ? NULL : writer_take_from(w, WRITER_BULK);
			bulk = true;
		} else {
			job = writer_take(w);
		}
		if (job == NULL)
			break;
		bulk = bulk || job->lane == WRITER_BULK;
		STAILQ_INSERT_TAIL(group, job, entry);
		if (job_run(w->db, job, err) == -1)
			return -1;
	}
	return 0;
}

static void
writer_tell_commit(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->committed != NULL)
		w->committed(w->committed_arg);
	pthread_mutex_unlock(&w->lock);
}

static void
writer_group(struct writer *w)
{
	struct err err = ERR_INIT;
	struct jobs group;

	STAILQ_INIT(&group);
	if (db_begin(w->db, &err) == -1) {
		if (err.code == ERR_BUSY) {
			writer_expire(w, &err);
			return;
		}
		/* Whoever comes first learns of it. */
		STAILQ_INSERT_TAIL(&group, writer_take(w), entry);
		group_fail(w, &group, &err);
		return;
	}
	if (group_run(w, &group, &err) == 0 && db_commit(w->db, &err) == 0) {
		group_tell(w, &group);
		writer_tell_commit(w);
		return;
	}
	db_rollback(w->db);
	if (err.code == ERR_BUSY) {
		group_return(w, &group);
		writer_expire(w, &err);
	} else {
		group_fail(w, &group, &err);
	}
}

static bool
writer_empty(const struct writer *w)
{
	return w->waiting[WRITER_NOW] + w->waiting[WRITER_BULK] == 0;
}

/* Between two transactions: what was erased leaves the WAL. */
static void
writer_settle_now(struct writer *w)
{
	struct err err = ERR_INIT;
	int r = db_settle(w->db, &err);

	/* A reader in the way: once more after the next transaction. */
	if (r == 1)
		db_settle_soon(w->db);
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	bool work, settle;
	sigset_t all;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	do {
		pthread_mutex_lock(&w->lock);
		while (writer_empty(w) && !w->stopping && !w->settle)
			pthread_cond_wait(&w->work, &w->lock);
		work = !writer_empty(w);
		settle = w->settle;
		w->settle = false;
		pthread_mutex_unlock(&w->lock);
		if (work)
			writer_group(w);
		if (settle || db_settle_due(w->db))
			writer_settle_now(w);
	} while (work || settle);
	return NULL;
}

int
writer_start(const char *where, struct writer **ret, struct err *err)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	int i, e;

	for (i = 0; i < LANES; i++)
		STAILQ_INIT(&w->lanes[i]);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->finished, NULL);
	if (db_open(where, DB_WRITE, &w->db, err) == -1)
		goto fail;
	if (migrate_up(w->db, err) == -1) {
		err_prefix(err, "%s", where);
		goto fail;
	}
	e = pthread_create(&w->thread, NULL, writer_main, w);
	if (e != 0) {
		err_errno(err, e, "cannot start the writer's thread");
		goto fail;
	}
	*ret = w;
	return 0;
fail:
	db_close(w->db);
	free(w);
	return -1;
}

void
writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	db_close(w->db);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->finished);
	free(w);
}

/* Needs w->lock. */
static void
writer_add(struct writer *w, struct job *job)
{
	job->since = clock_mono();
	STAILQ_INSERT_TAIL(&w->lanes[job->lane], job, entry);
	w->waiting[job->lane]++;
	pthread_cond_signal(&w->work);
}

int
writer_do(struct writer *w, enum writer_lane lane, writer_run *run, void *arg,
    struct err *err)
{
	struct job job = { .lane = lane, .run = run, .arg = arg,
		.waited_for = true };

	pthread_mutex_lock(&w->lock);
	writer_add(w, &job);
	while (!job.finished)
		pthread_cond_wait(&w->finished, &w->lock);
	pthread_mutex_unlock(&w->lock);
	if (job.result == -1)
		*err = job.err;
	return job.result;
}

void
writer_post(struct writer *w, enum writer_lane lane, writer_run *run,
    void *arg, struct loop *loop,
    void (*done)(void *, int, const struct err *))
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->lane = lane;
	job->run = run;
	job->arg = arg;
	job->loop = done == NULL ? NULL : loop;
	job->done = done;
	pthread_mutex_lock(&w->lock);
	writer_add(w, job);
	pthread_mutex_unlock(&w->lock);
}

void
writer_settle(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->settle = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

size_t
writer_waiting(struct writer *w, enum writer_lane lane)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	n = w->waiting[lane];
	pthread_mutex_unlock(&w->lock);
	return n;
}

void
writer_on_commit(struct writer *w, void (*call)(void *), void *arg)
{
	pthread_mutex_lock(&w->lock);
	w->committed = call;
	w->committed_arg = arg;
	pthread_mutex_unlock(&w->lock);
}
