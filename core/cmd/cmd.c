/*
 * The command line: finds the verb, reads what stands before it, hands over.
 * Usage lines and --help come from the same table rows that dispatch.
 */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/problems.h"
#include "config/config.h"

#define WORDS_MAX 128

#define CMD(name) extern const struct cmd cmd_##name;
#include "cmd/cmd.def"
#undef CMD

const struct cmd *const cmd_table[] = {
#define CMD(name) &cmd_##name,
#include "cmd/cmd.def"
#undef CMD
	NULL
};

static void
print_usage(const struct cmd *cmd, FILE *out)
{
	fprintf(out, "usage: kompan %s%s%s%s%s\n", cmd->noun,
	    cmd->verb != NULL ? " " : "", cmd->verb != NULL ? cmd->verb : "",
	    cmd->args != NULL ? " " : "", cmd->args != NULL ? cmd->args : "");
}

int
cmd_usage(const struct cmd *cmd)
{
	print_usage(cmd, stderr);
	return EXIT_USAGE;
}

static int
print_help(const struct cmd *cmd)
{
	print_usage(cmd, stdout);
	printf("\n%s\n", cmd->summary);
	if (cmd->help != NULL)
		printf("\n%s\n", cmd->help);
	return EXIT_DONE;
}

/* All verbs, or those of one noun. */
static void
print_table(const char *noun, FILE *out)
{
	size_t i;

	fputs("usage: kompan [--config FILE] [--json] [--quiet] "
	    "NOUN VERB [ARGUMENTS]\n\n", out);
	for (i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd *cmd = cmd_table[i];
		int n;

		if (noun != NULL && strcmp(cmd->noun, noun) != 0)
			continue;
		n = fprintf(out, "  kompan %s%s%s", cmd->noun,
		    cmd->verb != NULL ? " " : "",
		    cmd->verb != NULL ? cmd->verb : "");
		fprintf(out, "%*s%s\n", n < 32 ? 32 - n : 1, "",
		    cmd->summary);
	}
	fputs("\n`kompan NOUN VERB --help' says more, kompan(1) all.\n", out);
}

int
cmd_failed(struct cmd_env *env, const struct err *err)
{
	if (env->json) {
		struct json_object *o = json_object_new_object();

		json_put_cstr(o, "error", err->text);
		json_print(o, stdout);
		json_object_put(o);
	}
	fprintf(stderr, "kompan: %s\n", err->text);
	return EXIT_FAILED;
}

static const struct cmd_option *
find_option(const struct cmd_option *options, struct str name)
{
	for (; options->name != NULL; options++) {
		if (str_is(name, options->name))
			return options;
	}
	return NULL;
}

/* Where "--word" is no option of this verb. */
static bool
complain_option(const struct cmd *cmd, const struct cmd_option *options,
    struct str name)
{
	const char *names[WORDS_MAX], *near;
	char *word = str_dup(name);
	size_t n = 0;

