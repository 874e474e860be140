/*
 * One pass over the text.  At the start of every word and of every group of
 * digits three recognisers are asked how many bytes are theirs: an e-mail
 * address, an IBAN, a phone number; none: the byte is copied.
 *
 * An IBAN has the length of its country and passes ISO 7064 mod 97.  A phone
 * number has no checksum, so it needs a sign of being one: +, 00 or 0 in
 * front, an area code in brackets or before a slash, the Polish 3-3-3, or a
 * word such as "tel" before it.  What looks like a date, a time, an amount of
 * money or a range of post codes is left alone: rules need those.
 */
#include "storage/mask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define DIGITS_MAX 30
#define GROUPS_MAX 16

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of UTF-8 sequences count as letters. */
static bool
is_word(char c)
{
	return is_digit(c) || is_letter(c) || (unsigned char)c >= 0x80;
}

/* Whether ${c} is one of ${set}. */
static bool
is_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* The byte at ${i}, or NUL outside. */
static char
at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : '\0';
}

/* How many bytes of blank or invisible character stand at ${i}. */
static size_t
blank_at(struct str s, size_t i)
{
	unsigned char a = (unsigned char)at(s, i), b, c;

	if (a == ' ' || a == '\t')
		return 1;
	b = (unsigned char)at(s, i + 1);
	c = (unsigned char)at(s, i + 2);
	if (a == 0xc2 && (b == 0xa0 || b == 0xad))
		return 2;
	/* Spaces, joiners and marks of direction; as pasted from chats. */
	if (a == 0xe2 && b == 0x80 && (c <= 0x8f || (c >= 0xaa && c <= 0xaf)))
		return c >= 0x80 ? 3 : 0;
	if (a == 0xe2 && b == 0x81 && c == 0xa0)
		return 3;
	return a == 0xef && b == 0xbb && c == 0xbf ? 3 : 0;
}

/* The same for hyphens and dashes. */
static size_t
dash_at(struct str s, size_t i)
{
	unsigned char c = (unsigned char)at(s, i + 2);

	if (at(s, i) == '-')
		return 1;
	return (unsigned char)at(s, i) == 0xe2 &&
	    (unsigned char)at(s, i + 1) == 0x80 && c >= 0x90 && c <= 0x95 ?
	    3 : 0;
}

/* General punctuation: quotes, dashes, blanks. */
static size_t
punctuation_at(struct str s, size_t i)
{
	return (unsigned char)at(s, i) == 0xe2 &&
	    (unsigned char)at(s, i + 1) == 0x80 && i + 2 < s.n ? 3 : 0;
}

/* E-mail addresses */

static bool
is_local(char c)
{
	return is_word(c) || is_of(c, "._%+-");
}

/* Where the domain that starts at ${i} ends; ${i}: there is none. */
static size_t
domain_end(struct str s, size_t i)
{
	size_t end = i, label = i, p;

	for (p = i; p - i < 255; p++) {
		if ((is_word(at(s, p)) || at(s, p) == '-') &&
		    punctuation_at(s, p) == 0)
			continue;
		if (p == label)
			break;
		/* A top-level domain has two letters at least. */
		if (label > i && p - label >= 2 && !is_digit(at(s, label)))
			end = p;
		if (at(s, p) != '.')
			break;
		label = p + 1;
	}
	return end;
}

/* "@", and how people write it to hide it. */
static size_t
at_sign(struct str s, size_t i)
{
	static const char *const forms[] = { "(at)", "[at]", "{at}", "(@)",
		"[@]" };
	size_t blank = 0, k, n;

	if (at(s, i) == '@')
		return 1;
	while (blank < 2 && at(s, i + blank) == ' ')
		blank++;
	for (k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
		n = strlen(forms[k]);
		if (i + blank + n > s.n ||
		    strncasecmp(s.p + i + blank, forms[k], n) != 0)
			continue;
		n += blank;
		while (at(s, i + n) == ' ')
			n++;
		return n;
	}
	return 0;
}

