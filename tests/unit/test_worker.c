/*
 * The core and a worker with a plugin that behaves (tests/hostile/good.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mem.h"
#include "parse/worker.h"

#define NOW INT64_C(1780000000000)
#define S(literal) ((struct kp_str){ (literal), sizeof(literal) - 1 })

#define assert_text(s, text) do {                                              \
		struct kp_str s_ = (s);                                        \
		assert_int_equal(s_.n, strlen(text));                          \
		assert_memory_equal(s_.p, text, s_.n);                         \
	} while (0)

static struct loop *loop;
static struct worker_options options;
static struct worker *worker;

struct answer {
	int calls;
	struct step *step;
	struct err err;
};

static int
setup(void **state)
{
	const char *build = getenv("top_builddir");
	struct err err = ERR_INIT;

	(void)state;
	if (build == NULL)
		build = ".";
	loop = loop_new(&err);
	options = worker_defaults;
	options.program = xasprintf("%s/kompan-worker", build);
	options.plugins_dir = xasprintf("%s/tests/hostile", build);
	worker = worker_new(loop, &options, "good");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	worker_free(worker);
	loop_free(loop);
	free((char *)options.program);
	free((char *)options.plugins_dir);
	return 0;
}

static void
on_step(void *arg, struct step *step, const struct err *err)
{
	struct answer *answer = arg;

	answer->calls++;
	answer->step = step;
	if (step == NULL)
		answer->err = *err;
}

static void
wait_for(struct answer *answer, int calls)
{
	struct mono end = mono_add(clock_mono(), 20000);
	struct err err = ERR_INIT;

	while (answer->calls < calls && mono_until(end) > 0)
		assert_int_equal(loop_step(loop, 1000, &err), 0);
	assert_int_equal(answer->calls, calls);
}

static void
step(const struct kp_in *in, struct answer *answer)
{
	*answer = (struct answer){ .err = ERR_INIT };
	worker_step(worker, in, on_step, answer);
	assert_int_equal(answer->calls, 0);
	wait_for(answer, 1);
}

static void
feed(uint32_t event, struct kp_str bytes, int end, struct answer *answer)
{
	const struct kp_in in = { .size = sizeof(in), .job = KP_IMPORT,
		.event = event, .now = NOW, .cursor = S("c") };

	*answer = (struct answer){ .err = ERR_INIT };
	worker_feed(worker, &in, bytes, end, on_step, answer);
	wait_for(answer, 1);
}

/* The first process whose parent we are. */
static pid_t
child(pid_t parent)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = -1;

	while (found == -1 && (entry = readdir(proc)) != NULL) {
		char path[300], state;
		int pid = atoi(entry->d_name), ppid;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (pid <= 0 || (f = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(f, "%*d %*[^)]) %c %d", &state, &ppid) == 2 &&
		    ppid == parent && state != 'Z')
			found = pid;
		fclose(f);
	}
	closedir(proc);
	return found;
}

static void
test_a_response_becomes_a_clean_post(void **state)
{
	const struct kp_pair headers[] = { { S("content-type"),
	    S("text/html; charset=iso-8859-2") } };
	const struct kp_response response = { .size = sizeof(response),
		.status = 200, .url = S("https://a.example/\xff"),
		.type = S("text/html"),
		.body = S("<p>\xb3\xf3" "d\xbc</p>&amp; <b>co</b>\0"),
		.headers = headers, .nheaders = 1 };
	const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
		.event = KP_RESPONSE, .now = NOW, .response = &response };
	struct answer answer;
	const struct kp_post *post;

	(void)state;
	step(&in, &answer);
	assert_non_null(answer.step);
	assert_int_equal(answer.step->nposts, 1);
	post = answer.step->posts;
	assert_text(post->text, "łódź\n\n& co\xef\xbf\xbd");
	assert_text(post->name, "https://a.example/\xef\xbf\xbd");
	assert_int_equal(post->url.n, 0);
	assert_int_equal(post->created, 0);
	assert_int_equal(post->flags, 0);
	step_free(answer.step);
}

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	(void)err;
	*(const struct plugin_info **)arg = info;
}

static void
test_the_plugin_tells_what_it_is(void **state)
{
	const struct plugin_info *info = NULL;
	struct err err = ERR_INIT;

	(void)state;
	worker_hello(worker, on_hello, &info);
	while (info == NULL)
		assert_int_equal(loop_step(loop, 1000, &err), 0);
	assert_string_equal(info->name, "good");
	assert_string_equal(info->summary, "Behaves.");
	assert_int_equal(info->framings[0].kind, KP_LINES);
}

static void
test_a_stream_comes_in_batches(void **state)
{
	struct answer answer;
	struct buf lines;
	size_t i;

	(void)state;
	feed(KP_START, S("one\ntw"), 0, &answer);
	assert_non_null(answer.step);
	assert_int_equal(answer.step->nposts, 1);
	assert_text(answer.step->posts[0].text, "one");
	assert_text(answer.step->cursor, "1");
	step_free(answer.step);

	buf_init(&lines, 100000);
	buf_puts(&lines, "o\n\xff\n");
	for (i = 0; i < 1500; i++)
		buf_puts(&lines, "x\n");
	feed(KP_DATA, (struct kp_str){ lines.p, lines.n }, 0, &answer);
	buf_fini(&lines);
	assert_non_null(answer.step);
	assert_int_equal(answer.step->nposts, 1501);
	assert_text(answer.step->posts[0].text, "two");
	assert_int_equal(answer.step->nbads, 1);
	assert_int_equal(answer.step->bads[0].record, 3);
	/* Each batch went on from the last one's cursor. */
	assert_text(answer.step->posts[0].title, "c");
	assert_text(answer.step->posts[499].title, "c");
	assert_text(answer.step->posts[500].title, "502");
	assert_text(answer.step->cursor, "1503");
	step_free(answer.step);

	feed(KP_DATA, S("last"), 1, &answer);
	assert_non_null(answer.step);
	assert_int_equal(answer.step->nposts, 2);
	assert_text(answer.step->posts[0].text, "last");
	assert_text(answer.step->posts[1].id, "end");
	step_free(answer.step);
}

