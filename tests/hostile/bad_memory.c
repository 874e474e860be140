/* Wants 10 GB at once. */
#include "hostile.h"

HOSTILE(bad_memory)
{
	volatile char *volatile p = malloc((size_t)10 << 30);

	(void)in;
	p[0] = 1;
	GOT_AWAY(out);
}
