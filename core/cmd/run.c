/*
 * kompan run: agent and web together, what a single machine uses.
 *
 * Both are children that run this same program.  One that ends is started
 * again, after a pause that grows while it keeps ending.  The children speak
 * sd_notify(3) to a socket of ours: we are ready when both are, and we answer
 * the service manager's watchdog only while both answer ours.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/notify.h"
#include "cmd/cmd.h"
#include "config/config.h"

#define CHILD_WATCH_MS (60 * SECOND_MS)
#define PAUSE_MAX_MS (60 * SECOND_MS)
/* One that ran this long before it ended had started well. */
#define STEADY_MS MINUTE_MS

static int run_run(struct cmd_env *, int, char **);

const struct cmd cmd_run = {
	.noun = "run", .summary = "Run the agent and the web side together.",
	.help = "Starts either again when it ends.  SIGHUP reloads, SIGTERM "
	    "stops both.",
	.config = true, .run = run_run,
};

struct run;

struct child {
	const char *verb;
	struct run *run;
	pid_t pid;              /* 0: not running */
	bool ready;
	struct mono started, heard;
	int64_t pause_ms;
	struct loop_timer *again;
};

struct run {
	struct loop *loop;
	const char *config_path;
	char *socket_path;
	int socket;
	struct child children[2];
	struct loop_timer *beat;
	int64_t beat_ms;
	bool told, stopping;
};

/* In the child: become `kompan VERB'. */
static void
exec_child(const struct child *child)
{
	const char *config = child->run->config_path;
	char watch[32];
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(watch, sizeof(watch), "%lld",
	    (long long)CHILD_WATCH_MS * 1000);
	setenv("NOTIFY_SOCKET", child->run->socket_path, 1);
	setenv("WATCHDOG_USEC", watch, 1);
	unsetenv("WATCHDOG_PID");
	if (config != NULL)
		execl("/proc/self/exe", "kompan", "--config", config,
		    child->verb, (char *)NULL);
	else
		execl("/proc/self/exe", "kompan", child->verb, (char *)NULL);
	_exit(127);
}

static void
child_start(void *arg)
{
	struct child *child = arg;
	pid_t pid;

	if (child->run->stopping)
		return;
	pid = fork();
	if (pid == 0)
		exec_child(child);
	child->started = child->heard = clock_mono();
	child->ready = false;
	if (pid == -1) {
		loop_timer_set(child->again, mono_add(clock_mono(),
		    SECOND_MS));
		return;
	}
	child->pid = pid;
}

static void
child_ended(struct child *child, int status)
{
	int64_t ran = mono_since(child->started);

	child->pid = 0;
	child->ready = false;
	if (child->run->stopping)
		return;
	child->pause_ms = ran > STEADY_MS || child->pause_ms == 0 ? SECOND_MS :
	    child->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS :
	    child->pause_ms * 2;
	log_event(RUN_CHILD_ENDED, "child=%s status=%d signal=%d again_ms=%lld",
	    child->verb, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    (long long)child->pause_ms);
	loop_timer_set(child->again, mono_add(clock_mono(), child->pause_ms));
}

static void
reap(void *arg)
{
	struct run *run = arg;
	bool left = false;
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < 2; i++) {
			if (run->children[i].pid == pid)
				child_ended(&run->children[i], status);
		}
	}
	for (i = 0; i < 2; i++)
		left = left || run->children[i].pid != 0;
	if (run->stopping && !left)
		loop_stop(run->loop);
}

static void
kill_children(struct run *run, int signo)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (run->children[i].pid != 0)
			kill(run->children[i].pid, signo);
	}
}

static void
stop(void *arg)
{
	struct run *run = arg;

	if (!run->stopping)
		notify_send("STOPPING=1");
	run->stopping = true;
	kill_children(run, SIGTERM);
	reap(run);
}

static void
reload(void *arg)
{
	struct run *run = arg;

	/* Only the agent knows how. */
	if (run->children[0].pid != 0)
		kill(run->children[0].pid, SIGHUP);
}