/* *${skip}: how far no other address can begin. */
static size_t
email_at(struct str s, size_t i, size_t *skip)
{
	size_t p = i, sign, end;

	while (is_local(at(s, p)) && punctuation_at(s, p) == 0)
		p++;
	*skip = p + punctuation_at(s, p);
	if (p == i)
		return 0;
	sign = at_sign(s, p);
	if (sign == 0)
		return 0;
	end = domain_end(s, p + sign);
	return end > p + sign ? end - i : 0;
}

/* IBANs */

/* Countries and lengths, by ISO 13616. */
static const char iban_lengths[] =
    "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18"
    "DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23"
    "IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19"
    "MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24"
    "SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

static int
iban_length(char a, char b)
{
	const char *p;

	for (p = iban_lengths; *p != '\0'; p += 4)
		if (p[0] == (a & ~0x20) && p[1] == (b & ~0x20))
			return (p[2] - '0') * 10 + p[3] - '0';
	return 0;
}

/* The remainder of an IBAN whose check digits and country come last. */
static bool
iban_valid(const char *c, int n)
{
	unsigned rest = 0;
	int i;

	for (i = 0; i < n; i++) {
		char x = c[(i + 4) % n];

		if (is_digit(x))
			rest = (rest * 10 + (unsigned)(x - '0')) % 97;
		else
			rest = (rest * 100 + (unsigned)((x & ~0x20) - 'A') +
			    10) % 97;
	}
	return rest == 1;
}

/*
 * ${c} holds ${have} characters; read on up to ${want}.  End, or 0.  One in 97
 * sequences of words passes the sum, so letters count only where it is written
 * as IBANs are: in groups of four, or in one piece.
 */
static size_t
iban_read(struct str s, size_t i, char *c, int have, int want)
{
	bool letters = false, ragged = false;

	while (have < want) {
		size_t gap = blank_at(s, i);

		if (gap == 0)
			gap = dash_at(s, i);
		i += gap;
		if (!is_digit(at(s, i)) && !is_letter(at(s, i)))
			return 0;
		ragged = ragged || (gap > 0 && have > 2 && have % 4 != 0);
		letters = letters || (have >= 4 && is_letter(s.p[i]));
		c[have++] = s.p[i++];
	}
	if (letters && ragged)
		return 0;
	return is_digit(at(s, i)) || is_letter(at(s, i)) ? 0 : i;
}

static size_t
iban_at(struct str s, size_t i)
{
	char c[40] = "";
	size_t end;
	int n;

	if (is_letter(at(s, i)) && is_letter(at(s, i + 1)) &&
	    (is_digit(at(s, i + 2)) || at(s, i + 2) == ' ')) {
		n = iban_length(s.p[i], s.p[i + 1]);
		end = n == 0 ? 0 : iban_read(s, i, c, 0, n);
		return end != 0 && is_digit(c[2]) && is_digit(c[3]) &&
		    iban_valid(c, n) ? end - i : 0;
	}
	/* Poles leave the country out. */
	if (is_digit(at(s, i)) && is_digit(at(s, i + 1))) {
		memcpy(c, "PL", 2);
		end = iban_read(s, i, c, 2, 28);
		return end != 0 && strspn(c + 2, "0123456789") >= 26 &&
		    iban_valid(c, 28) ? end - i : 0;
	}
	return 0;
}

/* Phone numbers */

/* Digits with what stands between them, as far as it may be one number. */
struct number {
	char digits[DIGITS_MAX];
	size_t n;
	size_t groups[GROUPS_MAX];      /* digits in each */
	size_t ends[GROUPS_MAX];        /* where each ends in the text */
	char seps[GROUPS_MAX];          /* after each: ' ' '-' '/' '.' ')' */
	size_t ngroups;
	bool plus, bracket;
	size_t end;
};

