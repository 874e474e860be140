/*
 * kompan source add: one source from the command line.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/source_stanza.h"

static int source_add(struct cmd_env *, int, char **);

const struct cmd cmd_source_add = {
	.noun = "source", .verb = "add",
	.args = "NAME PLUGIN [KEY=VALUE ...]",
	.summary = "Add a source, or change the one of that name.",
	.help = "KEY is url, credential, interval, egress, basis, or a setting "
	    "of the plugin\n(see `kompan plugin info PLUGIN').",
	.config = true, .run = source_add,
};

/* The same text that would stand in a file. */
static void
write_stanza(struct buf *b, int argc, char **argv)
{
	int i;

	buf_printf(b, "[source %s]\nplugin = %s\n", argv[0], argv[1]);
	for (i = 2; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');

		if (equals == NULL)
			buf_printf(b, "%s\n", argv[i]);
		else
			buf_printf(b, "%.*s = %s\n", (int)(equals - argv[i]),
			    argv[i], equals + 1);
	}
}

static int
source_add(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct plugin_cache cache = { .config = env->config };
	struct problems problems = PROBLEMS_INIT;
	struct json_object *args = NULL, *ret = NULL;
	struct stanza_file *file = NULL;
	struct err err = ERR_INIT;
	struct buf b;
	int r = EXIT_FAILED;

	if (!cmd_options(env, &cmd_source_add, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 2)
		return cmd_usage(&cmd_source_add);
	buf_init(&b, STANZA_FILE_MAX);
	write_stanza(&b, argc, argv);
	if (stanza_parse("command line", buf_get(&b), &file, &problems) == 0 &&
	    file->n == 1)
		args = source_stanza(&cache, file, &file->v[0], &problems);
	if (args == NULL) {
		problems_print(&problems, stderr);
	} else if (cmd_write(env, "source.put", args, &ret, &err) == -1) {
		r = cmd_failed(env, &err);
	} else {
		if (env->json)
			json_print(ret, stdout);
		else
			printf("source %s: %.*s\n", file->v[0].name,
			    STR_ARG(json_get_str(ret, "result")));
		r = EXIT_DONE;
	}
	json_object_put(ret);
	stanza_free(file);
	problems_fini(&problems);
	plugin_cache_fini(&cache);
	buf_fini(&b);
	return r;
}
