/*
 * The handlers within the box: SIGSYS for system calls that a filter stopped,
 * and the signals of a crash.
 *
 * Forbidden calls are reported by name and end the worker.  Others return
 * EACCES as if the kernel had refused them, by writing the result register.
 * A crash after memory was refused is told apart from other crashes, since the
 * admin can do something about it.
 */
#include "parse/sandbox_trap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "parse/sandbox.h"

#define LITTLE_MEMORY ((size_t)16 << 20)

static const struct call {
	int number;
	const char *name;
} forbidden[] = {
#define CALL(name) { SCMP_SYS(name), #name }
	CALL(socket), CALL(socketpair), CALL(connect), CALL(bind),
	CALL(listen), CALL(accept), CALL(accept4), CALL(sendto),
	CALL(sendmsg), CALL(recvfrom), CALL(recvmsg), CALL(clone),
	CALL(clone3), CALL(fork), CALL(vfork), CALL(execve), CALL(execveat),
	CALL(kill), CALL(tkill), CALL(tgkill), CALL(rt_sigqueueinfo),
	CALL(rt_tgsigqueueinfo), CALL(pidfd_open), CALL(pidfd_getfd),
	CALL(pidfd_send_signal), CALL(ptrace), CALL(process_vm_readv),
	CALL(process_vm_writev), CALL(rename), CALL(renameat),
	CALL(renameat2), CALL(unlink), CALL(unlinkat), CALL(rmdir),
	CALL(mkdir), CALL(mkdirat), CALL(link), CALL(linkat), CALL(symlink),
	CALL(symlinkat), CALL(creat), CALL(truncate), CALL(ftruncate),
	CALL(chmod), CALL(fchmod), CALL(fchmodat), CALL(chown), CALL(fchown),
	CALL(lchown), CALL(fchownat), CALL(mknod), CALL(mknodat),
	CALL(chroot), CALL(pivot_root), CALL(mount), CALL(umount2),
	CALL(setns), CALL(unshare), CALL(bpf), CALL(keyctl), CALL(add_key),
	CALL(request_key), CALL(io_uring_setup), CALL(perf_event_open),
	CALL(userfaultfd), CALL(memfd_create), CALL(open_by_handle_at),
	CALL(openat2),
#undef CALL
};
#define NFORBIDDEN (sizeof(forbidden) / sizeof(forbidden[0]))

/* Refused without a note: what stdio and libraries ask in passing. */
static const int quiet[] = {
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(ioctl),
	SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit), SCMP_SYS(getrusage), SCMP_SYS(prctl),
	SCMP_SYS(mprotect), SCMP_SYS(sched_getaffinity), SCMP_SYS(sysinfo),
};

static void (*tell)(int, const char *);
static volatile sig_atomic_t refused = -1;

static const char *
forbidden_name(int number)
{
	size_t i;

	for (i = 0; i < NFORBIDDEN; i++) {
		if (forbidden[i].number == number)
			return forbidden[i].name;
	}
	return NULL;
}

static bool
is_quiet(int number)
{
	size_t i;

	for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		if (quiet[i] == number)
			return true;
	}
	return false;
}

/* The n-th argument of the call, and its result. */
#if defined(__x86_64__)
static long
argument(const ucontext_t *context, int n)
{
	static const int registers[] = { REG_RDI, REG_RSI, REG_RDX };

	return (long)context->uc_mcontext.gregs[registers[n]];
}

static void
set_result(ucontext_t *context, long value)
{
	context->uc_mcontext.gregs[REG_RAX] = value;
}
#elif defined(__aarch64__)
static long
argument(const ucontext_t *context, int n)
{
	return (long)context->uc_mcontext.regs[n];
}

static void
set_result(ucontext_t *context, long value)
{
	context->uc_mcontext.regs[0] = (unsigned long long)value;
}
#else
static long
argument(const ucontext_t *context, int n)
{
	(void)context;
	(void)n;
	return 0;
}

static void
set_result(ucontext_t *context, long value)
{
	(void)context;
	(void)value;
}
#endif

/* The name of an open() that would write, else NULL. */
static const char *
writing_open(int number, const ucontext_t *context)
{
	const long writing = O_ACCMODE | O_CREAT | O_TRUNC;

	if (number == SCMP_SYS(openat) &&
	    (argument(context, 2) & writing) != O_RDONLY)
		return "open for writing";
	if (number == SCMP_SYS(open) &&
	    (argument(context, 1) & writing) != O_RDONLY)
		return "open for writing";
	return NULL;
}

static void
on_trap(int signo, siginfo_t *info, void *context)
{
	const char *name = forbidden_name(info->si_syscall);

	(void)signo;
	if (name == NULL)
		name = writing_open(info->si_syscall, context);
	if (name != NULL) {
		tell(info->si_syscall, name);
		sandbox_exit(WORKER_BROKE);
	}
	if (refused == -1 && !is_quiet(info->si_syscall))
		refused = info->si_syscall;
	set_result(context, -EACCES);
}

void
sandbox_exit(int code)
{
	/* The compiler must not know that this does not return. */
	(void)syscall(SYS_exit_group, code);
}

/* SA_RESETHAND: returning from here crashes again, for good. */
static void
on_crash(int signo)
{
	int why = errno;
	void *p;

	(void)signo;
	p = mmap(NULL, LITTLE_MEMORY, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (why == ENOMEM || p == MAP_FAILED)
		sandbox_exit(WORKER_MEMORY);
}

void
trap_install(void (*broke)(int, const char *))
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE,
		SIGABRT };
	static char stack[64 << 10];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction trap = { .sa_sigaction = on_trap,
		.sa_flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction crash = { .sa_handler = on_crash,
		.sa_flags = SA_ONSTACK | SA_RESETHAND };
	size_t i;

	tell = broke;
	sigaltstack(&alternate, NULL);
	sigaction(SIGSYS, &trap, NULL);
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &crash, NULL);
}

int
trap_rules(scmp_filter_ctx filter)
{
	size_t i;
	int r = 0;

	if (SANDBOX_DEFAULT == SCMP_ACT_TRAP ||
	    SANDBOX_DEFAULT == SCMP_ACT_KILL_PROCESS)
		return 0;
	/* Of tgkill, one process is allowed: the rest is EACCES here. */
	for (i = 0; i < NFORBIDDEN && r == 0; i++) {
		if (forbidden[i].number >= 0 &&
		    forbidden[i].number != SCMP_SYS(tgkill))
			r = seccomp_rule_add(filter, SCMP_ACT_TRAP,
			    forbidden[i].number, 0);
	}
	return r;
}

const char *
sandbox_refused(void)
{
	static char name[64];
	char *resolved;
	int number = refused;

	refused = -1;
	if (number == -1)
		return NULL;
	resolved = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	snprintf(name, sizeof(name), "%s", resolved == NULL ? "a system call" :
	    resolved);
	free(resolved);
	return name;
}
