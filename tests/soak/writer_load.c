/*
 * writer_load - how long a person waits while posts pour in.
 *
 *	writer_load [DIR [SECONDS [POSTS_PER_SECOND [STEP]]]]
 *
 * Makes a database in ${DIR} (a real disk tells more than /dev/shm), hands
 * steps of STEP posts to the writer at the given rate (0: as fast as it takes
 * them) and, from another thread, small changes such as a claim, one after the
 * other with 5 ms between.  Prints posts/s, CPU, and the waits of the claims.
 */
#include <ftw.h>
#include <kompan-plugin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "parse/step.h"
#include "storage/ingest.h"
#include "storage/keys.h"
#include "storage/writer.h"

#define SOURCES 200
#define WAITING_MAX 64
#define CLAIMS_MAX 1000000

struct load {
	struct writer *writer;
	struct keys *keys;
	struct config config;
	int64_t seconds, rate, batch;
	int64_t posted;
	atomic_bool stop;
	double *waits;          /* ms */
	size_t nwaits;
};

/* A step's memory: ids and texts in one piece. */
struct work {
	struct load *load;
	int64_t source;
	struct ingest_ctx ctx;
	struct step step;
	char cursor[32];
	char (*texts)[512];
	char (*ids)[64];
};

static double
now_ms(void)
{
	return (double)clock_mono().ms;
}

static void
nap(double ms)
{
	struct timespec ts;

	if (ms <= 0)
		return;
	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1000) * 1e6);
	nanosleep(&ts, NULL);
}

static struct kp_str
text_of(const char *s)
{
	return (struct kp_str){ s, strlen(s) };
}

static void
work_free(struct work *w)
{
	free(w->step.posts);
	free(w->texts);
	free(w->ids);
	free(w);
}

static struct work *
work_new(struct load *l, int64_t number)
{
	static const char filler[] = "zapytanie o urlop i wypłatę za ostatni"
	    " miesiąc w firmie pod Lipskiem, umowa na czas określony, czternaście"
	    " dni wypowiedzenia, a szef mówi że nie zapłaci nadgodzin";
	struct work *w = xcalloc(1, sizeof(*w));
	size_t n = (size_t)l->batch, k;

	w->load = l;
	w->source = 1 + number % SOURCES;
	w->texts = xcalloc(n, sizeof(*w->texts));
	w->ids = xcalloc(n * 3, sizeof(*w->ids));
	w->step.posts = xcalloc(n, sizeof(*w->step.posts));
	w->step.nposts = n;
	snprintf(w->cursor, sizeof(w->cursor), "%lld", (long long)number);
	w->step.has_cursor = true;
	w->step.cursor = text_of(w->cursor);
	w->ctx = (struct ingest_ctx){ .now = clock_now(), .keys = l->keys,
		.config = &l->config, .job = KP_POLL, .event = KP_RESPONSE,
		.abilities = KP_SEES_POSTS | KP_SEES_REPLIES,
		.replies_in_poll = true, .heard = true,
		.tolerance_ms = HOUR_MS };
	for (k = 0; k < n; k++) {
		struct kp_post *p = &w->step.posts[k];
		char *id = w->ids[3 * k], *parent = w->ids[3 * k + 1],
		    *author = w->ids[3 * k + 2];

		snprintf(id, 64, "%lld-%zu", (long long)number, k);
		snprintf(author, 64, "u%zu", (size_t)(number * 31 + (int64_t)k * 7) % 5000);
		snprintf(w->texts[k], sizeof(w->texts[k]), "%lld %zu %.*s %s",
		    (long long)number, k, 40 + (int)(number * 17 + (int64_t)k * 71) % 200, filler,
		    k % 5 == 0 ? "?" : "pisz na 0171 39200 55");
		*p = (struct kp_post){ .size = sizeof(*p), .id = text_of(id),
			.author = text_of(author), .name = text_of(author),
			.text = text_of(w->texts[k]),
			.created = w->ctx.now - 1000 };
		/* Four in five answer something. */
		if (k % 5 != 0) {
			snprintf(parent, 64, "%lld-%zu", (long long)number,
			    k - 1);
			p->parent = text_of(parent);
		}
	}
	return w;
}

static int
work_run(struct db *db, void *arg, struct err *err)
{
	struct work *w = arg;
	struct ingest_result result;

	return ingest_step(db, w->source, &w->ctx, &w->step, &result, err);
}

static void
work_done(void *arg, int result, const struct err *err)
{
	struct work *w = arg;

	if (result != 0) {
		fprintf(stderr, "step: %s\n", err->text);
		exit(1);
	}
	w->load->posted += (int64_t)w->step.nposts;
	work_free(w);
}

static int
claim_run(struct db *db, void *arg, struct err *err)
{
	struct stmt *q = db_stmt(db, Q_META_PUT);

	stmt_bind_cstr(q, ":key", arg);
	stmt_bind_cstr(q, ":value", "claimed");
	return stmt_run(q, err) == -1 ? -1 : 0;
}