	for (; options->name != NULL && n < WORDS_MAX - 3; options++)
		names[n++] = options->name;
	names[n++] = "json";
	names[n++] = "help";
	names[n] = NULL;
	near = nearest_word(word, names);
	fprintf(stderr, "kompan: no option --%s%s%s%s\n", word,
	    near != NULL ? "; did you mean --" : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
	free(word);
	cmd_usage(cmd);
	return false;
}

/* Store one option's value; ${value} is NULL where none follows. */
static bool
store_option(const struct cmd *cmd, const struct cmd_option *option,
    const char *value)
{
	if (value == NULL) {
		fprintf(stderr, "kompan: --%s needs a value\n", option->name);
	} else if (option->value != NULL) {
		*option->value = value;
		return true;
	} else if (str_to_i64(str_of(value), 0, INT64_MAX, option->number) ==
	    0) {
		return true;
	} else {
		fprintf(stderr, "kompan: --%s needs a whole number\n",
		    option->name);
	}
	cmd_usage(cmd);
	return false;
}

/*
 * Take the option at argv[at]; the number of words it used, or 0 after a
 * fault was told.
 */
static int
take_option(struct cmd_env *env, const struct cmd *cmd,
    const struct cmd_option *options, char **argv, int at, int argc)
{
	struct str value = { argv[at] + 2, strlen(argv[at] + 2) };
	struct str name = str_cut(&value, '=');
	const struct cmd_option *option;

	if (str_is(name, "json") && value.p == NULL) {
		env->json = true;
		return 1;
	}
	option = find_option(options, name);
	if (option == NULL) {
		complain_option(cmd, options, name);
		return 0;
	}
	if (option->flag != NULL) {
		*option->flag = true;
		return 1;
	}
	if (value.p != NULL)
		return store_option(cmd, option, value.p) ? 1 : 0;
	return store_option(cmd, option, at + 1 < argc ? argv[at + 1] : NULL) ?
	    2 : 0;
}

bool
cmd_options(struct cmd_env *env, const struct cmd *cmd,
    const struct cmd_option *options, int *argc, char ***argv)
{
	char **words = *argv;
	int at = 0, kept = 0;

	while (at < *argc) {
		int used;

		if (strcmp(words[at], "--") == 0) {
			while (++at < *argc)
				words[kept++] = words[at];
			break;
		}
		if (strncmp(words[at], "--", 2) != 0) {
			words[kept++] = words[at++];
			continue;
		}
		used = take_option(env, cmd, options, words, at, *argc);
		if (used == 0)
			return false;
		at += used;
	}
	*argc = kept;
	return true;
}

static const struct cmd *
find_cmd(int argc, char **argv, int *used)
{
	size_t i;

	for (i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd *cmd = cmd_table[i];

		if (strcmp(cmd->noun, argv[0]) != 0)
			continue;
		*used = cmd->verb == NULL ? 1 : 2;
		if (cmd->verb == NULL ||
		    (argc > 1 && strcmp(cmd->verb, argv[1]) == 0))
			return cmd;
	}
	return NULL;
}

/* No such verb: say what there is. */
static int
complain_verb(int argc, char **argv)
{
	const char *words[WORDS_MAX], *near;
	bool noun = false;
	size_t i, n = 0;

	for (i = 0; cmd_table[i] != NULL; i++)
		noun = noun || strcmp(cmd_table[i]->noun, argv[0]) == 0;
	if (noun && (argc < 2 || strcmp(argv[1], "--help") == 0)) {
		print_table(argv[0], argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_DONE;
	}
	for (i = 0; cmd_table[i] != NULL && n < WORDS_MAX - 1; i++) {
		if (!noun)
			words[n++] = cmd_table[i]->noun;
		else if (strcmp(cmd_table[i]->noun, argv[0]) == 0)
			words[n++] = cmd_table[i]->verb;
	}
	words[n] = NULL;
	near = nearest_word(argv[noun ? 1 : 0], words);
	fprintf(stderr, "kompan: there is no `kompan %s%s%s'", argv[0],
	    noun ? " " : "", noun ? argv[1] : "");
	if (near != NULL)
		fprintf(stderr, "; did you mean `%s'?", near);
	fputs("\n", stderr);
	print_table(noun ? argv[0] : NULL, stderr);
	return EXIT_USAGE;
}

static int
load_config(struct cmd_env *env)
{
	struct problems problems = PROBLEMS_INIT;
	int r = config_load(env->config_path, &env->config, &problems);

	if (r == -1)
		problems_print(&problems, stderr);
	problems_fini(&problems);
	return r;
}

static bool
wants_help(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static int
run_cmd(struct cmd_env *env, const struct cmd *cmd, int argc, char **argv)
{
	int r;

	if (wants_help(argc, argv))
		return print_help(cmd);
	if (cmd->config && load_config(env) == -1)
		return EXIT_FAILED;
	r = cmd->run(env, argc, argv);
	config_free(env->config);
	env->config = NULL;
	return r;
}

/* Options before the noun; the number of words used, or -1. */
static int
take_globals(struct cmd_env *env, int argc, char **argv)
{
	int i = 0;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			env->config_path = argv[++i];
		} else if (strncmp(argv[i], "--config=", 9) == 0) {
			env->config_path = argv[i] + 9;
		} else if (strcmp(argv[i], "--json") == 0) {
			env->json = true;
		} else if (strcmp(argv[i], "--quiet") == 0) {
			env->quiet = true;
		} else if (strcmp(argv[i], "--verbose") == 0) {
			log_open(LOG_LEVEL_DEBUG);
		} else {
			fprintf(stderr, "kompan: no option %s here\n",
			    argv[i]);
			return -1;
		}
	}
	return i;
}

int
cmd_main(int argc, char **argv)
{
	struct cmd_env env = { .config_path = getenv("KOMPAN_CONFIG") };
	const struct cmd *cmd;
	int used;

	log_open(LOG_LEVEL_INFO);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("kompan " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0)) {
		print_table(NULL, stdout);
		return EXIT_DONE;
	}
	used = take_globals(&env, argc - 1, argv + 1);
	if (used == -1 || used == argc - 1) {
		print_table(NULL, stderr);
		return EXIT_USAGE;
	}
	argc -= used + 1;
	argv += used + 1;
	cmd = find_cmd(argc, argv, &used);
	if (cmd == NULL)
		return complain_verb(argc, argv);
	return run_cmd(&env, cmd, argc - used, argv + used);
}
