/*
 * kompan: the command line.  cmd/cmd.c finds the verb; `kompan agent' is where
 * the work is done, and pipeline.c says in what order.
 */
#include "cmd/cmd.h"

int
main(int argc, char **argv)
{
	return cmd_main(argc, argv);
}
