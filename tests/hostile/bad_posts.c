/* Sees more than there can be. */
#include "hostile.h"

HOSTILE(bad_posts)
{
	size_t i;

	(void)in;
	for (i = 0; i < 1001; i++)
		out->post(out, KP_POST(.id = S("1")));
}
