/* Never comes back. */
#include "hostile.h"

HOSTILE(bad_loop)
{
	(void)in;
	(void)out;
	for (;;)
		;
}
