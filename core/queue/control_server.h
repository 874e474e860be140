/*
 * control_server.h - the agent's Unix socket, and how to talk to it.
 *
 * One JSON object a line: {"cmd": NAME, "args": {...}} asks; the answer is
 * {"result": ...} or {"error": TEXT, "code": enum err_code}.  Only the user
 * that runs the agent, and its group, can open the socket.
 */
#ifndef KOMPAN_QUEUE_CONTROL_SERVER_H
#define KOMPAN_QUEUE_CONTROL_SERVER_H

#include "base/err.h"
#include "base/loop.h"

struct config;
struct json_object;
struct writer;
struct control_server;

#define CONTROL_LINE_MAX ((size_t)1 << 20)
#define CONTROL_CLIENTS_MAX 256

/*
 * What the agent itself answers ("status", "reload"): 1: not one of its
 * commands; 0 and *${ret}; -1 and ${err}.
 */
typedef int control_own(void *arg, const char *name,
    struct json_object *args, struct json_object **ret, struct err *);

struct control_server_options {
	const char *path;
	struct writer *writer;
	const struct config *const *config;     /* the one in force */
	control_own *own;
	void *arg;
};

int control_listen(struct loop *, const struct control_server_options *,
    struct control_server **, struct err *);
void control_server_free(struct control_server *);

/*
 * control_ask(path, name, args, ret, err): ask the agent at ${path}.
 * ${args} is taken over.  ERR_NOT_FOUND where no agent listens.
 */
int control_ask(const char *path, const char *name, struct json_object *args,
    struct json_object **ret, struct err *);

#endif
