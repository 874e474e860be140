/*
 * libcurl's URL API does the parsing; here is what we refuse on top of it.
 */
#include "fetch/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

void
url_free(struct url *url)
{
	if (url == NULL)
		return;
	free(url->scheme);
	free(url->host);
	free(url->path);
	free(url->query);
	free(url->text);
	free(url);
}

/* A copy in our own memory, or NULL. */
static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *value = NULL, *copy;

	if (curl_url_get(u, what, &value, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup(value);
	curl_free(value);
	return copy;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Servers decode "%2e%2e" and "..%2f" after we compared the path. */
static bool
hides_dots(const char *path)
{
	size_t dots = 0, others = 0;

	for (; ; path++) {
		int c = (unsigned char)*path;

		if (c == '%' && hex_digit(path[1]) != -1 &&
		    hex_digit(path[2]) != -1) {
			c = hex_digit(path[1]) * 16 + hex_digit(path[2]);
			path += 2;
		}
		if (c == '/' || c == '\\' || *path == '\0') {
			if (others == 0 && (dots == 1 || dots == 2))
				return true;
			dots = others = 0;
			if (*path == '\0')
				return false;
		} else if (c == '.')
			dots++;
		else
			others++;
	}
}

static void
plain_host(char *host)
{
	size_t n = strlen(host);

	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
		n -= 2;
	}
	while (n > 1 && host[n - 1] == '.')
		host[--n] = '\0';
	for (; *host != '\0'; host++)
		*host = (char)tolower((unsigned char)*host);
}

/* Take ${u} apart and judge it. */
static int
take(CURLU *u, struct url **ret, struct err *err)
{
	struct url *url = xcalloc(1, sizeof(*url));
	char *port = NULL, *user = NULL, *password = NULL, *given = NULL;
	int64_t number = 0;
	int r = -1;

	/* The fragment is nobody's business but a browser's. */
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	user = part(u, CURLUPART_USER, 0);
	password = part(u, CURLUPART_PASSWORD, 0);
	url->scheme = part(u, CURLUPART_SCHEME, 0);
	url->host = part(u, CURLUPART_HOST, 0);
	url->path = part(u, CURLUPART_PATH, 0);
	url->query = part(u, CURLUPART_QUERY, 0);
	url->text = part(u, CURLUPART_URL, 0);
	given = part(u, CURLUPART_PORT, 0);
	port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (user != NULL || password != NULL) {
		err_set_code(err, ERR_INVALID,
		    "the URL carries a user or password");
		goto out;
	}
	if (url->scheme == NULL || (strcasecmp(url->scheme, "https") != 0 &&
	    strcasecmp(url->scheme, "http") != 0)) {
		err_set_code(err, ERR_INVALID,
		    "only https and http URLs can be asked");
		goto out;
	}
	if (url->host == NULL || url->host[0] == '\0' || url->path == NULL ||
	    url->text == NULL || strlen(url->text) > URL_MAX ||
	    str_to_i64(str_of(port), 1, 65535, &number) == -1) {
		err_set_code(err, ERR_INVALID, "not a usable URL");
		goto out;
	}
	if (hides_dots(url->path)) {
		err_set_code(err, ERR_INVALID, "dots hide in the URL's path");
		goto out;
	}
	plain_host(url->host);
	url->port = (int)number;
	url->port_given = given != NULL;
	*ret = url;
	url = NULL;
	r = 0;
out:
	free(user);
	free(password);
	free(port);
	free(given);
	url_free(url);
	return r;
}

static int
set_and_take(CURLU *u, struct str text, struct url **ret, struct err *err)
{
	char *copy = NULL;
	int r = -1;
	size_t i;

	if (text.n == 0 || text.n > URL_MAX) {
		err_set_code(err, ERR_INVALID, text.n == 0 ? "no URL" :
		    "the URL is longer than %zu bytes", URL_MAX);
		goto out;
	}
	for (i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f) {
			err_set_code(err, ERR_INVALID,
			    "blanks or control characters in the URL");
			goto out;
		}
	}
	copy = str_dup(text);
	if (curl_url_set(u, CURLUPART_URL, copy, 0) !=
	    CURLUE_OK) {
		struct str start = str_fit(text, 60);

		/* A password could stand in it: then nothing is repeated. */
		if (memchr(text.p, '@', text.n) != NULL)
			start = STR("...");
		err_set_code(err, ERR_INVALID, "not an absolute URL: %.*s",
		    STR_ARG(start));
		goto out;
	}
	r = take(u, ret, err);
out:
	free(copy);
	return r;
}

int
url_parse(struct str text, struct url **ret, struct err *err)
{
	CURLU *u = curl_url();
	int r = set_and_take(u, text, ret, err);

	curl_url_cleanup(u);
	return r;
}

int
url_join(const struct url *base, struct str text, struct url **ret,
    struct err *err)
{
	CURLU *u = curl_url();
	int r;

	if (curl_url_set(u, CURLUPART_URL, base->text, 0) != CURLUE_OK)
		r = err_set_code(err, ERR_INVALID, "not a usable URL");
	else
		r = set_and_take(u, text, ret, err);
	curl_url_cleanup(u);
	return r;
}

bool
url_same_origin(const struct url *a, const struct url *b)
{
	return strcasecmp(a->scheme, b->scheme) == 0 && a->port == b->port &&
	    strcmp(a->host, b->host) == 0;
}

char *
url_with(const struct url *url, const char *prefix, const char *query)
{
	bool v6 = strchr(url->host, ':') != NULL;
	struct buf b;

	buf_init(&b, URL_MAX * 2);
	buf_printf(&b, "%s://%s%s%s", url->scheme, v6 ? "[" : "", url->host,
	    v6 ? "]" : "");
	if (url->port_given)
		buf_printf(&b, ":%d", url->port);
	buf_printf(&b, "%s%s", prefix != NULL ? prefix : "", url->path);
	if (url->query != NULL)
		buf_printf(&b, "?%s", url->query);
	if (query != NULL)
		buf_printf(&b, "%c%s", url->query != NULL ? '&' : '?', query);
	return buf_take(&b);
}
