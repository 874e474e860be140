/*
 * rec.h - recorded exchanges: what a plugin was told and what it said.
 *
 * A text that people read, write and compare:
 *
 *      # Comments stand before the first section.
 *      === poll                        the job: poll thread reply confirm
 *      source: https://a.example/feed  account import push
 *      now: 2026-03-01T18:00:00Z
 *      cursor: c1                      all of these may be missing
 *      setting.depth: 3
 *      target.thread: 12
 *      === start                       an event, and
 *      === expect                      what the step said, as rec_print() has it
 *      request
 *        url: https://a.example/feed
 *      === response 200
 *      url: https://a.example/feed     after redirects
 *      state: page 2
 *      header.content-type: text/xml
 *      === body
 *      <rss>...
 *      === expect
 *      === timer
 *      state: again
 *      === expect
 *      === stream                      all of a file, for import and push
 *      {"id":1}
 *      === expect
 *
 * An event may say `now:`, which holds from then on.  In bodies, streams and
 * expectations the line end before the next section does not count, and a line
 * that begins with "===" or a backslash is written behind a backslash.  What
 * is no text is base64: "=== body base64", "cursor:: ...".  Cursors go from
 * step to step.
 */
#ifndef KOMPAN_PARSE_REC_H
#define KOMPAN_PARSE_REC_H

#include <kompan-plugin.h>

#include "base/buf.h"
#include "base/err.h"
#include "parse/step.h"

#define REC_SIZE_MAX ((size_t)64 << 20)

enum rec_what { REC_START = 1, REC_RESPONSE, REC_TIMER, REC_STREAM };

struct rec_event {
	enum rec_what what;
	unsigned line;          /* of its section */
	int64_t now;
	struct str state, url;
	int status;
	struct kp_pair *headers;
	size_t nheaders, headers_room;
	struct str body;        /* or the stream */
	struct str expect;
};

struct rec {
	uint32_t job;
	struct str comment;
	int64_t now;
	struct str source, cursor;
	struct kp_pair *settings;
	size_t nsettings, settings_room;
	struct kp_target target;
	bool has_target;
	struct rec_event *events;
	size_t nevents, events_room;
	struct rec_text *texts; /* what the strs above point into */
};

struct rec *rec_new(uint32_t job);
void rec_free(struct rec *);
/* A copy that lives as long as ${rec}. */
struct str rec_keep(struct rec *, struct str);
struct rec_event *rec_add(struct rec *, enum rec_what);

/* rec_parse(text, ret, err): 0, or -1 and ${err} with "line N: ". */
int rec_parse(struct str, struct rec **, struct err *);
void rec_write(const struct rec *, struct buf *);

/* What a step said, without a line end behind the last line. */
void rec_print(const struct step *, struct buf *);

/* "text/html" of the event's "Text/HTML; charset=x", put into ${room}. */
struct kp_str rec_media_type(const struct rec_event *, char *room, size_t);

/* "poll" for KP_POLL; NULL: no job. */
const char *rec_job_name(uint32_t job);

#endif
