/*
 * kompan web: serve health and figures until told to stop.
 */
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/notify.h"
#include "cmd/cmd.h"
#include "config/config.h"
#include "review/web.h"

static int web_run(struct cmd_env *, int, char **);

const struct cmd cmd_web = {
	.noun = "web", .summary = "Serve /healthz, /readyz and /metrics.",
	.help = "Listens where [web] says in kompan.conf.",
	.config = true, .run = web_run,
};

static void
stop(void *arg)
{
	loop_stop(arg);
}

struct beat {
	struct loop_timer *timer;
	int64_t every_ms;
};

static void
beat(void *arg)
{
	struct beat *b = arg;

	notify_send("WATCHDOG=1");
	loop_timer_set(b->timer, mono_add(clock_mono(), b->every_ms));
}

static int
web_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct beat b = { NULL, notify_watchdog_ms() };
	struct web *web = NULL;
	struct err err = ERR_INIT;
	struct loop *loop = NULL;
	int r = EXIT_FAILED;

	if (!cmd_options(env, &cmd_web, none, &argc, &argv))
		return EXIT_USAGE;
	loop = loop_new(&err);
	if (loop == NULL || loop_signal(loop, SIGTERM, stop, loop, &err) == -1 ||
	    loop_signal(loop, SIGINT, stop, loop, &err) == -1 ||
	    web_start(env->config, &web, &err) == -1)
		goto out;
	log_event(WEB_READY, "listen=%s", env->config->listen);
	notify_send("READY=1");
	b.timer = loop_timer_new(loop, beat, &b);
	if (b.every_ms != 0)
		beat(&b);
	if (loop_run(loop, &err) == 0)
		r = EXIT_DONE;
out:
	web_stop(web);
	loop_free(loop);
	return r == EXIT_DONE ? r : cmd_failed(env, &err);
}
