/* Was built for another Kompan. */
#include "hostile.h"

static void
step(const struct kp_in *in, struct kp_out *out)
{
	(void)in;
	GOT_AWAY(out);
}

__attribute__((visibility("default"))) extern const struct kp_plugin
    bad_abi_LTX_kp_plugin;
const struct kp_plugin bad_abi_LTX_kp_plugin = { .major = 99, .minor = 7,
	.size = 24, .name = "bad_abi", .step = step };
