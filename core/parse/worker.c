/*
 * The core's side of a worker: a process, a socket, a queue of calls.
 *
 *      idle -> starting -> ready <-> busy
 *        ^        |          |         |
 *        +------ dying <-----+---------+      (reaped through its pidfd)
 *
 * A call is at the head of the queue while it is served.  Its answer is
 * gathered whole and decoded at its end, so a call either happened or did not.
 * Whatever goes wrong kills the process; the head fails with the cause, the
 * others wait for the next process.  Callbacks run last in each handler, for
 * they may free the worker.
 */
#include "parse/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/sandbox.h"
#include "parse/wire.h"

#define READ_SIZE ((size_t)256 << 10)
#define DYING_MS 1000           /* from the end of the socket to that of it */
#define CHECK_MS 50             /* at least, between looks at its CPU */
#define LIFE_CPU_MS (30 * MINUTE_MS)
#define LIFE_STEPS 100000
#define ANSWER_MAX (STEP_BYTES_MAX + READ_SIZE)

enum state { IDLE, STARTING, READY, BUSY, DYING };
enum what { HELLO, STEP, FEED };

struct call {
	STAILQ_ENTRY(call) entry;
	enum what what;
	struct buf message;
	int64_t now;            /* of the step */
	bool opens, closes;     /* FEED: the first, the last of a stream */
	void (*step)(void *, struct step *, const struct err *);
	void (*hello)(void *, const struct plugin_info *, const struct err *);
	void *arg;
};

struct worker {
	struct loop *loop;
	struct worker_options options;
	char *program, *plugins_dir, *plugin;
	STAILQ_HEAD(, call) calls;
	size_t ncalls;
	struct plugin_info *info;
	bool freed;

	enum state state;
	pid_t pid;
	int pidfd, fd;
	clockid_t clock;
	struct loop_fd *watch, *pid_watch;
	struct loop_timer *kick, *budget;
	struct buf answer;      /* of the head; scanned up to: */
	size_t scanned;
	size_t sent;            /* of the head's message */
	int64_t cpu_before;     /* ms, when the head began */
	struct mono began;
	size_t steps;
	bool stream;            /* one is open in this process */
	bool serving;           /* the head is lost if it dies */
	bool ended;             /* the socket has ended */
	struct err cause;       /* why it dies; code ERR_NONE: look how */
};

const struct worker_options worker_defaults = {
	.program = WORKER_PATH,
	.plugins_dir = PLUGINS_DIR,
	.start_ms = 10 * SECOND_MS,
	.step_ms = 30 * SECOND_MS,
	.step_cpu_ms = 10 * SECOND_MS,
	.memory_max = (size_t)1 << 30,
	.stderr_fd = -1,
};

/* Calls. */

static struct call *
head(struct worker *w)
{
	return STAILQ_FIRST(&w->calls);
}

static struct call *
call_take(struct worker *w)
{
	struct call *call = head(w);

	STAILQ_REMOVE_HEAD(&w->calls, entry);
	w->ncalls--;
	return call;
}

static void
call_free(struct call *call)
{
	buf_fini(&call->message);
	free(call);
}

/* Tell whoever waits; nothing of the worker may be touched after it. */
static void
call_fail(struct call *call, const struct err *err)
{
	if (call->what == HELLO)
		call->hello(call->arg, NULL, err);
	else
		call->step(call->arg, NULL, err);
	call_free(call);
}

/* What the head was about, for messages. */
static const char *
doing(struct worker *w)
{
	if (w->state == STARTING)
		return "while it was loaded";
	return head(w) != NULL && head(w)->what == FEED ? "on a stream" :
	    "in step()";
}

/* The process. */

static int64_t
cpu_ms(const struct worker *w)
{
	struct timespec used;

	if (clock_gettime(w->clock, &used) == -1)
		return 0;
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static void
process_kill(struct worker *w)
{
	loop_unwatch(w->watch);
	w->watch = NULL;
	(void)syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL, 0);
	loop_timer_clear(w->budget);
	w->state = DYING;
}

/* Kill it for ${err}, which its head will get once it is gone. */
static void
die(struct worker *w, const struct err *err)
{
	if (w->state == DYING)
		return;
	w->cause = *err;
	process_kill(w);
}

