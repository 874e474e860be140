/*
 * worker.h - the core's side of a plugin in its box.
 *
 * One kompan-worker process per plugin and credential; it is started when
 * needed and started anew after it was killed.  Steps of one worker run one
 * after the other; each has a budget of CPU and wall time, kept by us.
 */
#ifndef KOMPAN_PARSE_WORKER_H
#define KOMPAN_PARSE_WORKER_H

#include "base/loop.h"
#include "parse/step.h"

struct worker;

/* What a plugin says of itself; lives as long as the worker. */
struct plugin_info {
	char *name, *version, *summary;
	uint32_t major, minor, jobs, abilities;
	int64_t interval;
	struct kp_key *keys;
	size_t nkeys;
	struct kp_cred *creds;
	size_t ncreds;
	struct kp_endpoint *endpoints;
	size_t nendpoints;
	struct kp_limit *limits;
	size_t nlimits;
	struct kp_framing *framings;
	size_t nframings;
	void *memory;
};

struct worker_options {
	const char *program;    /* kompan-worker */
	const char *plugins_dir;
	int64_t start_ms;       /* wall time for start and handshake */
	int64_t step_ms;        /* wall time of a step */
	int64_t step_cpu_ms;
	size_t memory_max;      /* bytes of address space */
	int stderr_fd;          /* where a plugin's stderr goes; -1: nowhere */
};
extern const struct worker_options worker_defaults;

/*
 * Make one; the process starts with the first step or worker_hello().  The
 * options' texts are copied.
 */
struct worker *worker_new(struct loop *, const struct worker_options *,
    const char *plugin);
/*
 * Kills the process; callbacks that are due are called with an error first.
 * May be called from a callback of the worker itself.
 */
void worker_free(struct worker *);

/*
 * worker_hello(worker, done, arg): start the process if needed and give its
 * info, or NULL and ${err}, which names the cause in the admin's words.
 */
void worker_hello(struct worker *, void (*done)(void *arg,
    const struct plugin_info *, const struct err *), void *arg);

/*
 * worker_step(worker, in, done, arg): run one step; what ${in} points at is
 * copied.  done() gets the step, its own to step_free(), or NULL and ${err}
 * when the plugin crashed, hung, ate memory, broke the wire or said what it
 * may not; the next step finds a new process then.  ${err} begins with the
 * plugin's name; ERR_BUSY: it was not the step's fault (the worker was freed,
 * or no process could be started).  Steps wait for those handed over before.
 * done() is never called before worker_step() has returned.
 */
void worker_step(struct worker *, const struct kp_in *, void (*done)(void *arg,
    struct step *, const struct err *), void *arg);

/* How many steps wait or run. */
size_t worker_waiting(const struct worker *);

/*
 * The framing side of imports: the worker cuts a stream that the core feeds.
 * worker_feed(worker, in, bytes, end, done, arg): in->job is KP_IMPORT or
 * KP_PUSH, in->event KP_START for the first bytes of a stream and KP_DATA for
 * what follows them; the bytes (at most 256 KiB) are added to the worker's framer, which
 * runs step(KP_DATA) on whole records, up to 500 at a time; done() gets all
 * that those steps said as one struct step.  Records up to in->cursor's are
 * the plugin's to skip.  `end` closes the stream, and
 * step(KP_END) runs.  A stream that cannot be cut (corrupt JSON) comes back as
 * step->fail with KP_BAD_FORMAT and the byte.  After an error, or a fail of
 * that kind, the stream has to be fed anew from its first byte.
 */
void worker_feed(struct worker *, const struct kp_in *, struct kp_str bytes,
    int end, void (*done)(void *arg, struct step *, const struct err *),
    void *arg);

#endif
