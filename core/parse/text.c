/*
 * Charsets.  iconv() knows them all, but loads a module for each, which the
 * sandbox does not allow: so they are opened beforehand.
 *
 * Labels follow the practice of browsers (WHATWG): "iso-8859-1" means
 * windows-1252, and bytes that are well-formed UTF-8 with something beyond
 * ASCII are UTF-8, whatever an eight-bit label says.
 */
#include "parse/text.h"

#include <errno.h>
#include <iconv.h>
#include <json-c/json.h>
#include <libxml/HTMLparser.h>
#include <libxml/catalog.h>
#include <libxml/encoding.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define PRESCAN 1024            /* bytes in which a declaration must stand */

/* Other labels for a charset stand behind its first, iconv's own name. */
static struct charset {
	const char *names;
	bool wide;              /* not a superset of ASCII */
	iconv_t from;
} charsets[] = {
	{ "windows-1252 iso-8859-1 iso8859-1 latin1 l1 us-ascii ascii cp1252 "
	    "x-cp1252 ansi_x3.4-1968", false, NULL },
	{ "windows-1250 cp1250 x-cp1250", false, NULL },
	{ "windows-1251 cp1251 x-cp1251", false, NULL },
	{ "windows-1253 cp1253", false, NULL },
	{ "windows-1254 cp1254 iso-8859-9 latin5 l5", false, NULL },
	{ "windows-1255 cp1255", false, NULL },
	{ "windows-1256 cp1256", false, NULL },
	{ "windows-1257 cp1257", false, NULL },
	{ "windows-1258 cp1258", false, NULL },
	{ "iso-8859-2 iso8859-2 latin2 l2", false, NULL },
	{ "iso-8859-3 latin3 l3", false, NULL },
	{ "iso-8859-4 latin4 l4", false, NULL },
	{ "iso-8859-5 cyrillic", false, NULL },
	{ "iso-8859-6 arabic", false, NULL },
	{ "iso-8859-7 greek greek8", false, NULL },
	{ "iso-8859-8 hebrew iso-8859-8-i", false, NULL },
	{ "iso-8859-10 latin6 l6", false, NULL },
	{ "iso-8859-13", false, NULL },
	{ "iso-8859-14", false, NULL },
	{ "iso-8859-15 iso8859-15 latin9 l9", false, NULL },
	{ "iso-8859-16 latin10", false, NULL },
	{ "koi8-r koi koi8", false, NULL },
	{ "koi8-u koi8-ru", false, NULL },
	{ "ibm866 cp866 866", false, NULL },
	{ "ibm852 cp852 852", false, NULL },
	{ "macintosh mac x-mac-roman", false, NULL },
	{ "mac-cyrillic x-mac-cyrillic x-mac-ukrainian", false, NULL },
	{ "utf-16le utf-16 ucs-2 unicode", true, NULL },
	{ "utf-16be", true, NULL },
};
#define NCHARSETS (sizeof(charsets) / sizeof(charsets[0]))
#define WESTERN (&charsets[0])

static struct str
first_name(const char *names)
{
	return (struct str){ names, strcspn(names, " ") };
}

size_t
text_init(void)
{
	struct json_object *object;
	size_t i, n = 0;

	for (i = 0; i < NCHARSETS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s",
		    STR_ARG(first_name(charsets[i].names)));
		charsets[i].from = iconv_open("UTF-8", name);
		if (charsets[i].from == (iconv_t)-1)
			charsets[i].from = NULL;
		n += charsets[i].from != NULL;
	}
	/* Tables, handlers, hash seeds: what is made at the first use. */
	tzset();
	xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE);
	xmlInitParser();
	xmlInitCharEncodingHandlers();
	xmlFreeDoc(htmlReadMemory("<p>&auml;", 9, NULL, "UTF-8",
	    HTML_PARSE_NOERROR | HTML_PARSE_NONET));
	object = json_object_new_object();
	json_object_object_add(object, "a", NULL);
	json_object_put(object);
	return n;
}

static bool
same(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static const struct charset *
find_charset(struct str label)
{
	struct str names;
	size_t i;

	label = str_trim(label);
	if (label.n == 0)
		return NULL;
	for (i = 0; i < NCHARSETS; i++) {
		names = str_of(charsets[i].names);
		while (names.p != NULL) {
			if (same(str_cut(&names, ' '), label))
				return charsets[i].from == NULL ? NULL :
				    &charsets[i];
		}
	}
	return NULL;
}

/* Valid UTF-8 that says something beyond ASCII: no accident. */
static bool
is_surely_utf8(struct str s)
{
	size_t i;

	for (i = 0; i < s.n && (unsigned char)s.p[i] < 0x80; i++)
		;
	return i < s.n && str_is_utf8(s);
}

struct str
text_clean(struct str s, struct buf *out)
{
	utf8proc_int32_t c;
	size_t at = 0;

	if (str_is_utf8(s) && (s.n == 0 || memchr(s.p, '\0', s.n) == NULL))
		return s;
	while (at < s.n) {
		utf8proc_ssize_t n = utf8proc_iterate(
		    (const utf8proc_uint8_t *)s.p + at,
		    (utf8proc_ssize_t)(s.n - at), &c);

		if (n <= 0 || c == 0) {
			(void)buf_puts(out, REPLACEMENT);
			at++;
			continue;
		}
		(void)buf_add(out, s.p + at, (size_t)n);
		at += (size_t)n;
	}
	return buf_get(out);
}

static struct str
convert(const struct charset *charset, struct str s, struct buf *out)
{
	char chunk[4096];
	char *in = (char *)s.p;
	size_t left = s.n;

	(void)iconv(charset->from, NULL, NULL, NULL, NULL);
	while (left > 0) {
		char *to = chunk;
		size_t room = sizeof(chunk), r;
		int why;

		r = iconv(charset->from, &in, &left, &to, &room);
		why = errno;
		(void)buf_add(out, chunk, sizeof(chunk) - room);
		if (r != (size_t)-1 || why == E2BIG)
			continue;
		(void)buf_puts(out, REPLACEMENT);
		if (why == EINVAL)
			break;
		/* A wide character that is none has two bytes. */
		r = charset->wide && left > 1 ? 2 : 1;
		in += r;
		left -= r;
	}
	return buf_get(out);
}

/* Case-insensitive; the needle is lower case. */
static const char *
find_word(struct str s, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= s.n; i++) {
		if (strncasecmp(s.p + i, word, n) == 0)
			return s.p + i;
	}
	return NULL;
}