static void
process_clear(struct worker *w)
{
	loop_unwatch(w->watch);
	loop_unwatch(w->pid_watch);
	w->watch = w->pid_watch = NULL;
	if (w->fd != -1)
		close(w->fd);
	if (w->pidfd != -1)
		close(w->pidfd);
	w->fd = w->pidfd = -1;
	loop_timer_clear(w->budget);
	buf_fini(&w->answer);
	w->scanned = w->sent = w->steps = 0;
	w->stream = w->serving = w->ended = false;
	w->cause = (struct err)ERR_INIT;
	w->state = IDLE;
}

static void
explain_signal(int signo, const char *when,
    struct err *err)
{
	if (signo == SIGKILL)
		err_set(err, "it was killed from outside %s (SIGKILL: has the "
		    "machine run out of memory?)", when);
	else if (signo == SIGXCPU)
		err_set(err, "it used up the CPU time of its whole life %s",
		    when);
	else if (signo == SIGSYS)
		err_set(err, "it made a forbidden system call %s (SIGSYS)",
		    when);
	else
		err_set(err, "it crashed %s (SIG%s)", when,
		    sigabbrev_np(signo) == NULL ? "?" : sigabbrev_np(signo));
}

static void
explain_exit(const struct worker *w, int code, const char *when,
    struct err *err)
{
	switch (code) {
	case WORKER_MEMORY:
		err_set_code(err, ERR_LIMIT, "it wanted more memory than its "
		    "%zu MiB %s", w->options.memory_max >> 20, when);
		break;
	case WORKER_BROKEN_WIRE:
		err_set(err, "kompan and kompan-worker do not understand each "
		    "other: are they of the same version?");
		break;
	case WORKER_SANITIZER:
		err_set(err, "a sanitizer found a fault %s", when);
		break;
	case 127:
		err_set_code(err, ERR_BUSY, "%s could not be started",
		    w->program);
		break;
	default:
		err_set(err, "it ended its process %s (exit code %d)", when,
		    code);
	}
}

static void
explain_death(struct worker *w, const siginfo_t *info, struct err *err)
{
	const char *when = doing(w);

	if (info->si_code == CLD_EXITED)
		explain_exit(w, info->si_status, when, err);
	else
		explain_signal(info->si_status, when, err);
	/* It may have been in the midst of an answer when it went. */
	if (info->si_code == CLD_EXITED && w->answer.n > w->scanned)
		err_set_code(err, ERR_INVALID, "it ended in the middle of a "
		    "message");
}

/* Reading and sending. */

static void
kick(struct worker *w)
{
	loop_timer_set(w->kick, clock_mono());
}

static int
check_name(const struct worker *w, const struct plugin_info *info,
    struct err *err)
{
	if (strcmp(info->name, w->plugin) != 0)
		return err_set(err, "it calls itself `%s'", info->name);
	return 0;
}

static void
on_hello(struct worker *w, struct str fields)
{
	struct plugin_info *info = NULL;
	struct err err = ERR_INIT;

	if (wire_get_hello(fields, &info, &err) == -1) {
		err_prefix(&err, "it declares what cannot be");
		die(w, &err);
		return;
	}
	if (check_name(w, info, &err) == -1) {
		plugin_info_free(info);
		die(w, &err);
		return;
	}
	/* Callers hold the first one. */
	if (w->info == NULL)
		w->info = info;
	else
		plugin_info_free(info);
	w->state = READY;
	w->serving = false;
	buf_shift(&w->answer, w->scanned);
	w->scanned = 0;
	loop_timer_clear(w->budget);
	kick(w);
}

static bool
is_worn(const struct worker *w)
{
	return w->steps >= LIFE_STEPS || cpu_ms(w) >= LIFE_CPU_MS;
}

/* The head has its whole answer.  Calls back: the last thing done. */
static void
complete(struct worker *w)
{
	struct call *call = call_take(w);
	struct step *step = NULL;
	struct err err = ERR_INIT;
	size_t n = w->answer.n;
	int r;

	w->state = READY;
	w->serving = false;
	w->scanned = w->sent = 0;
	w->steps++;
	loop_timer_clear(w->budget);
	r = wire_get_outs(buf_take(&w->answer), n, call->what == FEED,
	    call->now, &step, &err);
	if (call->closes || r == -1 || step->fail == KP_BAD_FORMAT)
		w->stream = false;
	if (r == -1 && err.code == ERR_INVALID) {
		err_prefix(&err, "it said what it may not");
		process_kill(w);
	} else if (!w->stream && is_worn(w)) {
		process_kill(w);
	}
	if (r == -1)
		err_prefix(&err, "plugin %s", w->plugin);
	kick(w);
	call->step(call->arg, step, r == -1 ? &err : NULL);
	call_free(call);
}

