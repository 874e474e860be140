/* Ends the process as if all were well. */
#include "hostile.h"

HOSTILE(bad_exit)
{
	(void)in;
	(void)out;
	_exit(3);
}
