/*
 * endpoint.h - whether a plugin may ask for this request in this job.
 *
 * A plugin declares whom it asks what (struct kp_endpoint).  What no endpoint
 * allows is not sent; publishing is possible only through endpoints of the
 * reply job, which nobody but the outbox starts.
 */
#ifndef KOMPAN_FETCH_ENDPOINT_H
#define KOMPAN_FETCH_ENDPOINT_H

#include <kompan-plugin.h>

#include "base/err.h"
#include "fetch/url.h"
#include "parse/worker.h"

/* What an endpoint's "=source" and "=KEY" stand for. */
struct endpoint_source {
	const char *target;
	const struct kp_pair *settings;
	size_t nsettings;
};

/*
 * endpoint_find(info, source, job, method, url, ret, err):
 * The first endpoint that allows ${method} (NULL: GET) on ${url} for the KP_*
 * ${job}.  0 and *${ret}, borrowed from ${info}; -1 with ERR_DENIED and what
 * did not fit: the method, the host, the path or the job.
 */
int endpoint_find(const struct plugin_info *, const struct endpoint_source *,
    uint32_t job, const char *method, const struct url *,
    const struct kp_endpoint **, struct err *);

/*
 * endpoint_host(host, source): the host that the ${host} of an endpoint or
 * limit means for this source, in lower case; free() it.  NULL where the
 * setting is empty or no URL.
 */
char *endpoint_host(const char *host, const struct endpoint_source *);

/* "poll", "thread"... */
const char *job_name(uint32_t job);

#endif
