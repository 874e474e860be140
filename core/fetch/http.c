/*
 * Two multi handles ("lanes"), one for sources that may go to our own network
 * and one for the rest: a connection that one source was allowed to open must
 * not be reused by another that was not.
 *
 *     loop fd/timer -> curl_multi_socket_action -> messages -> done()
 *
 * The address is judged in the callback that opens the socket, after the name
 * was resolved and before a packet leaves.  Cost grows with the number of open
 * connections in one multi handle, so they are bounded to well under 1000.
 */
#include "fetch/http.h"

#include <curl/curl.h>
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "fetch/egress.h"

#define CONNECTIONS_MAX 600L
#define HOST_CONNECTIONS_MAX 8L
#define IDLE_HANDLES_MAX 32

struct lane {
	struct http *http;
	CURLM *multi;
	struct loop_timer *timer;
};

struct http {
	struct loop *loop;
	struct lane lanes[2];           /* [1]: egress local */
	char *user_agent, *proxy, *ca_file;
	long connect_ms, total_ms;
	LIST_HEAD(, http_call) calls;
	size_t ncalls;
	CURL *idle[IDLE_HANDLES_MAX];
	size_t nidle;
};

struct http_call {
	LIST_ENTRY(http_call) entry;
	struct http *http;
	struct lane *lane;
	CURL *easy;
	struct curl_slist *headers;
	unsigned egress;
	bool refused, too_large;
	size_t header_bytes;
	struct mono began;
	struct http_response response;
	void (*done)(void *, struct http_response *);
	void *arg;
};

struct watch {
	struct lane *lane;
	struct loop_fd *fd;
	int number;
};

static void
wipe(char *s)
{
	if (s != NULL)
		sodium_memzero(s, strlen(s));
}

void
http_pairs_free(struct http_pair *pairs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		wipe(pairs[i].value);
		free(pairs[i].name);
		free(pairs[i].value);
	}
	free(pairs);
}

static void
call_free(struct http_call *call)
{
	struct http *http = call->http;
	struct curl_slist *h;

	LIST_REMOVE(call, entry);
	http->ncalls--;
	curl_multi_remove_handle(call->lane->multi, call->easy);
	if (http->nidle < IDLE_HANDLES_MAX) {
		curl_easy_reset(call->easy);
		http->idle[http->nidle++] = call->easy;
	} else
		curl_easy_cleanup(call->easy);
	for (h = call->headers; h != NULL; h = h->next)
		wipe(h->data);
	curl_slist_free_all(call->headers);
	http_pairs_free(call->response.headers, call->response.nheaders);
	buf_fini(&call->response.body);
	free(call);
}

/* What went wrong, by who has to do something about it. */
static enum http_fault
fault_of(const struct http_call *call, CURLcode code)
{
	if (call->refused)
		return HTTP_REFUSED;
	if (call->too_large)
		return HTTP_TOO_LARGE;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_NO_NAME;
	case CURLE_COULDNT_CONNECT: {
		long os = 0;

		curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os);
		if (os == ENETUNREACH || os == EHOSTUNREACH ||
		    os == ENETDOWN || os == EADDRNOTAVAIL)
			return HTTP_NO_ROUTE;
		return HTTP_NO_CONNECT;
	}
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
		return HTTP_NO_TLS;
	case CURLE_OPERATION_TIMEDOUT: {
		double connected = 0;

		curl_easy_getinfo(call->easy, CURLINFO_CONNECT_TIME,
		    &connected);
		return connected > 0 ? HTTP_TIMEOUT : HTTP_NO_CONNECT;
	}
	default:
		return HTTP_BROKEN;
	}
}

/* libcurl's texts may quote the URL or a header: use its fixed ones. */
static void
explain(struct http_call *call, CURLcode code)
{
	struct http_response *r = &call->response;
	const char *text = curl_easy_strerror(code);

	r->fault = fault_of(call, code);
	r->status = 0;
	if (r->fault == HTTP_REFUSED)
		text = "the name resolves to an address that is not public "
		    "(egress = local would allow our own network)";
	else if (r->fault == HTTP_TOO_LARGE)
		text = "the answer is larger than we take";
	else if (r->fault == HTTP_NO_CONNECT && code == CURLE_COULDNT_CONNECT)
		text = "nobody accepts the connection";
	else if (r->fault == HTTP_NO_ROUTE)
		text = "our network has no route there";
	snprintf(r->error, sizeof(r->error), "%s", text);
}

static void
finished(struct http_call *call, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	call->response.took_ms = mono_since(call->began);
	if (code == CURLE_OK && status >= 100 && status <= 999)
		call->response.status = (int)status;
	else
		explain(call, code == CURLE_OK ? CURLE_WEIRD_SERVER_REPLY : code);
	call->done(call->arg, &call->response);
	call_free(call);
}

