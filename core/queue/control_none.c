#include "queue/control.h"
#include <stddef.h>
const struct control source_controls[] = { { NULL, NULL } };
const struct control place_controls[] = { { NULL, NULL } };
const struct control outbox_controls[] = { { NULL, NULL } };
