/*
 * Folds a pattern: literals and the members of classes become what they are
 * in folded text; operators stay.  A letter that folds to several bytes is a
 * group where a quantifier follows, and an alternative beside a class.
 *
 * Only what means the same on folded text, on any engine, gets through.
 */
#include "match/pattern.h"

#include <stdio.h>
#include <string.h>

#include "match/fold.h"

struct folder {
	const struct otext *in;
	struct otext *out;
	struct spot *spot;
	size_t i;
	unsigned at;            /* column of what is being folded */
	bool quoted;            /* between \Q and \E */
};

static unsigned
column(const struct folder *f)
{
	return otext_column(f->in, f->i);
}

static int
peek(const struct folder *f, size_t ahead)
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

static void
put_byte(struct otext *out, unsigned char b, unsigned at, const char *special)
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
static size_t
fold_checked(struct folder *f, uint32_t c, char out[FOLD_ONE_MAX])
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
	n = fold_checked(f, c, bytes);
	group = n > 1 && quantifier_at(f, f->i);

	if (group)
		otext_puts(f->out, "(?:", at);
	for (i = 0; i < n; i++)
		put_byte(f->out, (unsigned char)bytes[i], at,
		    "\\^$.[]|()?*+{}");
	if (group)
		otext_puts(f->out, ")", at);
}

/* The code point at f->i, moving past it. */
static uint32_t
take_char(struct folder *f)
{
	uint32_t c = 0;
	size_t n = fold_decode(f->in->p + f->i, f->in->p + f->in->n, &c);

	if (n == 0) {
		spot_tell(f->spot, column(f), "this is not UTF-8");
		n = 1;
	}
	f->i += n;
	return c;
}

/* "\x41", "\x{142}" or a letter for a control: the code point, or -1. */
static int64_t
take_code_escape(struct folder *f)
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
		if (peek(f, 1) == controls[i].letter) {
			f->i += 2;
			return controls[i].c;
		}
	}
	if (peek(f, 1) != 'x')
		return -1;
	brace = peek(f, 2) == '{';
	f->i += brace ? 3 : 2;
	while ((brace || digits < 2) && (d = peek(f, 0)) != -1) {
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
	if (digits == 0 || c > 0x10ffff || (brace && peek(f, 0) != '}')) {
		spot_tell(f->spot, column(f), "`\\x' wants two hexadecimal "
		    "digits or \\x{...} with a code point");
		return 0;
	}
	f->i += brace;
	return c;
}

struct class {
	bool byte[256];
	char many[64][FOLD_ONE_MAX];    /* members of more than one byte */
	size_t many_n[64];
	size_t nmany;
	char raw[128];                  /* \w, [:alpha:] and the like */
	size_t nraw;
	bool negated;
};

static void
class_add(struct folder *f, struct class *class, uint32_t c)
{
	char bytes[FOLD_ONE_MAX];
	size_t n = fold_checked(f, c, bytes), i;

	if (n == 1)
		class->byte[(unsigned char)bytes[0]] = true;
	if (n < 2)
		return;
	for (i = 0; i < class->nmany; i++)
		if (class->many_n[i] == n &&
		    memcmp(class->many[i], bytes, n) == 0)
			return;
	if (class->nmany == 64) {
		spot_tell(f->spot, column(f), "too many letters in one class");
		return;
	}
	memcpy(class->many[class->nmany], bytes, n);
	class->many_n[class->nmany++] = n;
}

static void
class_raw(struct folder *f, struct class *class, const char *p, size_t n)
{
	if (class->nraw + n > sizeof(class->raw)) {
		spot_tell(f->spot, column(f), "too much in one class");
		return;
	}
	memcpy(class->raw + class->nraw, p, n);
	class->nraw += n;
}

/* One member; -1 where it was an escape for a set and cannot begin a range. */
static int64_t
class_member(struct folder *f, struct class *class)
{
	int64_t c;
	int e = peek(f, 1);

	if (peek(f, 0) != '\\')
		return take_char(f);
	c = take_code_escape(f);
	if (c >= 0)
		return c;
	if (e != -1 && strchr("wWdDsShHvV", e) != NULL) {
		class_raw(f, class, f->in->p + f->i, 2);
		f->i += 2;
		return -1;
	}
	if (e == -1 || (e >= '0' && e <= '9') || ((e | 32) >= 'a' &&
	    (e | 32) <= 'z')) {
		spot_tell(f->spot, column(f), "`\\%c' has no meaning in a "
		    "class on folded text%s", e == -1 ? ' ' : e,
		    e == 'p' || e == 'P' ? ": use \\w, or raw.LANG" : "");
		f->i += e == -1 ? 1 : 2;
		return -1;
	}
	f->i++;
	return take_char(f);
}

static void
class_range(struct folder *f, struct class *class, int64_t low, unsigned at)
{
	int64_t high, c;

	f->i++;
	high = class_member(f, class);
	if (high == -1)
		spot_tell(f->spot, at, "a range ends with a letter");
	else if (low > 0x7f || high > 0x7f)
		spot_tell(f->spot, at, "a range of letters outside ASCII "
		    "changes its meaning in folding (Cyrillic becomes Latin, "
		    "diacritics go): write \\w or [a-z], or the letters one "
		    "by one, or use raw.LANG");
	else if (low > high)
		spot_tell(f->spot, at, "this range runs backwards");
	else
		for (c = low; c <= high; c++)
			class_add(f, class, (uint32_t)c);
}

