/*
 * frame.h - a stream of bytes, cut into records.
 *
 * For imports and pushes (kp_framing).  Memory does not grow with the stream:
 * a record that is too large is one bad record, not the end.
 */
#ifndef KOMPAN_PARSE_FRAME_H
#define KOMPAN_PARSE_FRAME_H

#include <kompan-plugin.h>

#include "base/err.h"
#include "base/str.h"

#define FRAME_RECORD_MAX ((size_t)1 << 20)
#define FRAME_WHOLE_MAX ((size_t)16 << 20)
#define FRAME_CONTEXT_MAX ((size_t)16 << 10)

struct framer;

struct framer_calls {
	/* The record is borrowed until the call returns. */
	void (*record)(void *arg, const struct kp_record *);
	/* Record ${number} cannot be used. */
	void (*bad)(void *arg, int64_t number, const char *why);
};

/* The framings of a plugin, of one kind.  Both are borrowed. */
struct framer *framer_new(const struct kp_framing *, size_t n,
    const struct framer_calls *, void *arg);
void framer_free(struct framer *);

/*
 * framer_feed(framer, bytes, err): take what follows.  -1 and ${err}, which
 * names the byte: the stream is no longer what it should be, and nothing more
 * may be fed.
 */
int framer_feed(struct framer *, struct str, struct err *);

/* The stream ends.  -1 and ${err} where it ends too early. */
int framer_end(struct framer *, struct err *);

#endif
