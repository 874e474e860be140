/*
 * While polling it asks for what only a reply may: its endpoint allows it, the
 * running job does not.  The source's URL is the host; /send publishes.
 */
#include <stdio.h>

#include "hostile.h"

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/read", NULL },
	{ KP_CAN(KP_REPLY), "POST", "=source", "/send", NULL },
};

static void
step(const struct kp_in *in, struct kp_out *out)
{
	char url[300];
	int n;

	if (in->event != KP_START)
		return;
	n = snprintf(url, sizeof(url), "%.*s/send", (int)in->source.n,
	    in->source.p);
	out->request(out, KP_REQUEST(.method = S("POST"),
	    .url = { url, (size_t)n }, .body = S("spam"),
	    .state = S("send")));
}

KP_PLUGIN(bad_publish, .name = "bad_publish", .version = "1", .summary = "-",
    .jobs = KP_CAN(KP_POLL) | KP_CAN(KP_REPLY),
    .endpoints = KP_TABLE(endpoints), .step = step);
