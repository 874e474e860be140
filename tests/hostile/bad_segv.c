/* Writes to nowhere. */
#include "hostile.h"

HOSTILE(bad_segv)
{
	volatile int *volatile nowhere = NULL;

	(void)in;
	*nowhere = 1;
	GOT_AWAY(out);
}
