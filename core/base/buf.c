/*
 * A growing buffer with a hard limit, after curl's dynbuf.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_fini(struct buf *b)
{
	size_t max = b->max;

	free(b->p);
	buf_init(b, max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Make room for ${n} more bytes and the terminator. */
static int
buf_reserve(struct buf *b, size_t n)
{
	size_t room = b->room;

	if (b->failed || n > b->max - b->n) {
		b->failed = true;
		return -1;
	}
	if (b->n + n < room)
		return 0;
	if (room == 0)
		room = 64;
	while (room <= b->n + n)
		room *= 2;
	b->p = xreallocarray(b->p, room, 1);
	b->room = room;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_reserve(b, n) == -1)
		return -1;
	if (n != 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

int
buf_str(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.n);
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_putc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t)n) == -1) {
		b->failed = true;
		return -1;
	}
	va_start(ap, format);
	vsnprintf(b->p + b->n, (size_t)n + 1, format, ap);
	va_end(ap);
	b->n += (size_t)n;
	return 0;
}

void
buf_shift(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	b->p[b->n] = '\0';
}

struct str
buf_get(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

char *
buf_take(struct buf *b)
{
	char *p = b->p != NULL ? b->p : xcalloc(1, 1);
	size_t max = b->max;

	buf_init(b, max);
	return p;
}