/* What a message means in this state; 1: the answer is whole. */
static int
on_message(struct worker *w, uint8_t type, struct str fields)
{
	struct err err = ERR_INIT;

	if (type == WIRE_REFUSED || type == WIRE_BROKE) {
		if (type == WIRE_REFUSED)
			wire_get_refused(fields, &err);
		else
			wire_get_broke(fields, &err);
		if (err.code == ERR_DENIED)
			snprintf(err.text + strlen(err.text),
			    sizeof(err.text) - strlen(err.text), ", %s",
			    doing(w));
		die(w, &err);
		return 0;
	}
	if (w->state == STARTING && type == WIRE_HELLO) {
		on_hello(w, fields);
		return 0;
	}
	if (w->state == BUSY && type >= WIRE_POST && type <= WIRE_STEP_END)
		return type == WIRE_STEP_END;
	err_set_code(&err, ERR_INVALID, "it spoke garbage: a message of type "
	    "%u %s", type, w->state == READY ? "without being asked" :
	    doing(w));
	die(w, &err);
	return 0;
}

/* Whole messages in what came.  True: called back, the worker may be gone. */
static bool
scan(struct worker *w)
{
	struct err err = ERR_INIT;
	struct str rest, fields;
	uint8_t type;
	int64_t n;

	while (w->state != DYING) {
		rest = buf_get(&w->answer);
		rest.p += w->scanned;
		rest.n -= w->scanned;
		n = wire_message(rest, WIRE_OUT_MAX, &type, &fields, &err);
		if (n == 0)
			return false;
		if (n == -1) {
			err_prefix(&err, "it spoke garbage");
			die(w, &err);
			return false;
		}
		w->scanned += (size_t)n;
		if (on_message(w, type, fields) == 1) {
			complete(w);
			return true;
		}
	}
	return false;
}

static bool
receive(struct worker *w)
{
	static char chunk[READ_SIZE];
	struct err err = ERR_INIT;
	ssize_t n = read(w->fd, chunk, sizeof(chunk));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		/* It is ending, or has closed its socket: wait and see. */
		loop_unwatch(w->watch);
		w->watch = NULL;
		w->ended = true;
		loop_timer_set(w->budget, mono_add(clock_mono(), DYING_MS));
		return false;
	}
	if (buf_add(&w->answer, chunk, (size_t)n) == -1) {
		err_set_code(&err, ERR_LIMIT, "it said more than %zu MiB in "
		    "one step", STEP_BYTES_MAX >> 20);
		die(w, &err);
		return false;
	}
	return scan(w);
}

