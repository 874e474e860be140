/*
 * One item of a feed.  One table says which element means what; it serves all
 * formats, since namespaces keep them apart, and so an extension of RSS works
 * in Atom and the other way round.
 */
#include "feed_xml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "feed_reader.h"

#define ID_BYTES_MAX 512

static void
take_rss_title(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->title = text_rss(r, node);
}

static void
take_atom_title(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->title = text_atom(r, node);
}

static void
take_id(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->id = text_line(r, node);
	if (item->link.n == 0 &&
	    !kp_is(text_attribute(r, node, "isPermaLink"), "false") &&
	    kp_starts(item->id, "http"))
		item->link = feed_url(r->mem, r->url, item->id);
}

static void
take_rss_link(struct reader *r, xmlNode *node, struct feed_item *item)
{
	struct kp_str url = text_link(r, node, text_line(r, node));

	if (url.n > 0)
		item->link = url;
}

void
reader_link(struct reader *r, xmlNode *node, struct feed_item *item)
{
	struct kp_str rel = text_attribute(r, node, "rel");
	struct kp_str type = text_attribute(r, node, "type");
	struct kp_str url = text_link(r, node, text_attribute(r, node, "href"));
	xmlChar *text;
	int64_t count;

	if ((rel.n == 0 || kp_is(rel, "alternate")) && item->link.n == 0)
		item->link = url;
	if (!kp_is(rel, "replies"))
		return;
	if (kp_is(type, "application/atom+xml") ||
	    kp_is(type, "application/rss+xml"))
		item->comments = url;
	text = xmlGetNsProp(node, (const xmlChar *)"count",
	    (const xmlChar *)NS_THR);
	if (kp_number(kp_s((const char *)text), &count) && count >= 0 &&
	    count <= INT32_MAX)
		item->count = (int32_t)count;
	xmlFree(text);
}

static void
take_content(struct reader *r, xmlNode *node, struct feed_item *item)
{
	bool atom = node->ns != NULL && (xmlStrEqual(node->ns->href,
	    (const xmlChar *)NS_ATOM) || xmlStrEqual(node->ns->href,
	    (const xmlChar *)NS_ATOM03));
	struct kp_str html = atom ? text_atom(r, node) : text_rss(r, node);

	if (html.n > 0) {
		item->html = html;
		item->rank = 2;
	}
}

static void
take_summary(struct reader *r, xmlNode *node, struct feed_item *item)
{
	bool atom = xmlStrEqual(node->name, (const xmlChar *)"summary");

	if (item->rank < 2)
		item->html = atom ? text_atom(r, node) : text_rss(r, node);
}

static void
take_created(struct reader *r, xmlNode *node, struct feed_item *item)
{
	int64_t at = text_date(r, node);

	if (at != 0)
		item->created = at;
}

static void
take_dc_date(struct reader *r, xmlNode *node, struct feed_item *item)
{
	if (item->created == 0)
		item->created = text_date(r, node);
}

static void
take_edited(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->edited = text_date(r, node);
}

/* "anna@example.org (Anna)", or a name alone. */
static void
take_rss_author(struct reader *r, xmlNode *node, struct feed_item *item)
{
	struct kp_str s = text_line(r, node);
	struct kp_str rest = s;
	struct kp_str mail = kp_cut(&rest, ' ');

	if (memchr(mail.p == NULL ? "" : mail.p, '@', mail.n) == NULL) {
		if (item->name.n == 0)
			item->name = s;
		return;
	}
	/* Blogger writes the same address for everybody. */
	if (!kp_starts(mail, "noreply") && !kp_starts(mail, "no-reply"))
		item->email = mail;
	rest = kp_trim(rest);
	if (rest.n > 2 && rest.p[0] == '(' && rest.p[rest.n - 1] == ')' &&
	    item->name.n == 0)
		item->name = (struct kp_str){ rest.p + 1, rest.n - 2 };
}

static void
take_creator(struct reader *r, xmlNode *node, struct feed_item *item)
{
	struct kp_str name = text_line(r, node);

	if (name.n > 0)
		item->name = name;
}

