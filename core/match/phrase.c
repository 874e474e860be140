/*
 * Phrases into regular expressions.  A gap stays on one line and within what
 * a sentence may hold (dots too: people type them for pauses).
 */
#include "match/phrase.h"

#include <string.h>

#define GAP "[^\\w\\n!?]{1,4}"
#define WORDS_BETWEEN "(?:[^\\w\\n!?]{1,4}\\w+){0,6}?" GAP

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Letters, also those outside ASCII: where a word may begin or end. */
static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 || c == '_';
}

static size_t
skip_blanks(const struct otext *in, size_t i)
{
	while (i < in->n && is_blank(in->p[i]))
		i++;
	return i;
}

static bool
is_dots(const struct otext *in, size_t i)
{
	return (i + 3 <= in->n && memcmp(in->p + i, "...", 3) == 0) ||
	    (i + 3 <= in->n && memcmp(in->p + i, "\xe2\x80\xa6", 3) == 0);
}

struct phrase {
	const struct otext *in;
	struct otext *out;
	struct spot *spot;
	size_t i;
	size_t open;            /* where the open group begins, in ${out} */
	bool in_group, choice;
};

static void
gap(struct phrase *f, const char *what, unsigned column)
{
	otext_puts(f->out, what, column);
}

/* Blanks, and dots among them. */
static void
take_gap(struct phrase *f)
{
	unsigned column = otext_column(f->in, f->i);
	size_t next = skip_blanks(f->in, f->i);
	bool dots = false, first = f->i == 0 || f->out->n == 0;

	while (next < f->in->n && is_dots(f->in, next)) {
		dots = true;
		next = skip_blanks(f->in, next + 3);
	}
	f->i = next;
	if (dots && (first || next == f->in->n)) {
		spot_tell(f->spot, column, "`...' stands between words, not "
		    "at an end of the phrase");
		return;
	}
	if (!first && next < f->in->n)
		gap(f, dots ? WORDS_BETWEEN : GAP, column);
}

/*
 * A group with a blank behind it may be missing, so the blank goes into it:
 * "nu (mi-)a" but also "nu (mai) vine".
 */
static void
close_group(struct phrase *f, unsigned column)
{
	const struct otext *in = f->in;
	bool blank = f->i + 1 < in->n && is_blank(in->p[f->i + 1]) &&
	    !is_dots(in, skip_blanks(in, f->i + 1)) &&
	    skip_blanks(in, f->i + 1) < in->n;

	f->in_group = false;
	f->i++;
	if (f->choice) {
		otext_puts(f->out, ")", column);
		return;
	}
	if (blank) {
		gap(f, GAP, column);
		f->i = skip_blanks(in, f->i);
	}
	otext_puts(f->out, ")?", column);
}

static void
take_one(struct phrase *f)
{
	const struct otext *in = f->in;
	unsigned column = otext_column(in, f->i);
	char c = in->p[f->i];

	if (is_blank(c) || is_dots(in, f->i)) {
		take_gap(f);
	} else if (c == '(' && !f->in_group) {
		f->in_group = true;
		f->choice = false;
		otext_puts(f->out, "(?:", column);
		f->i++;
	} else if (c == '|' && f->in_group) {
		f->choice = true;
		otext_puts(f->out, "|", column);
		f->i++;
	} else if (c == ')' && f->in_group) {
		close_group(f, column);
	} else if (c == '(' || c == ')' || c == '|') {
		spot_tell(f->spot, column, "`%c' belongs to a choice: "
		    "(this|that), none within another", c);
		f->i++;
	} else if (c == '*') {
		otext_puts(f->out, "\\w*", column);
		f->i++;
	} else {
		if (strchr("\\^$.[]+?", c) != NULL)
			otext_puts(f->out, "\\", column);
		otext_add(f->out, &c, 1, column);
		f->i++;
	}
}

int
phrase_compile(const struct otext *in, struct otext *out, struct spot *spot)
{
	struct phrase f = { .in = in, .out = out, .spot = spot };
	bool was_bad = spot->bad;
	char last;

	spot->bad = false;
	otext_reset(out);
	if (in->n > 0 && (is_letter(in->p[0]) || in->p[0] == '(' ||
	    in->p[0] == '{'))
		otext_puts(out, "\\b", otext_column(in, 0));
	while (f.i < in->n)
		take_one(&f);
	if (f.in_group)
		spot_tell(spot, otext_column(in, in->n),
		    "a choice ends with `)'");
	last = in->n > 0 ? in->p[in->n - 1] : '*';
	if (is_letter(last) || last == ')')
		otext_puts(out, "\\b", otext_column(in, in->n));
	if (spot->bad)
		return -1;
	spot->bad = was_bad;
	return 0;
}
