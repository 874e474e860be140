/*
 * The text in a feed's elements.  Whatever it was (plain, escaped HTML, markup
 * in the document itself) becomes HTML, since a post has one flag for both its
 * title and its text; links become absolute, dates milliseconds.
 */
#include "feed_xml.h"

#include <libxml/HTMLparser.h>
#include <libxml/uri.h>
#include <libxml/xmlsave.h>
#include <string.h>

#include "feed_reader.h"

#define URL_BYTES_MAX 2000
#define YEAR_1990 INT64_C(631152000000)

static struct kp_str
take_buffer(struct kp_mem *mem, xmlBuffer *buffer)
{
	struct kp_str s = kp_copy(mem, (struct kp_str){
	    (const char *)xmlBufferContent(buffer),
	    (size_t)xmlBufferLength(buffer) });

	xmlBufferFree(buffer);
	return s;
}

/* What stands in an element, without its markup. */
struct kp_str
text_content(struct reader *r, xmlNode *node)
{
	xmlBuffer *buffer = xmlBufferCreate();
	xmlNode *n = node->children;

	while (n != NULL) {
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			xmlBufferCat(buffer, n->content);
		if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
			n = n->children;
			continue;
		}
		while (n != node && n->next == NULL)
			n = n->parent;
		n = n == node ? NULL : n->next;
	}
	return kp_trim(take_buffer(r->mem, buffer));
}

