/*
 * foldspec.h - the bytes above ASCII in folded text, and what stands there.
 */
#ifndef KOMPAN_MATCH_FOLDSPEC_H
#define KOMPAN_MATCH_FOLDSPEC_H

/* One code point gives at most this many bytes. */
#define FOLD_ONE_MAX 8

/*
 * Signs that keep a byte of their own, so that a pattern may name them; the
 * code points and what they become.  0x80 to 0x9f.
 */
#define FOLD_OWN_BYTES(X) \
	X(0x20ac, "\x80") /* euro */ \
	X(0x2039, "\x81") /* the marks around masked text: <phone> */ \
	X(0x203a, "\x82") \
	X(0xa7, "\x83") /* section */ \
	X(0xb0, "\x84") /* degree */ \
	X(0xa3, "\x85") /* pound */ \
	X(0x1f44d, "\x86") /* thumbs up */ \
	X(0x1f64f, "\x87") /* folded hands */ \
	X(0x2764, "\x88") /* heart */ \
	X(0x2705, "\x89") /* check mark */ \
	X(0x1f446, "\x8a") /* pointing up */ \
	X(0x1f447, "\x8b") /* pointing down */ \
	X(0x1f449, "\x8c") /* pointing right */ \
	X(0x1f4de, "\x8d") /* telephone */ \
	X(0x1f4e9, "\x8e") /* letter */ \
	X(0x26a0, "\x8f") /* warning */
#define FOLD_OWN_LAST 0x9f

#define FOLD_SIGN 0xa0          /* to 0xbf: other signs, emoji; shared */
#define FOLD_LETTER 0xc0        /* to 0xdf: letters of other scripts; shared */
#define FOLD_INVALID 0xff       /* a byte that is no UTF-8 */

#endif
