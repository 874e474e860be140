/* Crashes while it is loaded. */
#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_segv)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
}
