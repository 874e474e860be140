/*
 * network.h - is it them, or is it us?
 *
 * When hosts that answered until now all stop at once, our own network is
 * down: that is told once, the sources are not punished for it, and one
 * request now and then tries whether it is back.  Hosts that have been dead
 * for long prove nothing.  Pure, but for network_has_route().
 */
#ifndef KOMPAN_FETCH_NETWORK_H
#define KOMPAN_FETCH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

struct network;

struct network *network_new(void);
void network_free(struct network *);

enum network_change { NETWORK_SAME, NETWORK_WENT_DOWN, NETWORK_CAME_BACK };

/* ${host} answered something, be it an error. */
enum network_change network_answered(struct network *, const char *host);
/*
 * network_failed(network, host, no_route, now): nothing came from ${host};
 * ${no_route}: our system has no way to anywhere (network_has_route()).
 */
enum network_change network_failed(struct network *, const char *host,
    bool no_route, int64_t now);

/* Since when it is down; 0: it is up. */
int64_t network_down_since(const struct network *);
/*
 * network_may_try(network, now): true while it is up; while it is down for
 * one request every 15 s, which is the probe.
 */
bool network_may_try(struct network *, int64_t now);

/* Whether the system knows a way to public addresses; sends nothing. */
bool network_has_route(void);

#endif
