/*
 * feed_reader.h - what the three files that read a feed share.
 */
#ifndef KOMPAN_FEED_READER_H
#define KOMPAN_FEED_READER_H

#include <libxml/tree.h>

#include "feed_xml.h"

#define NAME_BYTES_MAX 200
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

#define NS_ATOM "http://www.w3.org/2005/Atom"
#define NS_ATOM03 "http://purl.org/atom/ns#"
#define NS_CONTENT "http://purl.org/rss/1.0/modules/content/"
#define NS_DC "http://purl.org/dc/elements/1.1/"
#define NS_DCTERMS "http://purl.org/dc/terms/"
#define NS_SLASH "http://purl.org/rss/1.0/modules/slash/"
#define NS_SY "http://purl.org/rss/1.0/modules/syndication/"
#define NS_THR "http://purl.org/syndication/thread/1.0"
#define NS_TOMBSTONE "http://purl.org/atompub/tombstones/1.0"
#define NS_WFW "http://wellformedweb.org/CommentAPI/"
#define NS_XHTML "http://www.w3.org/1999/xhtml"
/* RSS itself: none, or one of several that nobody agreed on. */
#define NS_CORE NULL

struct reader {
	struct kp_mem *mem;
	xmlDoc *doc;
	struct kp_str url;
	int64_t now;
	struct feed *feed;
	struct feed_item author;        /* the feed's own, for entries without */
	xmlEntity entity;               /* the one that is just being used */
	xmlChar letter[8];
};

/* feed_text.c.  What stands in an element, trimmed. */
struct kp_str text_content(struct reader *, xmlNode *);
/* The same with all blanks made one space: for ids, names, URLs. */
struct kp_str text_line(struct reader *, xmlNode *);
struct kp_str text_one_line(struct kp_mem *, struct kp_str);
struct kp_str text_attribute(struct reader *, xmlNode *, const char *name);
/* As HTML, by the rules of RSS, and by those of Atom. */
struct kp_str text_rss(struct reader *, xmlNode *);
struct kp_str text_atom(struct reader *, xmlNode *);
/* What a reader would see of HTML; for the names of feeds. */
struct kp_str text_plain(struct kp_mem *, struct kp_str html);
/* At most FEED_TEXT_MAX of it, cut between tags; sets *cut where it was. */
struct kp_str text_fit(struct kp_str html, bool *cut);
/* A link by xml:base, else by where the document came from; or KP_NONE. */
struct kp_str text_link(struct reader *, xmlNode *, struct kp_str);
/* A date of any kind; 0 for one that cannot be. */
int64_t text_date(struct reader *, xmlNode *);

/*
 * feed_item.c.  Whether it is the element ${ns}:${name}; where no namespace
 * was declared, whether it is called ${prefix}${name}.
 */
bool reader_is(const xmlNode *, const char *ns, const char *prefix,
    const char *name);
/* Add an item to the feed. */
void reader_item(struct reader *, xmlNode *);
void reader_tombstone(struct reader *, xmlNode *);
/* <link> and <author> of Atom, which a feed has as well as an entry. */
void reader_link(struct reader *, xmlNode *, struct feed_item *);
void reader_author(struct reader *, xmlNode *, struct feed_item *);

#endif
