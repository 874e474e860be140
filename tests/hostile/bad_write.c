/* Leaves a file behind. */
#include <fcntl.h>

#include "hostile.h"

HOSTILE(bad_write)
{
	(void)in;
	(void)open(LEFT_BEHIND, O_CREAT | O_WRONLY, 0600);
	GOT_AWAY(out);
}
