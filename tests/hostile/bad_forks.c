/* A fork bomb. */
#include "hostile.h"

HOSTILE(bad_forks)
{
	(void)in;
	(void)out;
	for (;;)
		(void)fork();
}
