/* kp_private.h - what the helpers' own files share. */
#ifndef KOMPAN_KP_PRIVATE_H
#define KOMPAN_KP_PRIVATE_H

#include "kp.h"

/* Call ${drop} on ${object} when the step's memory is freed. */
void kp_own(struct kp_mem *, void *object, void (*drop)(void *));

#endif
