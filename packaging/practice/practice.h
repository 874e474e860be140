/*
 * practice.h - the parts of kompan-practice, which plays the platforms of an
 * invented community.
 *
 * A community is loaded once and then only read; what has "happened" so far
 * depends on the time that is passed in.  All strings are borrowed from the
 * community, all times are milliseconds since 1970-01-01 UTC.
 */
#ifndef KOMPAN_PRACTICE_H
#define KOMPAN_PRACTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

/* The largest answer or file. */
#define ANSWER_MAX ((size_t)16 << 20)
/* As Telegram writes tokens; no secret, but sent and kept like one. */
#define PRACTICE_TOKEN "7000000001:practice-community-not-a-secret-01"

enum platform { FEED = 1, TELEGRAM, CAPTURE, EXPORT };

struct place {
	const char *id, *name, *kind, *lang, *basis;
	const char *url;                /* NULL for chats */
	const char *chat;               /* Telegram's word for its kind */
	enum platform platform;
	bool rss;
	struct json_object *topics;     /* array, or NULL */
	struct place *discussion;       /* of a channel: its linked group */
	int64_t chat_id;                /* as the Bot API has it, below 0 */
	int64_t messages;               /* message ids given so far */
};

struct thread {
	const char *id, *lang;
	const char *title, *topic;      /* or NULL */
	bool replies_visible;
	struct place *place;
	struct post **posts;            /* in the file's order, edits too */
	size_t nposts;
};

struct post {
	struct thread *thread;
	struct place *place;            /* not its thread's for channel posts */
	const char *id;                 /* within the thread */
	const char *author, *name;      /* NULL: anonymous */
	const char *text;
	struct post *parent;            /* what it answers, or NULL */
	struct post *edit_of;           /* it is a new text of this one */
	int64_t author_id;
	int64_t at;
	int64_t message_id;             /* in its place; an edit has none */
	int64_t forward_id;             /* of a channel post, in the group */
};

struct community {
	struct place *places;
	struct thread *threads;
	struct post **posts;            /* by `at` */
	size_t nplaces, nthreads, nposts;
	int64_t start;                  /* minute 0 */
	struct json_object *lines;      /* what was read; owns the strings */
	struct json_object *authors;    /* account to number */
};

/*
 * community_load(c, dir, start, fast, err):
 * Read ${dir}/places.ndjson and threads.ndjson.  A post of `ago_min` M is of
 * M minutes before ${start}; one that is still to come (M below 0) appears
 * -M/${fast} minutes after it.  0, or -1 with the line that is bad; in both
 * cases community_fini() is due.
 */
int community_load(struct community *, const char *dir, int64_t start,
    int64_t fast, struct err *);
void community_fini(struct community *);
struct place *community_place(const struct community *, const char *id);
struct thread *community_thread(const struct community *, const char *id);
/* The first moment after ${now} at which something happens; or INT64_MAX. */
int64_t community_next(const struct community *, int64_t now);
/*
 * The newest version of ${p} at ${now}: itself or its last edit; NULL where it
 * has not been written yet.
 */
const struct post *post_version(const struct post *p, int64_t now);

/* feeds.c: -1 where the answer does not fit, as all below. */
int feed_write(const struct community *, const struct place *,
    const struct thread *, const char *base, int64_t now, struct buf *);
/* thread NULL: the place's own feed.  The newest change that it shows: */
int64_t feed_changed(const struct community *, const struct place *,
    const struct thread *, int64_t now);
/* A page for people: thread NULL: the list of all threads. */
int page_write(const struct community *, const struct thread *, int64_t now,
    struct buf *);

/* files.c */
int capture_write(const struct community *, int64_t now, struct buf *);
int export_write(const struct community *, int64_t now, struct buf *);
int sources_write(const struct community *, const char *base, struct buf *);

/* botapi.c */
struct botapi;

struct botapi *botapi_new(const struct community *);
void botapi_free(struct botapi *);
/*
 * botapi_call(b, method, params, now, deadline, ret):
 * The HTTP status, and *${ret} the envelope, the caller's to put.  0: there is
 * nothing to say yet, ask again when community_next() is reached or, at the
 * latest, at ${deadline}, which is set; ${deadline} is 0 at the first call.
 */
unsigned botapi_call(struct botapi *, const char *method,
    struct json_object *params, int64_t now, int64_t *deadline,
    struct json_object **);
/* An error envelope. */
struct json_object *botapi_error(unsigned status, const char *text);

#endif
