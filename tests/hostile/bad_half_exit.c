/* Speaks over the worker: half a message, and then the end. */
#include "hostile.h"

HOSTILE(bad_half_exit)
{
	(void)in;
	(void)out;
	if (write(WIRE_FD, "\x64\x00\x00\x00\x20half", 9) == 9)
		_exit(0);
}