static size_t
count_bytes(const struct class *class, unsigned char *only)
{
	size_t i, n = 0;

	for (i = 0; i < 256; i++) {
		if (class->byte[i]) {
			n++;
			*only = (unsigned char)i;
		}
	}
	return n;
}

static void
class_put_set(struct folder *f, const struct class *class, unsigned at)
{
	int i, k;

	otext_puts(f->out, class->negated ? "[^" : "[", at);
	otext_add(f->out, class->raw, class->nraw, at);
	for (i = 0; i < 256; i = k) {
		k = i + 1;
		if (!class->byte[i])
			continue;
		while (k < 256 && class->byte[k])
			k++;
		put_byte(f->out, (unsigned char)i, at, "\\[]^-");
		if (k - i > 2)
			otext_puts(f->out, "-", at);
		if (k - i > 1)
			put_byte(f->out, (unsigned char)(k - 1), at,
			    "\\[]^-");
	}
	otext_puts(f->out, "]", at);
}

static void
class_put(struct folder *f, const struct class *class, unsigned at)
{
	unsigned char only = 0;
	size_t n = count_bytes(class, &only), i, longest;

	if (class->negated && class->nmany > 0) {
		spot_tell(f->spot, at, "a class that excludes a letter which "
		    "folds to several (`%.*s') cannot be folded: exclude it "
		    "with (?!...) before it", (int)class->many_n[0],
		    class->many[0]);
		return;
	}
	if (n + class->nraw + class->nmany == 0) {
		spot_tell(f->spot, at, "nothing is left of this class after "
		    "folding");
		return;
	}
	if (n == 1 && class->nraw + class->nmany == 0 && !class->negated) {
		put_byte(f->out, only, at, "\\^$.[]|()?*+{}");
		return;
	}
	if (class->nmany == 0) {
		class_put_set(f, class, at);
		return;
	}
	otext_puts(f->out, "(?:", at);
	for (longest = FOLD_ONE_MAX; longest > 1; longest--)
		for (i = 0; i < class->nmany; i++)
			if (class->many_n[i] == longest) {
				otext_add(f->out, class->many[i], longest, at);
				otext_puts(f->out, "|", at);
			}
	if (n + class->nraw > 0)
		class_put_set(f, class, at);
	else
		f->out->p[--f->out->n] = '\0';
	otext_puts(f->out, ")", at);
}

static void
take_class(struct folder *f)
{
	struct class class = { .negated = false };
	unsigned at = column(f);
	bool first = true;

	f->i++;
	if (peek(f, 0) == '^') {
		class.negated = true;
		f->i++;
	}
	while (f->i < f->in->n && (first || peek(f, 0) != ']')) {
		unsigned here = column(f);
		int64_t c;

		first = false;
		f->at = here;
		if (peek(f, 0) == '[' && peek(f, 1) == ':') {
			size_t n = 2;

			while (peek(f, n) != -1 && peek(f, n) != ']')
				n++;
			class_raw(f, &class, f->in->p + f->i, n + 1);
			f->i += n + 1;
			continue;
		}
		c = class_member(f, &class);
		if (c >= 0 && peek(f, 0) == '-' && peek(f, 1) != ']' &&
		    peek(f, 1) != -1)
			class_range(f, &class, c, here);
		else if (c >= 0)
			class_add(f, &class, (uint32_t)c);
	}
	if (f->i >= f->in->n) {
		spot_tell(f->spot, at, "this class has no `]'");
		return;
	}
	f->i++;
	class_put(f, &class, at);
}

static void
take_escape(struct folder *f)
{
	unsigned at = column(f);
	int e = peek(f, 1);
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
		c = take_code_escape(f);
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
	c = take_char(f);
	put_literal(f, (uint32_t)c, at);
}

/* "(?": only what any engine can do and nobody can loop with. */
static void
take_group(struct folder *f)
{
	static const char *const kinds[] = { "(?:", "(?=", "(?!", "(?<=",
	    "(?<!", "(?>", NULL };
	unsigned at = column(f);
	size_t i, n = 2;

	if (peek(f, 1) == '*') {
		spot_tell(f->spot, at, "`(*...)' cannot be used in a rule");
		f->i += 2;
		return;
	}
	if (peek(f, 1) != '?') {
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
	if (peek(f, 2) == 'i' && (peek(f, 3) == ')' || peek(f, 3) == ':')) {
		/* Folded text has no case. */
		if (peek(f, 3) == ':')
			otext_puts(f->out, "(?:", at);
		f->i += 4;
		return;
	}
	spot_tell(f->spot, at, "`(?%c' cannot be used in a rule: groups are "
	    "(...), (?:...), (?=...), (?!...), (?<=...), (?<!...)",
	    peek(f, 2) >= ' ' && peek(f, 2) < 127 ? peek(f, 2) : ' ');
	f->i += 2;
}

static void
take_one(struct folder *f)
{
	unsigned at = column(f);
	int c = peek(f, 0);
	size_t n;

	if (f->quoted && !(c == '\\' && peek(f, 1) == 'E')) {
		put_literal(f, take_char(f), at);
	} else if (c == '\\') {
		take_escape(f);
	} else if (c == '[') {
		take_class(f);
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
		uint32_t letter = take_char(f);

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
