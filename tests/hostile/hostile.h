/* hostile.h - the frame of a plugin that misbehaves in one way. */
#ifndef KOMPAN_HOSTILE_H
#define KOMPAN_HOSTILE_H

#include <kompan-plugin.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S(literal) ((struct kp_str){ (literal), sizeof(literal) - 1 })
#define WIRE_FD 3

/* A plugin of this name with the function step(). */
#define HOSTILE(id)                                                            \
	static void step(const struct kp_in *, struct kp_out *);               \
	KP_PLUGIN(id, .name = #id, .version = "1", .summary = "Misbehaves.",   \
	    .jobs = KP_CAN(KP_POLL), .step = step);                            \
	static void step(const struct kp_in *in, struct kp_out *out)

/* One that would be good if it were not for what its constructor does. */
#define HOSTILE_CONSTRUCTOR(id)                                                \
	HOSTILE(id)                                                            \
	{                                                                      \
		(void)in;                                                      \
		out->done(out, S("got away with it"), S(""));                  \
	}                                                                      \
	static void constructor(void) __attribute__((constructor));            \
	static void constructor(void)

/* For what comes after the deed. */
#define GOT_AWAY(out) (out)->done((out), S("got away with it"), S(""))

#endif
