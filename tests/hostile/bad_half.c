/* Speaks over the worker: half a message, and then nothing. */
#include "hostile.h"

HOSTILE(bad_half)
{
	(void)in;
	(void)out;
	if (write(WIRE_FD, "\x64\x00\x00\x00\x20half", 9) == 9)
		for (;;)
			;
}
