/*
 * The writer's lock is an open-file-description lock: it ends with its
 * descriptor, so a killed agent leaves no stale lock behind, and a child does
 * not inherit it (O_CLOEXEC).  The number in the file is for the message only.
 */
#include "storage/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static int
lock_busy(int fd, const char *database, struct err *err)
{
	char pid[32] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? (size_t)n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	return err_set_code(err, ERR_BUSY, "%s is in use by process %s",
	    database, pid[0] == '\0' ? "(unknown)" : pid);
}

int
lock_take(const char *database, int *ret, struct err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xasprintf("%s.lock", database);
	char pid[32];
	int n, fd, r = -1;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		err_errno(err, errno, "cannot open %s", path);
		goto out;
	}
	if (fcntl(fd, F_OFD_SETLK, &lock) == -1) {
		if (errno == EAGAIN || errno == EACCES)
			lock_busy(fd, database, err);
		else
			err_errno(err, errno, "cannot lock %s", path);
		goto out;
	}
	/* On a full disk the lock holds all the same. */
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == -1 || pwrite(fd, pid, (size_t)n, 0) == -1)
		errno = 0;
	*ret = fd;
	fd = -1;
	r = 0;
out:
	if (fd != -1)
		close(fd);
	free(path);
	return r;
}

void
lock_drop(int fd)
{
	if (fd != -1)
		close(fd);
}
