/*
 * fetch.h - the station that asks the platforms: schedule, requests, workers.
 *
 * Everything here belongs to the loop's thread, except fetch_sources_changed().
 */
#ifndef KOMPAN_FETCH_FETCH_H
#define KOMPAN_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/loop.h"
#include "fetch/job.h"

struct config;
struct fetch;
struct json_object;
struct keys;
struct writer;

/*
 * fetch_start(loop, config, writer, ret, err): read the sources and go on
 * where the last process ended.  0, or -1 and ${err}.
 */
int fetch_start(struct loop *, const struct config *, struct writer *,
    struct fetch **, struct err *);
/* The same, but nothing is polled: for an import from the command line. */
int fetch_start_quiet(struct loop *, const struct config *, struct writer *,
    struct fetch **, struct err *);
/* Requests under way are dropped; they are asked again at the next start. */
void fetch_stop(struct fetch *);
/* Another configuration is in force; plugins are loaded anew. */
void fetch_reload(struct fetch *, const struct config *);

/* The keys of pseudonyms, for the writer's thread; they live as long. */
struct keys *fetch_keys(struct fetch *);

/* Sources were changed in the database; any thread. */
void fetch_sources_changed(void);

/*
 * Commands of the agent that are fetch's: import.start {source, path},
 * import.state {source}, fetch.figures {anew: lateness is counted from now}.
 * 1: not one of them.
 */
int fetch_command(struct fetch *, const char *name, struct json_object *args,
    struct json_object **ret, struct err *);

/* Every source was polled since the start, and nothing is under way. */
bool fetch_settled(const struct fetch *);

/* How a publishing job ended. */
enum fetch_sent {
	FETCH_SENT,             /* with id and url; KP_CONFIRM: it is there */
	FETCH_NOT_SENT,         /* it did not leave, or surely is not there */
	FETCH_REFUSED,          /* the other side said no */
	FETCH_UNCLEAR           /* nobody can tell */
};
struct fetch_reply {
	enum fetch_sent sent;
	const char *id, *url;   /* with FETCH_SENT */
	const char *error;
	int64_t again_at;       /* with FETCH_NOT_SENT: not before; 0: any time */
};
/*
 * fetch_reply(fetch, source, kind, outbox, target, done, arg): run a KP_REPLY
 * or KP_CONFIRM job for that row of the outbox, before the source's other
 * jobs.  ${target} is taken over.  done() is called from the loop, once, unless
 * fetch_stop() comes first: then the row keeps saying `sending'.  The caller
 * has made that durable before.  1: no such source, 0.
 */
int fetch_reply(struct fetch *, int64_t source, uint32_t kind, int64_t outbox,
    struct job_target *, void (*done)(void *arg, const struct fetch_reply *),
    void *arg);

/* For metrics. */
struct fetch_figures {
	size_t sources, running, workers;
	uint64_t polls, late_p50_ms, late_p99_ms, late_max_ms;
	uint64_t requests, answers, faults, refusals, bytes;
	int64_t network_down_since;     /* 0: it is up */
};
void fetch_figures(const struct fetch *, struct fetch_figures *);

#endif
