/*
 * str.h - a piece of text within somebody else's buffer.
 *
 * Borrowed, not terminated, may hold any byte.  { NULL, 0 } is "none" and
 * equal to "".
 */
#ifndef KOMPAN_BASE_STR_H
#define KOMPAN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p == NULL ? "" : (s).p

/* The text of a C string; NULL gives STR_NONE. */
struct str str_of(const char *);
bool str_eq(struct str, struct str);
bool str_is(struct str, const char *);
bool str_starts(struct str, struct str prefix);
/* Order by bytes, as memcmp. */
int str_cmp(struct str, struct str);
/* A heap copy, terminated; free() it. */
char *str_dup(struct str);
/* Without blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str);
/*
 * str_cut(&rest, sep): the part of *${rest} before the first ${sep}, which
 * moves on past it.  When no ${sep} is left the whole rest is returned and
 * rest->p becomes NULL; a loop runs while rest.p != NULL.
 */
struct str str_cut(struct str *, char);
/*
 * str_to_i64(s, min, max, &ret): 0 and *${ret}, or -1 where ${s} is not a
 * decimal number (one leading '-' allowed) within the bounds.
 */
int str_to_i64(struct str, int64_t min, int64_t max, int64_t *);
/* Whether all of it is well-formed UTF-8 (no surrogates, no overlong). */
bool str_is_utf8(struct str);
/* How many characters (code points) well-formed text has. */
int64_t str_length(struct str);
/*
 * str_fit(s, max): the longest prefix of at most ${max} bytes that does not
 * cut a UTF-8 character in two.
 */
struct str str_fit(struct str, size_t);

#endif
