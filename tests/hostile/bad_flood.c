/* Speaks over the worker: without end. */
#include "hostile.h"

HOSTILE(bad_flood)
{
	static char cursor[65536] = "\xfb\xff\x00\x00\x23";

	(void)in;
	(void)out;
	cursor[65535] = 'x';
	for (;;)
		(void)write(WIRE_FD, cursor, sizeof(cursor) - 1);
}
