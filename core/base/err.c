/*
 * Errors travel up the call chain as text with a code.  The text grows to the
 * left (err_prefix), as in "pl/wages.rules:12: unknown key `mach'".
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
err_vset(struct err *err, int code, const char *format, va_list ap)
{
	char text[sizeof(err->text)];

	/* The arguments may point into err->text itself. */
	vsnprintf(text, sizeof(text), format, ap);
	memcpy(err->text, text, sizeof(text));
	err->code = code;
}

int
err_set(struct err *err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	err_vset(err, ERR_GENERAL, format, ap);
	va_end(ap);
	return -1;
}

int
err_set_code(struct err *err, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	err_vset(err, code, format, ap);
	va_end(ap);
	return -1;
}

int
err_errno(struct err *err, int errnum, const char *format, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, format);
	err_vset(err, ERR_SYSTEM, format, ap);
	va_end(ap);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s",
	    strerror(errnum));
	return -1;
}

void
err_prefix(struct err *err, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list ap;
	size_t n;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, ": %s", err->text);
	memcpy(err->text, text, sizeof(text));
}
