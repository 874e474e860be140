/*
 * rlimits, Landlock and seccomp, from the outside in.
 *
 * Both filters list what is allowed; the default is a trap, whose handler
 * (sandbox_trap.c) tells the forbidden from the merely refused.  A kernel
 * without seccomp runs no plugin; one without Landlock still runs them, since
 * the second filter alone leaves nothing to open.
 */
#include "parse/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parse/sandbox_trap.h"

#define FILES_MAX 64
#define LIFE_CPU_S 3600         /* the core retires a worker long before */
#define WIRE_FD 3

/* Landlock, as linux/landlock.h has it in newer kernels than the header. */

struct ruleset {
	uint64_t fs, net, scoped;
};
struct path_rule {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

enum { READ_FILE = 1 << 2, READ_DIR = 1 << 3, RULE_PATH = 1 };
/* Rights of the file system up to ABI 1, 2, 3 and 5. */
#define FS_ABI_1 UINT64_C(0x1fff)
#define FS_ABI_2 UINT64_C(0x3fff)
#define FS_ABI_3 UINT64_C(0x7fff)
#define FS_ABI_5 UINT64_C(0xffff)
#define NET_ABI_4 UINT64_C(3)           /* bind and connect TCP */
#define SCOPE_ABI_6 UINT64_C(3)         /* abstract sockets, signals */

static long
landlock(long number, long a, const void *b, long c, long d)
{
	return syscall(number, a, b, c, d);
}

static void
landlock_allow(int ruleset, const char *path)
{
	struct path_rule rule = { .allowed = READ_FILE | READ_DIR };

	rule.fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.fd == -1)
		return;
	if (landlock(SYS_landlock_add_rule, ruleset, (void *)RULE_PATH,
	    (long)(void *)&rule, 0) == -1) {
		/* A file rather than a folder. */
		rule.allowed = READ_FILE;
		(void)landlock(SYS_landlock_add_rule, ruleset,
		    (void *)RULE_PATH, (long)(void *)&rule, 0);
	}
	close(rule.fd);
}

/* Files can be read below these folders, and nothing else be done. */
static int
confine_files(const char *plugins_dir, struct err *err)
{
	static const char *const paths[] = { "/lib", "/lib32", "/lib64",
		"/libx32", "/usr/lib", "/usr/lib64", "/usr/local/lib",
		"/etc/ld.so.cache" };
	struct ruleset rules = { .fs = FS_ABI_1 };
	size_t size = sizeof(rules.fs), i;
	long abi;
	int fd, r;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (abi < 1)
		return 0;
	if (abi >= 2)
		rules.fs = FS_ABI_2;
	if (abi >= 3)
		rules.fs = FS_ABI_3;
	if (abi >= 4) {
		rules.net = NET_ABI_4;
		size += sizeof(rules.net);
	}
	if (abi >= 5)
		rules.fs = FS_ABI_5;
	if (abi >= 6) {
		rules.scoped = SCOPE_ABI_6;
		size += sizeof(rules.scoped);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd == -1)
		return err_errno(err, errno, "landlock_create_ruleset");
	landlock_allow(fd, plugins_dir);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		landlock_allow(fd, paths[i]);
	r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	if (r == -1)
		err_errno(err, errno, "landlock_restrict_self");
	close(fd);
	return r;
}

static int
limit(int what, rlim_t max, struct err *err)
{
	const struct rlimit value = { max, max };

	if (setrlimit(what, &value) == -1)
		return err_errno(err, errno, "setrlimit %d", what);
	return 0;
}

static int
limit_all(size_t memory_max, struct err *err)
{
#ifndef SANITIZED
	/*
	 * The shadow of a sanitizer is terabytes of address space, and its
	 * report may go to a file.
	 */
	if (limit(RLIMIT_AS, memory_max, err) == -1 ||
	    limit(RLIMIT_FSIZE, 0, err) == -1)
		return -1;
#else
	(void)memory_max;
#endif
	if (limit(RLIMIT_CPU, LIFE_CPU_S, err) == -1 ||
	    limit(RLIMIT_NOFILE, FILES_MAX, err) == -1)
		return -1;
	return limit(RLIMIT_CORE, 0, err);
}

/* The filters. */

/* Allowed in both stages. */
static const int always[] = {
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(sched_yield),
	SCMP_SYS(restart_syscall),
};

/* What loading takes: reading libraries, and setting the second filter. */
static const int loading[] = {
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(fstatfs), SCMP_SYS(statfs), SCMP_SYS(lseek),
	SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
	SCMP_SYS(fcntl), SCMP_SYS(getrlimit), SCMP_SYS(uname),
	SCMP_SYS(arch_prctl), SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(prctl), SCMP_SYS(seccomp),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
};

static int
allow_all(scmp_filter_ctx filter, const int *numbers, size_t n)
{
	size_t i;
	int r = 0;

	/* Negative: this machine has no such call. */
	for (i = 0; i < n && r == 0; i++) {
		if (numbers[i] >= 0)
			r = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			    numbers[i], 0);
	}
	return r;
}

/* Reading files, by flags; and asking for (not setting) limits. */
static int
allow_loading(scmp_filter_ctx filter)
{
	const unsigned writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
	int r;

	r = allow_all(filter, loading, sizeof(loading) / sizeof(loading[0]));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat),
		    1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	if (r == 0 && SCMP_SYS(open) >= 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
	return r;
}

/* The socket and the three of /dev/null; memory that is no code. */
static int
allow_working(scmp_filter_ctx filter)
{
	static const int writes[] = { SCMP_SYS(write), SCMP_SYS(writev) };
	static const int maps[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	size_t i;
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
	    SCMP_A0(SCMP_CMP_LE, WIRE_FD));
	for (i = 0; i < 2 && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, writes[i], 1,
		    SCMP_A0(SCMP_CMP_LE, WIRE_FD));
	for (i = 0; i < 2 && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, maps[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

static int
filter_load(int (*allow)(scmp_filter_ctx), struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SANDBOX_DEFAULT);
	int r = -ENOMEM;

	if (filter != NULL)
		r = allow_all(filter, always,
		    sizeof(always) / sizeof(always[0]));
	/* abort() signals its own process, and no other may be. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
		    1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (r == 0)
		r = trap_rules(filter);
	if (r == 0)
		r = allow(filter);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (r != 0)
		return err_errno(err, -r, "this system cannot confine "
		    "plugins (seccomp)");
	return 0;
}

int
sandbox_open(const char *plugins_dir, size_t memory_max,
    void (*broke)(int, const char *), struct err *err)
{
	if (limit_all(memory_max, err) == -1)
		return -1;
	if (close_range(WIRE_FD + 1, ~0U, 0) == -1)
		return err_errno(err, errno, "close_range");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_errno(err, errno, "no_new_privs");
	if (confine_files(plugins_dir, err) == -1)
		return -1;
	trap_install(broke);
	return filter_load(allow_loading, err);
}

int
sandbox_shut(struct err *err)
{
	(void)sandbox_refused();
	return filter_load(allow_working, err);
}
