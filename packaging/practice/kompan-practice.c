/*
 * kompan-practice - an invented community to practise with.
 *
 *     /                       its threads, for people
 *     /PLACE/feed             a place as Atom or RSS
 *     /PLACE/THREAD           a thread, for people
 *     /PLACE/THREAD/feed      its feed, or its comments
 *     /bot<TOKEN>/METHOD      Telegram's Bot API
 *     /capture.ndjson         what a person captured until now
 *     /result.json            an export of chats
 *
 * One thread: libmicrohttpd hangs in the loop by its epoll descriptor, and a
 * long poll is a suspended connection.  On loopback only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "packaging/practice/practice.h"

#define BODY_MAX ((size_t)64 << 10)
#define PARAMS_MAX 32
#define CONNECTIONS_MAX 128

struct server {
	struct community c;
	struct botapi *bot;
	struct loop *loop;
	struct loop_fd *fd;
	struct loop_timer *timer;
	struct MHD_Daemon *mhd;
	char base[40];                  /* http://127.0.0.1:PORT */
	struct request *waiting;        /* the long poll, if there is one */
};

struct request {
	struct server *s;
	struct MHD_Connection *connection;
	struct MHD_PostProcessor *post;
	struct buf body;                /* where it is JSON */
	struct json_object *params;
	int64_t deadline;
	bool ended;                     /* by a later long poll */
};

/* What goes back; `etag` empty: not for caches. */
struct answer {
	unsigned status;
	const char *type;
	struct buf body;
	char etag[48];
	int64_t changed;
};

static void
usage(FILE *f)
{
	fputs("usage: kompan-practice [--port N] [--fast N] [--data DIR] "
	    "[--keep FILE]\n"
	    "           [--write-capture FILE] [--write-export FILE] "
	    "[--write-token FILE]\n"
	    "           [--sources FILE]\n"
	    "Plays an invented community on 127.0.0.1 and prints \"listening "
	    "on URL\".\n"
	    "  --port N              0: any that is free\n"
	    "  --fast N              what is still to come comes N times as "
	    "fast\n"
	    "  --data DIR            places.ndjson and threads.ndjson\n"
	    "  --keep FILE           hold the moment of the start and the port "
	    "there, so that\n"
	    "                        a server started again goes on\n"
	    "  --write-capture FILE  NDJSON for the capture plugin\n"
	    "  --write-export FILE   result.json for the telegram-export "
	    "plugin\n"
	    "  --write-token FILE    the bot's token\n"
	    "  --sources FILE        stanzas for kompan source apply\n"
	    "With --write-... and neither --port nor --sources it writes and "
	    "ends.\n", f);
}

/* HTTP. */

