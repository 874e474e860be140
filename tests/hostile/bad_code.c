/* Makes code of what it was told. */
#include <sys/mman.h>

#include "hostile.h"

HOSTILE(bad_code)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)in;
	if (p == MAP_FAILED)
		out->done(out, S("could not"), S(""));
	else
		GOT_AWAY(out);
}
