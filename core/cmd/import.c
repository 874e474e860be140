/*
 * kompan import: a file of posts, streamed through a plugin into the database.
 *
 * The running agent does it; without one, the fetch station is started here
 * for the length of the import, asking no platform.  The work goes on in the
 * background of the loop, and this verb looks at it and shows how far it is.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/loop.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "queue/control_server.h"
#include "storage/import.h"
#include "storage/source.h"
#include "storage/writer.h"

/* A source that was just added is known to the agent after this long. */
#define KNOWN_MS (5 * SECOND_MS)
#define LOOK_MS 200

static int import_verb(struct cmd_env *, int, char **);

const struct cmd cmd_import = {
	.noun = "import", .args = "SOURCE FILE",
	.summary = "Read a file of posts through the plugin of a source.",
	.help = "The same file again changes nothing; one that was interrupted "
	    "goes on where it was.\nRecords that cannot be used are listed as "
	    "FILE:RECORD and make the exit code 1.",
	.config = true, .run = import_verb,
};

struct import_run {
	struct cmd_env *env;
	const char *source;
	char path[PATH_MAX];
	/* Without an agent: */
	struct loop *loop;
	struct writer *writer;
	struct fetch *fetch;
};

static int
ask(struct import_run *run, const char *name, struct json_object **ret,
    struct err *err)
{
	struct json_object *args = json_object_new_object();
	int r;

	json_put_cstr(args, "source", run->source);
	json_put_cstr(args, "path", run->path);
	if (run->fetch == NULL)
		return control_ask(run->env->config->socket, name, args, ret,
		    err);
	r = fetch_command(run->fetch, name, args, ret, err);
	json_object_put(args);
	return r;
}

static int
start_here(struct import_run *run, struct err *err)
{
	const struct config *config = run->env->config;

	run->loop = loop_new(err);
	if (run->loop == NULL || config_make_state(config, err) == -1 ||
	    writer_start(config->database, &run->writer, err) == -1 ||
	    fetch_start_quiet(run->loop, config, run->writer, &run->fetch,
	    err) == -1)
		return -1;
	return 0;
}

static void
stop_here(struct import_run *run)
{
	fetch_stop(run->fetch);
	writer_stop(run->writer);
	loop_free(run->loop);
}

/* Let time pass: ours serves the loop, the agent has its own. */
static int
pass_time(struct import_run *run, struct err *err)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000 };
	struct mono until = mono_add(clock_mono(), LOOK_MS);

	if (run->fetch == NULL) {
		nanosleep(&pause, NULL);
		return 0;
	}
	while (mono_until(until) > 0) {
		if (loop_step(run->loop, mono_until(until), err) == -1)
			return -1;
	}
	return 0;
}

static int
begin(struct import_run *run, struct json_object **ret, struct err *err)
{
	struct mono until = mono_add(clock_mono(), KNOWN_MS);
	int r;

	r = ask(run, "import.start", ret, err);
	if (r == -1 && err->code == ERR_NOT_FOUND &&
	    strncmp(err->text, "no agent", 8) == 0) {
		if (start_here(run, err) == -1)
			return -1;
		r = ask(run, "import.start", ret, err);
	}
	while (r == -1 && err->code == ERR_NOT_FOUND &&
	    mono_until(until) > 0) {
		if (pass_time(run, err) == -1)
			return -1;
		r = ask(run, "import.start", ret, err);
	}
	return r;
}

static void
progress(const struct import_run *run, struct json_object *state)
{
	int64_t at = json_get_i64(state, "bytes", 0);
	int64_t size = json_get_i64(state, "size", 0);

	if (!run->env->quiet && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%3lld %%  %lld new posts, %lld known, %lld "
		    "bad records ", (long long)(size > 0 ? at * 100 / size :
		    100), (long long)json_get_i64(state, "posts_new", 0),
		    (long long)json_get_i64(state, "posts_known", 0),
		    (long long)json_get_i64(state, "bad", 0));
}

static bool
is_over(struct json_object *state)
{
	struct str s = json_get_str(state, "state");

	return str_is(s, "done") || str_is(s, "failed");
}

static int
watch(struct import_run *run, struct json_object **state, struct err *err)
{
	while (!is_over(*state)) {
		json_object_put(*state);
		*state = NULL;
		if (pass_time(run, err) == -1 ||
		    ask(run, "import.state", state, err) == -1)
			return -1;
		progress(run, *state);
	}
	if (!run->env->quiet && isatty(STDERR_FILENO))
		fputc('\n', stderr);
	return 0;
}

static void
print_bad(void *arg, int64_t record, struct str text)
{
	const struct import_run *run = arg;

	fprintf(stderr, "%s:%lld: %.*s\n", run->path, (long long)record,
	    STR_ARG(text));
}

static int
list_bad(struct import_run *run, struct err *err)
{
	struct source_row row;
	struct db *db = NULL;
	int r;

	if (cmd_open_db(run->env, &db, err) == -1)
		return -1;
	r = source_by_name(db, run->source, &row, err);
	if (r == 1) {
		r = import_errors(db, row.id, print_bad, run, err);
		source_row_fini(&row);
	}
	db_close(db);
	return r;
}

static int
report(struct import_run *run, struct json_object *state, struct err *err)
{
	struct str fault = json_get_str(state, "error");
	int64_t bad = json_get_i64(state, "bad", 0);

	if (run->env->json)
		json_print(state, stdout);
	else
		printf("%lld new posts, %lld known already, %lld bad records\n",
		    (long long)json_get_i64(state, "posts_new", 0),
		    (long long)json_get_i64(state, "posts_known", 0),
		    (long long)bad);
	if (bad > 0 && list_bad(run, err) == -1)
		return -1;
	if (str_is(json_get_str(state, "state"), "failed"))
		return err_set(err, "%s: %.*s", run->path, STR_ARG(fault));
	return bad > 0 ? 1 : 0;
}

static int
import_verb(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct import_run run = { .env = env };
	struct json_object *state = NULL;
	struct err err = ERR_INIT;
	int r = -1;

	if (!cmd_options(env, &cmd_import, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 2)
		return cmd_usage(&cmd_import);
	run.source = argv[0];
	if (realpath(argv[1], run.path) == NULL)
		err_set(&err, "%s: there is no such file", argv[1]);
	else if (begin(&run, &state, &err) == 0 &&
	    watch(&run, &state, &err) == 0)
		r = report(&run, state, &err);
	stop_here(&run);
	json_object_put(state);
	if (r == -1)
		return cmd_failed(env, &err);
	return r == 0 ? EXIT_DONE : EXIT_FAILED;
}
