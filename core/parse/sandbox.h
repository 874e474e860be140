/*
 * sandbox.h - the box in which a worker locks itself, in two stages.
 *
 * What a plugin may never do (reach for the network, processes or files to
 * write) ends the worker and is named.  All else that is not needed is refused
 * with EACCES, so that a library that merely looks for a file goes on; the
 * first refusal is remembered for the admin.
 */
#ifndef KOMPAN_PARSE_SANDBOX_H
#define KOMPAN_PARSE_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

/* Exit codes of kompan-worker. */
enum {
	WORKER_OK = 0,
	WORKER_BROKEN_WIRE = 110,       /* the core spoke garbage */
	WORKER_MEMORY = 111,            /* it was refused memory and fell */
	WORKER_BROKE = 112,             /* told by a BROKE message */
	WORKER_SANITIZER = 113
};

/*
 * sandbox_open(plugins_dir, memory_max, broke, err): limits, descriptors,
 * Landlock where the kernel has it, first filter.  After it plugins can be
 * loaded from ${plugins_dir} and the system's library folders.  ${broke} is
 * called in a signal handler before the worker ends: write() and no more.
 */
int sandbox_open(const char *plugins_dir, size_t memory_max,
    void (*broke)(int number, const char *name), struct err *);

/* Second filter: from here on reading, writing, memory and the end. */
int sandbox_shut(struct err *);

/*
 * End the process.  Not _exit(), before which a sanitizer wants to look at
 * files.
 */
void sandbox_exit(int code);

/* The system call that was refused since the last question, or NULL. */
const char *sandbox_refused(void);

#endif