static void
take_messages(struct lane *lane)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
		struct http_call *call = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &call);
		finished(call, message->data.result);
	}
}

static void
on_timer(void *arg)
{
	struct lane *lane = arg;
	int running;

	curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0,
	    &running);
	take_messages(lane);
}

static void
on_ready(void *arg, uint32_t events)
{
	struct watch *watch = arg;
	struct lane *lane = watch->lane;
	int action = 0, running;

	if (events & (EPOLLIN | EPOLLHUP))
		action |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		action |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		action |= CURL_CSELECT_ERR;
	/* ${watch} may be gone when this returns. */
	curl_multi_socket_action(lane->multi, watch->number, action, &running);
	take_messages(lane);
}

/* CURLMOPT_SOCKETFUNCTION: what libcurl waits for on a socket. */
static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *sockp)
{
	struct lane *lane = arg;
	struct watch *watch = sockp;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL) {
			loop_unwatch(watch->fd);
			free(watch);
			curl_multi_assign(lane->multi, fd, NULL);
		}
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (watch != NULL) {
		loop_rearm(watch->fd, events);
		return 0;
	}
	watch = xcalloc(1, sizeof(*watch));
	watch->lane = lane;
	watch->number = fd;
	watch->fd = loop_watch(lane->http->loop, fd, events, on_ready, watch);
	curl_multi_assign(lane->multi, fd, watch);
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: it must not be answered from within. */
static int
want_timer(CURLM *multi, long ms, void *arg)
{
	struct lane *lane = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_clear(lane->timer);
	else
		loop_timer_set(lane->timer, mono_add(clock_mono(), ms));
	return 0;
}

/* CURLOPT_OPENSOCKETFUNCTION: the last look before a packet leaves. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_call *call = arg;
	int fd;

	(void)purpose;
	/* With a proxy the address is the proxy's, which the admin chose. */
	if (call->http->proxy == NULL &&
	    !egress_address_ok(&address->addr, call->egress)) {
		call->refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;

	if (buf_add(&call->response.body, data, size * n) == -1) {
		call->too_large = true;
		return 0;
	}
	return size * n;
}

/* Header lines; a new status line (100, then 200) starts them anew. */
static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;
	struct http_response *r = &call->response;
	struct str line = str_trim((struct str){ data, size * n }), name;
	char *p;

	call->header_bytes += size * n;
	if (call->header_bytes > HTTP_HEADERS_BYTES ||
	    r->nheaders == HTTP_HEADERS_MAX) {
		call->too_large = true;
		return 0;
	}
	if (str_starts(line, STR("HTTP/"))) {
		http_pairs_free(r->headers, r->nheaders);
		r->headers = NULL;
		r->nheaders = r->room = 0;
		return size * n;
	}
	if (line.n == 0 || memchr(line.p, ':', line.n) == NULL)
		return size * n;
	name = str_trim(str_cut(&line, ':'));
	vec_grow(r->headers, r->nheaders, r->room);
	r->headers[r->nheaders].name = str_dup(name);
	r->headers[r->nheaders].value = str_dup(str_trim(line));
	for (p = r->headers[r->nheaders].name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	r->nheaders++;
	return size * n;
}

static void
add_header(struct http_call *call, const char *name, const char *value)
{
	/* libcurl sends an empty value only when it ends with ';'. */
	char *line = value[0] != '\0' ? xasprintf("%s: %s", name, value) :
	    xasprintf("%s;", name);

	call->headers = curl_slist_append(call->headers, line);
	wipe(line);
	free(line);
}

static void
set_method(struct http_call *call, const struct http_request *request)
{
	const char *method = request->method != NULL ? request->method : "GET";
	CURL *easy = call->easy;

	if (request->body.p != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.n);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    request->body.p);
		if (request->type == NULL)
			call->headers = curl_slist_append(call->headers,
			    "Content-Type:");
	} else if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, "POST") == 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)0);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, "");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static void
set_options(struct http_call *call, const struct http_request *request)
{
	struct http *http = call->http;
	CURL *e = call->easy;

	curl_easy_setopt(e, CURLOPT_URL, request->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR,
	    request->egress & EGRESS_HTTP ? "http,https" : "https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY,
	    http->proxy != NULL ? http->proxy : "");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "");
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, http->connect_ms);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, http->total_ms);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
	if (http->user_agent != NULL)
		curl_easy_setopt(e, CURLOPT_USERAGENT, http->user_agent);
	if (http->ca_file != NULL)
		curl_easy_setopt(e, CURLOPT_CAINFO, http->ca_file);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
}

