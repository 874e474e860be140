/*
 * stanza.h - the one syntax of everything that people write for Kompan.
 *
 *     # a comment is a line of its own
 *     [kind name]
 *     key      = value to the end of the line
 *     key.lang = value of one language
 *
 * Rules, kompan.conf, sources, texts and advice centres use it.  A value stands
 * verbatim (a pattern may hold '#', quotes, brackets); only blanks at its ends
 * are cut.  Keys may be repeated where their table says so.
 */
#ifndef KOMPAN_CONFIG_STANZA_H
#define KOMPAN_CONFIG_STANZA_H

#include <stdbool.h>

#include "base/err.h"
#include "base/problems.h"
#include "base/str.h"

#define STANZA_FILE_MAX ((size_t)8 << 20)       /* bytes of one file */
#define STANZA_LINE_MAX ((size_t)8192)

struct stanza_line {
	const char *key;        /* without the language */
	const char *lang;       /* after the dot, or NULL */
	struct str value;       /* terminated too; "" where nothing follows */
	unsigned line;          /* from 1 */
	unsigned column;        /* of the value, from 1, in bytes */
};

struct stanza {
	const char *kind;
	const char *name;       /* "" where the heading has none */
	unsigned line;
	struct stanza_line *lines;
	size_t nlines, room;
};

struct stanza_file {
	char *path;             /* as given, for messages */
	char *text;             /* what the pointers above point into */
	struct stanza *v;
	size_t n, room;
};

/*
 * stanza_parse(path, text, ret, problems):
 * Cut ${text} (${path} is only for messages).  Faults are added to
 * ${problems}, and what could be read is still returned.  *${ret} is the
 * caller's to stanza_free(); it does not need ${text} any more.
 * 0: no faults; -1: some.
 */
int stanza_parse(const char *path, struct str text, struct stanza_file **,
    struct problems *);
/* The same from a file; one that cannot be read is a fault too, *ret NULL. */
int stanza_load(const char *path, struct stanza_file **, struct problems *);
void stanza_free(struct stanza_file *);

/* What a key may be.  Tables end with { 0 }. */
enum stanza_type {
	STANZA_TEXT,            /* anything */
	STANZA_WORD,            /* letters, digits, "-_." */
	STANZA_NUMBER,          /* whole, min to max */
	STANZA_SWITCH,          /* yes or no */
	STANZA_DURATION,        /* 90 s, 15 min, 4 h, 3 d; min to max in ms */
	STANZA_CHOICE,          /* one of `choices`, blank-separated */
	STANZA_CHOICES,         /* some of them, separated by blanks */
	STANZA_URL              /* http:// or https:// */
};

struct stanza_key {
	const char *name;
	enum stanza_type type;
	unsigned flags;
	const char *choices;
	int64_t min, max;       /* 0, 0: no bounds */
	const char *help;       /* one line, for manual pages and messages */
};
#define STANZA_REQUIRED 1u
#define STANZA_MANY 2u          /* may be repeated */
#define STANZA_LANG 4u          /* must carry a language: key.pl */
#define STANZA_MAYBE_LANG 8u    /* may carry one */

/*
 * stanza_check(file, stanza, keys, problems):
 * Every line against ${keys}: unknown keys (naming the nearest), repeats, bad
 * values, missing required ones.  0 or -1.
 * Languages are those of `stanza_langs` below.
 */
int stanza_check(const struct stanza_file *, const struct stanza *,
    const struct stanza_key *, struct problems *);
/* The languages that a key may carry: bg de en pl ro; NULL-terminated. */
extern const char *const stanza_langs[];

/* The first line with ${key} (and ${lang}, if not NULL), or NULL. */
const struct stanza_line *stanza_find(const struct stanza *, const char *key,
    const char *lang);
/* Its value, or ${otherwise}.  These expect a stanza that was checked. */
const char *stanza_text(const struct stanza *, const char *key,
    const char *otherwise);
int64_t stanza_number(const struct stanza *, const char *key,
    int64_t otherwise);
bool stanza_switch(const struct stanza *, const char *key, bool otherwise);
int64_t stanza_duration_ms(const struct stanza *, const char *key,
    int64_t otherwise);

/* "90 s", "15 min", "4 h", "3 d", "250 ms": 0 and ms, or -1. */
int duration_parse(struct str, int64_t *);

#endif
