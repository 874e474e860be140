/*
 * step.h - what one step of a plugin said, decoded and checked.
 *
 * Everything here was bounded and validated by the decoder (wire.c): text is
 * UTF-8 without NUL and within the limits of kompan-plugin.h, times lie
 * between 1990 and a day ahead, ids are not empty.  What broke a rule is not
 * here: the whole step failed.
 */
#ifndef KOMPAN_PARSE_STEP_H
#define KOMPAN_PARSE_STEP_H

#include <kompan-plugin.h>
#include <stdbool.h>

#include "base/err.h"

#define STEP_POSTS_MAX 1000     /* of one step, 50,000 bytes of text each */
#define STEP_TEXT_MAX 50000
#define STEP_REQUESTS_MAX 100
#define STEP_BYTES_MAX ((size_t)32 << 20)

struct step_timer {
	int64_t at;
	struct kp_str state;
};

struct step_pause {
	uint32_t scope;
	struct kp_str id;
	int64_t until;
};

struct step_finding {
	uint32_t level;
	struct kp_str code, text;
};

struct step_bad {
	int64_t record;
	struct kp_str text;
};

struct step {
	struct kp_post *posts;
	size_t nposts;
	struct kp_place *places;
	size_t nplaces;
	struct kp_request *requests;
	size_t nrequests;
	struct kp_answer *answers;
	size_t nanswers;
	struct step_timer *timers;
	size_t ntimers;
	struct step_pause *pauses;
	size_t npauses;
	struct step_finding *findings;
	size_t nfindings;
	struct step_bad *bads;
	size_t nbads;
	bool has_cursor;
	struct kp_str cursor;
	bool done;
	struct kp_str done_id, done_url;
	uint32_t fail;          /* 0, or KP_BAD_FORMAT... */
	struct kp_str fail_text;
	void *memory;           /* what all of it points into */
};

void step_free(struct step *);

#endif
