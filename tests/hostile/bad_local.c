/*
 * Asks the host of the source's URL, which the test makes 127.0.0.1, ::1 or a
 * name that resolves to one of them.
 */
#include "hostile.h"

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/*", NULL },
};

static void
step(const struct kp_in *in, struct kp_out *out)
{
	if (in->event == KP_START)
		out->request(out, KP_REQUEST(.url = in->source));
}

KP_PLUGIN(bad_local, .name = "bad_local", .version = "1", .summary = "-",
    .jobs = KP_CAN(KP_POLL), .endpoints = KP_TABLE(endpoints), .step = step);
