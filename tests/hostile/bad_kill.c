/* Kills its parent. */
#include <signal.h>

#include "hostile.h"

HOSTILE(bad_kill)
{
	(void)in;
	(void)kill(getppid(), SIGKILL);
	GOT_AWAY(out);
}
