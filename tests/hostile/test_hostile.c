/*
 * Each hostile plugin costs one step and is told by its cause, while a good
 * one beside it goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/loop.h"
#include "base/mem.h"
#include "parse/worker.h"

#define S(literal) ((struct kp_str){ (literal), sizeof(literal) - 1 })

static const struct bad {
	const char *plugin;
	const char *told;       /* a part of the error */
} table[] = {
	{ "bad_segv", "it crashed in step() (SIGSEGV)" },
	{ "bad_stack", "it crashed in step() (SIGSEGV)" },
	{ "bad_abort", "it crashed in step() (SIGABRT)" },
	{ "bad_exit", "it ended its process in step() (exit code 3)" },
	{ "bad_ctor_segv", "it crashed while it was loaded (SIGSEGV)" },
	{ "bad_ctor_socket", "it called socket(), which no plugin may, while "
	    "it was loaded" },
	{ "bad_ctor_fork", "it called clone(), which no plugin may, while it "
	    "was loaded" },
	{ "bad_ctor_kill", "it called kill(), which no plugin may, while it "
	    "was loaded" },
	{ "bad_ctor_loop", "it was not ready after 1 s" },
	{ "bad_ctor_write", "it called open for writing, which no plugin may, "
	    "while it was loaded" },
	{ "bad_loop", "it used more than 0.5 s of CPU in step()" },
	{ "bad_memory", "it wanted more memory than its 512 MiB in step()" },
#ifndef SANITIZED
	/* A sanitizer's shadow leaves no limit of address space. */
	{ "bad_memory_slow",
	    "it wanted more memory than its 512 MiB in step()" },
#endif
	{ "bad_forks", "it called clone(), which no plugin may, in step()" },
	{ "bad_exec", "it called execve(), which no plugin may, in step()" },
	{ "bad_write", "it called open for writing, which no plugin may, in "
	    "step()" },
	{ "bad_socket", "it called socket(), which no plugin may, in step()" },
	{ "bad_kill", "it called kill(), which no plugin may, in step()" },
	{ "bad_garbage", "it spoke garbage: a message of type 104 in step()" },
	{ "bad_length", "it spoke garbage: a message of 4294967295 bytes" },
	{ "bad_half", "it stopped in the middle of a message" },
	{ "bad_half_exit", "it ended in the middle of a message" },
	{ "bad_flood", "it said more than 32 MiB in one step" },
	{ "bad_posts", "more than 1000 posts in one step" },
	{ "bad_abi", "it was built for plugin interface 99.7, and this is "
	    "Kompan with 1.0: build it anew" },
	{ "bad_symbol", "it needs the function or variable `kompan_nowhere'" },
	{ "bad_library", "it needs the library libkompan-gone.so.1, which is "
	    "not installed" },
	{ "bad_none", "it is no plugin of Kompan" },
	{ "bad_hello", "it declares what cannot be: an endpoint of host "
	    "`localhost'" },
	{ "bad_missing", "there is no plugin `bad_missing' in " },
	{ "../good", "that is no name of a plugin" },
};

struct answer {
	int calls;
	bool failed;
	char text[300];         /* the error, or done()'s id */
	char finding[100];
};

static struct loop *loop;
static struct worker_options options;

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
	options.start_ms = 1000;
	options.step_ms = 5000;
	options.step_cpu_ms = 500;
	options.memory_max = (size_t)512 << 20;
	return loop == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
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
	answer->failed = step == NULL;
	if (step == NULL) {
		snprintf(answer->text, sizeof(answer->text), "%s", err->text);
		return;
	}
	snprintf(answer->text, sizeof(answer->text), "%.*s",
	    (int)step->done_id.n, step->done_id.p);
	if (step->nfindings > 0)
		snprintf(answer->finding, sizeof(answer->finding), "%.*s",
		    (int)step->findings[0].text.n, step->findings[0].text.p);
	step_free(step);
}

static void
run(struct worker *worker, struct answer *answer)
{
	const struct kp_in in = { .size = sizeof(in), .job = KP_POLL,
		.event = KP_START, .now = INT64_C(1780000000000),
		.state = S("well") };

	memset(answer, 0, sizeof(*answer));
	worker_step(worker, &in, on_step, answer);
}

static void
wait_for(const struct answer *a, const struct answer *b)
{
	struct mono end = mono_add(clock_mono(), 20000);
	struct err err = ERR_INIT;

	while ((a->calls == 0 || b->calls == 0) && mono_until(end) > 0)
		assert_int_equal(loop_step(loop, 1000, &err), 0);
	assert_int_equal(a->calls, 1);
	assert_int_equal(b->calls, 1);
}

static void
test_a_hostile_plugin_costs_one_step(void **state)
{
	struct worker *good = worker_new(loop, &options, "good");
	struct answer well, ill;
	size_t i;
	int again;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct worker *bad = worker_new(loop, &options,
		    table[i].plugin);

		/* Its next step finds a new process, and is lost as well. */
		for (again = 0; again < 2; again++) {
			run(bad, &ill);
			run(good, &well);
			wait_for(&well, &ill);
			assert_false(well.failed);
			assert_string_equal(well.text, "well");
			if (!ill.failed ||
			    strstr(ill.text, table[i].told) == NULL)
				fail_msg("%s: %s", table[i].plugin, ill.text);
			if (table[i].plugin[0] == 'b')
				assert_memory_equal(ill.text, "plugin bad_",
				    11);
		}
		worker_free(bad);
	}
	worker_free(good);
	assert_int_equal(access(LEFT_BEHIND, F_OK), -1);
}

/* What is refused without ending the plugin is told beside its result. */
static void
test_a_refusal_is_told(void **state)
{
	static const struct {
		const char *plugin, *finding;
	} t[] = {
		{ "bad_read", "it called openat(), which was refused" },
		{ "bad_code", "it called mmap(), which was refused" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct worker *worker = worker_new(loop, &options,
		    t[i].plugin);
		struct answer answer;

		run(worker, &answer);
		wait_for(&answer, &answer);
		assert_false(answer.failed);
		assert_string_equal(answer.text, "could not");
		assert_string_equal(answer.finding, t[i].finding);
		worker_free(worker);
	}
}

static void
test_files_are_out_of_reach_while_loading(void **state)
{
	struct worker *worker = worker_new(loop, &options, "bad_ctor_read");
	struct answer answer;

	(void)state;
	if (access("/sys/kernel/security", F_OK) == -1)
		skip();
	run(worker, &answer);
	wait_for(&answer, &answer);
	/* Only Landlock keeps it from reading; older kernels have none. */
	if (!answer.failed)
		skip();
	assert_non_null(strstr(answer.text, "exit code 77"));
	worker_free(worker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hostile_plugin_costs_one_step),
		cmocka_unit_test(test_a_refusal_is_told),
		cmocka_unit_test(test_files_are_out_of_reach_while_loading),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