static void
test_a_lost_stream_is_told(void **state)
{
	struct answer answer;
	struct err err = ERR_INIT;
	pid_t pid;

	(void)state;
	feed(KP_START, S("one\n"), 0, &answer);
	step_free(answer.step);
	pid = child(getpid());
	assert_true(pid > 0);
	kill(pid, SIGKILL);
	while (child(getpid()) == pid)
		assert_int_equal(loop_step(loop, 10, &err), 0);
	/* Let it be seen as gone. */
	assert_int_equal(loop_step(loop, 100, &err), 0);
	assert_int_equal(loop_step(loop, 100, &err), 0);
	feed(KP_DATA, S("two\n"), 0, &answer);
	assert_null(answer.step);
	assert_string_equal(answer.err.text, "plugin good: its open stream was "
	    "lost: it has to be read from the beginning");
	feed(KP_START, S("one\n"), 1, &answer);
	assert_non_null(answer.step);
	assert_int_equal(answer.step->nposts, 2);
	step_free(answer.step);
}

static void
test_steps_keep_their_order(void **state)
{
	static const char states[][8] = { "a", "b", "c", "d" };
	struct answer answers[4];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
			.event = KP_START, .now = NOW,
			.state = { states[i], 1 } };

		answers[i] = (struct answer){ .err = ERR_INIT };
		worker_step(worker, &in, on_step, &answers[i]);
	}
	assert_int_equal(worker_waiting(worker), 4);
	for (i = 0; i < 4; i++) {
		wait_for(&answers[i], 1);
		assert_text(answers[i].step->done_id, states[i]);
		if (i < 3)
			assert_int_equal(answers[3].calls, 0);
		step_free(answers[i].step);
	}
	assert_int_equal(worker_waiting(worker), 0);
}

static void
free_it(void *arg, struct step *s, const struct err *err)
{
	struct answer *answer = arg;

	on_step(answer, s, err);
	step_free(s);
	worker_free(worker);
	worker = NULL;
}

static void
test_a_callback_may_free_the_worker(void **state)
{
	const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
		.event = KP_START, .now = NOW };
	struct answer first = { .err = ERR_INIT }, second = first;

	(void)state;
	worker_step(worker, &in, free_it, &first);
	worker_step(worker, &in, on_step, &second);
	wait_for(&first, 1);
	assert_int_equal(second.calls, 1);
	assert_null(second.step);
	assert_int_equal(second.err.code, ERR_BUSY);
	worker = worker_new(loop, &options, "good");
}

/* A parent that dies at once takes its worker along. */
static void
test_the_worker_dies_with_its_parent(void **state)
{
	struct mono end = mono_add(clock_mono(), 10000);
	struct answer answer = { .err = ERR_INIT };
	const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
		.event = KP_START, .now = NOW };
	pid_t parent, pid;
	char path[64];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	parent = fork();
	if (parent == 0) {
		struct err err = ERR_INIT;

		loop = loop_new(&err);
		worker = worker_new(loop, &options, "good");
		worker_step(worker, &in, on_step, &answer);
		while (answer.calls == 0)
			(void)loop_step(loop, 1000, &err);
		pid = child(getpid());
		(void)!write(fds[1], &pid, sizeof(pid));
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	waitpid(parent, NULL, 0);
	assert_true(pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	/* Gone, or a zombie, which has no program any more. */
	while (access(path, F_OK) == 0 && mono_until(end) > 0)
		usleep(1000);
	assert_int_equal(access(path, F_OK), -1);
	close(fds[0]);
	close(fds[1]);
}

static void
test_a_missing_program_is_told(void **state)
{
	struct worker_options wrong = options;
	struct worker *own = worker;
	struct answer answer;
	const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
		.event = KP_START, .now = NOW };

	(void)state;
	wrong.program = "/nonexistent/kompan-worker";
	worker = worker_new(loop, &wrong, "good");
	step(&in, &answer);
	assert_null(answer.step);
	assert_int_equal(answer.err.code, ERR_BUSY);
	assert_string_equal(answer.err.text, "plugin good: "
	    "/nonexistent/kompan-worker does not start: No such file or "
	    "directory");
	worker_free(worker);
	worker = own;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_response_becomes_a_clean_post),
		cmocka_unit_test(test_the_plugin_tells_what_it_is),
		cmocka_unit_test(test_a_stream_comes_in_batches),
		cmocka_unit_test(test_a_lost_stream_is_told),
		cmocka_unit_test(test_steps_keep_their_order),
		cmocka_unit_test(test_a_callback_may_free_the_worker),
		cmocka_unit_test(test_the_worker_dies_with_its_parent),
		cmocka_unit_test(test_a_missing_program_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
