/*
 * Runs a loop just long enough for one handshake.
 */
#include "cmd/plugin_ask.h"

#include "base/loop.h"
#include "config/config.h"

struct ask {
	struct loop *loop;
	struct plugin_info *info;
	struct err err;
};

static void
heard(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct ask *ask = arg;

	if (info != NULL)
		ask->info = info_copy(info);
	else
		ask->err = *err;
	loop_stop(ask->loop);
}

int
plugin_ask(const struct config *config, const char *name,
    struct plugin_info **ret, struct err *err)
{
	struct worker_options options = worker_defaults;
	struct ask ask = { .loop = loop_new(err) };
	struct worker *worker;
	int r;

	if (ask.loop == NULL)
		return -1;
	options.program = config->worker;
	options.plugins_dir = config->plugins_dir;
	worker = worker_new(ask.loop, &options, name);
	worker_hello(worker, heard, &ask);
	r = loop_run(ask.loop, err);
	worker_free(worker);
	loop_free(ask.loop);
	if (r == 0 && ask.info == NULL) {
		*err = ask.err;
		r = -1;
	}
	if (r == 0)
		*ret = ask.info;
	else
		info_free(ask.info);
	return r;
}
