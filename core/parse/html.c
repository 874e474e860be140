/*
 * HTML to text.
 *
 * libxml2's HTML parser calls us for each tag and piece of text, so memory and
 * stack stay small whatever a stranger wrote; what nests too deeply is cut.
 * Line breaks are owed until text follows, so that none stand at either end
 * and no more than one blank line in between.
 */
#include <libxml/HTMLparser.h>
#include <string.h>
#include <strings.h>

#include "parse/step.h"
#include "parse/text.h"

#define HTML_MAX ((size_t)1 << 20)
#define DEPTH_MAX 200
#define QUOTES_MAX 5
#define HREF_MAX 1000
#define ALT_MAX 100

struct html {
	htmlParserCtxtPtr parser;
	struct buf *out;
	unsigned depth, skip, pre, quotes, breaks;
	bool blank;             /* a space is owed */
	bool cut;
	size_t link_at;         /* where the text of the open link began */
	char href[HREF_MAX];    /* "": no link is open */
};

/* What an element does to the flow. */
enum { LINE = 1, PARAGRAPH, ITEM, CELL, DROP, QUOTE, PRE, BREAK, LINK, IMAGE };
static const struct {
	const char *name;
	int role;
} elements[] = {
	{ "br", BREAK }, { "p", PARAGRAPH }, { "li", ITEM }, { "div", LINE },
	{ "a", LINK }, { "img", IMAGE }, { "blockquote", QUOTE },
	{ "pre", PRE }, { "tr", LINE }, { "td", CELL }, { "th", CELL },
	{ "ul", PARAGRAPH }, { "ol", PARAGRAPH }, { "dl", PARAGRAPH },
	{ "dt", LINE }, { "dd", LINE }, { "table", PARAGRAPH },
	{ "h1", PARAGRAPH }, { "h2", PARAGRAPH }, { "h3", PARAGRAPH },
	{ "h4", PARAGRAPH }, { "h5", PARAGRAPH }, { "h6", PARAGRAPH },
	{ "hr", PARAGRAPH }, { "section", LINE }, { "article", LINE },
	{ "header", LINE }, { "footer", LINE }, { "figure", LINE },
	{ "figcaption", LINE }, { "aside", LINE }, { "details", LINE },
	{ "summary", LINE }, { "script", DROP }, { "style", DROP },
	{ "template", DROP }, { "noscript", DROP }, { "title", DROP },
	{ "iframe", DROP }, { "object", DROP }, { "svg", DROP },
	{ "math", DROP }, { "select", DROP }, { "button", DROP },
	{ "textarea", DROP },
};

static int
role_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		/* The parser gives names in lower case. */
		if (name[0] == elements[i].name[0] &&
		    strcmp(name, elements[i].name) == 0)
			return elements[i].role;
	}
	return 0;
}

static void
owe_breaks(struct html *h, unsigned n)
{
	if (h->breaks < n)
		h->breaks = n;
	h->blank = false;
}

static void
pay_debts(struct html *h)
{
	unsigned i;

	if (h->out->n == 0 || h->breaks > 0) {
		for (; h->out->n > 0 && h->breaks > 0; h->breaks--)
			(void)buf_putc(h->out, '\n');
		for (i = 0; i < h->quotes && i < QUOTES_MAX; i++)
			(void)buf_puts(h->out, "> ");
	} else if (h->blank) {
		(void)buf_putc(h->out, ' ');
	}
	h->breaks = 0;
	h->blank = false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
add_text(struct html *h, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t run = i;

		while (run < n && !is_blank(p[run]))
			run++;
		if (run > i) {
			pay_debts(h);
			(void)buf_add(h->out, p + i, run - i);
			i = run;
			if (i == n)
				break;
		}
		if (h->pre > 0 && p[i] == '\n')
			h->breaks = h->breaks < 2 ? h->breaks + 1 : 2;
		else
			h->blank = h->breaks == 0;
	}
}

static void
on_text(void *arg, const xmlChar *text, int n)
{
	struct html *h = arg;

	if (h->skip == 0)
		add_text(h, (const char *)text, (size_t)n);
}

