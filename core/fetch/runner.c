/*
 * posix_spawn() and a pidfd on the loop: nothing waits for the program but the
 * loop itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "fetch/alert.h"

extern char **environ;

struct runner {
	struct loop_fd *watch;
	struct loop_timer *timer;
	pid_t pid;
	int fd;
	bool late;
	void (*done)(void *, int);
	void *arg;
};

void
runner_free(struct runner *runner)
{
	if (runner == NULL)
		return;
	loop_unwatch(runner->watch);
	loop_timer_free(runner->timer);
	if (runner->pid > 0) {
		kill(runner->pid, SIGKILL);
		waitpid(runner->pid, NULL, 0);
	}
	if (runner->fd != -1)
		close(runner->fd);
	free(runner);
}

static void
on_exit_ready(void *arg, uint32_t events)
{
	struct runner *runner = arg;
	void (*done)(void *, int) = runner->done;
	void *done_arg = runner->arg;
	int status = 0, code = -1;

	(void)events;
	if (waitpid(runner->pid, &status, WNOHANG) != runner->pid)
		return;
	runner->pid = 0;
	if (WIFEXITED(status) && !runner->late)
		code = WEXITSTATUS(status);
	runner_free(runner);
	done(done_arg, code);
}

static void
on_late(void *arg)
{
	struct runner *runner = arg;

	/* Its end comes by the descriptor; or it never began. */
	runner->late = true;
	if (runner->pid > 0) {
		kill(runner->pid, SIGKILL);
	} else {
		void (*done)(void *, int) = runner->done;
		void *done_arg = runner->arg;

		runner_free(runner);
		done(done_arg, -1);
	}
}

static int
spawn(struct runner *runner, char *const argv[])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipes;
	int r;

	sigemptyset(&none);
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	/* Our signals are blocked for the loop, and SIGPIPE is ignored. */
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipes);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF);
	r = posix_spawn(&runner->pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (r != 0)
		runner->pid = 0;
	return r;
}

struct runner *
runner_start(struct loop *loop, char *const argv[], int64_t limit_ms,
    void (*done)(void *, int), void *arg)
{
	struct runner *runner = xcalloc(1, sizeof(*runner));

	runner->fd = -1;
	runner->done = done;
	runner->arg = arg;
	runner->timer = loop_timer_new(loop, on_late, runner);
	if (spawn(runner, argv) == 0)
		runner->fd = pidfd_open(runner->pid, 0);
	if (runner->fd == -1) {
		/* Told by the timer: never from within. */
		if (runner->pid > 0) {
			kill(runner->pid, SIGKILL);
			waitpid(runner->pid, NULL, 0);
			runner->pid = 0;
		}
		loop_timer_set(runner->timer, clock_mono());
		return runner;
	}
	runner->watch = loop_watch(loop, runner->fd, EPOLLIN, on_exit_ready,
	    runner);
	loop_timer_set(runner->timer, mono_add(clock_mono(), limit_ms));
	return runner;
}
