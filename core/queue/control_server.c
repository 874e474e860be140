/*
 * Serves the control socket.  A client sends lines; each is checked, handed to
 * the writer (in the lane of people) and answered when its change is durable.
 * Answers of one client keep their order, since it asks one at a time: a line
 * that comes while one is being worked on waits in the buffer.
 */
#include "queue/control_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "queue/control.h"
#include "storage/writer.h"

struct client {
	LIST_ENTRY(client) entry;
	struct control_server *server;
	int fd;
	struct loop_fd *watch;
	struct buf in, out;
	bool working;           /* its command is at the writer */
	bool gone;              /* closed; freed when the writer is done */
};

struct control_server {
	struct loop *loop;
	struct control_server_options o;
	char *path;
	int fd;
	struct loop_fd *watch;
	LIST_HEAD(, client) clients;
	size_t nclients;
};

/* A command on its way through the writer. */
struct ask {
	struct client *client;
	const struct control *control;
	const struct config *config;
	struct json_object *args, *ret;
};

static void client_serve(struct client *);

static void
client_free(struct client *client)
{
	LIST_REMOVE(client, entry);
	client->server->nclients--;
	buf_fini(&client->in);
	buf_fini(&client->out);
	free(client);
}

static void
client_close(struct client *client)
{
	if (client->gone)
		return;
	client->gone = true;
	loop_unwatch(client->watch);
	client->watch = NULL;
	close(client->fd);
	if (!client->working)
		client_free(client);
}

/* Send what waits; more goes when the socket takes it. */
static void
client_flush(struct client *client)
{
	while (client->out.n > 0) {
		ssize_t n = send(client->fd, client->out.p, client->out.n,
		    MSG_NOSIGNAL);

		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			client_close(client);
			return;
		}
		buf_shift(&client->out, (size_t)n);
	}
	loop_rearm(client->watch, client->out.n > 0 ? EPOLLIN | EPOLLOUT :
	    EPOLLIN);
}

static void
client_answer(struct client *client, int r, struct json_object *ret,
    const struct err *err)
{
	struct json_object *o = json_object_new_object();

	if (r == -1) {
		json_put_cstr(o, "error", err->text);
		json_put_i64(o, "code", err->code);
		json_object_put(ret);
	} else {
		json_put(o, "result", ret);
	}
	json_write(o, &client->out);
	buf_putc(&client->out, '\n');
	json_object_put(o);
}

static int
ask_run(struct db *db, void *arg, struct err *err)
{
	struct ask *ask = arg;

	/* The writer may have to run it again. */
	json_object_put(ask->ret);
	ask->ret = NULL;
	return ask->control->run(db, ask->config, ask->args, &ask->ret, err);
}

static void
ask_done(void *arg, int r, const struct err *err)
{
	struct ask *ask = arg;
	struct client *client = ask->client;

	client->working = false;
	if (client->gone) {
		json_object_put(ask->ret);
		client_free(client);
	} else {
		client_answer(client, r, ask->ret, err);
		client_serve(client);
	}
	json_object_put(ask->args);
	free(ask);
}

/* One line: answer at once, or hand it to the writer. */
static void
client_line(struct client *client, struct str line)
{
	struct control_server *server = client->server;
	struct json_object *asked = NULL, *args, *ret = NULL;
	struct err err = ERR_INIT;
	struct ask *ask;
	char *name = NULL;
	int r = json_parse(line, &asked, &err);

	if (r == 0 && json_get_str(asked, "cmd").n == 0)
		r = err_set_code(&err, ERR_INVALID, "a line is "
		    "{\"cmd\": NAME, \"args\": {...}}");
	args = json_member(asked, "args");
	if (r == 0) {
		const struct control *control;

		name = str_dup(json_get_str(asked, "cmd"));
		control = control_find(name);
		if (control != NULL) {
			ask = xcalloc(1, sizeof(*ask));
			ask->client = client;
			ask->control = control;
			ask->config = *server->o.config;
			ask->args = json_object_get(args);
			client->working = true;
			writer_post(server->o.writer, WRITER_NOW, ask_run, ask,
			    server->loop, ask_done);
			goto out;
		}
		r = server->o.own(server->o.arg, name, args, &ret, &err);
		if (r == 1)
			r = err_set_code(&err, ERR_NOT_FOUND,
			    "there is no command `%s'", name);
	}
	client_answer(client, r, ret, &err);
out:
	free(name);
	json_object_put(asked);
}

/* Serve whole lines, one at a time. */
static void
client_serve(struct client *client)
{
	while (!client->working) {
		char *end = client->in.n == 0 ? NULL :
		    memchr(client->in.p, '\n', client->in.n);
		size_t n;

		if (end == NULL)
			break;
		n = (size_t)(end - client->in.p);
		client_line(client, (struct str){ client->in.p, n });
		buf_shift(&client->in, n + 1);
	}
	client_flush(client);
}

