/* Never gets loaded. */
#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_loop)
{
	for (;;)
		;
}
