/*
 * Serves health and figures with libmicrohttpd, one thread.  Everything comes
 * from the agent's socket and from the database, read-only; each request asks
 * anew, so nothing here can be stale.
 */
#include "review/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "queue/control_server.h"
#include "review/metrics.h"

#define CONNECTIONS_MAX 64
#define PAGE_MAX ((size_t)4 << 20)

struct web {
	const struct config *config;
	struct MHD_Daemon *daemon;
};

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *type,
    struct str body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(body.n,
	    (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result r;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
answer_text(struct MHD_Connection *connection, unsigned status,
    const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8",
	    str_of(text));
}

static enum MHD_Result
serve_ready(const struct web *web, struct MHD_Connection *connection)
{
	struct json_object *status = NULL;
	struct err err = ERR_INIT;
	enum MHD_Result r;
	char line[300];

	if (control_ask(web->config->socket, "status",
	    json_object_new_object(), &status, &err) == -1) {
		snprintf(line, sizeof(line), "%s\n", err.text);
		return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
		    line);
	}
	if (json_get_bool(status, "ready", false))
		r = answer_text(connection, MHD_HTTP_OK, "ready\n");
	else
		r = answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "the agent is starting\n");
	json_object_put(status);
	return r;
}

static enum MHD_Result
serve_metrics(const struct web *web, struct MHD_Connection *connection)
{
	enum MHD_Result r;
	struct buf b;

	buf_init(&b, PAGE_MAX);
	metrics_write(web->config, &b);
	r = answer(connection, MHD_HTTP_OK,
	    "text/plain; version=0.0.4; charset=utf-8", buf_get(&b));
	buf_fini(&b);
	return r;
}

static enum MHD_Result
serve(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *ndata,
    void **state)
{
	const struct web *web = arg;

	(void)version;
	(void)data;
	(void)state;
	if (*ndata != 0 || (strcmp(method, "GET") != 0 &&
	    strcmp(method, "HEAD") != 0))
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "only GET is served here\n");
	if (strcmp(url, "/healthz") == 0)
		return answer_text(connection, MHD_HTTP_OK, "serving\n");
	if (strcmp(url, "/readyz") == 0)
		return serve_ready(web, connection);
	if (strcmp(url, "/metrics") == 0)
		return serve_metrics(web, connection);
	return answer_text(connection, MHD_HTTP_NOT_FOUND,
	    "there are /healthz, /readyz and /metrics\n");
}

/* "127.0.0.1:8480", "[::1]:8480", "name:8480" */
static int
resolve(const char *listen, struct addrinfo **ret, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE };
	const char *colon = strrchr(listen, ':');
	char *host;
	int r;

	if (colon == NULL || colon == listen)
		return err_set_code(err, ERR_INVALID, "`listen = %s' is no "
		    "ADDRESS:PORT", listen);
	host = listen[0] == '[' && colon[-1] == ']' ?
	    xstrndup(listen + 1, (size_t)(colon - listen) - 2) :
	    xstrndup(listen, (size_t)(colon - listen));
	r = getaddrinfo(host, colon + 1, &hints, ret);
	free(host);
	if (r != 0)
		return err_set(err, "`listen = %s': %s", listen,
		    gai_strerror(r));
	return 0;
}

int
web_start(const struct config *config, struct web **ret, struct err *err)
{
	struct addrinfo *ai = NULL;
	struct web *web;
	unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD;

	if (resolve(config->listen, &ai, err) == -1)
		return -1;
	if (ai->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	web = xcalloc(1, sizeof(*web));
	web->config = config;
	web->daemon = MHD_start_daemon(flags, 0, NULL, NULL, serve, web,
	    MHD_OPTION_SOCK_ADDR, ai->ai_addr,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)15,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_END);
	freeaddrinfo(ai);
	if (web->daemon == NULL) {
		free(web);
		return err_set(err, "cannot listen on %s: is something else "
		    "there?", config->listen);
	}
	*ret = web;
	return 0;
}

int
web_port(const struct web *web)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(web->daemon,
	    MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

void
web_stop(struct web *web)
{
	if (web == NULL)
		return;
	MHD_stop_daemon(web->daemon);
	free(web);
}
