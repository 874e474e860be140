/*
 * kompan plugin test: does it work here, with this account, and what does it
 * see?
 */
#include <stdio.h>

#include "base/json.h"
#include "cmd/plugin_exchange.h"

static int plugin_test(struct cmd_env *, int, char **);

const struct cmd cmd_plugin_test = {
	.noun = "plugin", .verb = "test",
	.args = "NAME [URL] [KEY=VALUE ...] [--credential NAME] "
	    "[--egress WORDS]",
	.summary = "Ask a platform who we are and what we can see; store "
	    "nothing.",
	.help = "Plugins without an account job are polled once instead.  KEY "
	    "is a setting of the\nplugin; --egress says http, local or both, "
	    "as in a [source].",
	.config = true, .run = plugin_test,
};

static const char *const levels[] = { "", "info", "warning", "error" };
static const char *const healths[] = { "", "open", "partly visible", "lost" };

struct seen {
	size_t posts, places;
	bool bad;               /* a fail or an error among the findings */
};

static void
print_place(const struct kp_place *place)
{
	printf("place     %.*s %.*s", (int)place->id.n, place->id.p,
	    (int)place->name.n, place->name.n == 0 ? "" : place->name.p);
	if (place->health != 0)
		printf(" (%s)", healths[place->health]);
	if (place->reason.n > 0)
		printf(": %.*s", (int)place->reason.n, place->reason.p);
	if (place->blind != 0) {
		printf("; not seen there: ");
		plugin_abilities(stdout, place->blind);
	}
	putchar('\n');
}

static void
print_step(const struct step *step, struct seen *seen)
{
	size_t i;

	seen->posts += step->nposts;
	seen->places += step->nplaces;
	for (i = 0; i < step->nplaces; i++)
		print_place(&step->places[i]);
	for (i = 0; i < step->nfindings; i++) {
		const struct step_finding *finding = &step->findings[i];

		printf("%-9s %.*s: %.*s\n", levels[finding->level],
		    (int)finding->code.n, finding->code.p,
		    (int)finding->text.n, finding->text.n == 0 ? "" :
		    finding->text.p);
		seen->bad |= finding->level == KP_ERROR;
	}
	if (step->done && step->done_id.n > 0)
		printf("account   %.*s\n", (int)step->done_id.n,
		    step->done_id.p);
	if (step->fail != 0) {
		printf("failed    %.*s\n", (int)step->fail_text.n,
		    step->fail_text.n == 0 ? "" : step->fail_text.p);
		seen->bad = true;
	}
}

static struct json_object *
step_json(const struct step *step, struct seen *seen)
{
	struct json_object *o = json_object_new_object();
	struct json_object *findings = json_object_new_array();
	struct json_object *places = json_object_new_array();
	size_t i;

	for (i = 0; i < step->nfindings; i++) {
		const struct step_finding *f = &step->findings[i];
		struct json_object *one = json_object_new_object();

		json_put_cstr(one, "level", levels[f->level]);
		json_put_str(one, "code", (struct str){ f->code.p,
		    f->code.n });
		json_put_str(one, "text", (struct str){ f->text.p,
		    f->text.n });
		json_object_array_add(findings, one);
		seen->bad |= f->level == KP_ERROR;
	}
	for (i = 0; i < step->nplaces; i++) {
		const struct kp_place *p = &step->places[i];
		struct json_object *one = json_object_new_object();

		json_put_str(one, "id", (struct str){ p->id.p, p->id.n });
		json_put_str(one, "name", (struct str){ p->name.p,
		    p->name.n });
		json_put_cstr(one, "health", healths[p->health]);
		json_put_i64(one, "blind", p->blind);
		json_object_array_add(places, one);
	}
	json_put(o, "findings", findings);
	json_put(o, "places", places);
	json_put_i64(o, "posts", (int64_t)step->nposts);
	if (step->done)
		json_put_str(o, "account", (struct str){ step->done_id.p,
		    step->done_id.n });
	if (step->fail != 0)
		json_put_str(o, "failed", (struct str){ step->fail_text.p,
		    step->fail_text.n });
	seen->bad |= step->fail != 0;
	return o;
}

static void
report(const struct cmd_env *env, const struct exchange *x, struct seen *seen)
{
	size_t i;

	if (!env->json && x->info != NULL) {
		printf("plugin    %s %s\nabilities ", x->info->name,
		    x->info->version == NULL ? "" : x->info->version);
		plugin_abilities(stdout, x->info->abilities);
		putchar('\n');
	}
	for (i = 0; i < x->nsteps; i++) {
		if (env->json) {
			struct json_object *o = step_json(x->steps[i], seen);

			json_print(o, stdout);
			json_object_put(o);
		} else {
			print_step(x->steps[i], seen);
		}
	}
	if (!env->json)
		printf("seen      %zu posts in %zu answers\n", seen->posts,
		    x->nsteps == 0 ? 0 : x->nsteps - 1);
}

/* A setting may hold a URL as well, behind its key. */
static bool
is_url(const char *word)
{
	return str_starts(str_of(word), STR("https://")) ||
	    str_starts(str_of(word), STR("http://"));
}

static int
plugin_test(struct cmd_env *env, int argc, char **argv)
{
	struct plugin_options given = { NULL, NULL };
	struct exchange_ask ask = { .job = 0 };
	const struct cmd_option table[] = { PLUGIN_OPTIONS(given),
		{ .name = "credential", .value = &ask.credential },
		{ .name = "egress", .value = &ask.egress }, { 0 } };
	struct worker_options workers;
	struct seen seen = { 0, 0, false };
	struct err err = ERR_INIT;
	struct exchange x;
	int first, r;

	if (!cmd_options(env, &cmd_plugin_test, table, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 1)
		return cmd_usage(&cmd_plugin_test);
	ask.plugin = argv[0];
	first = argc > 1 && is_url(argv[1]) ? 2 : 1;
	ask.target = first == 2 ? argv[1] : NULL;
	ask.settings = argv + first;
	ask.nsettings = argc - first;
	plugin_workers(env, &given, &workers);
	r = exchange_run(env, &workers, &ask, &x, &err);
	report(env, &x, &seen);
	exchange_fini(&x);
	if (r == -1)
		return cmd_failed(env, &err);
	return seen.bad ? EXIT_FAILED : EXIT_DONE;
}
