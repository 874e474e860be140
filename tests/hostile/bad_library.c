/* Needs a library that was there only when it was built. */
#include "hostile.h"

void kompan_gone(void);

HOSTILE(bad_library)
{
	(void)in;
	kompan_gone();
	GOT_AWAY(out);
}
