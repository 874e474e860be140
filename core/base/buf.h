/*
 * buf.h - bytes that grow, up to a limit that is given at the start.
 *
 * For everything whose size an outsider decides.  Running over the limit is
 * an error that sticks: later calls do nothing and fail too, so a writer may
 * check once, at the end.
 */
#ifndef KOMPAN_BASE_BUF_H
#define KOMPAN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
	char *p;        /* terminated with a NUL that is not counted */
	size_t n;
	size_t room;
	size_t max;
	bool failed;    /* something did not fit */
};

/* buf_init(b, max): empty, will take at most ${max} bytes. */
void buf_init(struct buf *, size_t);
/* Free what it holds; it may be used again as if just made. */
void buf_fini(struct buf *);
/* Forget the content and a failure, keep the memory. */
void buf_reset(struct buf *);
/* All return 0, or -1 if it does not fit. */
int buf_add(struct buf *, const void *, size_t);
int buf_str(struct buf *, struct str);
int buf_puts(struct buf *, const char *);
int buf_putc(struct buf *, char);
int buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
/* Drop the first ${n} bytes. */
void buf_shift(struct buf *, size_t);
/* Its content; borrowed until the next change. */
struct str buf_get(const struct buf *);
/* Its content, terminated and never NULL; the caller's to free(). */
char *buf_take(struct buf *);

#endif