/* The value behind `word`, "=" and an optional quote. */
static struct str
value_of(struct str s, const char *word)
{
	const char *at = find_word(s, word);
	struct str value;

	if (at == NULL)
		return STR_NONE;
	value.p = at + strlen(word);
	value.n = s.n - (size_t)(value.p - s.p);
	value = str_trim(value);
	if (value.n == 0 || value.p[0] != '=')
		return STR_NONE;
	value.p++;
	value.n--;
	value = str_trim(value);
	while (value.n > 0 && (value.p[0] == '"' || value.p[0] == '\'')) {
		value.p++;
		value.n--;
	}
	for (s.n = 0; s.n < value.n; s.n++) {
		if (strchr(" \t\r\n\"';/>?,", value.p[s.n]) != NULL)
			break;
	}
	value.n = s.n;
	return value;
}

struct str
text_charset(struct str content_type)
{
	return value_of(content_type, "charset");
}

static struct str
xml_declaration(struct str s)
{
	const char *end;

	if (!str_starts(s, STR("<?xml")))
		return STR_NONE;
	if (s.n > PRESCAN)
		s.n = PRESCAN;
	end = memchr(s.p, '>', s.n);
	if (end != NULL)
		s.n = (size_t)(end + 1 - s.p);
	return s;
}

/* What the text says of itself. */
static struct str
declared(struct str s)
{
	struct str xml = xml_declaration(s);
	const char *meta;

	if (xml.n > 0)
		return value_of(xml, "encoding");
	if (s.n > PRESCAN)
		s.n = PRESCAN;
	meta = find_word(s, "<meta");
	if (meta == NULL)
		return STR_NONE;
	s.n -= (size_t)(meta - s.p);
	s.p = meta;
	return value_of(s, "charset");
}

/* It is UTF-8 now, and parsers would believe the declaration. */
static struct str
blank_declaration(struct str s, struct buf *out)
{
	struct str xml = xml_declaration(s), value = value_of(xml, "encoding");
	size_t from, to;

	if (value.n == 0 || same(value, STR("utf-8")))
		return s;
	from = (size_t)(find_word(xml, "encoding") - s.p);
	to = (size_t)(value.p + value.n - s.p);
	if (to < xml.n && (s.p[to] == '"' || s.p[to] == '\''))
		to++;
	if (s.p != out->p) {
		(void)buf_str(out, s);
		s = buf_get(out);
	}
	if (!out->failed)
		memset(out->p + from, ' ', to - from);
	return s;
}

/* By its byte order mark, which is cut off; NULL: it has none. */
static const char *
marked(struct str *s)
{
	static const struct {
		struct str mark;
		const char *label;
	} marks[] = {
		{ { "\xef\xbb\xbf", 3 }, "utf-8" },
		{ { "\xff\xfe", 2 }, "utf-16le" },
		{ { "\xfe\xff", 2 }, "utf-16be" },
	};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (str_starts(*s, marks[i].mark)) {
			s->p += marks[i].mark.n;
			s->n -= marks[i].mark.n;
			return marks[i].label;
		}
	}
	return NULL;
}

struct str
text_decode(struct str s, struct str label, struct buf *out)
{
	const char *mark = marked(&s);
	const struct charset *charset;
	bool says_utf8;

	if (mark != NULL)
		label = str_of(mark);
	else if (label.n == 0)
		label = declared(s);
	charset = find_charset(label);
	says_utf8 = same(label, STR("utf-8")) || same(label, STR("utf8"));
	/* What can be read as ASCII is not UTF-16, whatever it says. */
	if (charset != NULL && charset->wide && mark == NULL && s.n > 1 &&
	    s.p[0] != '\0' && s.p[1] != '\0')
		charset = NULL;
	if (charset != NULL && !charset->wide && is_surely_utf8(s))
		charset = NULL;
	/* What says nothing, and is no UTF-8, is Western most probably. */
	if (charset == NULL && !str_is_utf8(s)) {
		if (says_utf8 || WESTERN->from == NULL)
			return blank_declaration(text_clean(s, out), out);
		charset = WESTERN;
	}
	if (charset != NULL)
		s = convert(charset, s, out);
	return blank_declaration(s, out);
}

bool
text_is_media(struct str type)
{
	static const char *const binary[] = { "image/", "audio/", "video/",
		"font/", "application/zip", "application/gzip",
		"application/pdf" };
	size_t i;

	for (i = 0; i < sizeof(binary) / sizeof(binary[0]); i++) {
		if (str_starts(type, str_of(binary[i])))
			return false;
	}
	return true;
}
