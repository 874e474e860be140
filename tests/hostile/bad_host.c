/* Asks a host that it did not declare. */
#include "hostile.h"

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "=source", "/*", NULL },
};

static void
step(const struct kp_in *in, struct kp_out *out)
{
	if (in->event == KP_START)
		out->request(out, KP_REQUEST(
		    .url = S("https://elsewhere.example/collect")));
}

KP_PLUGIN(bad_host, .name = "bad_host", .version = "1", .summary = "-",
    .jobs = KP_CAN(KP_POLL), .endpoints = KP_TABLE(endpoints), .step = step);
