/*
 * kompan plugin list: the plugins that are installed, and which of them work.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/plugin_cmd.h"

static int plugin_list(struct cmd_env *, int, char **);

const struct cmd cmd_plugin_list = {
	.noun = "plugin", .verb = "list", .args = "[--plugins DIR]",
	.summary = "List the plugins that are installed, and what each can do.",
	.config = true, .run = plugin_list,
};

struct names {
	char **v;
	size_t n, room;
};

static void
add_names(struct names *names, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t i, n;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		n = strlen(entry->d_name);
		if (n < 4 || strcmp(entry->d_name + n - 3, ".so") != 0)
			continue;
		for (i = 0; i < names->n; i++) {
			if (strlen(names->v[i]) == n - 3 &&
			    strncmp(names->v[i], entry->d_name, n - 3) == 0)
				break;
		}
		if (i < names->n)
			continue;
		vec_grow(names->v, names->n, names->room);
		names->v[names->n++] = xstrndup(entry->d_name, n - 3);
	}
	if (d != NULL)
		closedir(d);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
print(const struct cmd_env *env, const char *name,
    const struct plugin_info *info, const struct err *err)
{
	struct json_object *o;

	if (env->json) {
		o = json_object_new_object();
		json_put_cstr(o, "name", name);
		json_put_bool(o, "works", info != NULL);
		if (info == NULL) {
			json_put_cstr(o, "error", err->text);
		} else {
			json_put_cstr(o, "version", info->version);
			json_put_cstr(o, "summary", info->summary);
			json_put(o, "jobs", plugin_jobs_json(info->jobs));
			json_put(o, "abilities",
			    plugin_abilities_json(info->abilities));
		}
		json_print(o, stdout);
		json_object_put(o);
	} else if (info == NULL) {
		printf("%-18s does not work: %s\n", name, err->text);
	} else {
		printf("%-18s %-8s %s\n%28s", name, info->version == NULL ?
		    "" : info->version, info->summary == NULL ? "" :
		    info->summary, "");
		plugin_jobs(stdout, info->jobs);
		putchar('\n');
	}
}

static int
plugin_list(struct cmd_env *env, int argc, char **argv)
{
	struct plugin_options given = { NULL, NULL };
	const struct cmd_option table[] = { PLUGIN_OPTIONS(given), { 0 } };
	struct worker_options options;
	struct names names = { NULL, 0, 0 };
	struct err err = ERR_INIT;
	struct loop *loop;
	char *libs;
	int r = EXIT_DONE;
	size_t i;

	if (!cmd_options(env, &cmd_plugin_list, table, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_plugin_list);
	plugin_workers(env, &given, &options);
	loop = loop_new(&err);
	if (loop == NULL)
		return cmd_failed(env, &err);
	add_names(&names, options.plugins_dir);
	libs = xasprintf("%s/.libs", options.plugins_dir);
	add_names(&names, libs);
	free(libs);
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), compare);
	for (i = 0; i < names.n; i++) {
		struct worker *worker;
		const struct plugin_info *info = plugin_open(&options,
		    names.v[i], loop, &worker, &err);

		print(env, names.v[i], info, &err);
		if (info == NULL)
			r = EXIT_FAILED;
		worker_free(worker);
		free(names.v[i]);
	}
	if (names.n == 0) {
		err_set_code(&err, ERR_NOT_FOUND, "no plugins in %s",
		    options.plugins_dir);
		r = cmd_failed(env, &err);
	}
	free(names.v);
	loop_free(loop);
	return r;
}
