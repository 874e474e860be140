/*
 * mem.h - memory for our own needs.
 *
 * Out of memory ends the process: the state is in the database and the
 * supervisor starts it again.  What outsiders size goes through buf.h.
 */
#ifndef KOMPAN_BASE_MEM_H
#define KOMPAN_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory for ${n} elements of ${size} bytes; free() it. */
void *xcalloc(size_t n, size_t size) __attribute__((malloc));

/* Like realloc() to ${n} elements of ${size} bytes, checked for overflow. */
void *xreallocarray(void *, size_t n, size_t size);

char *xstrdup(const char *) __attribute__((malloc));

/* The ${n} bytes at ${p}, terminated. */
char *xstrndup(const char *p, size_t n) __attribute__((malloc));

char *xasprintf(const char *, ...) __attribute__((format(printf, 1, 2)));

/*
 * vec_grow(array, n, room): make room for one more element in an array that
 * holds ${n} and has space for ${room}; both are lvalues of type size_t.
 */
#define vec_grow(array, n, room) do {                                          \
		if ((n) == (room)) {                                           \
			(room) = (room) == 0 ? 8 : (room) * 2;                 \
			(array) = xreallocarray((array), (room),               \
			    sizeof(*(array)));                                 \
		}                                                              \
	} while (0)

#endif
