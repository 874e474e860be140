/*
 * feed_xml.h - a feed's document as plain structs: RSS 2.0 and its elders,
 * RSS 1.0, Atom 1.0 and 0.3, with the extensions that carry conversations.
 *
 * Everything found here lives in the step's struct kp_mem.  Nothing is fetched
 * and no entity of the document's own is believed.
 */
#ifndef KOMPAN_FEED_XML_H
#define KOMPAN_FEED_XML_H

#include <kp.h>

#define FEED_ITEMS_MAX 1000     /* of one document; what a step may emit */
/* Of HTML: the worker makes text of it, and that is shortened to what a post
 * may hold. */
#define FEED_TEXT_MAX 200000

struct feed_item {
	struct kp_str id;               /* never empty */
	struct kp_str link;             /* absolute, http or https, or none */
	struct kp_str title, html;      /* HTML, whatever it was */
	struct kp_str name;             /* of its author, as shown */
	struct kp_str author;           /* what tells authors apart, or none */
	struct kp_str lang;
	struct kp_str parent;           /* id of what it answers (RFC 4685) */
	struct kp_str comments;         /* URL of the feed of its comments */
	int64_t created, edited;        /* 0: not said or impossible */
	int32_t count;                  /* of its comments; -1: not said */
	bool deleted;                   /* RFC 6721: only id is set */
	bool cut;                       /* an excerpt */
	int rank;                       /* of what html was taken from */
	struct kp_str email, page;      /* of the author, where said */
};

struct feed {
	struct kp_str title;            /* plain text */
	struct kp_str link, self, lang;
	int64_t ttl;                    /* ms; 0: not said */
	bool replies;                   /* declares that it can show replies */
	bool tombstones;                /* declares RFC 6721 */
	struct feed_item *items;
	size_t n;
	bool more;                      /* there were more items than we take */
	bool half;                      /* it breaks off: the last item went */
	struct kp_str fault;            /* where it is malformed, or none */
};

/*
 * feed_read(mem, body, url, now, feed): read the document that came from
 * ${url}.  False where it is no feed; mem->why says what it is instead.
 */
bool feed_read(struct kp_mem *, struct kp_str body, struct kp_str url,
    int64_t now, struct feed *);

/* The feed that a web page at ${url} names, or KP_NONE. */
struct kp_str feed_of_page(struct kp_mem *, struct kp_str body,
    struct kp_str url);

/* ${reference} as a document at ${base} means it, if that is http or https. */
struct kp_str feed_url(struct kp_mem *, struct kp_str base,
    struct kp_str reference);

#endif
