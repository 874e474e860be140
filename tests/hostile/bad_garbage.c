/* Speaks over the worker: garbage. */
#include "hostile.h"

HOSTILE(bad_garbage)
{
	(void)in;
	if (write(WIRE_FD, "\x05\x00\x00\x00hello", 9) == 9)
		GOT_AWAY(out);
}