static void
client_ready(void *arg, uint32_t events)
{
	struct client *client = arg;
	char chunk[16384];
	ssize_t n;

	if (events & EPOLLOUT) {
		client_flush(client);
		if (client->gone)
			return;
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	n = recv(client->fd, chunk, sizeof(chunk), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || buf_add(&client->in, chunk, (size_t)n) == -1) {
		client_close(client);
		return;
	}
	client_serve(client);
}

static void
server_ready(void *arg, uint32_t events)
{
	struct control_server *server = arg;
	struct client *client;
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd == -1)
		return;
	if (server->nclients >= CONTROL_CLIENTS_MAX) {
		close(fd);
		return;
	}
	client = xcalloc(1, sizeof(*client));
	client->server = server;
	client->fd = fd;
	buf_init(&client->in, CONTROL_LINE_MAX);
	buf_init(&client->out, 16 * CONTROL_LINE_MAX);
	client->watch = loop_watch(server->loop, fd, EPOLLIN, client_ready,
	    client);
	LIST_INSERT_HEAD(&server->clients, client, entry);
	server->nclients++;
}

static int
take_address(const char *path, struct sockaddr_un *addr, struct err *err)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(addr->sun_path))
		return err_set_code(err, ERR_LIMIT, "the path of the socket is "
		    "longer than %zu bytes: set `socket' in [agent]",
		    sizeof(addr->sun_path) - 1);
	memcpy(addr->sun_path, path, strlen(path));
	return 0;
}

int
control_listen(struct loop *loop, const struct control_server_options *o,
    struct control_server **ret, struct err *err)
{
	struct control_server *server = NULL;
	struct sockaddr_un addr;
	mode_t mask;
	int fd, r;

	if (take_address(o->path, &addr, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_errno(err, errno, "socket");
	/* The writer's lock is ours, so a socket that is there is stale. */
	(void)unlink(o->path);
	mask = umask(0117);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (r == -1 || listen(fd, 64) == -1) {
		err_errno(err, errno, "%s", o->path);
		close(fd);
		return -1;
	}
	server = xcalloc(1, sizeof(*server));
	server->loop = loop;
	server->o = *o;
	server->path = xstrdup(o->path);
	server->fd = fd;
	LIST_INIT(&server->clients);
	server->watch = loop_watch(loop, fd, EPOLLIN, server_ready, server);
	*ret = server;
	return 0;
}

void
control_server_free(struct control_server *server)
{
	struct client *client, *next;

	if (server == NULL)
		return;
	loop_unwatch(server->watch);
	close(server->fd);
	(void)unlink(server->path);
	for (client = LIST_FIRST(&server->clients); client != NULL;
	    client = next) {
		next = LIST_NEXT(client, entry);
		client->working = false;
		if (client->gone)
			client_free(client);
		else
			client_close(client);
	}
	free(server->path);
	free(server);
}

/* The asking side: blocking, one question. */

static int
send_line(int fd, struct json_object *o, struct err *err)
{
	struct buf b;
	size_t sent = 0;
	int r = 0;

	buf_init(&b, CONTROL_LINE_MAX);
	if (json_write(o, &b) == -1 || buf_putc(&b, '\n') == -1)
		r = err_set_code(err, ERR_LIMIT, "that is too much at once");
	while (r == 0 && sent < b.n) {
		ssize_t n = send(fd, b.p + sent, b.n - sent, MSG_NOSIGNAL);

		if (n == -1 && errno != EINTR)
			r = err_errno(err, errno, "the agent's socket");
		else if (n > 0)
			sent += (size_t)n;
	}
	buf_fini(&b);
	return r;
}

static int
read_line(int fd, struct buf *b, struct err *err)
{
	char chunk[16384];

	while (b->n == 0 || b->p[b->n - 1] != '\n') {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(err, errno, "the agent's socket");
		if (n == 0)
			return err_set(err, "the agent ended before it "
			    "answered; look at its log, then try again");
		if (buf_add(b, chunk, (size_t)n) == -1)
			return err_set_code(err, ERR_LIMIT,
			    "the agent's answer is too long");
	}
	return 0;
}

static int
take_answer(struct str line, struct json_object **ret, struct err *err)
{
	struct json_object *o = NULL, *result;
	struct str text;
	int r = json_parse(line, &o, err);

	if (r == 0) {
		text = json_get_str(o, "error");
		result = json_member(o, "result");
		if (text.p != NULL)
			r = err_set_code(err, (int)json_get_i64(o, "code",
			    ERR_GENERAL), "%.*s", STR_ARG(text));
		else
			*ret = json_object_get(result);
	}
	json_object_put(o);
	return r;
}

int
control_ask(const char *path, const char *name, struct json_object *args,
    struct json_object **ret, struct err *err)
{
	struct json_object *o = json_object_new_object();
	struct sockaddr_un addr;
	struct buf b;
	int fd = -1, r = -1;

	buf_init(&b, 16 * CONTROL_LINE_MAX);
	json_put_cstr(o, "cmd", name);
	json_put(o, "args", args);
	if (take_address(path, &addr, err) == -1)
		goto out;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		err_errno(err, errno, "socket");
		goto out;
	}
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			err_set_code(err, ERR_NOT_FOUND,
			    "no agent is running (%s)", path);
		else
			err_errno(err, errno, "%s", path);
		goto out;
	}
	if (send_line(fd, o, err) == 0 && read_line(fd, &b, err) == 0)
		r = take_answer(buf_get(&b), ret, err);
out:
	if (fd != -1)
		close(fd);
	buf_fini(&b);
	json_object_put(o);
	return r;
}
