/*
 * libmicrohttpd does the serving; a test's function says what.
 */
#include "httpd.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"

struct httpd {
	struct MHD_Daemon *daemon;
	struct httpd_answer (*answer)(void *, const struct httpd_request *);
	void *arg;
	_Atomic unsigned count;
	int port;
};

struct exchange {
	struct buf body, path;
};

static enum MHD_Result
add_argument(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	struct buf *path = arg;

	(void)kind;
	buf_printf(path, "%c%s", strchr(path->p, '?') == NULL ? '?' : '&', key);
	if (value != NULL)
		buf_printf(path, "=%s", value);
	return MHD_YES;
}

static enum MHD_Result
respond(struct httpd *httpd, struct MHD_Connection *connection,
    const char *method, const char *url, struct exchange *exchange)
{
	struct httpd_request request = { .method = method,
		.connection = connection };
	struct httpd_answer answer;
	struct MHD_Response *response;
	enum MHD_Result r;
	size_t i;

	buf_puts(&exchange->path, url);
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND,
	    add_argument, &exchange->path);
	request.path = exchange->path.p;
	request.body = exchange->body.n > 0 ? exchange->body.p : "";
	request.nbody = exchange->body.n;
	request.number = ++httpd->count;
	answer = httpd->answer(httpd->arg, &request);
	if (answer.delay_ms > 0) {
		struct timespec ts = { answer.delay_ms / 1000,
			answer.delay_ms % 1000 * 1000000L };

		nanosleep(&ts, NULL);
	}
	if (answer.body == NULL)
		answer.body = "";
	if (answer.nbody == 0)
		answer.nbody = strlen(answer.body);
	response = MHD_create_response_from_buffer(answer.nbody,
	    (void *)(uintptr_t)answer.body, MHD_RESPMEM_MUST_COPY);
	for (i = 0; i < 8 && answer.headers[i][0] != NULL; i++)
		MHD_add_response_header(response, answer.headers[i][0],
		    answer.headers[i][1]);
	r = MHD_queue_response(connection, (unsigned)answer.status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *ndata,
    void **mine)
{
	struct exchange *exchange = *mine;

	(void)version;
	if (exchange == NULL) {
		*mine = exchange = xcalloc(1, sizeof(*exchange));
		buf_init(&exchange->body, 1 << 20);
		buf_init(&exchange->path, 1 << 14);
		return MHD_YES;
	}
	if (*ndata > 0) {
		buf_add(&exchange->body, data, *ndata);
		*ndata = 0;
		return MHD_YES;
	}
	return respond(arg, connection, method, url, exchange);
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **mine,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *mine;

	(void)arg;
	(void)connection;
	(void)code;
	if (exchange == NULL)
		return;
	buf_fini(&exchange->body);
	buf_fini(&exchange->path);
	free(exchange);
	*mine = NULL;
}

struct httpd *
httpd_start(struct httpd_answer (*answer)(void *,
    const struct httpd_request *), void *arg)
{
	struct httpd *httpd = xcalloc(1, sizeof(*httpd));
	struct sockaddr_in sa = { .sin_family = AF_INET };

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	httpd->answer = answer;
	httpd->arg = arg;
	httpd->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, on_request, httpd,
	    MHD_OPTION_SOCK_ADDR, &sa, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, NULL, MHD_OPTION_END);
	if (httpd->daemon == NULL) {
		perror("MHD_start_daemon");
		abort();
	}
	httpd->port = MHD_get_daemon_info(httpd->daemon,
	    MHD_DAEMON_INFO_BIND_PORT)->port;
	return httpd;
}

void
httpd_stop(struct httpd *httpd)
{
	MHD_stop_daemon(httpd->daemon);
	free(httpd);
}

int
httpd_port(const struct httpd *httpd)
{
	return httpd->port;
}

unsigned
httpd_count(struct httpd *httpd)
{
	return httpd->count;
}

const char *
httpd_header(const struct httpd_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection,
	    MHD_HEADER_KIND, name);
}
