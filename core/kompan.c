/* The command line. */
#include <stdio.h>

#include "pipeline.h"

int
main(void)
{
	puts(pipeline_stations[0]);
	return 0;
}
