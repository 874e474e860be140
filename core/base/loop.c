/*
 * epoll, a binary heap of timers, an eventfd for other threads and a signalfd.
 *
 * What a callback frees may still stand in the batch that epoll returned, so
 * watches die at once but their memory is freed after the batch.
 */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"

#define BATCH 64
#define NOWHERE ((size_t)-1)

struct loop_fd {
	LIST_ENTRY(loop_fd) entry;
	struct loop *loop;
	int fd;
	bool dead;
	void (*call)(void *, uint32_t);
	void *arg;
};

struct loop_timer {
	LIST_ENTRY(loop_timer) entry;
	struct loop *loop;
	struct mono at;
	size_t place;           /* in the heap, or NOWHERE */
	void (*call)(void *);
	void *arg;
};

struct loop_call {
	STAILQ_ENTRY(loop_call) entry;
	void (*call)(void *);
	void *arg;
};

STAILQ_HEAD(loop_calls, loop_call);

struct loop_signal {
	void (*call)(void *);
	void *arg;
};

struct loop {
	int epoll, wake, signals;
	bool stop;
	LIST_HEAD(, loop_fd) fds, dead;
	LIST_HEAD(, loop_timer) timers; /* set or not */
	struct loop_timer **heap;
	size_t ntimers, room;
	pthread_mutex_t lock;           /* guards calls */
	struct loop_calls calls;
	sigset_t mask;
	struct loop_signal signal[NSIG];
};

/* The heap: the earliest timer is heap[0]. */

static void
heap_put(struct loop *loop, size_t at, struct loop_timer *timer)
{
	loop->heap[at] = timer;
	timer->place = at;
}

static void
heap_up(struct loop *loop, size_t at, struct loop_timer *timer)
{
	while (at > 0) {
		size_t parent = (at - 1) / 2;

		if (loop->heap[parent]->at.ms <= timer->at.ms)
			break;
		heap_put(loop, at, loop->heap[parent]);
		at = parent;
	}
	heap_put(loop, at, timer);
}

static void
heap_down(struct loop *loop, size_t at, struct loop_timer *timer)
{
	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= loop->ntimers)
			break;
		if (child + 1 < loop->ntimers && loop->heap[child + 1]->at.ms <
		    loop->heap[child]->at.ms)
			child++;
		if (timer->at.ms <= loop->heap[child]->at.ms)
			break;
		heap_put(loop, at, loop->heap[child]);
		at = child;
	}
	heap_put(loop, at, timer);
}

struct loop_timer *
loop_timer_new(struct loop *loop, void (*call)(void *), void *arg)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	timer->loop = loop;
	timer->place = NOWHERE;
	timer->call = call;
	timer->arg = arg;
	LIST_INSERT_HEAD(&loop->timers, timer, entry);
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, struct mono at)
{
	struct loop *loop = timer->loop;

	loop_timer_clear(timer);
	timer->at = at;
	vec_grow(loop->heap, loop->ntimers, loop->room);
	loop->ntimers++;
	heap_up(loop, loop->ntimers - 1, timer);
}

void
loop_timer_clear(struct loop_timer *timer)
{
	struct loop *loop = timer->loop;
	struct loop_timer *last;
	size_t at = timer->place;

	if (at == NOWHERE)
		return;
	timer->place = NOWHERE;
	last = loop->heap[--loop->ntimers];
	if (last == timer)
		return;
	if (at > 0 && last->at.ms < loop->heap[(at - 1) / 2]->at.ms)
		heap_up(loop, at, last);
	else
		heap_down(loop, at, last);
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	loop_timer_clear(timer);
	LIST_REMOVE(timer, entry);
	free(timer);
}

static void
run_timers(struct loop *loop)
{
	int64_t now = clock_mono().ms;

	while (loop->ntimers > 0 && loop->heap[0]->at.ms <= now &&
	    !loop->stop) {
		struct loop_timer *timer = loop->heap[0];

		loop_timer_clear(timer);
		timer->call(timer->arg);
	}
}

/* Calls from other threads. */

static void
run_calls(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct loop_calls calls = STAILQ_HEAD_INITIALIZER(calls);
	struct loop_call *call;
	uint64_t n;

	(void)events;
	if (read(loop->wake, &n, sizeof(n)) == -1)
		return;
	pthread_mutex_lock(&loop->lock);
	STAILQ_CONCAT(&calls, &loop->calls);
	pthread_mutex_unlock(&loop->lock);
	while ((call = STAILQ_FIRST(&calls)) != NULL) {
		STAILQ_REMOVE_HEAD(&calls, entry);
		call->call(call->arg);
		free(call);
	}
}

void
loop_post(struct loop *loop, void (*call)(void *), void *arg)
{
	struct loop_call *c = xcalloc(1, sizeof(*c));
	uint64_t one = 1;

	c->call = call;
	c->arg = arg;
	pthread_mutex_lock(&loop->lock);
	STAILQ_INSERT_TAIL(&loop->calls, c, entry);
	pthread_mutex_unlock(&loop->lock);
	if (write(loop->wake, &one, sizeof(one)) == -1)
		return;         /* full: it wakes up anyway */
}

