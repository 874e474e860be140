/* Reaches for the network. */
#include <sys/socket.h>

#include "hostile.h"

HOSTILE(bad_socket)
{
	(void)in;
	(void)socket(AF_INET, SOCK_STREAM, 0);
	GOT_AWAY(out);
}
