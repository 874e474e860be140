/*
 * http.h - one HTTP request out, one response back, on the loop.
 *
 * libcurl's multi_socket_action on base/loop.h.  One request is one exchange:
 * redirects come back as responses, since each hop has to be allowed anew.
 * Nothing is remembered between requests but connections and names: no
 * cookies, no netrc, no proxy from the environment.
 */
#ifndef KOMPAN_FETCH_HTTP_H
#define KOMPAN_FETCH_HTTP_H

#include <kompan-plugin.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/loop.h"

#define HTTP_BODY_MAX ((size_t)16 << 20)        /* after decompression */
#define HTTP_HEADERS_MAX 128
#define HTTP_HEADERS_BYTES ((size_t)64 << 10)

struct http;
struct http_call;

struct http_options {
	const char *user_agent; /* NULL: none is sent */
	const char *proxy;      /* NULL: none; it then resolves the names */
	const char *ca_file;    /* NULL: the system's */
	int64_t connect_ms;     /* 0: 20 s */
	int64_t total_ms;       /* 0: 120 s, which leaves room for long polls */
};

struct http_pair {
	char *name, *value;
};

struct http_request {
	const char *method;     /* NULL: GET */
	const char *url;        /* may hold a credential: copied, not kept */
	const struct http_pair *headers;
	size_t nheaders;
	const char *type;       /* of the body, or NULL */
	struct str body;        /* none: p == NULL */
	unsigned egress;        /* EGRESS_* */
	size_t body_max;        /* of the response; 0: HTTP_BODY_MAX */
};

/* Why no response came. */
enum http_fault {
	HTTP_OK = 0,            /* one did */
	HTTP_NO_NAME,           /* the name does not resolve */
	HTTP_NO_ROUTE,          /* our system has no way there */
	HTTP_NO_CONNECT,        /* refused, or nobody answers */
	HTTP_NO_TLS,            /* certificate or handshake */
	HTTP_TIMEOUT,           /* connected, then silence */
	HTTP_BROKEN,            /* not HTTP, cut off, bad compression */
	HTTP_TOO_LARGE,         /* more than body_max, or its headers */
	HTTP_REFUSED            /* by us: egress */
};

struct http_response {
	int status;             /* 0: none came, see fault */
	enum http_fault fault;
	char error[160];        /* why, without the URL */
	struct http_pair *headers;      /* names in lower case */
	size_t nheaders, room;
	struct buf body;
	int64_t took_ms;
};

/* NULL and ${err} where libcurl cannot start. */
struct http *http_new(struct loop *, const struct http_options *,
    struct err *);
/* Calls that are under way end without their done(). */
void http_free(struct http *);

/*
 * http_send(http, request, done, arg): everything of ${request} is copied.
 * done() is called from the loop, never from here; the response is freed when
 * it returns, so it takes what it wants to keep.
 */
struct http_call *http_send(struct http *, const struct http_request *,
    void (*done)(void *arg, struct http_response *), void *arg);
/* End it without done(). */
void http_cancel(struct http_call *);
/* How many are under way. */
size_t http_running(const struct http *);

/* The first header of that name (lower case), or STR_NONE. */
struct str http_header(const struct http_response *, const char *name);

/*
 * http_header_ok(name, value): whether a plugin may set it: a token and text
 * without control characters, and none of those that are the core's (Host,
 * Cookie, Authorization, lengths, encodings, connection and proxy matters).
 */
bool http_header_ok(struct str name, struct str value);

/* An array that http_send() copied from: wipes and frees. */
void http_pairs_free(struct http_pair *, size_t);

#endif
