/*
 * The protocol is one datagram to the socket that NOTIFY_SOCKET names.
 */
#include "base/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

void
notify_send(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t n;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	n = strlen(path);
	if (n >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, n);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	/* A manager that does not listen is no reason to stop working. */
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (struct sockaddr *)&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

int64_t
notify_watchdog_ms(void)
{
	int64_t usec = 0, pid = getpid();

	if (str_to_i64(str_of(getenv("WATCHDOG_PID")), 1, INT64_MAX, &pid) ==
	    0 && pid != getpid())
		return 0;
	if (str_to_i64(str_of(getenv("WATCHDOG_USEC")), 1, INT64_MAX, &usec) ==
	    -1)
		return 0;
	return usec / 2000;
}
