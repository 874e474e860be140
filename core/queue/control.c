/*
 * Finds the handler of a typed command.
 */
#include "queue/control.h"

#include <stddef.h>
#include <string.h>

const struct control *
control_find(const char *name)
{
	static const struct control *const tables[] = {
		queue_controls, source_controls, place_controls,
		privacy_controls, outbox_controls,
	};
	const struct control *c;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (c = tables[i]; c->name != NULL; c++) {
			if (strcmp(c->name, name) == 0)
				return c;
		}
	}
	return NULL;
}
