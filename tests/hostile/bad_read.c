/* Reads a file.  It cannot, which is told; the step counts. */
#include <fcntl.h>

#include "hostile.h"

HOSTILE(bad_read)
{
	(void)in;
	if (open("/etc/passwd", O_RDONLY) == -1)
		out->done(out, S("could not"), S(""));
	else
		GOT_AWAY(out);
}
