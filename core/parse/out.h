/*
 * out.h - the worker's end of struct kp_out.
 *
 * What strangers wrote is mended and shortened here, so that no post can
 * spoil a step; what only a broken plugin does is an error of the step.
 */
#ifndef KOMPAN_PARSE_OUT_H
#define KOMPAN_PARSE_OUT_H

#include <kompan-plugin.h>
#include <stdbool.h>

#include "base/buf.h"

struct out {
	struct kp_out api;      /* first: plugins hand it back */
	struct buf *wire;       /* messages are added to it */
	int64_t now;
	size_t posts, requests;
	bool failed;
	char error[200];        /* "": nothing is wrong */
	struct buf text[3];     /* of the call at hand */
	struct buf scratch;
	struct buf cursor;      /* the last one that was set */
	bool has_cursor;
};

void out_init(struct out *, struct buf *wire);
void out_fini(struct out *);
/* A step begins. */
void out_begin(struct out *, int64_t now);
/* The step is wrong; the first reason stays. */
void out_error(struct out *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
