/* Reaches for the network before it is asked anything. */
#include <sys/socket.h>

#include "hostile.h"

HOSTILE_CONSTRUCTOR(bad_ctor_socket)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}
