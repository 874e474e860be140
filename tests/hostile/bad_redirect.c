/*
 * Asks the source's own URL, whose server answers with a redirect to where the
 * plugin may not go; what came back is its one post.
 */
#include "hostile.h"

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/*", NULL },
};

static void
step(const struct kp_in *in, struct kp_out *out)
{
	if (in->event == KP_START)
		out->request(out, KP_REQUEST(.url = in->source,
		    .flags = KP_ERRORS));
	else if (in->event == KP_RESPONSE)
		out->post(out, KP_POST(.id = S("loot"),
		    .text = in->response->body));
}

KP_PLUGIN(bad_redirect, .name = "bad_redirect", .version = "1",
    .summary = "-", .jobs = KP_CAN(KP_POLL),
    .endpoints = KP_TABLE(endpoints), .step = step);
