/*
 * send.h - a request of a plugin on its way: allowed? its turn? sent, and
 * redirected as far as it may be.
 *
 *     endpoint, egress -> gates -> credential -> http -> redirect? again
 */
#ifndef KOMPAN_FETCH_SEND_H
#define KOMPAN_FETCH_SEND_H

#include "config/config.h"
#include "fetch/endpoint.h"
#include "fetch/gate.h"
#include "fetch/http.h"
#include "fetch/network.h"

#define SEND_HOPS_MAX 5

/* What is shared by all requests of a process. */
struct sender {
	struct loop *loop;
	struct http *http;
	struct gates *gates;
	struct network *network;        /* NULL: not watched */
	const struct config *config;
	/* Figures, for metrics. */
	uint64_t requests, answers, faults, bytes;
	uint64_t refusals;              /* 429 and the like */
};

/* All borrowed until done() or send_cancel(). */
struct send_request {
	uint32_t job;
	const struct plugin_info *info;
	struct endpoint_source source;
	const char *source_key, *place_key;     /* of their gates; NULL: none */
	const char *credential;
	unsigned egress;
	const char *method, *url, *type;        /* method NULL: GET */
	struct str body;
	const struct http_pair *headers;
	size_t nheaders;
	const char *etag, *modified;            /* for a conditional request */
};

enum send_kind {
	SEND_ANSWERED,          /* by whatever status */
	SEND_DENIED,            /* we do not send this: error says why */
	SEND_FAILED,            /* nothing came */
	SEND_OUR_NETWORK        /* nothing came, and that is our own fault */
};

struct send_result {
	enum send_kind kind;
	int status;
	char error[256];
	const char *url;                /* where it ended, without credential */
	struct http_response *response; /* with SEND_ANSWERED; borrowed */
	bool left;              /* it may have reached the other side */
	int64_t retry_at;       /* the other side's or our word; 0: none */
};

struct send;

/* done() is called from the loop, once; ${request} must last until then. */
struct send *send_start(struct sender *, const struct send_request *,
    void (*done)(void *arg, const struct send_result *), void *arg);
void send_cancel(struct send *);


#endif
