/*
 * kompan-plugin.h - all that a platform plugin is.
 *
 * A plugin is one pure function.  It is told what happened (struct kp_in) and
 * says what should happen next (struct kp_out): posts and places seen, requests
 * to send, the cursor to go on from.  It does no I/O, asks no clock and keeps
 * nothing between calls: its process has no network and no files, and may be
 * killed and started again after any step.  It never sees a secret.
 *
 * Time    int64_t milliseconds since 1970-01-01 UTC.  Sizes are bytes.
 * Text    UTF-8, made so by the worker before step() and checked by the core.
 * Memory  What comes in is borrowed until step() returns; what goes out is
 *         copied before the call returns.  Nobody frees the other's memory.
 * Zero    means unknown, none or the default, in every field.
 * Growth  Structs grow at the end only; `size` says how much of one is there.
 *
 * Changes of this interface
 *   1.0   2026-11-25  first
 */
#ifndef KOMPAN_PLUGIN_H
#define KOMPAN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KP_MAJOR 1      /* something changed or went: rebuild the plugin */
#define KP_MINOR 0      /* something was added at an end */

struct kp_str {
	const char *p;
	size_t n;               /* not terminated; { NULL, 0 } is none */
};

struct kp_pair {
	struct kp_str key, val;
};

/*
 * Jobs.  A source runs one at a time; it ends when nothing that was asked for
 * is outstanding, or at done() or fail().
 */
enum {
	KP_POLL = 1,    /* emit what is newer than the cursor */
	KP_THREAD,      /* emit the replies to target->thread */
	KP_REPLY,       /* publish target->text under target->id, then done() */
	KP_CONFIRM,     /* was it published?  done(id), or done("") if surely not */
	KP_ACCOUNT,     /* who are we, what can we see?  findings, then done(id) */
	KP_IMPORT,      /* records of a file that the admin named */
	KP_PUSH         /* records that somebody sent us */
};
#define KP_CAN(job) (1u << (job))

/* Events: what just happened within the job. */
enum {
	KP_START = 1,   /* the job begins */
	KP_RESPONSE,    /* in->response answers the request that carried in->state */
	KP_TIMER,       /* the timer that carried in->state is due */
	KP_DATA,        /* in->records are the next ones of the stream */
	KP_END          /* the stream ended */
};

struct kp_response {
	size_t size;
	int32_t status;         /* HTTP's; 0: none came and retries are used up */
	struct kp_str url;      /* after redirects, without credentials */
	struct kp_str body;     /* decompressed, UTF-8 if it is text; <= 16 MiB */
	struct kp_str type;     /* media type, in lower case, without parameters */
	const struct kp_pair *headers;  /* names in lower case */
	size_t nheaders;
};

/* What a job is about; ids as this plugin emitted them. */
struct kp_target {
	size_t size;
	struct kp_str place, thread, id, url;
	struct kp_str ref;      /* kp_post.ref of that post */
	struct kp_str text;     /* to publish */
	struct kp_str lang;
	struct kp_str key;      /* one per reply, the same for every try */
};

/* One record of an import or a push. */
struct kp_record {
	int64_t number;         /* from 1 */
	struct kp_str bytes;    /* UTF-8; for KP_ELEMENTS one JSON value */
	struct kp_str context;  /* KP_ELEMENTS: JSON object of the plain members
	                         * (text, numbers, booleans) that stood before
	                         * the array in the object that holds it */
};

struct kp_in {
	size_t size;
	uint32_t job, event;
	int64_t now;
	const uint8_t *seed;    /* 32 random bytes */
	struct kp_str source;   /* URL or name, as configured */
	const struct kp_pair *settings; /* every declared key, with its default */
	size_t nsettings;
	struct kp_str cursor;   /* last one committed, <= 64 KiB */
	struct kp_str state;    /* of the request or timer, <= 4 KiB */
	const struct kp_response *response;
	const struct kp_target *target;
	const struct kp_record *records;
	size_t nrecords;
};

/* kp_post.flags */
enum {
	KP_DELETED = 1,         /* gone at the source: the stored text goes too */
	KP_LOCKED = 2,          /* nobody can answer here any more */
	KP_SOLVED = 4,          /* the platform marks it as solved */
	KP_OURS = 8,            /* written by the account that we poll with */
	KP_HTML = 16,           /* text and title are HTML: the worker makes text */
	KP_COUNTED = 32,        /* `replies` is set */
	KP_TRUNCATED = 64       /* an excerpt: the rest is behind `url` */
};

