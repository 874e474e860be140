/*
 * telegram_text.h - what people wrote, and what the plugin notes.
 *
 * Notes are a list of "key=value,", the newest first, the oldest dropped.
 * Neither key nor value may hold "=", "," or ":".
 */
#ifndef KOMPAN_TELEGRAM_TEXT_H
#define KOMPAN_TELEGRAM_TEXT_H

#include "kp.h"

/* The value of ${key}, KP_NONE where there is none. */
struct kp_str note_find(struct kp_str notes, struct kp_str key);
/* ${notes} with ${key} first, in at most ${max} bytes. */
struct kp_str note_put(struct kp_mem *, struct kp_str notes, struct kp_str key,
    struct kp_str value, size_t max);
/* ${notes} without ${key}. */
struct kp_str note_drop(struct kp_mem *, struct kp_str notes,
    struct kp_str key);

/*
 * text_clean(mem, s, max): without the control characters that JSON can hide
 * and nobody wrote, and cut to ${max} bytes.
 */
struct kp_str text_clean(struct kp_mem *, struct kp_str, size_t max);
/* What kp_url_encode() made of a text. */
struct kp_str text_decode(struct kp_mem *, struct kp_str);
/*
 * text_said(mem, message, flags): everything that somebody wrote in it: text,
 * caption, rich message, poll or list; KP_TRUNCATED is set where it was cut.
 */
struct kp_str text_said(struct kp_mem *, struct kp_json *, uint32_t *flags);

#endif