/* What separates two groups at ${i}: its length, and its main character. */
static size_t
separator_at(struct str s, size_t i, char *main)
{
	size_t p = i, n;
	int k;

	*main = ' ';
	for (k = 0; k < 4; k++) {
		char c = at(s, p);

		n = blank_at(s, p);
		if (n == 0 && (n = dash_at(s, p)) != 0)
			*main = '-';
		if (n == 0 && is_of(c, "/.()")) {
			*main = c == '(' ? ')' : c;
			n = 1;
		}
		if (n == 0)
			break;
		p += n;
	}
	return p - i;
}

/* Leave the last group out, and those that are joined to it. */
static bool
number_shorten(struct number *x)
{
	do {
		if (x->ngroups < 2)
			return false;
		x->ngroups--;
		x->n -= x->groups[x->ngroups];
	} while (x->seps[x->ngroups - 1] != ' ');
	x->end = x->ends[x->ngroups - 1];
	return true;
}

/* Part of a word, a decimal fraction, a time of day. */
static bool
is_joined(struct str s, size_t end)
{
	return is_letter(at(s, end)) || is_digit(at(s, end)) ||
	    (is_of(at(s, end), ",:") && is_digit(at(s, end + 1)));
}

static bool
number_read(struct str s, size_t i, struct number *x)
{
	size_t from, gap;

	memset(x, 0, sizeof(*x));
	if (at(s, i) == '(') {
		x->bracket = true;
		i++;
	}
	if (at(s, i) == '+') {
		x->plus = true;
		i++;
		i += blank_at(s, i);
	}
	while (x->ngroups < GROUPS_MAX && is_digit(at(s, i))) {
		from = i;
		while (is_digit(at(s, i)) && x->n + i - from < DIGITS_MAX)
			i++;
		memcpy(x->digits + x->n, s.p + from, i - from);
		x->n += i - from;
		x->groups[x->ngroups] = i - from;
		x->ends[x->ngroups] = x->end = i;
		gap = separator_at(s, i, &x->seps[x->ngroups]);
		x->ngroups++;
		if (gap == 0)
			break;
		i += gap;
	}
	if (x->ngroups == 0)
		return false;
	return !is_joined(s, x->end) || number_shorten(x);
}

static unsigned
group_value(const struct number *x, size_t from, size_t n)
{
	unsigned value = 0;

	while (n-- > 0)
		value = value * 10 + (unsigned)(x->digits[from++] - '0');
	return value;
}

/* Whether a currency or percent follows at ${i}. */
static bool
is_amount(struct str s, size_t i)
{
	static const char *const units[] = { "z\xc5\x82", "zl", "pln", "eur",
		"\xe2\x82\xac", "ron", "lei", "leva", "lv", "bgn",
		"\xd0\xbb\xd0\xb2", "\xd0\xbb\xd0\xb5\xd0\xb2", "$", "usd",
		"%", "km" };
	size_t k;

	i += blank_at(s, i);
	for (k = 0; k < sizeof(units) / sizeof(units[0]); k++)
		if (i + strlen(units[k]) <= s.n && strncasecmp(s.p + i,
		    units[k], strlen(units[k])) == 0)
			return true;
	return false;
}

/* Five pairs, as the French write them: 01 23 45 67 89. */
static bool
is_pairs(const struct number *x)
{
	size_t k;

	for (k = 0; k < x->ngroups; k++)
		if (x->groups[k] != 2)
			return false;
	return x->ngroups == 5;
}

/* 01067-01099, 0800-1630: ranges, not numbers. */
static bool
is_range(const struct number *x)
{
	if (x->ngroups != 2 || x->seps[0] != '-' || x->bracket)
		return false;
	if (x->groups[0] == 5 && x->groups[1] == 5)
		return true;
	return x->groups[0] == 4 && x->groups[1] == 4 &&
	    group_value(x, 0, 4) <= 2400 && group_value(x, 4, 4) <= 2400;
}

