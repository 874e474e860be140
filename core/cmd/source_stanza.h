/*
 * source_stanza.h - [source NAME]: from text to the arguments of "source.put".
 */
#ifndef KOMPAN_CMD_SOURCE_STANZA_H
#define KOMPAN_CMD_SOURCE_STANZA_H

#include "config/stanza.h"
#include "fetch/info.h"

struct config;
struct json_object;

/* The plugins that were asked so far; one file names few of them. */
struct plugin_cache {
	const struct config *config;
	struct plugin_info *v[32];
	size_t n;
};
void plugin_cache_fini(struct plugin_cache *);

/*
 * source_stanza(cache, file, stanza, problems): check one stanza against the
 * common keys and those that its plugin declares.  The arguments of
 * "source.put", or NULL where ${problems} were added.
 */
struct json_object *source_stanza(struct plugin_cache *,
    const struct stanza_file *, const struct stanza *, struct problems *);

/*
 * source_apply_file(env, file, problems, missing): add and change the sources
 * of ${file}, or change nothing where anything in it is wrong.  What the file
 * does not name is left alone, listed, or paused.  The exit code.
 */
struct cmd_env;
enum source_missing { MISSING_IGNORED, MISSING_LISTED, MISSING_PAUSED };
int source_apply_file(struct cmd_env *, struct stanza_file *,
    struct problems *, enum source_missing);

#endif
