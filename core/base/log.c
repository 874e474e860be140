/*
 * Logging: formats into one buffer and writes it with one write(), so that
 * lines of several threads do not mix.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct log_event_info log_events[LOG_EVENTS] = {
#define ERROR LOG_LEVEL_ERROR
#define WARNING LOG_LEVEL_WARNING
#define INFO LOG_LEVEL_INFO
#define DEBUG LOG_LEVEL_DEBUG
#define EVENT(name, level, text, fields, meaning)                              \
	[LOG_##name] = { level, text, fields, meaning },
#include "base/events.def"
#undef EVENT
};

static enum log_level log_max = LOG_LEVEL_INFO;
static bool log_priorities;

void
log_open(enum log_level max)
{
	log_max = max;
	log_priorities = getenv("JOURNAL_STREAM") != NULL;
}

void
log_write(enum log_event_id id, const char *format, ...)
{
	const struct log_event_info *event = &log_events[id];
	char line[1024];
	va_list ap;
	int n = 0, m;

	if (event->level > log_max)
		return;
	if (log_priorities)
		n = snprintf(line, sizeof(line), "<%d>", (int)event->level);
	n += snprintf(line + n, sizeof(line) - (size_t)n, "%s ", event->name);
	va_start(ap, format);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	if (m > 0)
		n += m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (m = 0; m < n; m++) {
		if ((unsigned char)line[m] < 0x20 || line[m] == 0x7f)
			line[m] = '?';
	}
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		return;         /* there is nobody to tell */
}