static const char *
attribute(const xmlChar **attributes, const char *name)
{
	size_t i;

	for (i = 0; attributes != NULL && attributes[i] != NULL; i += 2) {
		if (strcasecmp((const char *)attributes[i], name) == 0)
			return (const char *)attributes[i + 1];
	}
	return NULL;
}

static void
link_begins(struct html *h, const char *href)
{
	size_t n = href == NULL ? 0 : strlen(href);

	h->href[0] = '\0';
	if (n == 0 || n >= sizeof(h->href) ||
	    (strncasecmp(href, "https://", 8) != 0 &&
	    strncasecmp(href, "http://", 7) != 0))
		return;
	memcpy(h->href, href, n + 1);
	h->link_at = h->out->n;
}

/* "here (https://...)", but not for text that shows the address anyway. */
static void
link_ends(struct html *h)
{
	struct str shown = STR_NONE;
	const char *host = strstr(h->href, "//");

	if (h->href[0] == '\0' || h->out->failed)
		return;
	if (h->out->n > h->link_at)
		shown = (struct str){ h->out->p + h->link_at,
			h->out->n - h->link_at };
	host += 2;
	if (shown.n == 0 || memmem(shown.p, shown.n, host,
	    strcspn(host, "/?#")) == NULL) {
		h->blank = shown.n > 0;
		add_text(h, "(", 1);
		add_text(h, h->href, strlen(h->href));
		add_text(h, ")", 1);
	}
	h->href[0] = '\0';
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct html *h = arg;
	const char *alt;

	if (++h->depth > DEPTH_MAX) {
		h->cut = true;
		xmlStopParser(h->parser);
		return;
	}
	switch (role_of((const char *)name)) {
	case BREAK:
		h->breaks = h->breaks < 2 ? h->breaks + 1 : 2;
		h->blank = false;
		break;
	case LINE:
		owe_breaks(h, 1);
		break;
	case PARAGRAPH:
		owe_breaks(h, 2);
		break;
	case ITEM:
		owe_breaks(h, 1);
		if (h->skip == 0)
			add_text(h, "- ", 2);
		break;
	case CELL:
		h->blank = h->breaks == 0;
		break;
	case DROP:
		h->skip++;
		break;
	case QUOTE:
		owe_breaks(h, 2);
		h->quotes++;
		break;
	case PRE:
		owe_breaks(h, 2);
		h->pre++;
		break;
	case LINK:
		link_begins(h, attribute(attributes, "href"));
		break;
	case IMAGE:
		alt = attribute(attributes, "alt");
		if (alt != NULL && h->skip == 0)
			add_text(h, alt, str_fit(str_of(alt), ALT_MAX).n);
		break;
	}
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct html *h = arg;

	if (h->depth > 0)
		h->depth--;
	switch (role_of((const char *)name)) {
	case LINE:
	case ITEM:
		owe_breaks(h, 1);
		break;
	case PARAGRAPH:
		owe_breaks(h, 2);
		break;
	case DROP:
		if (h->skip > 0)
			h->skip--;
		break;
	case QUOTE:
		owe_breaks(h, 2);
		if (h->quotes > 0)
			h->quotes--;
		break;
	case PRE:
		owe_breaks(h, 2);
		if (h->pre > 0)
			h->pre--;
		break;
	case LINK:
		if (h->skip == 0)
			link_ends(h);
		break;
	}
}

bool
text_of_html(struct str html, struct buf *out)
{
	htmlSAXHandler sax = { .startElement = on_start, .endElement = on_end,
		.characters = on_text, .cdataBlock = on_text,
		.ignorableWhitespace = on_text, .initialized = 1 };
	struct html h = { .out = out };

	if (html.n > HTML_MAX) {
		html = str_fit(html, HTML_MAX);
		h.cut = true;
	}
	if (html.n == 0)
		return true;
	h.parser = htmlCreatePushParserCtxt(&sax, &h, NULL, 0, NULL,
	    XML_CHAR_ENCODING_UTF8);
	if (h.parser == NULL)
		return false;
	htmlCtxtUseOptions(h.parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
	    HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
	(void)htmlParseChunk(h.parser, html.p, (int)html.n, 0);
	(void)htmlParseChunk(h.parser, NULL, 0, 1);
	htmlFreeParserCtxt(h.parser);
	return !h.cut && !out->failed;
}