/* Blanks of all kinds become one space: for ids, names, URLs. */
struct kp_str
text_one_line(struct kp_mem *mem, struct kp_str s)
{
	struct kp_str copy = kp_copy(mem, s);
	char *p = (char *)(uintptr_t)copy.p;
	size_t i, n = 0;

	for (i = 0; i < copy.n; i++) {
		bool blank = (unsigned char)p[i] <= ' ' || p[i] == 0x7f;

		if (!blank)
			p[n++] = p[i];
		else if (n > 0 && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	return kp_trim((struct kp_str){ p, n });
}

struct kp_str
text_line(struct reader *r, xmlNode *node)
{
	return text_one_line(r->mem, text_content(r, node));
}

struct kp_str
text_attribute(struct reader *r, xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	struct kp_str s = text_one_line(r->mem, kp_s((const char *)value));

	xmlFree(value);
	return s;
}

/* Plain text as HTML that shows the same. */
static struct kp_str
html_of_text(struct kp_mem *mem, struct kp_str text)
{
	xmlBuffer *buffer = xmlBufferCreate();
	size_t i;

	for (i = 0; i < text.n; i++) {
		if (text.p[i] == '<')
			xmlBufferCCat(buffer, "&lt;");
		else if (text.p[i] == '&')
			xmlBufferCCat(buffer, "&amp;");
		else if (text.p[i] == '\n')
			xmlBufferCCat(buffer, "<br>\n");
		else
			xmlBufferAdd(buffer, (const xmlChar *)text.p + i, 1);
	}
	return take_buffer(mem, buffer);
}

/* What a reader would see of HTML; for the names of feeds. */
struct kp_str
text_plain(struct kp_mem *mem, struct kp_str html)
{
	htmlDocPtr doc;
	xmlChar *text = NULL;
	struct kp_str s;

	html = kp_fit(html, NAME_BYTES_MAX * 4);
	doc = html.n == 0 ? NULL : htmlReadMemory(html.p, (int)html.n, NULL,
	    "UTF-8", HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
	    HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
	if (doc != NULL)
		text = xmlNodeGetContent((xmlNode *)doc);
	s = kp_fit(text_one_line(mem, kp_s((const char *)text)), NAME_BYTES_MAX);
	xmlFree(text);
	xmlFreeDoc(doc);
	return s;
}

/* Cut long HTML between tags. */
struct kp_str
text_fit(struct kp_str html, bool *cut)
{
	size_t n;

	if (html.n <= FEED_TEXT_MAX)
		return html;
	*cut = true;
	html = kp_fit(html, FEED_TEXT_MAX);
	for (n = html.n; n > 0 && html.p[n - 1] != '>'; n--)
		if (html.p[n - 1] == '<')
			return (struct kp_str){ html.p, n - 1 };
	return html;
}

/* Markup that stands in the document itself: <content type="xhtml">. */
static struct kp_str
inner_html(struct reader *r, xmlNode *node)
{
	xmlBuffer *buffer = xmlBufferCreate();
	xmlSaveCtxt *save;
	xmlNode *n;

	/* Without prefixes, <h:p> is a <p> to every HTML parser. */
	for (n = node->children; n != NULL;) {
		if (n->type == XML_ELEMENT_NODE)
			n->ns = NULL;
		if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
			n = n->children;
			continue;
		}
		while (n != node && n->next == NULL)
			n = n->parent;
		n = n == node ? NULL : n->next;
	}
	save = xmlSaveToBuffer(buffer, "UTF-8",
	    XML_SAVE_NO_DECL | XML_SAVE_XHTML);
	for (n = node->children; save != NULL && n != NULL; n = n->next)
		xmlSaveTree(save, n);
	if (save != NULL)
		xmlSaveClose(save);
	return kp_trim(take_buffer(r->mem, buffer));
}

static bool
has_elements(const xmlNode *node)
{
	const xmlNode *n;

	for (n = node->children; n != NULL; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			return true;
	return false;
}

/* RSS says HTML and often means text; its line ends would be lost. */
struct kp_str
text_rss(struct reader *r, xmlNode *node)
{
	struct kp_str s;

	if (has_elements(node))
		return inner_html(r, node);
	s = text_content(r, node);
	if (s.n == 0 || memchr(s.p, '<', s.n) != NULL ||
	    memchr(s.p, '&', s.n) != NULL)
		return s;
	return html_of_text(r->mem, s);
}

/* RFC 4287, 3.1 and 4.1.3. */
struct kp_str
text_atom(struct reader *r, xmlNode *node)
{
	struct kp_str type = text_attribute(r, node, "type");

	if (text_attribute(r, node, "src").n > 0)
		return KP_NONE;
	if (kp_is(type, "xhtml") || kp_is(type, "application/xhtml+xml") ||
	    has_elements(node))
		return inner_html(r, node);
	if (kp_is(type, "html") || kp_is(type, "text/html"))
		return text_content(r, node);
	if (type.n == 0 || kp_is(type, "text") || kp_is(type, "text/plain"))
		return html_of_text(r->mem, text_content(r, node));
	return KP_NONE;         /* a picture, in base64 */
}

struct kp_str
feed_url(struct kp_mem *mem, struct kp_str base, struct kp_str reference)
{
	struct kp_str text = text_one_line(mem, reference);
	xmlChar *escaped;
	struct kp_str url;

	if (text.n == 0 || text.n > URL_BYTES_MAX)
		return KP_NONE;
	/* People write ł and blanks into links. */
	escaped = xmlURIEscapeStr((const xmlChar *)text.p,
	    (const xmlChar *)"!#$%&'()*+,/:;=?@~");
	url = kp_url_resolve(mem, base, kp_s((const char *)escaped));
	xmlFree(escaped);
	if ((!kp_starts(url, "http://") && !kp_starts(url, "https://")) ||
	    kp_url_host(mem, url).n == 0 || url.n > URL_BYTES_MAX)
		return KP_NONE;
	return url;
}

/* A link within the document, by xml:base, else by where it came from. */
struct kp_str
text_link(struct reader *r, xmlNode *node, struct kp_str reference)
{
	xmlChar *base = xmlNodeGetBase(r->doc, node);
	struct kp_str url;

	url = feed_url(r->mem, base == NULL ? r->url :
	    kp_s((const char *)base), reference);
	xmlFree(base);
	return url;
}

/* Dates of all kinds, since feeds mix them; 0 for one that cannot be. */
int64_t
text_date(struct reader *r, xmlNode *node)
{
	struct kp_str s = text_line(r, node);
	int64_t at;

	if (!kp_time_iso(s, &at) && !kp_time_mail(s, &at))
		return 0;
	return at < YEAR_1990 || at > r->now + DAY_MS ? 0 : at;
}