static void
http_date(int64_t at, char text[40])
{
	time_t seconds = (time_t)(at / SECOND_MS);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Whether the client has it: its tag decides, its date where it has none. */
static bool
not_modified(struct MHD_Connection *connection, const struct answer *a)
{
	const char *tag = MHD_lookup_connection_value(connection,
	    MHD_HEADER_KIND, "If-None-Match");
	const char *since = MHD_lookup_connection_value(connection,
	    MHD_HEADER_KIND, "If-Modified-Since");
	char date[40];

	if (tag != NULL)
		return strcmp(tag, "*") == 0 || strstr(tag, a->etag) != NULL;
	http_date(a->changed, date);
	return since != NULL && strcmp(since, date) == 0;
}

static enum MHD_Result
answer_send(struct MHD_Connection *connection, struct answer *a)
{
	struct MHD_Response *response;
	enum MHD_Result r;
	char date[40];
	size_t n;

	if (a->status == 200 && a->etag[0] != '\0' &&
	    not_modified(connection, a)) {
		a->status = 304;
		buf_reset(&a->body);
	}
	n = a->body.n;
	response = MHD_create_response_from_buffer(n, buf_take(&a->body),
	    MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", a->type);
	if (a->etag[0] != '\0') {
		http_date(a->changed, date);
		MHD_add_response_header(response, "ETag", a->etag);
		MHD_add_response_header(response, "Last-Modified", date);
		MHD_add_response_header(response, "Cache-Control", "no-cache");
	}
	r = MHD_queue_response(connection, a->status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
answer_text(struct request *q, unsigned status, const char *text)
{
	struct answer a = { .status = status,
		.type = "text/plain; charset=utf-8" };

	buf_init(&a.body, ANSWER_MAX);
	buf_puts(&a.body, text);
	return answer_send(q->connection, &a);
}

static enum MHD_Result
answer_json(struct request *q, unsigned status, struct json_object *o)
{
	struct answer a = { .status = status, .type = "application/json" };
	bool failed;

	buf_init(&a.body, ANSWER_MAX);
	failed = json_write(o, &a.body) == -1;
	json_object_put(o);
	if (failed) {
		buf_fini(&a.body);
		return answer_text(q, 500, "too long\n");
	}
	return answer_send(q->connection, &a);
}

/* The one timer: the next post, or the end of the long poll. */
static void
timer_set(struct server *s)
{
	int64_t now = clock_now(), at = community_next(&s->c, now);

	if (s->waiting == NULL) {
		loop_timer_clear(s->timer);
		return;
	}
	if (s->waiting->deadline < at)
		at = s->waiting->deadline;
	loop_timer_set(s->timer,
	    mono_add(clock_mono(), at > now ? at - now : 0));
}

static void
mhd_run(void *arg)
{
	struct server *s = arg;
	MHD_UNSIGNED_LONG_LONG wait;

	MHD_run(s->mhd);
	/*
	 * It may have more to do that no descriptor tells of.  Longer waits
	 * are only for connections that time out, and those are found at the
	 * next event.
	 */
	if (MHD_get_timeout(s->mhd, &wait) == MHD_YES && wait == 0)
		loop_post(s->loop, mhd_run, s);
}

/* Let the long poll look again. */
static void
wake(void *arg)
{
	struct server *s = arg;
	struct request *q = s->waiting;

	if (q == NULL)
		return;
	s->waiting = NULL;
	MHD_resume_connection(q->connection);
	/* Nobody tells the daemon that there is something to do. */
	loop_post(s->loop, mhd_run, s);
}

static enum MHD_Result
serve_bot(struct request *q, const char *method)
{
	struct server *s = q->s;
	struct json_object *o = NULL;
	unsigned status;

	if (q->ended)
		return answer_json(q, 409, botapi_error(409, "Conflict: "
		    "terminated by other getUpdates request; make sure that "
		    "only one bot instance is running"));
	if (strcasecmp(method, "getUpdates") == 0 && s->waiting != NULL) {
		s->waiting->ended = true;
		wake(s);
	}
	status = botapi_call(s->bot, method, q->params, clock_now(),
	    &q->deadline, &o);
	if (status != 0)
		return answer_json(q, status, o);
	s->waiting = q;
	MHD_suspend_connection(q->connection);
	timer_set(s);
	return MHD_YES;
}

/* PLACE/feed, PLACE/THREAD, PLACE/THREAD/feed */
static enum MHD_Result
serve_community(struct request *q, const char *path)
{
	struct server *s = q->s;
	struct str rest = str_of(path), name = str_cut(&rest, '/');
	char *place_id = str_dup(name), *thread_id = NULL;
	const struct place *p = community_place(&s->c, place_id);
	const struct thread *t = NULL;
	int64_t now = clock_now();
	struct answer a = { .status = 200 };
	bool feed = str_is(rest, "feed"), found;
	int r;

	if (!feed) {
		thread_id = str_dup(str_cut(&rest, '/'));
		t = community_thread(&s->c, thread_id);
		feed = str_is(rest, "feed");
	}
	found = p != NULL && (t == NULL ? thread_id == NULL :
	    t->place == p && t->posts[0]->at <= now) &&
	    (feed ? p->platform == FEED : t != NULL && rest.n == 0);
	free(place_id);
	free(thread_id);
	if (!found)
		return answer_text(q, 404, "There is no such thing here.\n");

	buf_init(&a.body, ANSWER_MAX);
	a.changed = feed_changed(&s->c, p, t, now);
	snprintf(a.etag, sizeof(a.etag), "\"%llx-%llx\"",
	    (unsigned long long)s->c.start, (unsigned long long)a.changed);
	a.type = !feed ? "text/html; charset=utf-8" : p->rss ?
	    "application/rss+xml; charset=utf-8" :
	    "application/atom+xml; charset=utf-8";
	r = feed ? feed_write(&s->c, p, t, s->base, now, &a.body) :
	    page_write(&s->c, t, now, &a.body);
	if (r == -1) {
		buf_fini(&a.body);
		return answer_text(q, 500, "too long\n");
	}
	return answer_send(q->connection, &a);
}

static enum MHD_Result
serve_file(struct request *q, const char *type,
    int (*write)(const struct community *, int64_t, struct buf *))
{
	struct answer a = { .status = 200, .type = type };

	buf_init(&a.body, ANSWER_MAX);
	if (write(&q->s->c, clock_now(), &a.body) == -1) {
		buf_fini(&a.body);
		return answer_text(q, 500, "too long\n");
	}
	return answer_send(q->connection, &a);
}

static int
page_index(const struct community *c, int64_t now, struct buf *out)
{
	return page_write(c, NULL, now, out);
}

static enum MHD_Result
serve(struct request *q, const char *url, const char *method)
{
	static const char bot[] = "/bot" PRACTICE_TOKEN "/";
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	if (strncmp(url, bot, sizeof(bot) - 1) == 0)
		return serve_bot(q, url + sizeof(bot) - 1);
	if (strncmp(url, "/bot", 4) == 0)
		return answer_json(q, 401, botapi_error(401, "Unauthorized"));
	if (!get)
		return answer_text(q, 405, "Only to be read.\n");
	if (strcmp(url, "/") == 0)
		return serve_file(q, "text/html; charset=utf-8", page_index);
	if (strcmp(url, "/capture.ndjson") == 0)
		return serve_file(q, "application/x-ndjson", capture_write);
	if (strcmp(url, "/result.json") == 0)
		return serve_file(q, "application/json", export_write);
	return serve_community(q, url + 1);
}

static void
param_add(struct request *q, const char *key, struct str value)
{
	struct json_object *old = json_member(q->params, key);
	struct buf b;

	if (old == NULL &&
	    json_object_object_length(q->params) >= PARAMS_MAX)
		return;
	/* A form's value may come in pieces. */
	buf_init(&b, BODY_MAX);
	if (buf_str(&b, json_text(old)) == 0 && buf_str(&b, value) == 0)
		json_put_str(q->params, key, buf_get(&b));
	buf_fini(&b);
}

static enum MHD_Result
param_query(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *value)
{
	(void)kind;
	param_add(arg, key, str_of(value));
	return MHD_YES;
}

static enum MHD_Result
param_form(void *arg, enum MHD_ValueKind kind, const char *key,
    const char *filename, const char *type, const char *encoding,
    const char *data, uint64_t off, size_t size)
{
	(void)kind, (void)filename, (void)type, (void)encoding, (void)off;
	param_add(arg, key, (struct str){ data, size });
	return MHD_YES;
}

static struct request *
request_new(struct server *s, struct MHD_Connection *connection)
{
	struct request *q = xcalloc(1, sizeof(*q));

	q->s = s;
	q->connection = connection;
	q->params = json_object_new_object();
	buf_init(&q->body, BODY_MAX);
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND,
	    param_query, q);
	/* NULL unless the body is a form. */
	q->post = MHD_create_post_processor(connection, 4096, param_form, q);
	return q;
}

static void
request_end(void *arg, struct MHD_Connection *connection, void **slot,
    enum MHD_RequestTerminationCode why)
{
	struct server *s = arg;
	struct request *q = *slot;

	(void)connection, (void)why;
	if (q == NULL)
		return;
	if (s->waiting == q)
		s->waiting = NULL;
	if (q->post != NULL)
		MHD_destroy_post_processor(q->post);
	json_object_put(q->params);
	buf_fini(&q->body);
	free(q);
	*slot = NULL;
}

/* The members of a JSON body are parameters like those of a query. */
static int
params_json(struct request *q)
{
	struct json_object *o = NULL;
	struct err err = ERR_INIT;

	if (q->body.n == 0)
		return 0;
	if (json_parse(buf_get(&q->body), &o, &err) == -1)
		return -1;
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return -1;
	}
	json_object_object_foreach(o, key, value)
		json_put(q->params, key, json_object_get(value));
	json_object_put(o);
	buf_reset(&q->body);
	return 0;
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **slot)
{
	struct request *q = *slot;

	(void)version;
	if (q == NULL) {
		*slot = request_new(arg, connection);
		return MHD_YES;
	}
	if (*size > 0) {
		if (q->post != NULL)
			MHD_post_process(q->post, data, *size);
		else
			buf_add(&q->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (q->body.failed)
		return answer_text(q, 413, "The body is too long.\n");
	if (params_json(q) == -1)
		return answer_json(q, 400, botapi_error(400,
		    "Bad Request: can't parse JSON object"));
	return serve(q, url, method);
}

/* The loop. */

static void
mhd_ready(void *arg, uint32_t events)
{
	(void)events;
	mhd_run(arg);
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

static int
server_listen(struct server *s, uint16_t port, struct err *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const union MHD_DaemonInfo *info;

	s->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    NULL, NULL, handle, s,
	    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, 120u,
	    MHD_OPTION_NOTIFY_COMPLETED, request_end, s, MHD_OPTION_END);
	if (s->mhd == NULL)
		return err_set(err, "port %u of 127.0.0.1 cannot be used; "
		    "perhaps another kompan-practice has it", port);
	info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_BIND_PORT);
	snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%u",
	    (unsigned)info->port);
	info = MHD_get_daemon_info(s->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	s->fd = loop_watch(s->loop, info->epoll_fd, EPOLLIN, mhd_ready, s);
	return 0;
}

static int
server_run(struct server *s, struct err *err)
{
	if (loop_signal(s->loop, SIGINT, stop, s->loop, err) == -1 ||
	    loop_signal(s->loop, SIGTERM, stop, s->loop, err) == -1)
		return -1;
	printf("listening on %s\n", s->base);
	if (fflush(stdout) != 0)
		return err_errno(err, errno, "standard output");
	return loop_run(s->loop, err);
}

static void
server_fini(struct server *s)
{
	/* A suspended connection may not be when the daemon stops. */
	wake(s);
	loop_unwatch(s->fd);
	if (s->mhd != NULL)
		MHD_stop_daemon(s->mhd);
	loop_timer_free(s->timer);
	loop_free(s->loop);
	botapi_free(s->bot);
	community_fini(&s->c);
}

/* Files. */

static int
file_write(const char *path, const struct buf *b, struct err *err)
{
	char *tmp = xasprintf("%s.new", path);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = -1;
	FILE *f;

	f = fd == -1 ? NULL : fdopen(fd, "w");
	if (f == NULL) {
		err_errno(err, errno, "%s", tmp);
		goto out;
	}
	if (fwrite(b->p, 1, b->n, f) != b->n || fflush(f) != 0) {
		err_errno(err, errno, "%s", tmp);
		goto out;
	}
	/* Whole or not at all, whoever reads it meanwhile. */
	if (rename(tmp, path) == -1) {
		err_errno(err, errno, "%s", path);
		goto out;
	}
	r = 0;
out:
	if (f != NULL)
		fclose(f);
	free(tmp);
	return r;
}

struct options {
	const char *data, *keep, *capture, *export, *token, *sources;
	int64_t port, fast;             /* port -1: not given */
};

static int
write_files(const struct options *o, struct server *s, struct err *err)
{
	struct buf b;
	int64_t now = clock_now();
	int r = -1;

	buf_init(&b, ANSWER_MAX);
	if (o->capture != NULL && (capture_write(&s->c, now, &b) == -1 ||
	    file_write(o->capture, &b, err) == -1))
		goto out;
	buf_reset(&b);
	if (o->export != NULL && (export_write(&s->c, now, &b) == -1 ||
	    file_write(o->export, &b, err) == -1))
		goto out;
	buf_reset(&b);
	buf_puts(&b, PRACTICE_TOKEN "\n");
	if (o->token != NULL && file_write(o->token, &b, err) == -1)
		goto out;
	buf_reset(&b);
	if (o->sources != NULL && (sources_write(&s->c, s->base, &b) == -1 ||
	    file_write(o->sources, &b, err) == -1))
		goto out;
	r = 0;
out:
	if (b.failed)
		err_set_code(err, ERR_LIMIT, "the community is too large");
	buf_fini(&b);
	return r;
}

/*
 * The start and the port of the last time, from FILE: "{"start":MS,"port":N}".
 * 1 where there is no such file yet.
 */
static int
keep_read(const char *path, int64_t *start, int64_t *port, struct err *err)
{
	struct json_object *o = NULL;
	char text[200];
	size_t n;
	FILE *f;

	f = fopen(path, "re");
	if (f == NULL)
		return errno == ENOENT ? 1 : err_errno(err, errno, "%s", path);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (json_parse((struct str){ text, n }, &o, err) == -1) {
		err_prefix(err, "%s", path);
		return -1;
	}
	*start = json_get_i64(o, "start", 0);
	*port = json_get_i64(o, "port", 0);
	json_object_put(o);
	if (*start <= 0 || *port < 0 || *port > UINT16_MAX)
		return err_set(err, "%s: no start and port in it", path);
	return 0;
}

static int
keep_write(const char *path, const struct server *s, struct err *err)
{
	struct buf b;
	int r;

	buf_init(&b, 200);
	buf_printf(&b, "{\"start\":%lld,\"port\":%s}\n",
	    (long long)s->c.start, strrchr(s->base, ':') + 1);
	r = file_write(path, &b, err);
	buf_fini(&b);
	return r;
}

static int
number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	return str_to_i64(str_of(text), min, max, ret);
}

/* 0; 1: help was asked for; -1: makes no sense. */
static int
options_parse(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "fast", required_argument, NULL, 'f' },
		{ "data", required_argument, NULL, 'd' },
		{ "keep", required_argument, NULL, 'k' },
		{ "write-capture", required_argument, NULL, 'c' },
		{ "write-export", required_argument, NULL, 'e' },
		{ "write-token", required_argument, NULL, 't' },
		{ "sources", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (option) {
		case 'p':
			if (number(optarg, 0, UINT16_MAX, &o->port) == -1)
				return -1;
			break;
		case 'f':
			if (number(optarg, 1, 100000, &o->fast) == -1)
				return -1;
			break;
		case 'd':
			o->data = optarg;
			break;
		case 'k':
			o->keep = optarg;
			break;
		case 'c':
			o->capture = optarg;
			break;
		case 'e':
			o->export = optarg;
			break;
		case 't':
			o->token = optarg;
			break;
		case 's':
			o->sources = optarg;
			break;
		case 'h':
			return 1;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

static int
run(const struct options *o, struct err *err)
{
	struct server s = { 0 };
	int64_t start = clock_now(), port = 0;
	bool writes = o->capture != NULL || o->export != NULL ||
	    o->token != NULL;
	bool serves = o->port != -1 || o->sources != NULL || !writes;
	int r = -1;

	if (o->keep != NULL && keep_read(o->keep, &start, &port, err) == -1)
		return -1;
	if (o->port > 0)
		port = o->port;
	if (community_load(&s.c, o->data, start, o->fast, err) == -1)
		goto out;
	s.bot = botapi_new(&s.c);
	s.loop = loop_new(err);
	if (s.loop == NULL)
		goto out;
	s.timer = loop_timer_new(s.loop, wake, &s);
	if (serves && server_listen(&s, (uint16_t)port, err) == -1)
		goto out;
	if (serves && o->keep != NULL && keep_write(o->keep, &s, err) == -1)
		goto out;
	if (write_files(o, &s, err) == -1)
		goto out;
	r = serves ? server_run(&s, err) : 0;
out:
	server_fini(&s);
	return r;
}

int
main(int argc, char **argv)
{
	struct options o = { .data = DATA_DIR "/practice", .port = -1,
		.fast = 1 };
	struct err err = ERR_INIT;

	switch (options_parse(argc, argv, &o)) {
	case 1:
		usage(stdout);
		return 0;
	case -1:
		usage(stderr);
		return 2;
	}
	if (run(&o, &err) == -1) {
		fprintf(stderr, "kompan-practice: %s\n", err.text);
		return 1;
	}
	return 0;
}
