/*
 * The plugin `feed` with whatever a server may send.
 *
 * Input: one letter that says what was asked, then the body.  Beside the
 * sanitizers the recorder watches that the core would take the step, and the
 * cursor that came out must be one that goes in again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kp.h>

#include "base/str.h"
#include "tests/unit/kp_recorder.h"

#define NOW INT64_C(1795564800000)

extern const struct kp_plugin feed_LTX_kp_plugin;
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(struct recorder *r, const struct kp_in *in)
{
	recorder_init(r);
	recorder_run(r, &feed_LTX_kp_plugin, in);
	if (r->broken[0] != '\0') {
		fprintf(stderr, "%s\n", r->broken);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct kp_pair settings[] = {
		{ KP_S("comments"), KP_S("10") }, { KP_S("recent"), KP_S("14") },
		{ KP_S("ttl"), KP_S("yes") },
	};
	const struct kp_target target = { .size = sizeof(target),
		.thread = KP_S("t"), .id = KP_S("t"), .ref = KP_S(
		"https://blog.example/c https://blog.example/?p=7") };
	struct kp_response response = { .status = 200,
		.url = KP_S("https://blog.example/feed/") };
	struct kp_in in = { .job = KP_POLL, .event = KP_RESPONSE, .now = NOW,
		.source = KP_S("https://blog.example/feed/"),
		.settings = settings, .nsettings = 3, .state = KP_S("main"),
		.response = &response };
	struct recorder r, again;

	if (n == 0 || !str_is_utf8((struct str){ (const char *)data + 1,
	    n - 1 }))
		return 0;       /* the worker sees to that */
	response.body = (struct kp_str){ (const char *)data + 1, n - 1 };
	switch (data[0]) {
	case 'c':
		in.state = KP_S("comments 0123456789abcdef\n7\n"
		    "https://blog.example/?p=7");
		break;
	case 't':
		in.job = KP_THREAD;
		in.target = &target;
		in.state = KP_S("thread https://blog.example/?p=7");
		break;
	case 'k':               /* a cursor */
		in.cursor = response.body;
		response.body = KP_S("<rss version='2.0'><channel/></rss>");
		break;
	}
	run(&r, &in);
	if (r.step.has_cursor) {
		in.cursor = r.step.cursor;
		run(&again, &in);
		if (again.step.nposts != r.step.nposts)
			abort();
		recorder_reset(&again);
	}
	recorder_reset(&r);
	return 0;
}