static struct child *
child_find(struct run *run, pid_t pid)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (run->children[i].pid == pid)
			return &run->children[i];
	}
	return NULL;
}

/* A child says how it is; the kernel says which one it is. */
static void
heard(void *arg, uint32_t events)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct run *run = arg;
	char text[512];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(run->socket, &msg, MSG_DONTWAIT);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	struct child *child;
	struct ucred cred;

	(void)events;
	if (head == NULL || head->cmsg_type != SCM_CREDENTIALS)
		return;
	memcpy(&cred, CMSG_DATA(head), sizeof(cred));
	child = child_find(run, cred.pid);
	if (child == NULL)
		return;
	text[n] = '\0';
	child->heard = clock_mono();
	if (strstr(text, "READY=1") != NULL)
		child->ready = true;
	if (!run->told && run->children[0].ready && run->children[1].ready) {
		run->told = true;
		notify_send("READY=1");
	}
}

/* Answer the watchdog for both; kill the one that hangs. */
static void
beat(void *arg)
{
	struct run *run = arg;
	bool well = true;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct child *child = &run->children[i];

		if (child->pid != 0 && mono_since(child->heard) >
		    CHILD_WATCH_MS) {
			log_event(RUN_CHILD_HANGS, "child=%s", child->verb);
			kill(child->pid, SIGABRT);
		}
		well = well && mono_since(child->heard) < CHILD_WATCH_MS;
	}
	if (well && notify_watchdog_ms() != 0)
		notify_send("WATCHDOG=1");
	loop_timer_set(run->beat, mono_add(clock_mono(), run->beat_ms));
}

static int
open_socket(struct run *run, const char *state_dir, struct err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int one = 1;

	run->socket_path = xasprintf("%s/notify.sock", state_dir);
	if (strlen(run->socket_path) >= sizeof(addr.sun_path))
		return err_set(err, "the path of the state folder is too long");
	memcpy(addr.sun_path, run->socket_path, strlen(run->socket_path));
	(void)unlink(run->socket_path);
	run->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (run->socket == -1 || setsockopt(run->socket, SOL_SOCKET,
	    SO_PASSCRED, &one, sizeof(one)) == -1 || bind(run->socket,
	    (struct sockaddr *)&addr, sizeof(addr)) == -1)
		return err_errno(err, errno, "%s", run->socket_path);
	loop_watch(run->loop, run->socket, EPOLLIN, heard, run);
	return 0;
}

static int
run_both(struct run *run, struct err *err)
{
	static const char *const verbs[] = { "agent", "web" };
	size_t i;

	if (loop_signal(run->loop, SIGTERM, stop, run, err) == -1 ||
	    loop_signal(run->loop, SIGINT, stop, run, err) == -1 ||
	    loop_signal(run->loop, SIGHUP, reload, run, err) == -1 ||
	    loop_signal(run->loop, SIGCHLD, reap, run, err) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		struct child *child = &run->children[i];

		child->verb = verbs[i];
		child->run = run;
		child->again = loop_timer_new(run->loop, child_start, child);
		child_start(child);
	}
	run->beat = loop_timer_new(run->loop, beat, run);
	beat(run);
	return loop_run(run->loop, err);
}

static int
run_run(struct cmd_env *env, int argc, char **argv)
{
	static const struct cmd_option none[] = { { 0 } };
	struct run run = { .socket = -1, .config_path = env->config_path };
	struct err err = ERR_INIT;
	int r = -1;

	if (!cmd_options(env, &cmd_run, none, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0)
		return cmd_usage(&cmd_run);
	run.beat_ms = notify_watchdog_ms();
	if (run.beat_ms == 0)
		run.beat_ms = 5 * SECOND_MS;
	run.loop = loop_new(&err);
	if (run.loop != NULL && config_make_state(env->config, &err) == 0 &&
	    open_socket(&run, env->config->state_dir, &err) == 0)
		r = run_both(&run, &err);
	kill_children(&run, SIGTERM);
	loop_free(run.loop);
	if (run.socket != -1) {
		close(run.socket);
		(void)unlink(run.socket_path);
	}
	free(run.socket_path);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