static void
transmit(struct worker *w)
{
	struct call *call = head(w);
	ssize_t n;

	while (w->sent < call->message.n) {
		n = send(w->fd, call->message.p + w->sent,
		    call->message.n - w->sent, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		/* Any other error shows when reading. */
		if (n == -1)
			break;
		w->sent += (size_t)n;
	}
	if (w->watch != NULL)
		loop_rearm(w->watch, w->sent < call->message.n ?
		    EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
on_socket(void *arg, uint32_t events)
{
	struct worker *w = arg;

	if ((events & EPOLLOUT) != 0 && w->state == BUSY)
		transmit(w);
	if ((events & ~(uint32_t)EPOLLOUT) != 0)
		(void)receive(w);
}

/* The process is gone: its head fails, the next call may start another. */
static void
on_gone(void *arg, uint32_t events)
{
	struct worker *w = arg;
	siginfo_t info = { .si_pid = 0 };
	struct err err;
	bool serving;

	(void)events;
	/* Its last words first; this is called again. */
	if (w->watch != NULL && w->state != DYING) {
		(void)receive(w);
		return;
	}
	if (waitid(P_PIDFD, (id_t)w->pidfd, &info, WEXITED | WNOHANG) == -1 ||
	    info.si_pid == 0)
		return;
	err = w->cause;
	if (err.code == ERR_NONE)
		explain_death(w, &info, &err);
	err_prefix(&err, "plugin %s", w->plugin);
	serving = w->serving;
	process_clear(w);
	if (head(w) == NULL)
		return;
	kick(w);
	/* If it died between two steps, nobody lost one. */
	if (serving)
		call_fail(call_take(w), &err);
}

/* Budgets. */

static void
over_budget(struct worker *w, int64_t cpu, struct err *err)
{
	const struct worker_options *o = &w->options;

	if (w->state == STARTING)
		err_set_code(err, ERR_LIMIT, "it was not ready after %" PRId64
		    " s (in a constructor?)", o->start_ms / SECOND_MS);
	else if (w->answer.n > w->scanned)
		err_set_code(err, ERR_INVALID, "it stopped in the middle of a "
		    "message and went on for %.1f s",
		    (double)o->step_ms / 1000);
	else if (cpu >= o->step_cpu_ms)
		err_set_code(err, ERR_LIMIT, "it used more than %.1f s of CPU "
		    "%s", (double)o->step_cpu_ms / 1000, doing(w));
	else
		err_set_code(err, ERR_LIMIT, "it took more than %.1f s %s",
		    (double)o->step_ms / 1000, doing(w));
}

static void
on_budget(void *arg)
{
	struct worker *w = arg;
	struct err err = ERR_INIT;
	int64_t cpu, left, cpu_left;

	if (w->ended) {
		err_set(&err, "it closed its socket");
		die(w, &err);
		return;
	}
	cpu = cpu_ms(w) - w->cpu_before;
	if (w->state == BUSY) {
		left = w->options.step_ms - mono_since(w->began);
		cpu_left = w->options.step_cpu_ms - cpu;
		if (left > 0 && cpu_left > 0) {
			if (cpu_left < CHECK_MS)
				cpu_left = CHECK_MS;
			loop_timer_set(w->budget, mono_add(clock_mono(),
			    left < cpu_left ? left : cpu_left));
			return;
		}
	}
	over_budget(w, cpu, &err);
	die(w, &err);
}

/* Starting. */

static int
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= 64 && s[n] == '\0' && s[0] != '-';
}

/* Nothing of our environment is a plugin's business. */
static char **
environment(void)
{
	static char bind_now[] = "LD_BIND_NOW=1", zone[] = "TZ=UTC0";
	static char *e[] = { bind_now, zone, NULL, NULL, NULL };
#ifdef SANITIZED
	static char options[2][512];
	static const char *const names[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS" };
	size_t i, n = 2;

	for (i = 0; i < 2; i++) {
		if (getenv(names[i]) == NULL)
			continue;
		snprintf(options[i], sizeof(options[i]), "%s=%s", names[i],
		    getenv(names[i]));
		e[n++] = options[i];
	}
#endif
	return e;
}

static int
spawn(struct worker *w, int child, struct err *err)
{
	char memory[32], parent[32];
	char *argv[] = { w->program, w->plugins_dir, w->plugin, memory, parent,
		NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int r;

	snprintf(memory, sizeof(memory), "%zu", w->options.memory_max);
	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, child, 3);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	if (w->options.stderr_fd < 0)
		posix_spawn_file_actions_adddup2(&files, 1, 2);
	else
		posix_spawn_file_actions_adddup2(&files, w->options.stderr_fd,
		    2);
	r = posix_spawn(&w->pid, w->program, &files, &how, argv,
	    environment());
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	if (r != 0) {
		err_errno(err, r, "%s does not start", w->program);
		err->code = ERR_BUSY;
		return -1;
	}
	return 0;
}

static int
process_start(struct worker *w, struct err *err)
{
	int pair[2];

	if (!is_name(w->plugin))
		return err_set(err, "that is no name of a plugin");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		err_errno(err, errno, "socketpair");
		err->code = ERR_BUSY;
		return -1;
	}
	w->fd = pair[0];
	(void)fcntl(w->fd, F_SETFL, O_NONBLOCK);
	if (spawn(w, pair[1], err) == -1) {
		close(pair[1]);
		process_clear(w);
		return -1;
	}
	close(pair[1]);
	w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	if (w->pidfd == -1) {
		err_errno(err, errno, "pidfd_open");
		err->code = ERR_BUSY;
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
		process_clear(w);
		return -1;
	}
	clock_getcpuclockid(w->pid, &w->clock);
	w->watch = loop_watch(w->loop, w->fd, EPOLLIN, on_socket, w);
	w->pid_watch = loop_watch(w->loop, w->pidfd, EPOLLIN, on_gone, w);
	loop_timer_set(w->budget, mono_add(clock_mono(),
	    w->options.start_ms));
	w->cpu_before = 0;
	w->serving = true;
	w->state = STARTING;
	return 0;
}

static void
send_head(struct worker *w)
{
	struct call *call = head(w);

	w->state = BUSY;
	w->serving = true;
	w->began = clock_mono();
	w->cpu_before = cpu_ms(w);
	if (call->what == FEED)
		w->stream = true;
	loop_timer_set(w->budget, mono_add(w->began,
	    w->options.step_cpu_ms < w->options.step_ms ?
	    w->options.step_cpu_ms : w->options.step_ms));
	transmit(w);
}

/* Do for the head what can be done now. */
static void
on_kick(void *arg)
{
	struct worker *w = arg;
	struct call *call = head(w);
	struct err err = ERR_INIT;

	if (call == NULL || (w->state != IDLE && w->state != READY))
		return;
	if (call->what == HELLO && w->info != NULL) {
		call = call_take(w);
		kick(w);
		call->hello(call->arg, w->info, NULL);
		call_free(call);
		return;
	}
	if (call->message.failed) {
		err_set_code(&err, ERR_LIMIT, "more was to be told to it "
		    "than %zu MiB", WIRE_IN_MAX >> 20);
	} else if (call->what == FEED && !call->opens && !w->stream) {
		err_set(&err, "its open stream was lost: it has to be read "
		    "from the beginning");
	} else if (w->state == READY) {
		send_head(w);
		return;
	} else if (process_start(w, &err) == 0) {
		return;
	}
	err_prefix(&err, "plugin %s", w->plugin);
	kick(w);
	call_fail(call_take(w), &err);
}

/* What others call. */

struct worker *
worker_new(struct loop *loop, const struct worker_options *options,
    const char *plugin)
{
	struct worker *w = xcalloc(1, sizeof(*w));

	w->loop = loop;
	w->options = *options;
#ifdef SANITIZED
	if (w->options.stderr_fd == -1)
		w->options.stderr_fd = STDERR_FILENO;
#endif
	w->program = xstrdup(options->program);
	w->plugins_dir = xstrdup(options->plugins_dir);
	w->plugin = xstrdup(plugin);
	w->fd = w->pidfd = -1;
	STAILQ_INIT(&w->calls);
	buf_init(&w->answer, ANSWER_MAX);
	w->kick = loop_timer_new(loop, on_kick, w);
	w->budget = loop_timer_new(loop, on_budget, w);
	return w;
}

void
worker_free(struct worker *w)
{
	struct err err = ERR_INIT;

	if (w == NULL || w->freed)
		return;
	w->freed = true;
	if (w->pidfd != -1) {
		(void)syscall(SYS_pidfd_send_signal, w->pidfd, SIGKILL, NULL,
		    0);
		(void)waitid(P_PIDFD, (id_t)w->pidfd, NULL, WEXITED);
	}
	process_clear(w);
	err_set_code(&err, ERR_BUSY, "plugin %s: its worker was closed",
	    w->plugin);
	while (head(w) != NULL)
		call_fail(call_take(w), &err);
	loop_timer_free(w->kick);
	loop_timer_free(w->budget);
	plugin_info_free(w->info);
	free(w->program);
	free(w->plugins_dir);
	free(w->plugin);
	free(w);
}

static struct call *
call_new(enum what what, void *arg)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->what = what;
	call->arg = arg;
	buf_init(&call->message, WIRE_IN_MAX + WIRE_FRAME);
	return call;
}

static void
call_add(struct worker *w, struct call *call)
{
	struct err err = ERR_INIT;

	if (w->freed) {
		err_set_code(&err, ERR_BUSY, "plugin %s: its worker was "
		    "closed", w->plugin);
		call_fail(call, &err);
		return;
	}
	STAILQ_INSERT_TAIL(&w->calls, call, entry);
	w->ncalls++;
	kick(w);
}

void
worker_hello(struct worker *w, void (*done)(void *,
    const struct plugin_info *, const struct err *), void *arg)
{
	struct call *call = call_new(HELLO, arg);

	call->hello = done;
	call_add(w, call);
}

static int64_t
now_of(const struct kp_in *in)
{
	return in->now != 0 ? in->now : clock_now();
}

void
worker_step(struct worker *w, const struct kp_in *in, void (*done)(void *,
    struct step *, const struct err *), void *arg)
{
	struct call *call = call_new(STEP, arg);

	call->step = done;
	call->now = now_of(in);
	wire_put_step(&call->message, in);
	call_add(w, call);
}

void
worker_feed(struct worker *w, const struct kp_in *in, struct kp_str bytes,
    int end, void (*done)(void *, struct step *, const struct err *),
    void *arg)
{
	struct call *call = call_new(FEED, arg);

	call->step = done;
	call->now = now_of(in);
	call->opens = in->event == KP_START;
	call->closes = end != 0;
	wire_put_feed(&call->message, in, bytes, end != 0);
	call_add(w, call);
}

size_t
worker_waiting(const struct worker *w)
{
	return w->ncalls;
}
