/*
 * Reading a feed.  libxml2 makes a tree, in its forgiving mode, because half a
 * feed with a warning is better than none; feed_item.c says what its elements
 * mean.
 *
 * The document is a stranger's.  Entity declarations are thrown away, so there
 * is nothing to expand and nothing to fetch; depth, names and text nodes have
 * libxml2's own limits, the number of items has ours.
 */
#include "feed_xml.h"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "feed_reader.h"

#define PAGE_BYTES_MAX (256 * 1024)

/* sy:updatePeriod and sy:updateFrequency, or <ttl>. */
static int64_t
period(struct kp_str name)
{
	static const struct {
		const char *name;
		int64_t ms;
	} t[] = {
		{ "hourly", HOUR_MS }, { "daily", DAY_MS },
		{ "weekly", 7 * DAY_MS }, { "monthly", 30 * DAY_MS },
		{ "yearly", 365 * DAY_MS },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (kp_is(name, t[i].name))
			return t[i].ms;
	return 0;
}

/* What stands in <channel> or <feed> beside the items. */
static void
read_head(struct reader *r, xmlNode *head)
{
	struct feed *feed = r->feed;
	struct feed_item self = { .count = -1 };
	int64_t every = 0, often = 1, minutes;
	xmlNode *n;
	xmlChar *lang = xmlNodeGetLang(head);

	feed->lang = text_one_line(r->mem, kp_s((const char *)lang));
	xmlFree(lang);
	for (n = head->children; n != NULL; n = n->next) {
		if (reader_is(n, NS_CORE, "", "title"))
			feed->title = text_plain(r->mem, text_rss(r, n));
		else if (reader_is(n, NS_ATOM, "", "title"))
			feed->title = text_plain(r->mem, text_atom(r, n));
		else if (reader_is(n, NS_CORE, "", "link"))
			feed->link = text_link(r, n, text_line(r, n));
		else if (reader_is(n, NS_ATOM, "atom:", "link") &&
		    kp_is(text_attribute(r, n, "rel"), "self"))
			feed->self = text_link(r, n,
			    text_attribute(r, n, "href"));
		else if (reader_is(n, NS_ATOM, "", "link"))
			reader_link(r, n, &self);
		else if (reader_is(n, NS_ATOM, "", "author"))
			reader_author(r, n, &r->author);
		else if (reader_is(n, NS_CORE, "", "language") ||
		    reader_is(n, NS_DC, "dc:", "language"))
			feed->lang = text_line(r, n);
		else if (reader_is(n, NS_CORE, "", "ttl") &&
		    kp_number(text_line(r, n), &minutes) && minutes > 0 &&
		    minutes <= 366 * 24 * 60)
			feed->ttl = minutes * 60000;
		else if (reader_is(n, NS_SY, "sy:", "updatePeriod"))
			every = period(text_line(r, n));
		else if (reader_is(n, NS_SY, "sy:", "updateFrequency") &&
		    (!kp_number(text_line(r, n), &often) || often < 1))
			often = 1;
	}
	if (self.link.n > 0)
		feed->link = self.link;
	if (feed->ttl == 0)
		feed->ttl = every / often;
}

static void
read_items(struct reader *r, xmlNode *parent)
{
	xmlNode *n;

	for (n = parent->children; n != NULL; n = n->next) {
		if (reader_is(n, NS_CORE, "", "item") ||
		    reader_is(n, NS_ATOM, "", "entry"))
			reader_item(r, n);
		else if (reader_is(n, NS_TOMBSTONE, "at:", "deleted-entry"))
			reader_tombstone(r, n);
	}
}

static xmlNode *
child(xmlNode *parent, const char *name)
{
	xmlNode *n;

	for (n = parent->children; n != NULL; n = n->next)
		if (reader_is(n, NS_CORE, "", name))
			return n;
	return NULL;
}

/* False where the root is none of a feed's. */
static bool
read_root(struct reader *r, xmlNode *root)
{
	const char *name = (const char *)root->name;
	xmlNode *channel = NULL;
	xmlNs *ns;

	for (ns = root->nsDef; ns != NULL; ns = ns->next) {
		const char *href = ns->href == NULL ? "" :
		    (const char *)ns->href;

		if (strcmp(href, NS_THR) == 0 || strcmp(href, NS_WFW) == 0)
			r->feed->replies = true;
		if (strcmp(href, NS_TOMBSTONE) == 0)
			r->feed->tombstones = true;
	}
	if (strcmp(name, "feed") == 0) {
		read_head(r, root);
		read_items(r, root);
		return true;
	}
	if (strcmp(name, "rss") != 0 && strcmp(name, "RDF") != 0)
		return false;
	channel = child(root, "channel");
	if (channel != NULL) {
		read_head(r, channel);
		read_items(r, channel);
	}
	read_items(r, root);    /* RSS 1.0 has them beside the channel */
	return channel != NULL || r->feed->n > 0;
}

/* The document. */

static void
no_entities(void *ctx, const xmlChar *name, int type, const xmlChar *public_id,
    const xmlChar *system_id, xmlChar *value)
{
	(void)ctx;
	(void)name;
	(void)type;
	(void)public_id;
	(void)system_id;
	(void)value;
}

/*
 * HTML's letters, which people write into feeds undeclared: without them
 * K&uuml;ndigung would be Kndigung.  libxml2 copies one byte of such a letter
 * into an attribute, so there they go.
 */
static xmlEntity *
html_entity(void *ctx, const xmlChar *name)
{
	xmlParserCtxt *ctxt = ctx;
	struct reader *r = ctxt->_private;
	const htmlEntityDesc *desc = htmlEntityLookup(name);

	if (desc == NULL || ctxt->instate == XML_PARSER_ATTRIBUTE_VALUE)
		return NULL;
	r->letter[xmlCopyChar(0, r->letter, (int)desc->value)] = '\0';
	memset(&r->entity, 0, sizeof(r->entity));
	r->entity.type = XML_ENTITY_DECL;
	r->entity.etype = XML_INTERNAL_PREDEFINED_ENTITY;
	r->entity.name = name;
	r->entity.content = r->letter;
	r->entity.orig = r->letter;
	return &r->entity;
}

static bool
starts_nocase(struct kp_str s, const char *start)
{
	return s.n >= strlen(start) &&
	    strncasecmp(s.p, start, strlen(start)) == 0;
}

static bool
is_html(struct kp_str body)
{
	return starts_nocase(body, "<!doctype html") ||
	    starts_nocase(body, "<html") || starts_nocase(body, "<head") ||
	    starts_nocase(body, "<body");
}

/* What it is, if it is no feed. */
static void
name_it(struct kp_mem *mem, struct kp_str body, const xmlNode *root)
{
	if (body.n == 0)
		snprintf(mem->why, sizeof(mem->why), "the answer is empty");
	else if (is_html(body) || (root != NULL &&
	    xmlStrEqual(root->name, (const xmlChar *)"html")))
		snprintf(mem->why, sizeof(mem->why), "it is a web page");
	else if (body.p[0] == '{' || body.p[0] == '[')
		snprintf(mem->why, sizeof(mem->why), "it is JSON");
	else if (kp_starts(body, "%PDF"))
		snprintf(mem->why, sizeof(mem->why), "it is a PDF");
	else if (root != NULL)
		snprintf(mem->why, sizeof(mem->why), "it is XML, but its root "
		    "element is <%.40s>", (const char *)root->name);
	else
		snprintf(mem->why, sizeof(mem->why), "it is not XML");
}

static void
note_fault(struct reader *r, xmlParserCtxt *ctxt)
{
	const xmlError *e = xmlCtxtGetLastError(ctxt);

	if (ctxt->wellFormed)
		return;
	r->feed->fault = e == NULL || e->message == NULL ?
	    KP_S("it is malformed") : kp_fmt(r->mem, "line %d: %.*s", e->line,
	    KP_ARG(kp_fit(kp_trim(kp_s(e->message)), 200)));
}

static bool
is_closed(struct kp_str body, const char *root)
{
	struct kp_str name;

	while (body.n > 0) {
		(void)kp_cut(&body, '<');
		if (!kp_starts(body, "/"))
			continue;
		name = (struct kp_str){ body.p + 1, body.n - 1 };
		name = kp_fit(name, 64);        /* or hostile input is slow */
		name = kp_cut(&name, '>');
		if (memchr(name.p, ':', name.n) != NULL)
			(void)kp_cut(&name, ':');
		if (kp_is(kp_trim(name), root))
			return true;
	}
	return false;
}

/*
 * Where the document breaks off, its last item is what came of it: half a text
 * would look like an edit of the whole one that was read before.
 */
static void
drop_half(struct feed *feed, struct kp_str body, const xmlNode *root)
{
	feed->half = !is_closed(body, (const char *)root->name);
	if (feed->half && feed->n > 0)
		feed->n--;
}

bool
feed_read(struct kp_mem *mem, struct kp_str body, struct kp_str url,
    int64_t now, struct feed *feed)
{
	struct reader r = { .mem = mem, .url = url, .now = now, .feed = feed };
	xmlParserCtxt *ctxt = NULL;
	xmlNode *root = NULL;
	bool ok = false;

	memset(feed, 0, sizeof(*feed));
	if (kp_starts(body, "\xef\xbb\xbf"))
		body = (struct kp_str){ body.p + 3, body.n - 3 };
	body = kp_trim(body);
	if (body.n == 0 || body.n > INT32_MAX || body.p[0] != '<') {
		name_it(mem, body, NULL);
		return false;
	}
	ctxt = xmlNewParserCtxt();
	if (ctxt == NULL)
		abort();
	ctxt->_private = &r;
	ctxt->sax->entityDecl = no_entities;
	ctxt->sax->getEntity = html_entity;
	/* It is UTF-8 by now, whatever its first line says. */
	r.doc = xmlCtxtReadMemory(ctxt, body.p, (int)body.n,
	    kp_copy(mem, url).p, "UTF-8", XML_PARSE_RECOVER |
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
	    XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC);
	if (r.doc != NULL)
		root = xmlDocGetRootElement(r.doc);
	feed->items = kp_alloc(mem, FEED_ITEMS_MAX * sizeof(*feed->items));
	if (root != NULL)
		ok = read_root(&r, root);
	if (ok)
		note_fault(&r, ctxt);
	if (ok && feed->fault.n > 0)
		drop_half(feed, body, root);
	else
		name_it(mem, body, root);
	xmlFreeDoc(r.doc);
	xmlFreeParserCtxt(ctxt);
	return ok;
}

/* <link rel="alternate" type="application/rss+xml"> */
static bool
names_feed(struct reader *r, xmlNode *n)
{
	struct kp_str type;

	if (n->type != XML_ELEMENT_NODE ||
	    !xmlStrEqual(n->name, (const xmlChar *)"link") ||
	    !kp_is(text_attribute(r, n, "rel"), "alternate"))
		return false;
	type = text_attribute(r, n, "type");
	return kp_is(type, "application/rss+xml") ||
	    kp_is(type, "application/atom+xml");
}

struct kp_str
feed_of_page(struct kp_mem *mem, struct kp_str body, struct kp_str url)
{
	struct reader r = { .mem = mem, .url = url };
	struct kp_str found = KP_NONE;
	htmlDocPtr doc;
	xmlNode *n;

	body = kp_fit(body, PAGE_BYTES_MAX);
	if (body.n == 0)
		return KP_NONE;
	doc = htmlReadMemory(body.p, (int)body.n, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
	    HTML_PARSE_NONET);
	for (n = doc == NULL ? NULL : doc->children; n != NULL;) {
		if (names_feed(&r, n)) {
			found = feed_url(mem, url, text_attribute(&r, n, "href"));
			if (found.n > 0)
				break;
		}
		if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
			n = n->children;
			continue;
		}
		while (n != NULL && n->next == NULL) {
			n = n->parent;
			if (n == (xmlNode *)doc)
				n = NULL;
		}
		if (n != NULL)
			n = n->next;
	}
	xmlFreeDoc(doc);
	return found;
}
