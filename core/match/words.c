/*
 * Macros.  Expansion is by text, before folding; only a brace with a name in
 * it is a macro ({2,5} stays a quantifier, \x{142} and \p{L} an escape).
 */
#include "match/words.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "match/pattern.h"

#define DEPTH_MAX 20

struct word {
	char *key;              /* "pl.wage" */
	const char *lang, *name;
	struct str value;
	const char *file;
	unsigned line, column;
	bool bad;               /* told already */
	UT_hash_handle hh;
};

struct words {
	struct word *by_key;
};

struct words *
words_new(void)
{
	return xcalloc(1, sizeof(struct words));
}

void
words_free(struct words *words)
{
	struct word *word, *next;

	if (words == NULL)
		return;
	HASH_ITER(hh, words->by_key, word, next) {
		HASH_DEL(words->by_key, word);
		free(word->key);
		free(word);
	}
	free(words);
}

static struct word *
find(const struct words *words, const char *lang, const char *name, size_t n)
{
	char *key = xasprintf("%s.%.*s", lang, (int)n, name);
	struct word *word;

	HASH_FIND_STR(words->by_key, key, word);
	free(key);
	return word;
}

bool
words_has(const struct words *words, const char *lang, const char *name)
{
	return find(words, lang, name, strlen(name)) != NULL;
}

static bool
is_name_char(char c, bool start)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (!start && ((c >= '0' && c <= '9') || c == '-' || c == '_'));
}

static bool
is_name(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (!is_name_char(s[i], i == 0))
			return false;
	return i > 0;
}

static const char *
lang_find(const char *name)
{
	size_t i;

	for (i = 0; stanza_langs[i] != NULL; i++)
		if (strcmp(stanza_langs[i], name) == 0)
			return stanza_langs[i];
	return NULL;
}

void
words_add(struct words *words, const struct stanza_file *file,
    const struct stanza *stanza, struct problems *problems)
{
	const char *lang = lang_find(stanza->name);
	size_t i;

	if (lang == NULL) {
		problems_add(problems, file->path, stanza->line, 1,
		    "`[words %s]': write a language: bg de en pl ro",
		    stanza->name);
		return;
	}
	for (i = 0; i < stanza->nlines; i++) {
		const struct stanza_line *line = &stanza->lines[i];
		struct word *word, *old;

		if (line->lang != NULL || !is_name(line->key)) {
			problems_add(problems, file->path, line->line, 1,
			    "a macro's name is letters, digits, `-' and `_', "
			    "without a language: `[words %s]' says it", lang);
			continue;
		}
		if (line->value.n == 0) {
			problems_add(problems, file->path, line->line,
			    line->column, "macro `%s' is empty", line->key);
			continue;
		}
		old = find(words, lang, line->key, strlen(line->key));
		if (old != NULL) {
			problems_add(problems, file->path, line->line, 1,
			    "macro `%s' stands already at %s:%u", line->key,
			    old->file, old->line);
			continue;
		}
		word = xcalloc(1, sizeof(*word));
		word->key = xasprintf("%s.%s", lang, line->key);
		word->lang = lang;
		word->name = line->key;
		word->value = line->value;
		word->file = file->path;
		word->line = line->line;
		word->column = line->column;
		HASH_ADD_KEYPTR(hh, words->by_key, word->key,
		    strlen(word->key), word);
	}
}

struct expansion {
	const struct words *words;
	const char *lang;
	struct otext *out;
	struct spot *spot;
	const struct word *stack[DEPTH_MAX];
	size_t depth;
};

static void
tell_unknown(struct expansion *x, const char *name, size_t n, unsigned column)
{
	const char **names, *near;
	char *text = xstrndup(name, n);
	struct word *word, *next;
	size_t k = 0;

	names = xcalloc(HASH_COUNT(x->words->by_key) + 1, sizeof(*names));
	HASH_ITER(hh, x->words->by_key, word, next)
		if (strcmp(word->lang, x->lang) == 0)
			names[k++] = word->name;
	near = nearest_word(text, names);
	if (near != NULL)
		spot_tell(x->spot, column, "`[words %s]' has no `%s'; did you "
		    "mean `%s'?", x->lang, text, near);
	else
		spot_tell(x->spot, column, "`[words %s]' has no `%s'; define "
		    "it there", x->lang, text);
	free(names);
	free(text);
}

