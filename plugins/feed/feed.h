/*
 * feed.h - one step of the feed plugin, shared by its files.
 */
#ifndef KOMPAN_FEED_H
#define KOMPAN_FEED_H

#include "feed_xml.h"

#define FEED_PLACE KP_S("feed") /* a feed is one place */

struct job {
	const struct kp_in *in;
	struct kp_out *out;
	struct kp_mem *mem;
	struct feed feed;
	struct kp_str thread;   /* all posts of the feed belong to it, or none */
	struct kp_str root;     /* the post whose comments these are, or none */
};

/* feed_posts.c.  Emit all items, the oldest first. */
void posts_say(struct job *);
/* The items by time, the oldest first; as many as the feed has. */
struct feed_item **posts_order(struct job *);
/* Whether it is a comment as WordPress names them, or a post of a forum. */
bool posts_is_comment(const struct feed_item *);
bool posts_is_forum(struct job *, const struct feed_item *);
/* A URL that this source may be asked for, or KP_NONE. */
struct kp_str posts_same_site(struct job *, struct kp_str url);

/*
 * feed_cursor.c.  How many comments of each item were read:
 *
 *      1 counts                the format; "counts": the feed says how many
 *      <hash of id> <count>    one line for each item
 */
struct cursor {
	bool counts;
	struct cursor_entry *entries;
	size_t n;
};
void cursor_read(struct job *, struct cursor *);
void cursor_say(struct job *, const struct cursor *);
/* An item's name in the cursor. */
struct kp_str cursor_hash(struct job *, struct kp_str id);
/* 0 where none were read. */
int64_t cursor_count(const struct cursor *, struct kp_str hash);
void cursor_set(struct cursor *, struct kp_str hash, int64_t count);

#endif
