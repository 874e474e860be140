/*
 * cmd.h - the command line: one file and one table row for each verb.
 *
 * `kompan NOUN VERB` is cmd/NOUN_VERB.c, which holds one struct cmd; cmd.c has
 * the table.  A verb's own options are parsed with cmd_options().
 */
#ifndef KOMPAN_CMD_CMD_H
#define KOMPAN_CMD_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct config;
struct db;

/* Exit codes of every verb. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,        /* it was tried; the message says why it failed */
	EXIT_USAGE = 2          /* the command line makes no sense */
};

/* What stands before the verb: kompan [--config FILE] [--json] ... */
struct cmd_env {
	const char *config_path;
	bool json;              /* --json: one JSON value a line on stdout */
	bool quiet;             /* no progress */
	struct config *config;  /* loaded when cmd.config is set, else NULL */
};

struct cmd {
	const char *noun, *verb;        /* verb NULL: `kompan judge` */
	const char *args;               /* "NAME [--since TIME]", for usage */
	const char *summary;            /* one line */
	const char *help;               /* what more --help says, or NULL */
	bool config;                    /* needs kompan.conf to be good */
	/* argv[0] is the first argument after the verb. */
	int (*run)(struct cmd_env *, int argc, char **argv);
};

/* All of them, NULL at the end. */
extern const struct cmd *const cmd_table[];

/* Whether `kompan --help` etc.; dispatches, returns the exit code. */
int cmd_main(int argc, char **argv);

/*
 * Options of a verb: "--name VALUE", "--name=VALUE", "--flag".  Table ends with
 * { 0 }.  --json and --help work behind the verb too.
 */
struct cmd_option {
	const char *name;               /* without the dashes */
	const char **value;             /* set to the text, or */
	bool *flag;                     /* set to true */
	int64_t *number;                /* a whole number from 0 */
};
/*
 * cmd_options(env, cmd, options, &argc, &argv): take the options out; what is
 * left are the plain arguments (after "--" everything).  False: a fault was
 * told on stderr together with the usage line; return EXIT_USAGE.
 */
bool cmd_options(struct cmd_env *, const struct cmd *,
    const struct cmd_option *, int *argc, char ***argv);
/* Print the usage line on stderr; returns EXIT_USAGE. */
int cmd_usage(const struct cmd *);
/* "kompan: TEXT" on stderr (as JSON on stdout with --json); EXIT_FAILED. */
int cmd_failed(struct cmd_env *, const struct err *);

/*
 * cmd_write(env, name, args, ret, err): change something.  With an agent
 * running, the command goes to its socket (queue/control.h); without one, the
 * writer's lock is taken here and the same handler runs in this process.
 * ${args} and *${ret} are JSON objects; ${args} is taken over.  0, or -1.
 */
struct json_object;
int cmd_write(struct cmd_env *, const char *name, struct json_object *args,
    struct json_object **, struct err *);
/*
 * cmd_change(env, name, args, format, ...): cmd_write(), and what it gave is of
 * no interest: a sentence says that it was done, unless --json.  The exit code.
 */
int cmd_change(struct cmd_env *, const char *name, struct json_object *args,
    const char *, ...) __attribute__((format(printf, 4, 5)));
/* A read-only connection, schema checked. */
int cmd_open_db(struct cmd_env *, struct db **, struct err *);

#endif
