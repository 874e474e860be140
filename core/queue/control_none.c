#include "queue/control.h"
#include <stddef.h>
const struct control outbox_controls[] = { { NULL, NULL } };
