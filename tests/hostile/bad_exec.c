/* Becomes another program. */
#include "hostile.h"

HOSTILE(bad_exec)
{
	(void)in;
	execl("/bin/true", "true", (char *)NULL);
	GOT_AWAY(out);
}
