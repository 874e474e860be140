/*
 * text.h - the worker makes UTF-8 text of what servers and people wrote.
 *
 * Nothing here fails on content: what cannot be read becomes U+FFFD.
 */
#ifndef KOMPAN_PARSE_TEXT_H
#define KOMPAN_PARSE_TEXT_H

#include <kompan-plugin.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Before the second filter of the sandbox: open all charset converters and
 * have the libraries read what they read once.  How many converters there are.
 */
size_t text_init(void);

/*
 * text_decode(bytes, charset, out): ${bytes} as UTF-8: by byte order mark,
 * else ${charset} (of the HTTP header, may be none), else XML declaration or
 * <meta>, else by looking.  The result is ${bytes} itself, or in ${out}.  A
 * charset in an XML declaration is blanked out where it no longer holds.
 */
struct str text_decode(struct str bytes, struct str charset, struct buf *out);

/* The charset parameter of a Content-Type; STR_NONE: it has none. */
struct str text_charset(struct str content_type);
/* Whether a body of this media type is text at all. */
bool text_is_media(struct str type);

/*
 * text_clean(s, out): ${s} if it is UTF-8 without NUL, else the same with
 * U+FFFD for each fault, in ${out}.
 */
struct str text_clean(struct str, struct buf *out);

/*
 * text_of_html(html, out): what a reader sees: lines for <br>, <p>, <li> and
 * the like, "> " before quoted ones, entities resolved, link targets in
 * brackets, no scripts and styles.  False where only a part was read (too
 * long, or nested too deeply).
 */
bool text_of_html(struct str html, struct buf *out);

#endif
