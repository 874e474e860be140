/*
 * Judging addresses by the registries of special-purpose addresses (RFC 6890
 * and its successors).  Everything that stands for an IPv4 address in an IPv6
 * one (mapped, 6to4, Teredo, NAT64) counts as local: we cannot know where it
 * comes out.
 */
#include "fetch/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

struct block4 {
	uint32_t net;
	int bits;
	enum egress_kind kind;
};

static const struct block4 blocks4[] = {
	{ 0x00000000, 8, EGRESS_NEVER },        /* this network */
	{ 0x0a000000, 8, EGRESS_OURS },         /* 10/8 */
	{ 0x64400000, 10, EGRESS_OURS },        /* 100.64/10, CGNAT */
	{ 0x7f000000, 8, EGRESS_OURS },         /* loopback */
	{ 0xa9fe0000, 16, EGRESS_OURS },        /* link-local, cloud metadata */
	{ 0xac100000, 12, EGRESS_OURS },        /* 172.16/12 */
	{ 0xc0000000, 24, EGRESS_OURS },        /* 192.0.0/24 */
	{ 0xc0000200, 24, EGRESS_NEVER },       /* documentation */
	{ 0xc0586300, 24, EGRESS_OURS },        /* 6to4 relays */
	{ 0xc0a80000, 16, EGRESS_OURS },        /* 192.168/16 */
	{ 0xc6120000, 15, EGRESS_OURS },        /* benchmarks */
	{ 0xc6336400, 24, EGRESS_NEVER },       /* documentation */
	{ 0xcb007100, 24, EGRESS_NEVER },       /* documentation */
	{ 0xe0000000, 4, EGRESS_NEVER },        /* multicast */
	{ 0xf0000000, 4, EGRESS_NEVER },        /* reserved, broadcast */
};

struct block6 {
	unsigned char net[16];
	int bits;
	enum egress_kind kind;
};

static const struct block6 blocks6[] = {
	{ { 0 }, 128, EGRESS_NEVER },                           /* :: */
	{ { 0 }, 96, EGRESS_OURS },             /* ::1, v4-compatible */
	{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96, EGRESS_OURS },
	{ { 0, 0x64, 0xff, 0x9b }, 32, EGRESS_OURS },           /* NAT64 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, EGRESS_NEVER },       /* documents */
	{ { 0x20, 0x01 }, 23, EGRESS_OURS },    /* Teredo, ORCHID... */
	{ { 0x20, 0x02 }, 16, EGRESS_OURS },                    /* 6to4 */
	{ { 0x3f, 0xff }, 20, EGRESS_NEVER },                   /* documents */
	{ { 0xfc }, 7, EGRESS_OURS },                           /* private */
	{ { 0xfe, 0x80 }, 10, EGRESS_OURS },                    /* link-local */
	{ { 0xfe, 0xc0 }, 10, EGRESS_OURS },                    /* site-local */
	{ { 0x20 }, 3, EGRESS_PUBLIC },                         /* 2000::/3 */
};

static enum egress_kind
kind4(uint32_t address)
{
	size_t i;

	for (i = 0; i < sizeof(blocks4) / sizeof(blocks4[0]); i++) {
		uint32_t mask = ~(uint32_t)0 << (32 - blocks4[i].bits);

		if ((address & mask) == blocks4[i].net)
			return blocks4[i].kind;
	}
	return EGRESS_PUBLIC;
}

static bool
within6(const unsigned char *address, const struct block6 *block)
{
	size_t whole = (size_t)block->bits / 8;
	int rest = block->bits % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));

	if (memcmp(address, block->net, whole) != 0)
		return false;
	return rest == 0 || (address[whole] & mask) == block->net[whole];
}

static enum egress_kind
kind6(const unsigned char *address)
{
	size_t i;

	for (i = 0; i < sizeof(blocks6) / sizeof(blocks6[0]); i++) {
		if (within6(address, &blocks6[i]))
			return blocks6[i].kind;
	}
	return EGRESS_NEVER;
}

enum egress_kind
egress_kind(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		return kind4(ntohl(in.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		return kind6(in6.sin6_addr.s6_addr);
	default:
		return EGRESS_NEVER;
	}
}

bool
egress_address_ok(const struct sockaddr *sa, unsigned egress)
{
	switch (egress_kind(sa)) {
	case EGRESS_PUBLIC:
		return true;
	case EGRESS_OURS:
		return (egress & EGRESS_LOCAL) != 0;
	default:
		return false;
	}
}

int
egress_parse(struct str text, unsigned *ret, struct err *err)
{
	unsigned bits = 0;

	while (text.p != NULL) {
		struct str word = str_trim(str_cut(&text, ' '));

		if (word.n == 0)
			continue;
		if (str_is(word, "http"))
			bits |= EGRESS_HTTP;
		else if (str_is(word, "local"))
			bits |= EGRESS_LOCAL;
		else
			return err_set_code(err, ERR_INVALID,
			    "egress takes the words http and local, not `%.*s'",
			    STR_ARG(str_fit(word, 40)));
	}
	*ret = bits;
	return 0;
}

/* Whether the host is an address, and then which. */
static bool
literal(const char *host, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	char text[INET6_ADDRSTRLEN];
	size_t n = strcspn(host, "%");

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(ret, &in, sizeof(in));
		return true;
	}
	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, &in6.sin6_addr) != 1)
		return false;
	memcpy(ret, &in6, sizeof(in6));
	return true;
}

int
egress_check(const struct url *url, unsigned egress, struct err *err)
{
	struct sockaddr_storage sa;

	if (strcasecmp(url->scheme, "http") == 0 && !(egress & EGRESS_HTTP))
		return err_set_code(err, ERR_DENIED, "plain http to %.80s is not "
		    "allowed (egress = http would)", url->host);
	if (literal(url->host, &sa) &&
	    !egress_address_ok((struct sockaddr *)&sa, egress))
		return err_set_code(err, ERR_DENIED, "the address %.80s is not "
		    "public (egress = local would allow our own network)",
		    url->host);
	return 0;
}
