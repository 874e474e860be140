/*
 * kompan plugin info: what a plugin says of itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/plugin_cmd.h"

static int plugin_info(struct cmd_env *, int, char **);

const struct cmd cmd_plugin_info = {
	.noun = "plugin", .verb = "info", .args = "NAME [--plugins DIR]",
	.summary = "Show a plugin's settings, credentials, hosts and limits.",
	.config = true, .run = plugin_info,
};

static const char *const types[] = { "", "text", "number", "yes or no",
	"URL" };
static const char *const places[] = { "", "header", "query parameter",
	"form field", "path" };
static const char *const framings[] = { "", "the whole", "lines",
	"elements" };

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static void
print_keys(const struct plugin_info *info)
{
	size_t i;

	if (info->nkeys + info->ncreds > 0)
		puts("\nsettings");
	for (i = 0; i < info->nkeys; i++) {
		const struct kp_key *key = &info->keys[i];

		printf("  %s (%s%s%s%s)\n      %s\n", key->name,
		    types[key->type], key->required ? ", required" : "",
		    key->value == NULL || key->value[0] == '\0' ? "" :
		    ", default ", or_empty(key->value), or_empty(key->help));
	}
	for (i = 0; i < info->ncreds; i++) {
		const struct kp_cred *cred = &info->creds[i];

		printf("  credential: %s (in the %s%s%s%s)\n      %s\n",
		    cred->name, places[cred->in], cred->key == NULL ? "" :
		    " ", or_empty(cred->key), cred->required ? ", required" :
		    "", or_empty(cred->help));
	}
}

/* "=api", as a plugin says it, is whatever the setting `api` names. */
static void
print_host(const char *host)
{
	if (host[0] != '=')
		fputs(host, stdout);
	else if (strcmp(host, "=source") == 0)
		fputs("(host of the source's url)", stdout);
	else
		printf("(host of %s)", host + 1);
}

static void
print_network(const struct plugin_info *info)
{
	size_t i;

	if (info->nendpoints > 0)
		puts("\nasks");
	for (i = 0; i < info->nendpoints; i++) {
		const struct kp_endpoint *e = &info->endpoints[i];

		printf("  %-6s ", e->method);
		print_host(e->host);
		printf("%s%s%s: ", e->path, e->cred == NULL ? "" : " with ",
		    or_empty(e->cred));
		plugin_jobs(stdout, e->jobs);
		putchar('\n');
	}
	for (i = 0; i < info->nlimits; i++) {
		const struct kp_limit *limit = &info->limits[i];

		printf("  at most %u requests in %" PRId64 " s ",
		    limit->requests, limit->per / SECOND_MS);
		if (limit->host == NULL) {
			puts("per credential");
			continue;
		}
		fputs("to ", stdout);
		print_host(limit->host);
		putchar('\n');
	}
}

static void
print_framings(const struct plugin_info *info)
{
	size_t i;

	if (info->nframings > 0)
		puts("\ntakes");
	for (i = 0; i < info->nframings; i++)
		printf("  %s%s%s\n", framings[info->framings[i].kind],
		    info->framings[i].path == NULL ? "" : " of ",
		    or_empty(info->framings[i].path));
}

static void
print(const struct plugin_info *info)
{
	printf("%s %s\n%s\n\njobs       ", info->name, or_empty(info->version),
	    or_empty(info->summary));
	plugin_jobs(stdout, info->jobs);
	printf("\nabilities  ");
	plugin_abilities(stdout, info->abilities);
	printf("\ninterface  %u.%u\n", info->major, info->minor);
	if (info->interval > 0)
		printf("interval   %" PRId64 " s\n", info->interval /
		    SECOND_MS);
	print_keys(info);
	print_network(info);
	print_framings(info);
}

static struct json_object *
key_json(const struct kp_key *key)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "name", key->name);
	json_put_cstr(o, "type", types[key->type]);
	json_put_cstr(o, "default", key->value);
	json_put_bool(o, "required", key->required != 0);
	json_put_cstr(o, "help", key->help);
	return o;
}

static struct json_object *
endpoint_json(const struct kp_endpoint *e)
{
	struct json_object *o = json_object_new_object();

	json_put(o, "jobs", plugin_jobs_json(e->jobs));
	json_put_cstr(o, "method", e->method);
	json_put_cstr(o, "host", e->host);
	json_put_cstr(o, "path", e->path);
	json_put_cstr(o, "credential", e->cred);
	return o;
}

static struct json_object *
cred_json(const struct kp_cred *cred)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "name", cred->name);
	json_put_cstr(o, "in", places[cred->in]);
	json_put_bool(o, "required", cred->required != 0);
	json_put_cstr(o, "help", cred->help);
	return o;
}

static struct json_object *
limit_json(const struct kp_limit *limit)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "host", limit->host);
	json_put_i64(o, "requests", limit->requests);
	json_put_i64(o, "per_ms", limit->per);
	return o;
}

static struct json_object *
framing_json(const struct kp_framing *framing)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "kind", framings[framing->kind]);
	json_put_cstr(o, "path", framing->path);
	return o;
}

static void
print_json(const struct plugin_info *info)
{
	struct json_object *o = json_object_new_object();
	struct json_object *keys = json_object_new_array();
	struct json_object *creds = json_object_new_array();
	struct json_object *endpoints = json_object_new_array();
	struct json_object *limits = json_object_new_array();
	struct json_object *takes = json_object_new_array();
	size_t i;

	json_put_cstr(o, "name", info->name);
	json_put_cstr(o, "version", info->version);
	json_put_cstr(o, "summary", info->summary);
	json_put(o, "jobs", plugin_jobs_json(info->jobs));
	json_put(o, "abilities", plugin_abilities_json(info->abilities));
	json_put_i64(o, "interval_ms", info->interval);
	for (i = 0; i < info->nkeys; i++)
		json_object_array_add(keys, key_json(&info->keys[i]));
	for (i = 0; i < info->ncreds; i++)
		json_object_array_add(creds, cred_json(&info->creds[i]));
	for (i = 0; i < info->nendpoints; i++)
		json_object_array_add(endpoints,
		    endpoint_json(&info->endpoints[i]));
	for (i = 0; i < info->nlimits; i++)
		json_object_array_add(limits, limit_json(&info->limits[i]));
	for (i = 0; i < info->nframings; i++)
		json_object_array_add(takes,
		    framing_json(&info->framings[i]));
	json_put(o, "settings", keys);
	json_put(o, "credentials", creds);
	json_put(o, "endpoints", endpoints);
	json_put(o, "limits", limits);
	json_put(o, "takes", takes);
	json_print(o, stdout);
	json_object_put(o);
}

static int
plugin_info(struct cmd_env *env, int argc, char **argv)
{
	struct plugin_options given = { NULL, NULL };
	const struct cmd_option table[] = { PLUGIN_OPTIONS(given), { 0 } };
	const struct plugin_info *info;
	struct worker_options options;
	struct worker *worker = NULL;
	struct err err = ERR_INIT;
	struct loop *loop;
	int r = EXIT_DONE;

	if (!cmd_options(env, &cmd_plugin_info, table, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1)
		return cmd_usage(&cmd_plugin_info);
	plugin_workers(env, &given, &options);
	loop = loop_new(&err);
	if (loop == NULL)
		return cmd_failed(env, &err);
	info = plugin_open(&options, argv[0], loop, &worker, &err);
	if (info == NULL)
		r = cmd_failed(env, &err);
	else if (env->json)
		print_json(info);
	else
		print(info);
	worker_free(worker);
	loop_free(loop);
	return r;
}
