/*
 * URLs and forms for plugins.  libxml2 takes URLs apart and resolves them.
 */
#include <libxml/uri.h>
#include <string.h>

#include "kp.h"
#include "kp_private.h"

/* Letters and digits as ASCII has them, whatever the locale says. */
static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

struct kp_str
kp_url_encode(struct kp_mem *mem, struct kp_str s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p = kp_alloc(mem, s.n * 3 + 1);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_plain(c)) {
			p[n++] = (char)c;
			continue;
		}
		p[n++] = '%';
		p[n++] = hex[c >> 4];
		p[n++] = hex[c & 15];
	}
	return (struct kp_str){ p, n };
}

struct kp_str
kp_form_add(struct kp_mem *mem, struct kp_str form, const char *key,
    struct kp_str value)
{
	struct kp_str k = kp_url_encode(mem, kp_s(key));
	struct kp_str v = kp_url_encode(mem, value);

	return kp_fmt(mem, "%.*s%s%.*s=%.*s", KP_ARG(form),
	    form.n == 0 ? "" : "&", KP_ARG(k), KP_ARG(v));
}

struct kp_str
kp_url_add(struct kp_mem *mem, struct kp_str url, const char *key,
    struct kp_str value)
{
	struct kp_str rest = url, head = kp_cut(&rest, '#');
	struct kp_str pair = kp_form_add(mem, KP_NONE, key, value);
	const char *join = "?";

	if (head.n > 0 && memchr(head.p, '?', head.n) != NULL)
		join = head.p[head.n - 1] == '?' ||
		    head.p[head.n - 1] == '&' ? "" : "&";
	return kp_fmt(mem, "%.*s%s%.*s%s%.*s", KP_ARG(head), join,
	    KP_ARG(pair), rest.p == NULL ? "" : "#", KP_ARG(rest));
}

/* Terminated, as libxml2 wants it; NULL where it holds a NUL. */
static const char *
terminated(struct kp_mem *mem, struct kp_str s)
{
	if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
		return NULL;
	return kp_fmt(mem, "%.*s", KP_ARG(s)).p;
}

static void
drop_text(void *p)
{
	xmlFree(p);
}

static void
drop_uri(void *p)
{
	xmlFreeURI(p);
}

struct kp_str
kp_url_resolve(struct kp_mem *mem, struct kp_str base,
    struct kp_str reference)
{
	const char *b = terminated(mem, kp_trim(base));
	const char *r = terminated(mem, kp_trim(reference));
	xmlChar *url;

	if (b == NULL || r == NULL)
		return KP_NONE;
	url = xmlBuildURI((const xmlChar *)r, (const xmlChar *)b);
	if (url == NULL)
		return KP_NONE;
	kp_own(mem, url, drop_text);
	return kp_s((const char *)url);
}

static xmlURIPtr
parse(struct kp_mem *mem, struct kp_str url)
{
	const char *text = terminated(mem, kp_trim(url));
	xmlURIPtr uri = text == NULL ? NULL : xmlParseURI(text);

	if (uri != NULL)
		kp_own(mem, uri, drop_uri);
	return uri;
}

static struct kp_str
lower(struct kp_mem *mem, const char *s)
{
	struct kp_str copy = kp_copy(mem, kp_s(s));
	char *p = (char *)copy.p;
	size_t i;

	for (i = 0; i < copy.n; i++) {
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] + ('a' - 'A'));
	}
	return copy;
}

struct kp_str
kp_url_origin(struct kp_mem *mem, struct kp_str url)
{
	xmlURIPtr uri = parse(mem, url);
	struct kp_str host;

	if (uri == NULL || uri->scheme == NULL || uri->server == NULL)
		return KP_NONE;
	host = lower(mem, uri->server);
	if (uri->port > 0)
		return kp_fmt(mem, "%s://%.*s:%d", uri->scheme, KP_ARG(host),
		    uri->port);
	return kp_fmt(mem, "%s://%.*s", uri->scheme, KP_ARG(host));
}

struct kp_str
kp_url_host(struct kp_mem *mem, struct kp_str url)
{
	xmlURIPtr uri = parse(mem, url);

	if (uri == NULL || uri->server == NULL)
		return KP_NONE;
	return lower(mem, uri->server);
}

struct kp_str
kp_url_path(struct kp_mem *mem, struct kp_str url)
{
	xmlURIPtr uri = parse(mem, url);

	if (uri == NULL)
		return KP_NONE;
	return uri->path == NULL || uri->path[0] == '\0' ? KP_S("/") :
	    kp_copy(mem, kp_s(uri->path));
}
