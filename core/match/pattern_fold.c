/*
 * Folds a pattern: literals and the members of classes become what they are
 * in folded text; operators stay.  A letter that folds to several bytes is a
 * group where a quantifier follows, and an alternative beside a class.
 *
 * Only what means the same on folded text, on any engine, gets through.
 */
#include "match/folder.h"

#include <string.h>

unsigned
folder_column(const struct folder *f)
{
	return otext_column(f->in, f->i);
}

int
folder_peek(const struct folder *f, size_t ahead)
{
	return f->i + ahead < f->in->n ?
	    (unsigned char)f->in->p[f->i + ahead] : -1;
}

/* The quantifier {n}, {n,} or {n,m} at byte ${i}: its length, or 0. */
static size_t
braces(const struct otext *in, size_t i)
{
	size_t k = i + 1, digits = 0;

	if (i >= in->n || in->p[i] != '{')
		return 0;
	for (; k < in->n && in->p[k] >= '0' && in->p[k] <= '9'; k++)
		digits++;
	if (digits == 0)
		return 0;
	if (k < in->n && in->p[k] == ',')
		for (k++; k < in->n && in->p[k] >= '0' && in->p[k] <= '9'; k++)
			;
	return k < in->n && in->p[k] == '}' ? k + 1 - i : 0;
}

static bool
quantifier_at(const struct folder *f, size_t i)
{
	return !f->quoted && i < f->in->n && (memchr("*+?", f->in->p[i], 3) ||
	    braces(f->in, i) > 0);
}

void
folder_put_byte(struct otext *out, unsigned char b, unsigned at,
    const char *special)
{
	char c = (char)b;

	if (c != '\0' && strchr(special, c) != NULL)
		otext_puts(out, "\\", at);
	if (c == '\n')
		otext_puts(out, "\\n", at);
	else if (c == '\0')
		otext_puts(out, "\\x00", at);
	else
		otext_add(out, &c, 1, at);
}

/* Fold ${c}; tells where its byte is shared with others. */
size_t
folder_fold_checked(struct folder *f, uint32_t c, char out[FOLD_ONE_MAX])
{
	size_t n = fold_char(c, out), i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)out[i] >= FOLD_SIGN) {
			spot_tell(f->spot, f->at, "folding makes U+%04X "
			    "one byte that it shares with other signs: use "
			    "raw.LANG for it", (unsigned)c);
			return 0;
		}
	}
	return n;
}

/* A literal code point; f->i stands behind it. */
static void
put_literal(struct folder *f, uint32_t c, unsigned at)
{
	char bytes[FOLD_ONE_MAX];
	size_t i, n;
	bool group;

	f->at = at;
	n = folder_fold_checked(f, c, bytes);
	group = n > 1 && quantifier_at(f, f->i);

	if (group)
		otext_puts(f->out, "(?:", at);
	for (i = 0; i < n; i++)
		folder_put_byte(f->out, (unsigned char)bytes[i], at,
		    "\\^$.[]|()?*+{}");
	if (group)
		otext_puts(f->out, ")", at);
}

/* The code point at f->i, moving past it. */
uint32_t
folder_take_char(struct folder *f)
{
	uint32_t c = 0;
	size_t n = fold_decode(f->in->p + f->i, f->in->p + f->in->n, &c);

	if (n == 0) {
		spot_tell(f->spot, folder_column(f), "this is not UTF-8");
		n = 1;
	}
	f->i += n;
	return c;
}

/* "\x41", "\x{142}" or a letter for a control: the code point, or -1. */
int64_t
folder_take_code_escape(struct folder *f)
{
	static const struct {
		char letter, c;
	} controls[] = { { 'n', '\n' }, { 't', '\t' }, { 'r', '\r' },
	    { 'f', '\f' }, { 'e', 27 }, { 'a', 7 } };
	size_t i;
	int64_t c = 0;
	int digits = 0, d;
	bool brace;

	for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		if (folder_peek(f, 1) == controls[i].letter) {
			f->i += 2;
			return controls[i].c;
		}
	}
	if (folder_peek(f, 1) != 'x')
		return -1;
	brace = folder_peek(f, 2) == '{';
	f->i += brace ? 3 : 2;
	while ((brace || digits < 2) && (d = folder_peek(f, 0)) != -1) {
		if (d >= '0' && d <= '9')
			d -= '0';
		else if ((d | 32) >= 'a' && (d | 32) <= 'f')
			d = (d | 32) - 'a' + 10;
		else
			break;
		c = c * 16 + d;
		digits++;
		f->i++;
		if (c > 0x10ffff)
			break;
	}
	if (digits == 0 || c > 0x10ffff || (brace && folder_peek(f, 0) != '}')) {
		spot_tell(f->spot, folder_column(f), "`\\x' wants two hexadecimal "
		    "digits or \\x{...} with a code point");
		return 0;
	}
	f->i += brace;
	return c;
}

