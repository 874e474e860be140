/*
 * cred.h - putting a credential where the plugin declared it to go.
 *
 * The secret is read when the request leaves and wiped when it has left.  It
 * is never in what is logged, stored, or handed to a plugin.
 */
#ifndef KOMPAN_FETCH_CRED_H
#define KOMPAN_FETCH_CRED_H

#include "config/config.h"
#include "fetch/http.h"
#include "fetch/url.h"
#include "parse/worker.h"

#define CRED_SECRET_MAX 4096

/* What cred_attach() makes; zeroed before, cred_fini() wipes it. */
struct cred_request {
	char *url;
	struct http_pair *headers;      /* those given, and the credential's */
	size_t nheaders;
	char *body;                     /* only with KP_IN_FORM */
	size_t nbody;
	char *secret;                   /* NULL: none was attached */
};

/*
 * cred_attach(config, credential, info, name, url, headers, n, body, ret, err):
 * ${name} is the kp_cred of the endpoint, NULL for none; ${credential} the
 * source's [credential NAME].  0 and *${ret}; -1 with ERR_DENIED where the
 * secret is missing but required, cannot be read, or does not fit its place.
 */
int cred_attach(const struct config *, const char *credential,
    const struct plugin_info *, const char *name, const struct url *,
    const struct http_pair *, size_t, struct str body, struct cred_request *,
    struct err *);
void cred_fini(struct cred_request *);

/*
 * cred_scrub(request, response): where the other side repeats the secret, in a
 * header or the body, it is overwritten before a plugin sees it.
 */
void cred_scrub(const struct cred_request *, struct http_response *);

#endif