struct kp_post {
	size_t size;
	uint32_t flags;
	struct kp_str place;    /* kp_place.id; none: the source is the place */
	struct kp_str id;       /* opaque, unique within the place, <= 512 */
	struct kp_str parent;   /* id of the post that it answers */
	struct kp_str thread;   /* id of the thread; none: the parent's, else id */
	struct kp_str url;      /* permalink */
	struct kp_str author;   /* the platform's id; none: cannot be known */
	struct kp_str name;     /* as shown */
	struct kp_str title, text;
	struct kp_str lang;     /* BCP 47, as the platform says: a hint */
	int64_t created, edited;
	int32_t replies;        /* with KP_COUNTED: how many there are */
	struct kp_str ref;      /* what KP_REPLY will need, <= 1 KiB */
};

enum { KP_GROUP = 1, KP_CHANNEL, KP_FORUM, KP_FEED, KP_PAGE, KP_ARCHIVE };
enum { KP_OPEN = 1, KP_PARTLY, KP_LOST };       /* kp_place.health */

/* Where people talk. */
struct kp_place {
	size_t size;
	struct kp_str id;       /* <= 512 */
	struct kp_str name, url;
	uint32_t kind;
	uint32_t health;        /* KP_LOST: we see nothing there any more */
	struct kp_str reason;   /* for KP_PARTLY and KP_LOST, for the admin */
	uint32_t blind;         /* KP_SEES_* that do not hold here */
	struct kp_str was_id;   /* its id until now: it moved, posts stay with it */
};

/* kp_request.flags */
enum {
	KP_ERRORS = 1,          /* 4xx comes to the plugin, not to the core */
	KP_FRESH = 2            /* do not send If-None-Match and the like */
};

/*
 * The core sends it only if one of the plugin's endpoints allows method, host
 * and path for the running job; credentials are added there.
 */
struct kp_request {
	size_t size;
	uint32_t flags;
	struct kp_str method;   /* none: GET */
	struct kp_str url;      /* absolute */
	struct kp_str type, body;
	struct kp_str state;    /* comes back with the answer, <= 4 KiB */
	const struct kp_pair *headers;  /* not Host, Cookie, Authorization... */
	size_t nheaders;
	int64_t not_before;
};

/* Whom a pause is for. */
enum { KP_SOURCE = 1, KP_PLACE, KP_CREDENTIAL, KP_HOST };

/* Why a job fails. */
enum {
	KP_BAD_FORMAT = 1,      /* the answer is not what the platform documents */
	KP_BAD_AUTH,            /* a credential is refused: rests until changed */
	KP_BAD_CONFIG,          /* a setting cannot work: rests until changed */
	KP_GONE,                /* the source is no longer there */
	KP_DENIED,              /* it is there, but not for us */
	KP_CONFLICT,            /* somebody else uses the same credential */
	KP_TRY_LATER
};

enum { KP_INFO = 1, KP_WARNING, KP_ERROR };

/* A text that the admin approved once, sent as an answer by the outbox. */
struct kp_answer {
	size_t size;
	struct kp_str text;     /* its name: "privacy" */
	struct kp_str place, thread, id, ref, lang;
};

/*
 * What step() may say.  Errors stick: after the first one nothing more is
 * taken, and the core looks once, when step() has returned.
 */
struct kp_out {
	size_t size;
	void (*post)(struct kp_out *, const struct kp_post *);
	void (*place)(struct kp_out *, const struct kp_place *);
	void (*request)(struct kp_out *, const struct kp_request *);
	void (*cursor)(struct kp_out *, struct kp_str);
	/* No requests to `scope` before `until`; `id` names the place or host. */
	void (*pause)(struct kp_out *, uint32_t scope, struct kp_str id,
	    int64_t until);
	void (*timer)(struct kp_out *, int64_t at, struct kp_str state);
	void (*answer)(struct kp_out *, const struct kp_answer *);
	/* What the admin should know; the same `code` replaces the last one. */
	void (*finding)(struct kp_out *, uint32_t level, struct kp_str code,
	    struct kp_str text);
	/* A record that could not be used, by its number. */
	void (*bad)(struct kp_out *, int64_t record, struct kp_str text);
	void (*done)(struct kp_out *, struct kp_str id, struct kp_str url);
	void (*fail)(struct kp_out *, uint32_t why, struct kp_str text);
};