static void
take_escape(struct folder *f)
{
	unsigned at = folder_column(f);
	int e = folder_peek(f, 1);
	int64_t c;

	if (e == -1) {
		spot_tell(f->spot, at, "a lone `\\' at the end");
		f->i++;
		return;
	}
	if (e == 'Q' || e == 'E') {
		f->quoted = e == 'Q';
		f->i += 2;
		return;
	}
	if (e == 'a')                   /* bell: more likely a slip */
		c = -1;
	else
		c = folder_take_code_escape(f);
	if (c >= 0) {
		put_literal(f, (uint32_t)c, at);
		return;
	}
	if (strchr("bBwWdDsShHvVNAzZR", e) != NULL || (e >= '1' && e <= '9')) {
		otext_add(f->out, f->in->p + f->i, 2, at);
		f->i += 2;
		return;
	}
	if ((e >= '0' && e <= '9') || ((e | 32) >= 'a' && (e | 32) <= 'z')) {
		spot_tell(f->spot, at, "`\\%c' cannot be used%s", e,
		    e == 'p' || e == 'P' || e == 'X' ?
		    " on folded text: use \\w, or raw.LANG" : " in a rule");
		f->i += 2;
		return;
	}
	f->i++;
	c = folder_take_char(f);
	put_literal(f, (uint32_t)c, at);
}

/* "(?": only what any engine can do and nobody can loop with. */
static void
take_group(struct folder *f)
{
	static const char *const kinds[] = { "(?:", "(?=", "(?!", "(?<=",
	    "(?<!", "(?>", NULL };
	unsigned at = folder_column(f);
	size_t i, n = 2;
	int after;

	if (folder_peek(f, 1) == '*') {
		spot_tell(f->spot, at, "`(*...)' cannot be used in a rule");
		f->i += 2;
		return;
	}
	if (folder_peek(f, 1) != '?') {
		otext_puts(f->out, "(", at);
		f->i++;
		return;
	}
	for (i = 0; kinds[i] != NULL; i++) {
		n = strlen(kinds[i]);
		if (f->in->n - f->i >= n &&
		    memcmp(f->in->p + f->i, kinds[i], n) == 0) {
			otext_puts(f->out, kinds[i], at);
			f->i += n;
			return;
		}
	}
	after = folder_peek(f, 3);
	if (folder_peek(f, 2) == 'i' && (after == ')' || after == ':')) {
		/* Folded text has no case. */
		if (after == ':')
			otext_puts(f->out, "(?:", at);
		f->i += 4;
		return;
	}
	after = folder_peek(f, 2);
	spot_tell(f->spot, at, "`(?%c' cannot be used in a rule: groups are "
	    "(...), (?:...), (?=...), (?!...), (?<=...), (?<!...)",
	    after >= ' ' && after < 127 ? after : ' ');
	f->i += 2;
}

static void
take_one(struct folder *f)
{
	unsigned at = folder_column(f);
	int c = folder_peek(f, 0);
	size_t n;

	if (f->quoted && !(c == '\\' && folder_peek(f, 1) == 'E')) {
		put_literal(f, folder_take_char(f), at);
	} else if (c == '\\') {
		take_escape(f);
	} else if (c == '[') {
		folder_class(f);
	} else if (c == '(') {
		take_group(f);
	} else if (c == '{') {
		n = braces(f->in, f->i);
		if (n == 0)
			otext_puts(f->out, "\\", at);
		otext_add(f->out, f->in->p + f->i, n == 0 ? 1 : n, at);
		f->i += n == 0 ? 1 : n;
	} else if (memchr("^$.|)*+?", c, 8) != NULL) {
		otext_add(f->out, f->in->p + f->i, 1, at);
		f->i++;
	} else {
		uint32_t letter = folder_take_char(f);

		put_literal(f, letter, at);
	}
}

int
pattern_fold(const struct otext *in, struct otext *out, struct spot *spot)
{
	struct folder f = { .in = in, .out = out, .spot = spot };
	bool was_bad = spot->bad;

	spot->bad = false;
	otext_reset(out);
	otext_puts(out, "", otext_column(in, 0));
	while (f.i < in->n)
		take_one(&f);
	if (out->full)
		spot_tell(spot, otext_column(in, 0),
		    "folded, the pattern is longer than %zu bytes", OTEXT_MAX);
	if (spot->bad)
		return -1;
	spot->bad = was_bad;
	return 0;
}