static void
stop_call(void *arg)
{
	struct loop *loop = arg;

	loop->stop = true;
}

void
loop_stop(struct loop *loop)
{
	loop_post(loop, stop_call, loop);
}

/* Signals. */

static void
run_signals(void *arg, uint32_t events)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo < NSIG &&
		    loop->signal[info.ssi_signo].call != NULL)
			loop->signal[info.ssi_signo].call(
			    loop->signal[info.ssi_signo].arg);
	}
}

int
loop_signal(struct loop *loop, int signo, void (*call)(void *), void *arg,
    struct err *err)
{
	bool first = loop->signals == -1;
	int fd;

	sigaddset(&loop->mask, signo);
	pthread_sigmask(SIG_BLOCK, &loop->mask, NULL);
	fd = signalfd(loop->signals, &loop->mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return err_errno(err, errno, "signalfd");
	loop->signals = fd;
	loop->signal[signo].call = call;
	loop->signal[signo].arg = arg;
	if (first)
		loop_watch(loop, fd, EPOLLIN, run_signals, loop);
	return 0;
}

/* Descriptors. */

struct loop_fd *
loop_watch(struct loop *loop, int fd, uint32_t events,
    void (*call)(void *, uint32_t), void *arg)
{
	struct loop_fd *watch = xcalloc(1, sizeof(*watch));
	struct epoll_event event = { .events = events, .data.ptr = watch };

	watch->loop = loop;
	watch->fd = fd;
	watch->call = call;
	watch->arg = arg;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
		abort();
	LIST_INSERT_HEAD(&loop->fds, watch, entry);
	return watch;
}

void
loop_rearm(struct loop_fd *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) ==
	    -1)
		abort();
}

void
loop_unwatch(struct loop_fd *watch)
{
	if (watch == NULL || watch->dead)
		return;
	/* The descriptor may be closed already: then epoll forgot it. */
	(void)epoll_ctl(watch->loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->dead = true;
	LIST_REMOVE(watch, entry);
	LIST_INSERT_HEAD(&watch->loop->dead, watch, entry);
}

static void
bury(struct loop *loop)
{
	struct loop_fd *watch;

	while ((watch = LIST_FIRST(&loop->dead)) != NULL) {
		LIST_REMOVE(watch, entry);
		free(watch);
	}
}

struct loop *
loop_new(struct err *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	LIST_INIT(&loop->fds);
	LIST_INIT(&loop->dead);
	LIST_INIT(&loop->timers);
	STAILQ_INIT(&loop->calls);
	pthread_mutex_init(&loop->lock, NULL);
	sigemptyset(&loop->mask);
	loop->signals = -1;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->epoll == -1 || loop->wake == -1) {
		err_errno(err, errno, "epoll");
		loop_free(loop);
		return NULL;
	}
	loop_watch(loop, loop->wake, EPOLLIN, run_calls, loop);
	return loop;
}

void
loop_free(struct loop *loop)
{
	struct loop_call *call;

	if (loop == NULL)
		return;
	while (!LIST_EMPTY(&loop->fds))
		loop_unwatch(LIST_FIRST(&loop->fds));
	bury(loop);
	while ((call = STAILQ_FIRST(&loop->calls)) != NULL) {
		STAILQ_REMOVE_HEAD(&loop->calls, entry);
		free(call);
	}
	while (!LIST_EMPTY(&loop->timers))
		loop_timer_free(LIST_FIRST(&loop->timers));
	free(loop->heap);
	if (loop->signals != -1)
		close(loop->signals);
	if (loop->wake != -1)
		close(loop->wake);
	if (loop->epoll != -1)
		close(loop->epoll);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

static int
next_wait(struct loop *loop, int64_t wait_ms)
{
	if (loop->ntimers > 0) {
		int64_t until = mono_until(loop->heap[0]->at);

		if (wait_ms < 0 || until < wait_ms)
			wait_ms = until;
	}
	if (wait_ms > MINUTE_MS)
		wait_ms = MINUTE_MS;
	return (int)wait_ms;
}

int
loop_step(struct loop *loop, int64_t wait_ms, struct err *err)
{
	struct epoll_event events[BATCH];
	int i, n;

	n = epoll_wait(loop->epoll, events, BATCH, next_wait(loop, wait_ms));
	if (n == -1 && errno != EINTR)
		return err_errno(err, errno, "epoll_wait");
	for (i = 0; i < n; i++) {
		struct loop_fd *watch = events[i].data.ptr;

		if (!watch->dead)
			watch->call(watch->arg, events[i].events);
	}
	bury(loop);
	run_timers(loop);
	return 0;
}

int
loop_run(struct loop *loop, struct err *err)
{
	loop->stop = false;
	while (!loop->stop) {
		if (loop_step(loop, -1, err) == -1)
			return -1;
	}
	return 0;
}
