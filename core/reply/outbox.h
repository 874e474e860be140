/*
 * outbox.h - the last station: what was approved goes out, at most once.
 *
 * A row says `sending', durably, before its request leaves, and is never sent
 * again by itself: when no answer came it is `unclear', the plugin may look
 * (KP_CONFIRM), and if that cannot tell, a person decides.
 */
#ifndef KOMPAN_REPLY_OUTBOX_H
#define KOMPAN_REPLY_OUTBOX_H

#include "base/err.h"
#include "base/loop.h"

struct config;
struct fetch;
struct outbox;
struct writer;

/*
 * Rows that say `sending' from an earlier life become `unclear' first; then
 * approved ones are sent, the oldest first.
 */
int outbox_start(struct loop *, const struct config *, struct writer *,
    struct fetch *, struct outbox **, struct err *);
void outbox_stop(struct outbox *);
/* Something may have been approved: look. */
void outbox_wake(struct outbox *);

#endif
