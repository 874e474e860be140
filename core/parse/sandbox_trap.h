/* sandbox_trap.h - what happens to a system call that a filter stops. */
#ifndef KOMPAN_PARSE_SANDBOX_TRAP_H
#define KOMPAN_PARSE_SANDBOX_TRAP_H

#include <seccomp.h>

/*
 * The fate of what no rule names.  With SANDBOX_DEBUG (configure
 * --enable-sandbox-debug) the worker dies of SIGSYS, for a debugger; on a
 * machine whose registers we do not know it gets EACCES without a note.
 */
#ifdef SANDBOX_DEBUG
#define SANDBOX_DEFAULT SCMP_ACT_KILL_PROCESS
#elif defined(__x86_64__) || defined(__aarch64__)
#define SANDBOX_DEFAULT SCMP_ACT_TRAP
#else
#define SANDBOX_DEFAULT SCMP_ACT_ERRNO(EACCES)
#endif

/* Handlers for traps and crashes; ${broke} as in sandbox_open(). */
void trap_install(void (*broke)(int number, const char *name));
/* Rules by which the forbidden is trapped whatever the default is. */
int trap_rules(scmp_filter_ctx);

#endif
