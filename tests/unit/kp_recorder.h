/*
 * kp_recorder.h - what a plugin's step() says, written down for a test.
 *
 * Runs step() within the test's own process.  Everything is copied into a
 * struct step, as the core would get it, and held against the limits of
 * kompan-plugin.h and step.h, which the core's decoder would refuse a step
 * for: a test looks at `broken`, or lets recorder_run() fail for it.
 */
#ifndef KOMPAN_TESTS_KP_RECORDER_H
#define KOMPAN_TESTS_KP_RECORDER_H

#include <kp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse/step.h"

struct recorder {
	struct kp_out out;      /* first, so that callbacks find the rest */
	struct step step;
	int64_t now;            /* of the step that runs */
	bool records;           /* that step reads an import */
	char broken[256];       /* the first rule that was broken, or "" */
	char **texts;           /* copies that the step points into */
	size_t ntexts;
};

void recorder_init(struct recorder *);
/* Forget what was said; ready for another step.  The last step's is freed. */
void recorder_reset(struct recorder *);

/*
 * recorder_run(recorder, plugin, in):
 * One step, added to what was recorded since the last reset.  The texts that
 * ${in} borrows are given as exact copies in memory of their own, so that a
 * sanitizer sees every read past their ends.  Sets `broken`; asserts nothing.
 */
void recorder_run(struct recorder *, const struct kp_plugin *,
    const struct kp_in *);

/* The first with that id, code, URL or record number; NULL if there is none. */
const struct kp_post *recorder_post(const struct recorder *, const char *id);
const struct kp_place *recorder_place(const struct recorder *, const char *id);
const struct kp_request *recorder_request(const struct recorder *,
    const char *url);
const struct step_finding *recorder_finding(const struct recorder *,
    const char *code);
const struct step_bad *recorder_bad(const struct recorder *, int64_t record);

/* Whether ${text} occurs in it. */
bool text_has(struct kp_str, const char *);

#endif