void
reader_author(struct reader *r, xmlNode *node, struct feed_item *item)
{
	xmlNode *n;

	for (n = node->children; n != NULL; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (xmlStrEqual(n->name, (const xmlChar *)"name"))
			item->name = text_line(r, n);
		else if (xmlStrEqual(n->name, (const xmlChar *)"email"))
			item->email = text_line(r, n);
		else if (xmlStrEqual(n->name, (const xmlChar *)"uri"))
			item->page = text_link(r, n, text_line(r, n));
	}
}

static void
take_parent(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->parent = text_attribute(r, node, "ref");
}

static void
take_comments(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->comments = text_link(r, node, text_line(r, node));
}

static void
take_count(struct reader *r, xmlNode *node, struct feed_item *item)
{
	int64_t count;

	if (kp_number(text_line(r, node), &count) && count >= 0 &&
	    count <= INT32_MAX)
		item->count = (int32_t)count;
}

static void
take_lang(struct reader *r, xmlNode *node, struct feed_item *item)
{
	item->lang = text_line(r, node);
}

static const struct field {
	const char *ns, *prefix, *name;
	void (*take)(struct reader *, xmlNode *, struct feed_item *);
} fields[] = {
	{ NS_CORE, "", "title", take_rss_title },
	{ NS_CORE, "", "link", take_rss_link },
	{ NS_CORE, "", "guid", take_id },
	{ NS_CORE, "", "description", take_summary },
	{ NS_CORE, "", "pubDate", take_created },
	{ NS_CORE, "", "author", take_rss_author },
	{ NS_CONTENT, "content:", "encoded", take_content },
	{ NS_XHTML, "xhtml:", "body", take_content },
	{ NS_DC, "dc:", "creator", take_creator },
	{ NS_DC, "dc:", "date", take_dc_date },
	{ NS_DC, "dc:", "language", take_lang },
	{ NS_DCTERMS, "dcterms:", "modified", take_edited },
	{ NS_WFW, "wfw:", "commentRss", take_comments },
	{ NS_WFW, "wfw:", "commentRSS", take_comments },
	{ NS_SLASH, "slash:", "comments", take_count },
	{ NS_THR, "thr:", "in-reply-to", take_parent },
	{ NS_THR, "thr:", "total", take_count },
	{ NS_ATOM, "atom:", "title", take_atom_title },
	{ NS_ATOM, "atom:", "link", reader_link },
	{ NS_ATOM, "atom:", "id", take_id },
	{ NS_ATOM, "atom:", "content", take_content },
	{ NS_ATOM, "atom:", "summary", take_summary },
	{ NS_ATOM, "atom:", "published", take_created },
	{ NS_ATOM, "atom:", "updated", take_edited },
	{ NS_ATOM, "atom:", "author", reader_author },
	{ NS_ATOM03, "", "issued", take_created },
	{ NS_ATOM03, "", "modified", take_edited },
};

/* Of the element ${ns}:${name}; a prefix that nobody declared counts too. */
bool
reader_is(const xmlNode *node, const char *ns, const char *prefix,
    const char *name)
{
	const char *have, *at = (const char *)node->name;
	size_t n = strlen(prefix);

	if (node->type != XML_ELEMENT_NODE)
		return false;
	if (node->ns == NULL)
		return strncmp(at, prefix, n) == 0 && strcmp(at + n, name) == 0;
	if (strcmp(at, name) != 0)
		return false;
	have = (const char *)node->ns->href;
	if (ns == NS_CORE)
		return strcmp(have, "http://purl.org/rss/1.0/") == 0 ||
		    strncmp(have, "http://backend.userland.com/", 28) == 0 ||
		    strncmp(have, "http://my.netscape.com/", 23) == 0 ||
		    strncmp(have, "http://blogs.law.harvard.edu/", 29) == 0;
	if (strcmp(have, ns) == 0)
		return true;
	return strcmp(ns, NS_ATOM) == 0 && strcmp(have, NS_ATOM03) == 0;
}

/* Names that many share tell nobody apart. */
static bool
is_nobody(struct kp_str name)
{
	static const char *const names[] = {
		"anonymous", "anonym", "anonim", "anonyme", "guest", "gast",
		"gość", "Гост", "гост", "Анонимен", "анонимен", "vizitator",
		"oaspete", "unknown", "unbekannt", "nobody",
	};
	size_t i;

	/* "?", "-" */
	for (i = 0; i < name.n && !isalnum((unsigned char)name.p[i]) &&
	    (unsigned char)name.p[i] < 0x80; i++)
		;
	if (i == name.n)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name.n == strlen(names[i]) &&
		    strncasecmp(name.p, names[i], name.n) == 0)
			return true;
	return false;
}

