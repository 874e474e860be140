/*
 * Header, query, form or path.  A secret is percent-encoded where it becomes
 * part of a URL or form, and must be printable ASCII without blanks at all:
 * what comes from a file with a line break in it would break the request.
 */
#include "fetch/cred.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
wipe_free(char *s)
{
	if (s != NULL)
		sodium_memzero(s, strlen(s));
	free(s);
}

void
cred_fini(struct cred_request *r)
{
	wipe_free(r->url);
	wipe_free(r->secret);
	http_pairs_free(r->headers, r->nheaders);
	if (r->body != NULL)
		sodium_memzero(r->body, r->nbody);
	free(r->body);
	memset(r, 0, sizeof(*r));
}

/* ${format} with ${secret} for its one %s; NULL format: the secret. */
static char *
fill(const char *format, const char *secret)
{
	const char *at = format != NULL ? strstr(format, "%s") : NULL;

	if (at == NULL)
		return xstrdup(secret);
	return xasprintf("%.*s%s%s", (int)(at - format), format, secret,
	    at + 2);
}

/* What may stand in a path segment stays as it is (a bot token's colon). */
static char *
escape(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:";
	char *out = xcalloc(strlen(text) * 3 + 1, 1), *p = out;

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			*p++ = *text;
		else
			p += snprintf(p, 4, "%%%02X", (unsigned char)*text);
	}
	return out;
}

static void
add_header(struct cred_request *r, const char *name, char *value)
{
	r->headers = xreallocarray(r->headers, r->nheaders + 1,
	    sizeof(*r->headers));
	r->headers[r->nheaders].name = xstrdup(name);
	r->headers[r->nheaders].value = value;
	r->nheaders++;
}

/* "key=secret", encoded. */
static char *
field(const struct kp_cred *cred, const char *secret)
{
	char *value = fill(cred->format, secret), *escaped = escape(value);
	char *text = xasprintf("%s=%s", cred->key, escaped);

	wipe_free(value);
	wipe_free(escaped);
	return text;
}

static void
place(const struct kp_cred *cred, const char *secret, const struct url *url,
    struct str body, struct cred_request *r)
{
	char *text;

	switch (cred->in) {
	case KP_IN_QUERY:
		text = field(cred, secret);
		r->url = url_with(url, NULL, text);
		break;
	case KP_IN_FORM:
		text = field(cred, secret);
		r->body = xasprintf("%.*s%s%s", STR_ARG(body),
		    body.n > 0 ? "&" : "", text);
		r->nbody = strlen(r->body);
		break;
	case KP_IN_PATH: {
		char *escaped = escape(secret);

		text = fill(cred->format, escaped);
		wipe_free(escaped);
		r->url = url_with(url, text, NULL);
		break;
	}
	default:
		add_header(r, cred->key, fill(cred->format, secret));
		return;
	}
	wipe_free(text);
}

static const struct kp_cred *
find_cred(const struct plugin_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->ncreds; i++) {
		if (strcmp(info->creds[i].name, name) == 0)
			return &info->creds[i];
	}
	return NULL;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s <= ' ' || *s >= 0x7f)
			return false;
	}
	return true;
}

/* 0: read; 1: none is needed; -1. */
static int
read_secret(const struct config *config, const char *credential,
    const struct kp_cred *cred, char *secret, size_t size, struct err *err)
{
	if (credential == NULL) {
		if (!cred->required)
			return 1;
		return err_set_code(err, ERR_DENIED, "the source names no "
		    "credential, but %s is needed", cred->name);
	}
	if (config_secret(config, credential, cred->name, secret, size, err) ==
	    -1) {
		if (!cred->required && err->code == ERR_NOT_FOUND)
			return 1;
		err->code = ERR_DENIED;
		return -1;
	}
	if (secret[0] == '\0' || !printable(secret))
		return err_set_code(err, ERR_DENIED, "the secret %s of "
		    "credential %s is empty or holds blanks", cred->name,
		    credential);
	return 0;
}

int
cred_attach(const struct config *config, const char *credential,
    const struct plugin_info *info, const char *name, const struct url *url,
    const struct http_pair *headers, size_t n, struct str body,
    struct cred_request *r, struct err *err)
{
	const struct kp_cred *cred = name != NULL ? find_cred(info, name) :
	    NULL;
	char secret[CRED_SECRET_MAX];
	int has = 1;
	size_t i;

	memset(r, 0, sizeof(*r));
	if (name != NULL && name[0] != '\0' && cred == NULL)
		return err_set_code(err, ERR_DENIED,
		    "the plugin declares no credential %.40s", name);
	if (cred != NULL)
		has = read_secret(config, credential, cred, secret,
		    sizeof(secret), err);
	if (has == -1) {
		sodium_memzero(secret, sizeof(secret));
		return -1;
	}
	for (i = 0; i < n; i++)
		add_header(r, headers[i].name, xstrdup(headers[i].value));
	if (has == 0) {
		place(cred, secret, url, body, r);
		r->secret = xstrdup(secret);
	}
	sodium_memzero(secret, sizeof(secret));
	if (r->url == NULL)
		r->url = xstrdup(url->text);
	return 0;
}

static void
scrub(char *p, size_t n, const char *secret)
{
	size_t length = strlen(secret);
	char *at;

	while (n >= length && (at = memmem(p, n, secret, length)) != NULL) {
		memset(at, 'x', length);
		n -= (size_t)(at + length - p);
		p = at + length;
	}
}

void
cred_scrub(const struct cred_request *r, struct http_response *response)
{
	char *escaped;
	size_t i;

	/* A secret of a few letters would turn up in any text by chance. */
	if (r->secret == NULL || strlen(r->secret) < 6)
		return;
	escaped = escape(r->secret);
	for (i = 0; i < response->nheaders; i++) {
		char *value = response->headers[i].value;

		scrub(value, strlen(value), r->secret);
		scrub(value, strlen(value), escaped);
	}
	scrub(response->body.p, response->body.n, r->secret);
	scrub(response->body.p, response->body.n, escaped);
	wipe_free(escaped);
}
