/* Declares that it may ask this machine itself. */
#include "hostile.h"

static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "GET", "localhost", "/*", NULL },
};

static void
step(const struct kp_in *in, struct kp_out *out)
{
	(void)in;
	GOT_AWAY(out);
}

KP_PLUGIN(bad_hello, .name = "bad_hello", .version = "1", .summary = "-",
    .jobs = KP_CAN(KP_POLL), .endpoints = KP_TABLE(endpoints), .step = step);
