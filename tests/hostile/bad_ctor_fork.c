/* Leaves a child behind that no budget covers. */
#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_fork)
{
	if (fork() == 0)
		for (;;)
			;
}