/* What the plugin can do at all; a place may see less (kp_place.blind). */
enum {
	KP_SEES_POSTS = 1,
	KP_SEES_REPLIES = 2,    /* else questions stay `unknown` */
	KP_SEES_AUTHORS = 4,
	KP_SEES_EDITS = 8,
	KP_SEES_DELETIONS = 16,
	KP_CAN_REPLY = 32,
	KP_CAN_CONFIRM = 64,
	KP_FLAT = 128           /* chats where most messages carry no reply link */
};

enum { KP_TEXT = 1, KP_NUMBER, KP_SWITCH, KP_URL };

struct kp_key {
	const char *name, *value, *help;        /* value: the default */
	uint32_t type, required;
};

/* How a credential is sent.  Its secret stays in the core. */
enum {
	KP_IN_HEADER = 1,       /* header `key`: `format` with %s for the secret */
	KP_IN_QUERY,            /* query parameter `key` */
	KP_IN_FORM,             /* form field `key` of the body */
	KP_IN_PATH              /* `format` is put before the path: "/bot%s" */
};
struct kp_cred {
	const char *name;       /* the key in the [source] stanza that names it */
	uint32_t in, required;
	const char *key, *format, *help;
};

/*
 * Whom may be asked what.  `host`: a name, or "=source" for the host of the
 * source's URL, or "=KEY" for that of the URL in setting KEY.  `path` is a
 * prefix if it ends with '*', else the whole path.  Only endpoints with
 * KP_CAN(KP_REPLY) among their jobs may publish.
 */
struct kp_endpoint {
	uint32_t jobs;          /* KP_CAN(KP_POLL) | ... */
	const char *method, *host, *path;
	const char *cred;       /* kp_cred.name or NULL */
};

/* The platform's published limits, per host or per credential. */
struct kp_limit {
	const char *host;       /* as in kp_endpoint, or NULL: per credential */
	uint32_t requests;
	int64_t per;            /* ms */
};

/* How an import or push is cut into records. */
enum { KP_WHOLE = 1, KP_LINES, KP_ELEMENTS };
struct kp_framing {
	uint32_t kind;
	/* KP_ELEMENTS: the array, as "messages" or "chats.list[].messages". */
	const char *path;
};

/* A table, whose entries may grow as structs do. */
struct kp_table {
	const void *entries;
	size_t n, size;
};
#define KP_TABLE(array)                                                        \
	{ (array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0]) }

struct kp_plugin {
	uint32_t major, minor;
	size_t size;
	const char *name, *version, *summary;
	uint32_t jobs;          /* KP_CAN(...) */
	uint32_t abilities;     /* KP_SEES_... */
	int64_t interval;       /* between polls, at the least; ms */
	struct kp_table keys, creds, endpoints, limits, framings;
	void (*step)(const struct kp_in *, struct kp_out *);
};

#define KP_POST(...)                                                           \
	(&(const struct kp_post){ .size = sizeof(struct kp_post), __VA_ARGS__ })
#define KP_PLACED(...)                                                         \
	(&(const struct kp_place){ .size = sizeof(struct kp_place),            \
	    __VA_ARGS__ })
#define KP_REQUEST(...)                                                        \
	(&(const struct kp_request){ .size = sizeof(struct kp_request),        \
	    __VA_ARGS__ })
#define KP_ANSWER(...)                                                         \
	(&(const struct kp_answer){ .size = sizeof(struct kp_answer),          \
	    __VA_ARGS__ })

/*
 * KP_PLUGIN(id, .name = "...", ...): the one symbol of a plugin.  ${id} is the
 * name of the shared object with _ for each -; libltdl looks for ID_LTX_.  The
 */
#define KP_PLUGIN(id, ...)                                                     \
	__attribute__((visibility("default"))) extern const struct kp_plugin   \
	    id##_LTX_kp_plugin;                                                \
	const struct kp_plugin id##_LTX_kp_plugin = { .major = KP_MAJOR,       \
		.minor = KP_MINOR, .size = sizeof(struct kp_plugin),           \
		__VA_ARGS__ }

#ifdef __cplusplus
}
#endif

#endif
