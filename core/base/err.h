/*
 * err.h - why something failed, in words that a person can act on.
 *
 * The caller owns a struct err, on the stack, and hands it down; whoever fails
 * fills it and returns -1; whoever passes it up may put context in front.
 * Functions that return 0 leave it alone.
 */
#ifndef KOMPAN_BASE_ERR_H
#define KOMPAN_BASE_ERR_H

#include <stddef.h>

/* What kind of failure it is, where a caller has to tell them apart. */
enum err_code {
	ERR_NONE = 0,
	ERR_GENERAL,    /* nothing more can be said by code */
	ERR_INVALID,    /* input from outside does not fit its format */
	ERR_LIMIT,      /* something is larger than we take */
	ERR_SYSTEM,     /* the system refused; the text holds strerror() */
	ERR_BUSY,       /* somebody else holds it; trying later helps */
	ERR_FULL,       /* no room on the disk */
	ERR_CORRUPT,    /* stored data do not hold what they should */
	ERR_NOT_FOUND,
	ERR_CONFLICT,   /* somebody else was first */
	ERR_DENIED,
	ERR_NETWORK     /* our own network, not the other side */
};

struct err {
	int code;               /* enum err_code */
	char text[256];         /* always terminated; no trailing full stop */
};

#define ERR_INIT { ERR_NONE, "" }

/*
 * err_set(err, format, ...), err_set_code(err, code, format, ...):
 * Fill ${err} and return -1, so that a caller can write `return err_set(...)`.
 * Text that does not fit is cut.
 */
int err_set(struct err *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
int err_set_code(struct err *, int, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* err_errno(err, errnum, format, ...): as above, adding ": strerror". */
int err_errno(struct err *, int, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* err_prefix(err, format, ...): put "context: " before the text. */
void err_prefix(struct err *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
