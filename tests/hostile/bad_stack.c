/* Calls itself until there is no stack. */
#include "hostile.h"

static int
deeper(volatile int *n)
{
	volatile char room[4096];

	room[0] = (char)*n;
	++*n;
	return *n == -1 ? 0 : deeper(n) + room[0];
}

HOSTILE(bad_stack)
{
	volatile int n = 0;

	(void)in;
	(void)deeper(&n);
	GOT_AWAY(out);
}
