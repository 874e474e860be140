/*
 * egress.h - where a source may send requests at all.
 *
 * https to public addresses, unless the source's `egress` says more:
 * "http" (plain http too) and "local" (machines of our own network).  What
 * host it may be is endpoint.h's business; here the scheme and, before every
 * connection, the address are judged, so that a name that changes its address
 * (DNS rebinding) gains nothing.
 */
#ifndef KOMPAN_FETCH_EGRESS_H
#define KOMPAN_FETCH_EGRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/str.h"
#include "fetch/url.h"

enum {
	EGRESS_HTTP = 1,
	EGRESS_LOCAL = 2
};

/* "", "http", "local", "http local": 0 and the bits, or -1. */
int egress_parse(struct str, unsigned *, struct err *);

enum egress_kind {
	EGRESS_PUBLIC,
	EGRESS_OURS,            /* loopback, private, link-local, CGNAT, mapped */
	EGRESS_NEVER            /* multicast, unspecified, reserved */
};
enum egress_kind egress_kind(const struct sockaddr *);
bool egress_address_ok(const struct sockaddr *, unsigned egress);

/*
 * egress_check(url, egress, err): the scheme, and the address where the host
 * is one.  0, or -1 with ERR_DENIED and what setting would allow it.
 */
int egress_check(const struct url *, unsigned egress, struct err *);

#endif