static void *
claims(void *arg)
{
	struct load *l = arg;
	struct err err = ERR_INIT;
	char key[32];
	double begun;

	while (!l->stop && l->nwaits < CLAIMS_MAX) {
		snprintf(key, sizeof(key), "claim-%zu", l->nwaits % 1000);
		begun = now_ms();
		if (writer_do(l->writer, WRITER_NOW, claim_run, key, &err) ==
		    -1) {
			fprintf(stderr, "claim: %s\n", err.text);
			exit(1);
		}
		l->waits[l->nwaits++] = now_ms() - begun;
		nap(5);
	}
	return NULL;
}

static int
sources_run(struct db *db, void *arg, struct err *err)
{
	char sql[512];
	int k;

	(void)arg;
	for (k = 0; k < SOURCES; k++) {
		snprintf(sql, sizeof(sql), "INSERT INTO source (name, plugin,"
		    " target, settings, basis, interval_ms, paused, created_at,"
		    " due_at, pace_ms, fails, rests, alerted) VALUES ('s%d',"
		    " 'feed', 'x', '{}', 'public-feed', 0, 0, 1, 1, 1, 0, 0,"
		    " 0)", k);
		if (db_script(db, sql, err) == -1)
			return -1;
	}
	return 0;
}

static void
feed(struct load *l, struct loop *loop)
{
	struct err err = ERR_INIT;
	double begun = now_ms(), due;
	int64_t number;

	for (number = 0;; number++) {
		due = l->rate == 0 ? 0 : begun +
		    (double)(number * l->batch) * 1000 / (double)l->rate;
		nap(due - now_ms());
		if (now_ms() - begun > (double)l->seconds * 1000)
			break;
		writer_post(l->writer, WRITER_BULK, work_run,
		    work_new(l, number), loop, work_done);
		do {
			if (loop_step(loop, 0, &err) == -1)
				exit(1);
			if (writer_waiting(l->writer, WRITER_BULK) >
			    WAITING_MAX)
				nap(1);
		} while (writer_waiting(l->writer, WRITER_BULK) > WAITING_MAX);
	}
}

static int
double_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(struct load *l, double wall)
{
	struct rusage ru;
	double cpu;

	getrusage(RUSAGE_SELF, &ru);
	cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	qsort(l->waits, l->nwaits, sizeof(*l->waits), double_order);
	printf("%lld posts in %.1f s: %.0f posts/s, %.1f s CPU (%.0f posts/s"
	    " of CPU)\n", (long long)l->posted, wall,
	    (double)l->posted / wall, cpu, (double)l->posted / cpu);
	if (l->nwaits > 0)
		printf("%zu claims: p50 %.1f ms, p90 %.1f ms, p99 %.1f ms,"
		    " most %.1f ms\n", l->nwaits, l->waits[l->nwaits / 2],
		    l->waits[l->nwaits * 9 / 10], l->waits[l->nwaits * 99 /
		    100], l->waits[l->nwaits - 1]);
}

static int64_t
number_arg(int argc, char **argv, int at, int64_t otherwise)
{
	int64_t value = otherwise;

	if (argc > at && str_to_i64(str_of(argv[at]), 0, 1000000, &value) ==
	    -1) {
		fprintf(stderr, "%s is no number\n", argv[at]);
		exit(2);
	}
	return value;
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
main(int argc, char **argv)
{
	struct load l = { .seconds = number_arg(argc, argv, 2, 20),
		.rate = number_arg(argc, argv, 3, 5000),
		.batch = number_arg(argc, argv, 4, 100) };
	const char *dir = argc > 1 ? argv[1] : "/tmp";
	char *path, *keys_dir, *base = xasprintf("%s/writer_load.XXXXXX", dir);
	struct err err = ERR_INIT;
	struct loop *loop = loop_new(&err);
	pthread_t thread;
	double begun;

	if (mkdtemp(base) == NULL) {
		perror(base);
		return 1;
	}
	path = xasprintf("%s/kompan.db", base);
	keys_dir = xasprintf("%s/keys", base);
	l.config.epoch_ms = 30 * DAY_MS;
	l.waits = xcalloc(CLAIMS_MAX, sizeof(*l.waits));
	if (loop == NULL || keys_open(keys_dir, &l.keys, &err) == -1 ||
	    writer_start(path, &l.writer, &err) == -1 ||
	    writer_do(l.writer, WRITER_NOW, sources_run, NULL, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	begun = now_ms();
	pthread_create(&thread, NULL, claims, &l);
	feed(&l, loop);
	l.stop = true;
	pthread_join(thread, NULL);
	writer_stop(l.writer);
	loop_step(loop, 0, &err);
	report(&l, (now_ms() - begun) / 1000);
	loop_free(loop);
	keys_close(l.keys);
	nftw(base, drop, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}
