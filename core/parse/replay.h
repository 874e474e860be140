/*
 * replay.h - a recorded exchange, told to a plugin again.
 */
#ifndef KOMPAN_PARSE_REPLAY_H
#define KOMPAN_PARSE_REPLAY_H

#include "base/buf.h"
#include "parse/rec.h"
#include "parse/worker.h"

/* What came of it; every text is the caller's to free(). */
struct replay {
	char **said;            /* for each event */
	size_t n;
};

/*
 * replay_run(options, plugin, rec, fresh, ret, err): tell ${plugin} all events
 * of ${rec}.  With ${fresh} each gets a worker of its own, so a plugin that
 * keeps something between steps says something else.  A step that fails says
 * "error: ..." and the next event goes on.  -1 and ${err} where the plugin
 * does not load or has no such setting.
 */
int replay_run(const struct worker_options *, const char *plugin,
    const struct rec *, bool fresh, struct replay *, struct err *);
void replay_fini(struct replay *);

/*
 * replay_diff(a, b, out): lines of ${a} that are not in ${b} after "-", and
 * the reverse after "+", with a little of what is the same around them.
 */
void replay_diff(struct str a, struct str b, struct buf *);

#endif
