/* Kills its parent. */
#include <signal.h>

#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_kill)
{
	(void)kill(getppid(), SIGKILL);
}