struct http_call *
http_send(struct http *http, const struct http_request *request,
    void (*done)(void *, struct http_response *), void *arg)
{
	struct http_call *call = xcalloc(1, sizeof(*call));
	size_t i;

	call->http = http;
	call->lane = &http->lanes[(request->egress & EGRESS_LOCAL) != 0];
	call->egress = request->egress;
	call->done = done;
	call->arg = arg;
	call->began = clock_mono();
	buf_init(&call->response.body, request->body_max != 0 ?
	    request->body_max : HTTP_BODY_MAX);
	call->easy = http->nidle > 0 ? http->idle[--http->nidle] :
	    curl_easy_init();
	call->headers = curl_slist_append(NULL, "Expect:");
	for (i = 0; i < request->nheaders; i++)
		add_header(call, request->headers[i].name,
		    request->headers[i].value);
	if (request->type != NULL)
		add_header(call, "Content-Type", request->type);
	set_method(call, request);
	set_options(call, request);
	LIST_INSERT_HEAD(&http->calls, call, entry);
	http->ncalls++;
	curl_multi_add_handle(call->lane->multi, call->easy);
	return call;
}

void
http_cancel(struct http_call *call)
{
	if (call != NULL)
		call_free(call);
}

size_t
http_running(const struct http *http)
{
	return http->ncalls;
}

static int
lane_init(struct lane *lane, struct http *http)
{
	lane->http = http;
	lane->multi = curl_multi_init();
	if (lane->multi == NULL)
		return -1;
	lane->timer = loop_timer_new(http->loop, on_timer, lane);
	curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
	curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
	curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
	curl_multi_setopt(lane->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
	    HOST_CONNECTIONS_MAX);
	curl_multi_setopt(lane->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    CONNECTIONS_MAX);
	return 0;
}

struct http *
http_new(struct loop *loop, const struct http_options *options,
    struct err *err)
{
	struct http *http;
	int i;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(err, "libcurl does not start");
		return NULL;
	}
	http = xcalloc(1, sizeof(*http));
	http->loop = loop;
	LIST_INIT(&http->calls);
	if (options->user_agent != NULL)
		http->user_agent = xstrdup(options->user_agent);
	if (options->proxy != NULL)
		http->proxy = xstrdup(options->proxy);
	if (options->ca_file != NULL)
		http->ca_file = xstrdup(options->ca_file);
	http->connect_ms = (long)(options->connect_ms != 0 ?
	    options->connect_ms : 20 * SECOND_MS);
	http->total_ms = (long)(options->total_ms != 0 ?
	    options->total_ms : 120 * SECOND_MS);
	for (i = 0; i < 2; i++) {
		if (lane_init(&http->lanes[i], http) == -1) {
			err_set(err, "libcurl does not start");
			http_free(http);
			return NULL;
		}
	}
	return http;
}

void
http_free(struct http *http)
{
	int i;

	if (http == NULL)
		return;
	while (!LIST_EMPTY(&http->calls))
		call_free(LIST_FIRST(&http->calls));
	while (http->nidle > 0)
		curl_easy_cleanup(http->idle[--http->nidle]);
	for (i = 0; i < 2; i++) {
		if (http->lanes[i].multi != NULL)
			curl_multi_cleanup(http->lanes[i].multi);
		loop_timer_free(http->lanes[i].timer);
	}
	free(http->user_agent);
	free(http->proxy);
	free(http->ca_file);
	free(http);
}

struct str
http_header(const struct http_response *response, const char *name)
{
	size_t i;

	for (i = 0; i < response->nheaders; i++) {
		if (strcmp(response->headers[i].name, name) == 0)
			return str_of(response->headers[i].value);
	}
	return STR_NONE;
}

bool
http_header_ok(struct str name, struct str value)
{
	static const char *const ours[] = { "host", "cookie", "authorization",
		"content-length", "transfer-encoding", "connection",
		"keep-alive", "te", "trailer", "upgrade", "expect",
		"accept-encoding", "user-agent", "content-type", "forwarded",
		"via", "http2-settings" };
	static const char *const families[] = { "proxy-", "x-forwarded-",
		"sec-" };
	size_t i;

	if (name.n == 0 || name.n > 100 || value.n > 4096)
		return false;
	for (i = 0; i < name.n; i++) {
		if (!isalnum((unsigned char)name.p[i]) &&
		    (name.p[i] == '\0' ||
		    strchr("!#$%&'*+-.^_`|~", name.p[i]) == NULL))
			return false;
	}
	for (i = 0; i < value.n; i++) {
		if (((unsigned char)value.p[i] < ' ' && value.p[i] != '\t') ||
		    value.p[i] == 0x7f)
			return false;
	}
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (name.n == strlen(ours[i]) &&
		    strncasecmp(name.p, ours[i], name.n) == 0)
			return false;
	}
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (name.n >= strlen(families[i]) &&
		    strncasecmp(name.p, families[i], strlen(families[i])) == 0)
			return false;
	}
	return true;
}
