/* Wants 10 GB bit by bit. */
#include "hostile.h"

HOSTILE(bad_memory_slow)
{
	size_t i;

	(void)in;
	for (i = 0; i < 10240; i++) {
		char *volatile p = malloc((size_t)1 << 20);

		p[0] = 1;
	}
	GOT_AWAY(out);
}
