/*
 * Matching a request against the plugin's table.  The answer to "no" names the
 * part that came closest, since its reader is looking for a mistake.
 */
#include "fetch/endpoint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

const char *
job_name(uint32_t job)
{
	static const char *const names[] = { "none", "poll", "thread", "reply",
		"confirm", "account", "import", "push" };

	return job < sizeof(names) / sizeof(names[0]) ? names[job] : "unknown";
}

/* The URL that "=source" or "=KEY" stands for. */
static struct str
named_url(const char *host, const struct endpoint_source *source)
{
	size_t i;

	if (strcmp(host, "=source") == 0)
		return str_of(source->target);
	for (i = 0; i < source->nsettings; i++) {
		struct str key = { source->settings[i].key.p,
			source->settings[i].key.n };

		if (str_is(key, host + 1))
			return (struct str){ source->settings[i].val.p,
				source->settings[i].val.n };
	}
	return STR_NONE;
}

char *
endpoint_host(const char *host, const struct endpoint_source *source)
{
	struct url *url;
	struct err err;
	char *name;

	if (host[0] != '=')
		return xstrdup(host);
	if (url_parse(named_url(host, source), &url, &err) == -1)
		return NULL;
	name = xstrdup(url->host);
	url_free(url);
	return name;
}

/*
 * A declared name is asked on the scheme's own port; the host of a setting on
 * the port that the setting says, and both are taken from http to https.
 */
static bool
host_fits(const char *host, const struct endpoint_source *source,
    const struct url *url)
{
	struct url *named;
	struct err err;
	bool fits;

	if (host[0] != '=')
		return strcasecmp(host, url->host) == 0 && !url->port_given;
	if (url_parse(named_url(host, source), &named, &err) == -1)
		return false;
	fits = strcmp(named->host, url->host) == 0 && (named->port == url->port ||
	    (!named->port_given && !url->port_given));
	url_free(named);
	return fits;
}

static bool
path_fits(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return strncmp(pattern, path, n - 1) == 0;
	return strcmp(pattern, path) == 0;
}

int
endpoint_find(const struct plugin_info *info,
    const struct endpoint_source *source, uint32_t job, const char *method,
    const struct url *url, const struct kp_endpoint **ret, struct err *err)
{
	bool host = false, path = false, verb = false;
	size_t i;

	if (method == NULL || method[0] == '\0')
		method = "GET";
	for (i = 0; i < info->nendpoints; i++) {
		const struct kp_endpoint *e = &info->endpoints[i];

		if (!host_fits(e->host, source, url))
			continue;
		host = true;
		if (!path_fits(e->path, url->path))
			continue;
		path = true;
		if (strcmp(e->method, method) != 0)
			continue;
		verb = true;
		if (job < 32 && (e->jobs & KP_CAN(job)) != 0) {
			*ret = e;
			return 0;
		}
	}
	if (!host)
		return err_set_code(err, ERR_DENIED,
		    "the plugin declares no endpoint on host %.80s", url->host);
	if (!path)
		return err_set_code(err, ERR_DENIED, "the plugin declares no "
		    "endpoint for this path on %.80s", url->host);
	if (!verb)
		return err_set_code(err, ERR_DENIED,
		    "the plugin declares no endpoint for %.10s there", method);
	return err_set_code(err, ERR_DENIED,
	    "%.10s there is not allowed in a %s job", method, job_name(job));
}
