/*
 * kompan source apply: make the sources what a file says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/source_stanza.h"
#include "config/config.h"
#include "storage/source.h"

static int source_apply(struct cmd_env *, int, char **);

const struct cmd cmd_source_apply = {
	.noun = "source", .verb = "apply", .args = "FILE [--prune]",
	.summary = "Add and change sources as a file of [source NAME] says.",
	.help = "Nothing is changed when anything in the file is wrong.  Sources "
	    "that the file does\nnot name are listed; --prune pauses them.  "
	    "Nothing is ever deleted.",
	.config = true, .run = source_apply,
};

struct apply {
	struct cmd_env *env;
	struct stanza_file *file;
	struct json_object **args;      /* one a stanza */
	int added, changed, same, missing, paused;
};

static int
read_stanzas(struct apply *apply, struct problems *problems)
{
	struct plugin_cache cache = { .config = apply->env->config };
	size_t i, j;

	apply->args = calloc(apply->file->n + 1, sizeof(*apply->args));
	if (apply->args == NULL)
		abort();
	for (i = 0; i < apply->file->n; i++) {
		const struct stanza *s = &apply->file->v[i];

		apply->args[i] = source_stanza(&cache, apply->file, s,
		    problems);
		for (j = 0; j < i; j++) {
			if (strcmp(apply->file->v[j].name, s->name) == 0)
				problems_add(problems, apply->file->path,
				    s->line, 0, "[source %s] stands already in "
				    "line %u", s->name, apply->file->v[j].line);
		}
	}
	plugin_cache_fini(&cache);
	return problems->n == 0 ? 0 : -1;
}

static void
progress(const struct apply *apply, size_t done)
{
	if (!apply->env->quiet && isatty(STDERR_FILENO) &&
	    (done % 100 == 0 || done == apply->file->n))
		fprintf(stderr, "\r%zu of %zu sources%s", done, apply->file->n,
		    done == apply->file->n ? "\n" : "");
}

static int
put_all(struct apply *apply, struct err *err)
{
	size_t i;

	for (i = 0; i < apply->file->n; i++) {
		struct json_object *ret = NULL, *args = apply->args[i];
		struct str result;

		apply->args[i] = NULL;
		if (cmd_write(apply->env, "source.put", args, &ret, err) ==
		    -1) {
			err_prefix(err, "[source %s]", apply->file->v[i].name);
			return -1;
		}
		result = json_get_str(ret, "result");
		apply->added += str_is(result, "added");
		apply->changed += str_is(result, "changed");
		apply->same += str_is(result, "same");
		json_object_put(ret);
		progress(apply, i + 1);
	}
	return 0;
}

static bool
is_named(const struct apply *apply, const char *name)
{
	size_t i;

	for (i = 0; i < apply->file->n; i++) {
		if (strcmp(apply->file->v[i].name, name) == 0)
			return true;
	}
	return false;
}

static int
pause_one(struct apply *apply, const char *name, struct err *err)
{
	struct json_object *args = json_object_new_object(), *ret = NULL;
	int r;

	json_put_cstr(args, "name", name);
	json_put_cstr(args, "why", "not in the file that was applied");
	r = cmd_write(apply->env, "source.pause", args, &ret, err);
	json_object_put(ret);
	return r;
}

static int
find_missing(struct apply *apply, bool prune, struct err *err)
{
	struct source_row row;
	struct db *db = NULL;
	int64_t id = 0;
	int r;

	if (cmd_open_db(apply->env, &db, err) == -1)
		return -1;
	while ((r = source_after(db, id, &row, err)) == 1) {
		id = row.id;
		if (!is_named(apply, row.name) && !row.paused) {
			apply->missing++;
			if (!apply->env->json)
				printf("not in the file: %s%s\n", row.name,
				    prune ? " (paused)" : "");
			if (prune && pause_one(apply, row.name, err) == -1)
				r = -1;
			apply->paused += prune && r == 1;
		}
		source_row_fini(&row);
		if (r == -1)
			break;
	}
	db_close(db);
	return r;
}

static void
report(const struct apply *apply)
{
	struct json_object *o;

	if (!apply->env->json) {
		printf("%d added, %d changed, %d as they were, %d not in the "
		    "file\n", apply->added, apply->changed, apply->same,
		    apply->missing);
		return;
	}
	o = json_object_new_object();
	json_put_i64(o, "added", apply->added);
	json_put_i64(o, "changed", apply->changed);
	json_put_i64(o, "same", apply->same);
	json_put_i64(o, "missing", apply->missing);
	json_put_i64(o, "paused", apply->paused);
	json_print(o, stdout);
	json_object_put(o);
}

int
source_apply_file(struct cmd_env *env, struct stanza_file *file,
    struct problems *problems, enum source_missing missing)
{
	struct apply apply = { .env = env, .file = file };
	struct err err = ERR_INIT;
	int r = EXIT_FAILED;
	size_t i;

	if (read_stanzas(&apply, problems) == -1) {
		problems_print(problems, stderr);
		fputs("kompan: nothing was changed\n", stderr);
	} else if (put_all(&apply, &err) == -1 ||
	    (missing != MISSING_IGNORED &&
	    find_missing(&apply, missing == MISSING_PAUSED, &err) == -1)) {
		r = cmd_failed(env, &err);
	} else {
		report(&apply);
		r = EXIT_DONE;
	}
	for (i = 0; i < apply.file->n; i++)
		json_object_put(apply.args[i]);
	free(apply.args);
	return r;
}

static int
source_apply(struct cmd_env *env, int argc, char **argv)
{
	bool prune = false;
	const struct cmd_option options[] = {
		{ .name = "prune", .flag = &prune }, { 0 }
	};
	struct problems problems = PROBLEMS_INIT;
	struct stanza_file *file = NULL;
	int r = EXIT_FAILED;

	if (!cmd_options(env, &cmd_source_apply, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_source_apply);
	if (stanza_load(argv[0], &file, &problems) == -1) {
		problems_print(&problems, stderr);
		fputs("kompan: nothing was changed\n", stderr);
	} else {
		r = source_apply_file(env, file, &problems, prune ?
		    MISSING_PAUSED : MISSING_LISTED);
	}
	stanza_free(file);
	problems_fini(&problems);
	return r;
}
