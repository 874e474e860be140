/*
 * notify.h - telling the service manager how we are: sd_notify(3)'s protocol.
 *
 * Without NOTIFY_SOCKET in the environment all of it does nothing.
 */
#ifndef KOMPAN_BASE_NOTIFY_H
#define KOMPAN_BASE_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STATUS=...", "WATCHDOG=1", "STOPPING=1"; lines by \n. */
void notify_send(const char *);
/*
 * How often to send WATCHDOG=1 (half of WATCHDOG_USEC), in ms; 0: nobody
 * watches.
 */
int64_t notify_watchdog_ms(void);

#endif
