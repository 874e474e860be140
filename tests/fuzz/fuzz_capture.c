/*
 * The plugin `capture` with whatever stands in a file: the input is cut into
 * lines.  The same lines must say the same posts each time, and a line says
 * posts or is bad, never both.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kp.h>

#include "base/str.h"
#include "tests/unit/kp_recorder.h"

#define NOW INT64_C(1795564800000)
#define LINES_MAX 100

extern const struct kp_plugin capture_LTX_kp_plugin;
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(struct recorder *r, const struct kp_in *in)
{
	recorder_init(r);
	recorder_run(r, &capture_LTX_kp_plugin, in);
	if (r->broken[0] != '\0') {
		fprintf(stderr, "%s\n", r->broken);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kp_record records[LINES_MAX];
	struct kp_in in = { .job = KP_PUSH, .event = KP_DATA, .now = NOW,
		.records = records };
	struct kp_str rest = { (const char *)data, n };
	struct recorder r, again;
	size_t i;

	if (!str_is_utf8((struct str){ rest.p, rest.n }))
		return 0;       /* the worker sees to that */
	for (i = 0; i < LINES_MAX && rest.p != NULL && n > 0; i++)
		records[i] = (struct kp_record){ .number = (int64_t)i + 1,
			.bytes = kp_cut(&rest, '\n') };
	in.nrecords = i;
	run(&r, &in);
	run(&again, &in);
	if (r.step.nposts != again.step.nposts || r.step.nbads > in.nrecords)
		abort();
	for (i = 0; i < r.step.nposts; i++)
		if (!kp_eq(r.step.posts[i].id, again.step.posts[i].id))
			abort();
	recorder_reset(&again);
	recorder_reset(&r);
	return 0;
}
