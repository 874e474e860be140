/*
 * For each host the last outcome is kept.  A host that turns from answering
 * (or unknown) to silent counts; any answer of anybody sets the count back.
 * Three turned hosts in a row, or all that were known to answer if those are
 * two, mean that it is us.
 */
#include "fetch/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/mem.h"

#define TURNED_MAX 3u
#define PROBE_MS (15 * SECOND_MS)

struct host {
	UT_hash_handle hh;
	bool silent;
	char name[];
};

struct network {
	struct host *hosts;
	size_t answering;       /* hosts whose last outcome was an answer */
	size_t turned;          /* hosts that fell silent since any answer */
	int64_t down_since, probe_at;
};

struct network *
network_new(void)
{
	return xcalloc(1, sizeof(struct network));
}

void
network_free(struct network *network)
{
	struct host *host, *next;

	if (network == NULL)
		return;
	HASH_ITER(hh, network->hosts, host, next) {
		HASH_DEL(network->hosts, host);
		free(host);
	}
	free(network);
}

static struct host *
get(struct network *network, const char *name, bool *made)
{
	struct host *host;

	HASH_FIND_STR(network->hosts, name, host);
	*made = host == NULL;
	if (host == NULL) {
		host = xcalloc(1, sizeof(*host) + strlen(name) + 1);
		memcpy(host->name, name, strlen(name) + 1);
		HASH_ADD_STR(network->hosts, name, host);
	}
	return host;
}

enum network_change
network_answered(struct network *network, const char *name)
{
	bool made;
	struct host *host = get(network, name, &made);

	if (made || host->silent)
		network->answering++;
	host->silent = false;
	network->turned = 0;
	if (network->down_since == 0)
		return NETWORK_SAME;
	network->down_since = 0;
	return NETWORK_CAME_BACK;
}

enum network_change
network_failed(struct network *network, const char *name, bool no_route,
    int64_t now)
{
	bool made;
	struct host *host = get(network, name, &made);

	if (made || !host->silent) {
		network->turned++;
		if (!made)
			network->answering--;
		host->silent = true;
	}
	if (network->down_since != 0)
		return NETWORK_SAME;
	if (!no_route && network->turned < TURNED_MAX &&
	    (network->turned < 2 || network->answering > 0))
		return NETWORK_SAME;
	network->down_since = now;
	network->probe_at = now + PROBE_MS;
	return NETWORK_WENT_DOWN;
}

int64_t
network_down_since(const struct network *network)
{
	return network->down_since;
}

bool
network_may_try(struct network *network, int64_t now)
{
	if (network->down_since == 0)
		return true;
	if (now < network->probe_at)
		return false;
	network->probe_at = now + PROBE_MS;
	return true;
}

/* Connecting a datagram socket only asks the routing table. */
static bool
routed(int family, const struct sockaddr *to, socklen_t n)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd == -1)
		return false;
	yes = connect(fd, to, n) == 0;
	close(fd);
	return yes;
}

bool
network_has_route(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(443) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(443) };

	/* Addresses of root name servers: surely public, and never asked. */
	inet_pton(AF_INET, "198.41.0.4", &in.sin_addr);
	inet_pton(AF_INET6, "2001:503:ba3e::2:30", &in6.sin6_addr);
	return routed(AF_INET, (struct sockaddr *)&in, sizeof(in)) ||
	    routed(AF_INET6, (struct sockaddr *)&in6, sizeof(in6));
}
