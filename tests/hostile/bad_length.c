/* Speaks over the worker: a message of 4 GB. */
#include "hostile.h"

HOSTILE(bad_length)
{
	(void)in;
	if (write(WIRE_FD, "\xff\xff\xff\xff", 4) == 4)
		GOT_AWAY(out);
}
