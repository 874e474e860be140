/* Leaves a file behind while it is loaded. */
#include <fcntl.h>

#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_write)
{
	(void)open(LEFT_BEHIND, O_CREAT | O_WRONLY, 0600);
}
