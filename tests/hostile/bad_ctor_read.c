/* Reads what is not its business, and dies of not getting it. */
#include <fcntl.h>

#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_read)
{
	if (open("/etc/passwd", O_RDONLY) == -1)
		_exit(77);
}
