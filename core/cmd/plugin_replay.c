/*
 * kompan plugin replay: tell a plugin recorded exchanges again, twice, and
 * show what it says differently.
 */
#include <stdio.h>

#include "base/json.h"
#include "cmd/plugin_cmd.h"
#include "parse/rec.h"
#include "parse/replay.h"

static int plugin_replay(struct cmd_env *, int, char **);

const struct cmd cmd_plugin_replay = {
	.noun = "plugin", .verb = "replay",
	.args = "NAME FILE... [--write] [--plugins DIR] [--worker FILE]",
	.summary = "Tell a plugin what was recorded, and compare what it says.",
	.help = "Each FILE is told twice: to one worker, and event by event to "
	    "new ones; what\ndiffers shows that the plugin keeps something "
	    "between steps.\nWith --write what the plugin says becomes what is "
	    "expected.",
	.run = plugin_replay,
};

/* Print the difference of one event; whether there is one. */
static bool
differs(const struct cmd_env *env, const char *path,
    const struct rec_event *event, const char *what, struct str a,
    struct str b)
{
	struct buf diff;

	if (str_eq(a, b))
		return false;
	buf_init(&diff, REC_SIZE_MAX);
	replay_diff(a, b, &diff);
	if (env->json) {
		struct json_object *o = json_object_new_object();

		json_put_cstr(o, "file", path);
		json_put_i64(o, "line", event->line);
		json_put_cstr(o, "error", what);
		json_put_str(o, "diff", buf_get(&diff));
		json_print(o, stdout);
		json_object_put(o);
	} else {
		printf("%s:%u: %s\n%s", path, event->line, what,
		    diff.p == NULL ? "" : diff.p);
	}
	buf_fini(&diff);
	return true;
}

/* 0: as expected; 1: not; -1 and ${err}. */
static int
compare(const struct cmd_env *env, const struct worker_options *options,
    const char *plugin, const char *path, struct rec *rec, bool write,
    struct err *err)
{
	struct replay first = { NULL, 0 }, second = { NULL, 0 };
	bool changed = false, impure = false;
	size_t i;
	int r = -1;

	if (replay_run(options, plugin, rec, false, &first, err) == -1 ||
	    replay_run(options, plugin, rec, true, &second, err) == -1)
		goto out;
	for (i = 0; i < rec->nevents; i++) {
		struct rec_event *event = &rec->events[i];
		struct str said = str_of(first.said[i]);

		impure |= differs(env, path, event, "in a new worker it says "
		    "something else (+): it keeps something between steps",
		    said, str_of(second.said[i]));
		if (write)
			event->expect = rec_keep(rec, said);
		else
			changed |= differs(env, path, event, "expected (-) and "
			    "said (+)", event->expect, said);
	}
	r = impure || changed;
out:
	replay_fini(&first);
	replay_fini(&second);
	return r;
}

static void
told_json(const char *path, bool write)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "file", path);
	json_put_bool(o, write ? "written" : "as_expected", true);
	json_print(o, stdout);
	json_object_put(o);
}

static int
replay_file(struct cmd_env *env, const struct worker_options *options,
    const char *plugin, const char *path, bool write)
{
	struct err err = ERR_INIT;
	struct rec *rec = NULL;
	int r;

	if (plugin_read_rec(path, &rec, &err) == -1)
		return cmd_failed(env, &err);
	r = compare(env, options, plugin, path, rec, write, &err);
	if (r == 0 && write)
		r = plugin_write_rec(path, rec, &err);
	rec_free(rec);
	if (r == -1) {
		err_prefix(&err, "%s", path);
		return cmd_failed(env, &err);
	}
	return r == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int
plugin_replay(struct cmd_env *env, int argc, char **argv)
{
	struct plugin_options given = { NULL, NULL };
	bool write = false;
	const struct cmd_option table[] = { PLUGIN_OPTIONS(given),
		{ .name = "write", .flag = &write }, { 0 } };
	struct worker_options options;
	int i, r = EXIT_DONE;

	if (!cmd_options(env, &cmd_plugin_replay, table, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage(&cmd_plugin_replay);
	plugin_workers(env, &given, &options);
	for (i = 1; i < argc; i++) {
		int one = replay_file(env, &options, argv[0], argv[i], write);

		if (one != EXIT_DONE)
			r = one;
		else if (env->json)
			told_json(argv[i], write);
		else if (!env->quiet)
			printf("%s: %s\n", argv[i], write ? "written" :
			    "as expected");
	}
	return r;
}
