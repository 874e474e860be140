/*
 * Asking plugins from the command line: a loop and a worker of our own, so it
 * works with and without an agent.
 */
#include "cmd/plugin_cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "parse/rec.h"

static const char *const abilities[] = { "posts", "replies", "authors",
	"edits", "deletions", "can-reply", "can-confirm", "flat" };

void
plugin_workers(const struct cmd_env *env, const struct plugin_options *given,
    struct worker_options *options)
{
	*options = worker_defaults;
	if (env->config != NULL) {
		options->plugins_dir = env->config->plugins_dir;
		options->program = env->config->worker;
	}
	if (given->plugins != NULL)
		options->plugins_dir = given->plugins;
	if (given->worker != NULL)
		options->program = given->worker;
}

struct asked {
	bool answered;
	const struct plugin_info *info;
	struct err *err;
};

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct asked *asked = arg;

	asked->answered = true;
	asked->info = info;
	if (info == NULL)
		*asked->err = *err;
}

const struct plugin_info *
plugin_open(const struct worker_options *options, const char *name,
    struct loop *loop, struct worker **worker, struct err *err)
{
	struct asked asked = { .err = err };

	*worker = worker_new(loop, options, name);
	worker_hello(*worker, on_hello, &asked);
	while (!asked.answered) {
		if (loop_step(loop, -1, err) == -1)
			break;
	}
	if (asked.info == NULL) {
		worker_free(*worker);
		*worker = NULL;
	}
	return asked.info;
}

void
plugin_jobs(FILE *f, uint32_t jobs)
{
	uint32_t job;
	const char *before = "";

	for (job = KP_POLL; job <= KP_PUSH; job++) {
		if ((jobs & KP_CAN(job)) == 0)
			continue;
		fprintf(f, "%s%s", before, rec_job_name(job));
		before = " ";
	}
}

void
plugin_abilities(FILE *f, uint32_t set)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
		if ((set & 1u << i) == 0)
			continue;
		fprintf(f, "%s%s", before, abilities[i]);
		before = " ";
	}
}

struct json_object *
plugin_jobs_json(uint32_t jobs)
{
	struct json_object *a = json_object_new_array();
	uint32_t job;

	for (job = KP_POLL; job <= KP_PUSH; job++) {
		if ((jobs & KP_CAN(job)) != 0)
			json_object_array_add(a,
			    json_object_new_string(rec_job_name(job)));
	}
	return a;
}

struct json_object *
plugin_abilities_json(uint32_t set)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
		if ((set & 1u << i) != 0)
			json_object_array_add(a,
			    json_object_new_string(abilities[i]));
	}
	return a;
}

int
plugin_read_rec(const char *path, struct rec **ret, struct err *err)
{
	char chunk[65536];
	struct buf b;
	size_t n;
	FILE *f;
	int r = -1;

	f = fopen(path, "re");
	if (f == NULL)
		return err_errno(err, errno, "%s", path);
	buf_init(&b, REC_SIZE_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 &&
	    buf_add(&b, chunk, n) == 0)
		;
	if (ferror(f))
		err_errno(err, errno, "%s", path);
	else if (b.failed)
		err_set_code(err, ERR_LIMIT, "%s is larger than %d MiB", path,
		    (int)(REC_SIZE_MAX >> 20));
	else if (rec_parse(buf_get(&b), ret, err) == -1)
		err_prefix(err, "%s", path);
	else
		r = 0;
	fclose(f);
	buf_fini(&b);
	return r;
}

int
plugin_write_rec(const char *path, const struct rec *rec, struct err *err)
{
	char *next = xasprintf("%s.new", path);
	struct buf b;
	FILE *f;
	int r = -1;

	buf_init(&b, REC_SIZE_MAX);
	rec_write(rec, &b);
	f = fopen(next, "wex");
	if (f == NULL) {
		err_errno(err, errno, "%s", next);
		goto out;
	}
	if (fwrite(b.p, 1, b.n, f) != b.n || fflush(f) != 0 ||
	    fsync(fileno(f)) == -1) {
		err_errno(err, errno, "%s", next);
		fclose(f);
		(void)unlink(next);
		goto out;
	}
	fclose(f);
	if (rename(next, path) == -1) {
		err_errno(err, errno, "%s", path);
		goto out;
	}
	r = 0;
out:
	buf_fini(&b);
	free(next);
	return r;
}
