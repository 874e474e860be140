/*
 * Text with a column for each byte; see otext.h.
 */
#include "match/otext.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
otext_fini(struct otext *o)
{
	free(o->p);
	free(o->column);
	*o = (struct otext)OTEXT_INIT;
}

void
otext_reset(struct otext *o)
{
	o->n = 0;
	o->full = false;
	if (o->p != NULL)
		o->p[0] = '\0';
}

static void
make_room(struct otext *o, size_t n)
{
	if (o->n + n + 1 <= o->room)
		return;
	o->room = (o->n + n + 1) * 2;
	o->p = xreallocarray(o->p, o->room, 1);
	o->column = xreallocarray(o->column, o->room, sizeof(*o->column));
}

void
otext_add(struct otext *o, const char *p, size_t n, unsigned column)
{
	size_t i;

	make_room(o, n);
	if (o->n + n > OTEXT_MAX) {
		o->full = true;
		n = 0;
	}
	memcpy(o->p + o->n, p, n);
	for (i = 0; i < n; i++)
		o->column[o->n + i] = column;
	o->n += n;
	o->p[o->n] = '\0';
	o->column[o->n] = column;
}

void
otext_puts(struct otext *o, const char *s, unsigned column)
{
	otext_add(o, s, strlen(s), column);
}

void
otext_set(struct otext *o, struct str value, unsigned column)
{
	size_t i;

	otext_reset(o);
	otext_add(o, value.p, value.n, column);
	for (i = 0; i <= o->n; i++)
		o->column[i] = column + (unsigned)i;
}

unsigned
otext_column(const struct otext *o, size_t i)
{
	if (o->column == NULL)
		return 1;
	return o->column[i < o->n ? i : o->n];
}

void
spot_tell(struct spot *spot, unsigned column, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	problems_add(spot->problems, spot->file, spot->line, column, "%s",
	    text);
	spot->bad = true;
}
