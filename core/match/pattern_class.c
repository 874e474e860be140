/*
 * Folds a class: each member becomes what it is in folded text.  A member of
 * several bytes cannot stay in a class and becomes an alternative beside it.
 */
#include "match/folder.h"

#include <string.h>

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
	size_t n = folder_fold_checked(f, c, bytes), i;

	if (n == 1)
		class->byte[(unsigned char)bytes[0]] = true;
	if (n < 2)
		return;
	for (i = 0; i < class->nmany; i++)
		if (class->many_n[i] == n &&
		    memcmp(class->many[i], bytes, n) == 0)
			return;
	if (class->nmany == 64) {
		spot_tell(f->spot, folder_column(f), "too many letters in one class");
		return;
	}
	memcpy(class->many[class->nmany], bytes, n);
	class->many_n[class->nmany++] = n;
}

static void
class_raw(struct folder *f, struct class *class, const char *p, size_t n)
{
	if (class->nraw + n > sizeof(class->raw)) {
		spot_tell(f->spot, folder_column(f), "too much in one class");
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
	int e = folder_peek(f, 1);

	if (folder_peek(f, 0) != '\\')
		return folder_take_char(f);
	c = folder_take_code_escape(f);
	if (c >= 0)
		return c;
	if (e != -1 && strchr("wWdDsShHvV", e) != NULL) {
		class_raw(f, class, f->in->p + f->i, 2);
		f->i += 2;
		return -1;
	}
	if (e == -1 || (e >= '0' && e <= '9') || ((e | 32) >= 'a' &&
	    (e | 32) <= 'z')) {
		spot_tell(f->spot, folder_column(f), "`\\%c' has no meaning in a "
		    "class on folded text%s", e == -1 ? ' ' : e,
		    e == 'p' || e == 'P' ? ": use \\w, or raw.LANG" : "");
		f->i += e == -1 ? 1 : 2;
		return -1;
	}
	f->i++;
	return folder_take_char(f);
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
		folder_put_byte(f->out, (unsigned char)i, at, "\\[]^-");
		if (k - i > 2)
			otext_puts(f->out, "-", at);
		if (k - i > 1)
			folder_put_byte(f->out, (unsigned char)(k - 1), at,
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
		folder_put_byte(f->out, only, at, "\\^$.[]|()?*+{}");
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

void
folder_class(struct folder *f)
{
	struct class class = { .negated = false };
	unsigned at = folder_column(f);
	bool first = true;

	f->i++;
	if (folder_peek(f, 0) == '^') {
		class.negated = true;
		f->i++;
	}
	while (f->i < f->in->n && (first || folder_peek(f, 0) != ']')) {
		unsigned here = folder_column(f);
		int64_t c;

		first = false;
		f->at = here;
		if (folder_peek(f, 0) == '[' && folder_peek(f, 1) == ':') {
			size_t n = 2;

			while (folder_peek(f, n) != -1 && folder_peek(f, n) != ']')
				n++;
			class_raw(f, &class, f->in->p + f->i, n + 1);
			f->i += n + 1;
			continue;
		}
		c = class_member(f, &class);
		if (c >= 0 && folder_peek(f, 0) == '-' && folder_peek(f, 1) != ']' &&
		    folder_peek(f, 1) != -1)
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
