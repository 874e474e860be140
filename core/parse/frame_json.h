/* frame_json.h - KP_ELEMENTS: the elements of arrays within one JSON value. */
#ifndef KOMPAN_PARSE_FRAME_JSON_H
#define KOMPAN_PARSE_FRAME_JSON_H

#include "parse/frame.h"

struct frame_json;

struct frame_json *frame_json_new(const struct kp_framing *, size_t n,
    const struct framer_calls *, void *arg);
void frame_json_free(struct frame_json *);
int frame_json_feed(struct frame_json *, struct str, struct err *);
int frame_json_end(struct frame_json *, struct err *);

#endif