/*
 * What tells authors apart.  The address of a profile does, that of the whole
 * site (which WordPress gives for its own people) does not.
 */
static struct kp_str
author_of(struct reader *r, const struct feed_item *item)
{
	struct kp_str page = item->page;

	if (item->email.n > 0 && item->email.n <= ID_BYTES_MAX)
		return item->email;
	if (page.n > 0 && page.n <= ID_BYTES_MAX &&
	    !kp_is(kp_url_path(r->mem, page), "/") &&
	    !kp_eq(page, r->feed->link))
		return page;
	return is_nobody(item->name) ? KP_NONE : item->name;
}

static bool
ends_in(struct kp_str s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* "[...]" at the end of what is only a summary. */
static bool
is_excerpt(struct kp_str html)
{
	if (ends_in(html, "</p>"))
		html = kp_trim((struct kp_str){ html.p, html.n - 4 });
	return ends_in(html, "[...]") || ends_in(html, "[…]") ||
	    ends_in(html, "[&#8230;]") || ends_in(html, "[&hellip;]");
}

/* An item's identity: what it says, its link, else what it is. */
static void
identify(struct reader *r, struct feed_item *item)
{
	if (item->id.n == 0)
		item->id = item->link;
	if (item->id.n == 0)
		item->id = kp_fmt(r->mem, "h:%.*s", KP_ARG(kp_hash(r->mem,
		    kp_fmt(r->mem, "%.*s\n%.*s", KP_ARG(item->title),
		    KP_ARG(item->created == 0 ? item->html :
		    kp_time_text(r->mem, item->created))))));
	if (item->id.n > ID_BYTES_MAX)
		item->id = kp_fmt(r->mem, "h:%.*s",
		    KP_ARG(kp_hash(r->mem, item->id)));
	if (item->parent.n > ID_BYTES_MAX)
		item->parent = kp_fmt(r->mem, "h:%.*s",
		    KP_ARG(kp_hash(r->mem, item->parent)));
}

/* One more item, or NULL where there are enough. */
static struct feed_item *
item_add(struct feed *feed)
{
	if (feed->n == FEED_ITEMS_MAX) {
		feed->more = true;
		return NULL;
	}
	return &feed->items[feed->n++];
}

void
reader_item(struct reader *r, xmlNode *node)
{
	struct feed_item *item = item_add(r->feed);
	xmlNode *n;
	xmlChar *lang;
	size_t i;

	if (item == NULL)
		return;
	item->count = -1;
	for (n = node->children; n != NULL; n = n->next)
		for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (reader_is(n, fields[i].ns, fields[i].prefix,
			    fields[i].name)) {
				fields[i].take(r, n, item);
				break;
			}
	if (item->id.n == 0 && item->link.n == 0 && item->title.n == 0 &&
	    item->html.n == 0) {
		memset(item, 0, sizeof(*item));
		r->feed->n--;
		return;
	}
	lang = xmlNodeGetLang(node);
	if (item->lang.n == 0)
		item->lang = text_one_line(r->mem, kp_s((const char *)lang));
	xmlFree(lang);
	if (item->lang.n == 0)
		item->lang = r->feed->lang;
	item->lang = kp_fit(item->lang, 35);
	if (item->name.n == 0 && item->email.n == 0) {
		item->name = r->author.name;
		item->email = r->author.email;
		item->page = r->author.page;
	}
	item->name = kp_fit(item->name, NAME_BYTES_MAX);
	item->author = author_of(r, item);
	item->cut = item->rank < 2 && is_excerpt(item->html);
	item->html = text_fit(item->html, &item->cut);
	item->title = kp_fit(item->title, 1000);
	if (item->created == 0 || item->edited <= item->created) {
		if (item->created == 0)
			item->created = item->edited;
		item->edited = 0;
	}
	identify(r, item);
}

void
reader_tombstone(struct reader *r, xmlNode *node)
{
	struct kp_str id = text_attribute(r, node, "ref");
	struct feed_item *item = id.n == 0 ? NULL : item_add(r->feed);

	if (item == NULL)
		return;
	item->id = id;
	item->deleted = true;
	item->count = -1;
	identify(r, item);
}
