/*
 * kompan plugin record: run a job once, for real, and write what was said into
 * a file for `plugin replay`, without people and secrets.
 *
 * The expectations are what the plugin says of the redacted exchange, so they
 * agree with it by construction; and whatever personal is still in them stood
 * in the answer in a coding that redaction does not see.  Such a file is not
 * written.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/plugin_exchange.h"
#include "config/config.h"
#include "parse/rec_redact.h"
#include "parse/replay.h"

static int plugin_record(struct cmd_env *, int, char **);

const struct cmd cmd_plugin_record = {
	.noun = "plugin", .verb = "record",
	.args = "NAME URL FILE [KEY=VALUE ...] [--job poll|thread|account] "
	    "[--place ID] [--thread ID] [--credential NAME] [--egress WORDS]",
	.summary = "Record a real exchange for `plugin replay`, without names "
	    "and secrets.",
	.help = "Words of names, texts and author ids become invented ones.  "
	    "Read the file before\nyou give it to anybody.",
	.config = true, .run = plugin_record,
};

static void
add_secrets(struct redact *redact, const struct cmd_env *env,
    const struct exchange_ask *ask, const struct plugin_info *info)
{
	char secret[4096];
	struct err err;
	size_t i;

	for (i = 0; ask->credential != NULL && i < info->ncreds; i++) {
		if (config_secret(env->config, ask->credential,
		    info->creds[i].name, secret, sizeof(secret), &err) == 0)
			redact_secret(redact, str_of(secret));
	}
	sodium_memzero(secret, sizeof(secret));
}

/* Replace people; the expectations are said anew. */
static int
redact(const struct cmd_env *env, const struct worker_options *workers,
    const struct exchange_ask *ask, struct exchange *x, struct err *err)
{
	struct redact *redact = redact_new();
	struct replay replay = { NULL, 0 };
	const char *left;
	size_t i;
	int r = -1;

	add_secrets(redact, env, ask, x->info);
	redact_protect(redact, x->rec->source);
	redact_protect(redact, STR("https http www com org net de html"));
	for (i = 0; i < x->nsteps; i++)
		redact_step(redact, x->steps[i]);
	redact_apply(redact, x->rec);
	if (replay_run(workers, ask->plugin, x->rec, false, &replay, err) ==
	    -1)
		goto out;
	for (i = 0; i < x->rec->nevents; i++) {
		struct rec_event *event = &x->rec->events[i];

		event->expect = rec_keep(x->rec, str_of(replay.said[i]));
		left = redact_left(redact, event->expect);
		if (left != NULL) {
			err_set(err, "`%s' of a person's text or name is still "
			    "there after redaction: nothing was written",
			    left);
			goto out;
		}
	}
	r = 0;
out:
	replay_fini(&replay);
	redact_free(redact);
	return r;
}

static uint32_t
job_of(const char *name)
{
	uint32_t job;

	for (job = KP_POLL; name != NULL && rec_job_name(job) != NULL; job++) {
		if (strcmp(name, rec_job_name(job)) == 0)
			return job;
	}
	return 0;
}

static int
plugin_record(struct cmd_env *env, int argc, char **argv)
{
	struct plugin_options given = { NULL, NULL };
	struct exchange_ask ask = { .job = 0 };
	const char *job = "poll";
	const struct cmd_option table[] = { PLUGIN_OPTIONS(given),
		{ .name = "credential", .value = &ask.credential },
		{ .name = "egress", .value = &ask.egress },
		{ .name = "job", .value = &job },
		{ .name = "place", .value = &ask.place },
		{ .name = "thread", .value = &ask.thread }, { 0 } };
	struct worker_options workers;
	struct err err = ERR_INIT;
	struct exchange x;
	int r = EXIT_FAILED;

	if (!cmd_options(env, &cmd_plugin_record, table, &argc, &argv))
		return EXIT_USAGE;
	ask.job = job_of(job);
	if (argc < 3 || ask.job == 0)
		return cmd_usage(&cmd_plugin_record);
	ask.plugin = argv[0];
	ask.target = argv[1];
	ask.settings = argv + 3;
	ask.nsettings = argc - 3;
	if (access(argv[2], F_OK) == 0) {
		err_set(&err, "%s is there already", argv[2]);
		return cmd_failed(env, &err);
	}
	plugin_workers(env, &given, &workers);
	if (exchange_run(env, &workers, &ask, &x, &err) == -1 ||
	    redact(env, &workers, &ask, &x, &err) == -1 ||
	    plugin_write_rec(argv[2], x.rec, &err) == -1) {
		r = cmd_failed(env, &err);
	} else {
		if (!env->quiet && !env->json)
			printf("%s: %zu events; read it before you give it "
			    "away\n", argv[2], x.rec->nevents);
		r = EXIT_DONE;
	}
	exchange_fini(&x);
	return r;
}
