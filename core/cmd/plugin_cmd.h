/*
 * plugin_cmd.h - what the verbs of `kompan plugin` share.
 */
#ifndef KOMPAN_CMD_PLUGIN_CMD_H
#define KOMPAN_CMD_PLUGIN_CMD_H

#include <stdio.h>

#include "cmd/cmd.h"
#include "parse/worker.h"

struct json_object;
struct rec;

/* --plugins and --worker, over kompan.conf, over what was installed. */
struct plugin_options {
	const char *plugins, *worker;
};
#define PLUGIN_OPTIONS(o)                                                      \
	{ .name = "plugins", .value = &(o).plugins },                          \
	{ .name = "worker", .value = &(o).worker }
void plugin_workers(const struct cmd_env *, const struct plugin_options *,
    struct worker_options *);

/*
 * plugin_open(options, name, worker, loop, err): start a worker for the plugin
 * and wait for its description, which lives as long as *${worker}.
 */
const struct plugin_info *plugin_open(const struct worker_options *,
    const char *name, struct loop *, struct worker **, struct err *);

/* "poll thread" and "posts replies", to a stream. */
void plugin_jobs(FILE *, uint32_t);
void plugin_abilities(FILE *, uint32_t);
/* The same words as an array. */
struct json_object *plugin_jobs_json(uint32_t);
struct json_object *plugin_abilities_json(uint32_t);

/* Read a file of recorded exchanges. */
int plugin_read_rec(const char *path, struct rec **, struct err *);
/* Write it, as a whole or not at all. */
int plugin_write_rec(const char *path, const struct rec *, struct err *);

#endif