static bool
is_national(const struct number *x)
{
	if (x->digits[0] != '0' || x->digits[1] == '0' || x->n < 8 ||
	    x->n > 13 || is_range(x))
		return false;
	/* 01.02.2026, 08.00 - 16.30 and 06-14 start with small groups. */
	return x->groups[0] >= 3 || is_pairs(x) ||
	    (x->groups[0] == 2 && x->ngroups > 1 && x->groups[1] >= 3 &&
	    x->seps[0] != '.');
}

/* 22/6211234, but not 2025/1234567. */
static bool
is_slashed(const struct number *x)
{
	unsigned first;

	if (x->ngroups < 2 || x->seps[0] != '/' || x->groups[0] < 2 ||
	    x->groups[0] > 4 || x->groups[1] < 3 ||
	    x->n - x->groups[0] < 6 || x->n > 13)
		return false;
	first = group_value(x, 0, x->groups[0]);
	return x->groups[0] < 4 || first < 1900 || first > 2100;
}

/* Polish numbers carry no sign at all: 512 345 678, 512345678. */
static bool
is_polish(const struct number *x)
{
	static const char mobile[] =
	    "45 50 51 53 57 60 66 69 72 73 78 79 88 ";
	char two[4] = { x->digits[0], x->digits[1], ' ', '\0' };

	if (x->n != 9)
		return false;
	if (x->ngroups == 1)
		return strstr(mobile, two) != NULL;
	return x->ngroups == 3 && x->groups[0] == 3 && x->groups[1] == 3 &&
	    x->seps[0] != '.' && x->seps[0] == x->seps[1] &&
	    x->digits[0] >= '4' && x->digits[0] <= '8';
}

/* Whether a word that announces a number ends before ${i}. */
static bool
is_announced(struct str s, size_t i)
{
	static const char *const words[] = { "tel", "telefon", "telefonu",
		"phone", "handy", "mobil", "whatsapp", "viber", "kom",
		"zadzwo\xc5\x84", "\xd1\x82\xd0\xb5\xd0\xbb",
		"\xd1\x82\xd0\xb5\xd0\xbb\xd0\xb5\xd1\x84\xd0\xbe\xd0\xbd",
		"\xd0\xb2\xd0\xb0\xd0\xb9\xd0\xb1\xd1\x8a\xd1\x80" };
	size_t end, k, n, back = 0;

	while (i > 0 && back++ < 4 && is_of(s.p[i - 1], " .:-"))
		i--;
	end = i;
	for (k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		n = strlen(words[k]);
		if (n <= end && strncasecmp(s.p + end - n, words[k], n) == 0 &&
		    (n == end || !is_word(s.p[end - n - 1])))
			return true;
	}
	return false;
}

static bool
is_phone(struct str s, size_t i, const struct number *x)
{
	/* The last group may be a price that follows the number. */
	if (is_amount(s, x->end) && (x->ngroups > 1 || x->digits[0] != '0'))
		return false;
	if (x->plus)
		return x->n >= 8 && x->n <= 16 && x->digits[0] != '0';
	if (x->digits[0] == '0' && x->digits[1] == '0')
		return x->n >= 10 && x->n <= 18 && x->digits[2] != '0' &&
		    x->groups[0] >= 2;
	if (x->bracket)
		return x->n >= 7 && x->n <= 14 && x->ngroups > 1 &&
		    x->seps[0] == ')' && x->digits[0] == '0';
	return is_national(x) || is_slashed(x) || is_polish(x) ||
	    (x->n >= 6 && x->n <= 15 && x->groups[0] > 1 &&
	    is_announced(s, i));
}

static size_t
phone_at(struct str s, size_t i)
{
	struct number x;

	if (!number_read(s, i, &x))
		return 0;
	do {
		if (is_phone(s, i, &x))
			return x.end - i;
		/* Two numbers in a row, or one and a price. */
	} while (number_shorten(&x));
	return 0;
}

