/*
 * log.h - one line an event, for journald and people.
 *
 * Modules return errors; stations log, once, at the end of the way.  A line is
 * "name key=value ..." on standard error; under systemd it starts with the
 * priority ("<6>") that journald takes.
 */
#ifndef KOMPAN_BASE_LOG_H
#define KOMPAN_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,    /* syslog's numbers */
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

enum log_event_id {
#define EVENT(name, level, text, fields, meaning) LOG_##name,
#include "base/events.def"
#undef EVENT
	LOG_EVENTS
};

struct log_event_info {
	enum log_level level;
	const char *name, *fields, *meaning;
};

extern const struct log_event_info log_events[LOG_EVENTS];

/* log_open(max): log events up to level ${max}; before it, up to INFO. */
void log_open(enum log_level);

/*
 * log_event(event, format, ...):
 * Log ${event} (as in events.def, without its LOG_) with its fields.  Control
 * characters in the result are replaced, so that text from outside cannot
 * forge a line.  Safe from any thread.
 */
#define log_event(event, ...) log_write(LOG_##event, __VA_ARGS__)
void log_write(enum log_event_id, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
