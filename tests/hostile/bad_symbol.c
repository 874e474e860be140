/* Needs a function that is nowhere. */
#include "hostile.h"

void kompan_nowhere(void);

HOSTILE(bad_symbol)
{
	(void)in;
	kompan_nowhere();
	GOT_AWAY(out);
}