/* Whether a number may begin at ${i}, not in the midst of another. */
static bool
phone_may_start(struct str s, size_t i)
{
	char c = at(s, i), before = i == 0 ? ' ' : s.p[i - 1];

	if (!is_digit(c) && c != '+' && c != '(')
		return false;
	if (is_digit(before) || is_letter(before) || before == '_')
		return false;
	if (i >= 2 && is_digit(s.p[i - 2]) && is_of(before, ".,-/:"))
		return false;
	/* After a bracket or plus it was tried already. */
	return before != '+' && (before != '(' || c != '+');
}

/* Links keep their digits, except those that are a number to call. */
static size_t
link_end(struct str s, size_t i)
{
	static const char *const open[] = { "https://", "http://", "www." };
	static const char *const call[] = { "wa.me/", "whatsapp.com/",
		"viber.click/", "t.me/+" };
	struct str link;
	size_t k, end;

	for (k = 0; k < 3; k++)
		if (i + strlen(open[k]) <= s.n && strncasecmp(s.p + i, open[k],
		    strlen(open[k])) == 0)
			break;
	if (k == 3)
		return i;
	for (end = i; end < s.n && (unsigned char)s.p[end] > ' '; end++)
		;
	link = (struct str){ s.p + i, end - i };
	for (k = 0; k < sizeof(call) / sizeof(call[0]); k++)
		if (memmem(link.p, link.n, call[k], strlen(call[k])) != NULL)
			return i;
	return end;
}

static int
mask(struct str s, struct buf *out, struct mask_cut **cuts)
{
	size_t i = 0, n, no_email = 0, no_phone = 0, ncuts = 0, room = 0;
	int masked = 0;

	while (i < s.n) {
		bool start = i == 0 || !is_word(s.p[i - 1]) ||
		    !is_word(s.p[i]);
		const char *mark = NULL;

		n = 0;
		if (start && i >= no_phone)
			no_phone = link_end(s, i);
		if (i >= no_email && is_local(s.p[i]) &&
		    ((unsigned char)s.p[i] & 0xc0) != 0x80 &&
		    (n = email_at(s, i, &no_email)) != 0)
			mark = MASK_EMAIL;
		else if (start && is_word(s.p[i]) && (n = iban_at(s, i)) != 0)
			mark = MASK_IBAN;
		else if (i >= no_phone && phone_may_start(s, i) &&
		    (n = phone_at(s, i)) != 0)
			mark = MASK_PHONE;
		if (mark != NULL) {
			if (cuts != NULL) {
				vec_grow(*cuts, ncuts, room);
				(*cuts)[ncuts++] = (struct mask_cut){ out->n,
				    strlen(mark), n };
			}
			buf_puts(out, mark);
			masked++;
			i += n;
		} else {
			buf_putc(out, s.p[i++]);
		}
	}
	return out->failed ? -1 : masked;
}

int
mask_text(struct str s, struct buf *out)
{
	return mask(s, out, NULL);
}

int
mask_text_cuts(struct str s, struct buf *out, struct mask_cut **cuts,
    size_t *ncuts)
{
	int masked;

	*cuts = NULL;
	masked = mask(s, out, cuts);
	*ncuts = masked > 0 ? (size_t)masked : 0;
	if (masked == -1) {
		free(*cuts);
		*cuts = NULL;
	}
	return masked;
}

size_t
mask_offset(const struct mask_cut *cuts, size_t n, size_t at, bool end)
{
	size_t i, shift_in = 0, shift_out = 0;

	for (i = 0; i < n && cuts[i].at < at; i++) {
		if (at < cuts[i].at + cuts[i].n)
			return cuts[i].at - shift_out + shift_in +
			    (end ? cuts[i].was : 0);
		shift_in += cuts[i].was;
		shift_out += cuts[i].n;
	}
	return at - shift_out + shift_in;
}
