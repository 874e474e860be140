/* Wants 10 GB at once. */
#include "hostile.h"

HOSTILE(bad_memory)
{
	char *p = malloc((size_t)10 << 30);

	(void)in;
	memset(p, 1, (size_t)10 << 30);
	GOT_AWAY(out);
	free(p);
}