static void expand_text(struct expansion *, const char *, size_t,
    const struct otext *, unsigned);

/* One macro's alternatives as a group. */
static void
expand_word(struct expansion *x, const struct word *word, unsigned column)
{
	size_t i, start = 0;
	const char *p = word->value.p;

	for (i = 0; i < x->depth; i++) {
		if (x->stack[i] == word) {
			spot_tell(x->spot, column,
			    "macro `%s' leads back to itself (%s:%u)",
			    word->name, word->file, word->line);
			return;
		}
	}
	if (x->depth == DEPTH_MAX) {
		spot_tell(x->spot, column, "macro `%s': more than %d macros "
		    "within each other", word->name, DEPTH_MAX);
		return;
	}
	x->stack[x->depth++] = word;
	otext_puts(x->out, "(?:", column);
	for (i = 0; i <= word->value.n && !x->out->full; i++) {
		struct str part;

		if (i < word->value.n && !(p[i] == '|' && i > 0 &&
		    (p[i - 1] == ' ' || p[i - 1] == '\t') &&
		    (p[i + 1] == ' ' || p[i + 1] == '\t')))
			continue;
		part = str_trim((struct str){ p + start, i - start });
		if (start > 0)
			otext_puts(x->out, "|", column);
		expand_text(x, part.p, part.n, NULL, column);
		start = i + 1;
	}
	otext_puts(x->out, ")", column);
	x->depth--;
}

/* The column of byte ${i}: its own, or that of the macro's use. */
static unsigned
at(const struct otext *in, size_t i, unsigned column)
{
	return in == NULL ? column : otext_column(in, i);
}

static void
expand_text(struct expansion *x, const char *p, size_t n,
    const struct otext *in, unsigned column)
{
	size_t i = 0, k;

	while (i < n && !x->out->full) {
		const struct word *word;

		if (p[i] == '\\' && i + 1 < n) {
			k = i + 2;
			if (k < n && p[k] == '{' && strchr("xpPkgNo",
			    p[i + 1]) != NULL) {
				while (k < n && p[k] != '}')
					k++;
				k += k < n;
			}
			for (; i < k; i++)
				otext_add(x->out, p + i, 1, at(in, i, column));
			continue;
		}
		for (k = i + 1; k < n && is_name_char(p[k], k == i + 1); k++)
			;
		if (p[i] != '{' || k == i + 1 || k == n || p[k] != '}') {
			otext_add(x->out, p + i, 1, at(in, i, column));
			i++;
			continue;
		}
		word = find(x->words, x->lang, p + i + 1, k - i - 1);
		if (word == NULL)
			tell_unknown(x, p + i + 1, k - i - 1,
			    at(in, i, column));
		else if (word->bad)
			x->spot->bad = true;
		else
			expand_word(x, word, at(in, i, column));
		i = k + 1;
	}
}

int
words_expand(const struct words *words, const char *lang,
    const struct otext *in, struct otext *out, struct spot *spot)
{
	struct expansion x = { .words = words, .lang = lang, .out = out,
	    .spot = spot };

	otext_reset(out);
	otext_puts(out, "", otext_column(in, 0));
	expand_text(&x, in->p == NULL ? "" : in->p, in->n, in, 1);
	if (out->full)
		spot_tell(spot, otext_column(in, 0), "with its macros the "
		    "pattern is longer than %zu bytes", OTEXT_MAX);
	return spot->bad ? -1 : 0;
}

void
words_check(struct words *words, struct problems *problems)
{
	struct otext in = OTEXT_INIT, out = OTEXT_INIT;
	struct word *word, *next;

	HASH_ITER(hh, words->by_key, word, next) {
		struct spot spot = { word->file, word->line, problems, false };
		struct expansion x = { .words = words, .lang = word->lang,
		    .out = &out, .spot = &spot };

		/* A group of one macro, columns as in the file. */
		otext_set(&in, word->value, word->column);
		otext_reset(&out);
		x.stack[x.depth++] = word;
		expand_text(&x, in.p, in.n, &in, word->column);
		if (out.full && !spot.bad)
			spot_tell(&spot, word->column, "with the macros in it "
			    "`%s' is longer than %zu bytes", word->name,
			    OTEXT_MAX);
		if (!spot.bad)
			pattern_try(&out, &spot);
		if (spot.bad)
			word->bad = true;
	}
	otext_fini(&in);
	otext_fini(&out);
}
