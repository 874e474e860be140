/* Gives up. */
#include "hostile.h"

HOSTILE(bad_abort)
{
	(void)in;
	(void)out;
	abort();
}
