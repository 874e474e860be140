/*
 * wire.h - how kompan and kompan-worker talk: the real interface of plugins.
 *
 * Over one stream socket go messages:
 *
 *      u32 length    of all that follows it, at most WIRE_IN_MAX to the worker
 *                    and WIRE_OUT_MAX from it
 *      u8  type      enum wire_type
 *      fields        until the message is full
 *
 * A field is u16 id, u32 length, and that many bytes.  All integers of the
 * frame are little endian.  What the bytes are follows from message and id:
 *
 *      text          UTF-8 without NUL
 *      bytes         anything
 *      number        8 bytes, two's complement, little endian
 *      fields        fields again: one entry of a list (a list is the same id
 *                    several times, in order) or a struct within a struct
 *
 * A field that is not sent is zero or none.  Unknown ids are skipped, so that
 * either side may be newer; an unknown type is an error.  Nothing is sent
 * unasked: the worker says HELLO or REFUSED once, then for each STEP and FEED
 * any number of POST ... FAIL and one STEP_END.
 *
 * To the worker
 *      STEP  1 job  2 event  3 now (numbers)  4 seed (32 bytes)  5 source
 *            6 setting* (1 key 2 value)  7 cursor  8 state (bytes)
 *            9 response (1 status  2 url  3 body (bytes)  4 media type
 *              5 header* (1 name 2 value))
 *            10 target (1 place 2 thread 3 id 4 url 5 ref 6 text 7 lang 8 key)
 *            11 record* (1 number 2 bytes 3 context)
 *      FEED  as STEP, and 12 bytes of the stream  13 end (number, 1: it ends);
 *            its event is KP_START for the first bytes of a stream, else
 *            KP_DATA
 *
 * From the worker
 *      HELLO 1 major 2 minor (numbers)  3 name 4 version 5 summary
 *            6 jobs 7 abilities 8 interval (numbers)
 *            9 key* (1 name 2 value 3 help 4 type 5 required)
 *            10 cred* (1 name 2 in 3 required 4 key 5 format 6 help)
 *            11 endpoint* (1 jobs 2 method 3 host 4 path 5 cred)
 *            12 limit* (1 host 2 requests 3 per)
 *            13 framing* (1 kind 2 path)
 *      REFUSED  1 why (text): the plugin cannot be used
 *      BROKE    1 number of a system call  2 its name: the plugin tried what
 *            ends it; the process is about to exit
 *      POST  1 flags 2 place 3 id 4 parent 5 thread 6 url 7 author 8 name
 *            9 title 10 text 11 lang 12 created 13 edited 14 replies 15 ref
 *      PLACE 1 id 2 name 3 url 4 kind 5 health 6 reason 7 blind 8 was_id
 *      REQUEST  1 flags 2 method 3 url 4 type 5 body (bytes) 6 state (bytes)
 *            7 header* (1 name 2 value)  8 not_before
 *      CURSOR   1 cursor (bytes)
 *      PAUSE 1 scope 2 id 3 until
 *      TIMER 1 at 2 state (bytes)
 *      ANSWER   1 text 2 place 3 thread 4 id 5 ref 6 lang
 *      FINDING  1 level 2 code 3 text
 *      BAD   1 record 2 text
 *      DONE  1 id 2 url
 *      FAIL  1 why 2 text
 *      STEP_END 1 error (text): the step counts as nothing  2 refused (text):
 *            of a system call that the box refused without ending the plugin
 */
#ifndef KOMPAN_PARSE_WIRE_H
#define KOMPAN_PARSE_WIRE_H

#include <kompan-plugin.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "parse/step.h"

enum wire_type {
	WIRE_STEP = 1,
	WIRE_FEED = 2,
	WIRE_HELLO = 16,
	WIRE_REFUSED = 17,
	WIRE_BROKE = 18,
	WIRE_POST = 32,
	WIRE_PLACE = 33,
	WIRE_REQUEST = 34,
	WIRE_CURSOR = 35,
	WIRE_PAUSE = 36,
	WIRE_TIMER = 37,
	WIRE_ANSWER = 38,
	WIRE_FINDING = 39,
	WIRE_BAD = 40,
	WIRE_DONE = 41,
	WIRE_FAIL = 42,
	WIRE_STEP_END = 63
};

#define WIRE_FRAME 4                            /* bytes of the length */
#define WIRE_IN_MAX ((size_t)24 << 20)
#define WIRE_OUT_MAX ((size_t)2 << 20)
#define WIRE_FIELDS_MAX 20000                   /* of one message */

/* Sizes of what plugins say; what is text may be shortened by the worker. */
#define WIRE_ID_MAX 512
#define WIRE_REF_MAX 1024
#define WIRE_URL_MAX 4096
#define WIRE_NAME_MAX 500
#define WIRE_TITLE_MAX 2000
#define WIRE_LANG_MAX 35
#define WIRE_STATE_MAX 4096
#define WIRE_CURSOR_MAX 65536
#define WIRE_BODY_MAX ((size_t)1 << 20)
#define WIRE_REASON_MAX 1000
#define WIRE_CODE_MAX 64
#define WIRE_HEADERS_MAX 50
#define WIRE_FEED_MAX ((size_t)256 << 10)

/* Times lie from here to a day ahead; what is to come, to 400 days ahead. */
#define WIRE_TIME_MIN INT64_C(631152000000)     /* 1990-01-01 */
#define WIRE_SOON_MS INT64_C(86400000)
#define WIRE_LATER_MS (400 * INT64_C(86400000))

/*
 * Encoding.  All append one whole message to a buffer, which sticks to
 * failure when it does not fit (buf.h).
 */
void wire_put_step(struct buf *, const struct kp_in *);
void wire_put_feed(struct buf *, const struct kp_in *, struct kp_str bytes,
    bool end);
void wire_put_hello(struct buf *, const struct kp_plugin *);
void wire_put_refused(struct buf *, struct kp_str why);
void wire_put_post(struct buf *, const struct kp_post *);
void wire_put_place(struct buf *, const struct kp_place *);
void wire_put_request(struct buf *, const struct kp_request *);
void wire_put_cursor(struct buf *, struct kp_str);
void wire_put_pause(struct buf *, const struct step_pause *);
void wire_put_timer(struct buf *, const struct step_timer *);
void wire_put_answer(struct buf *, const struct kp_answer *);
void wire_put_finding(struct buf *, const struct step_finding *);
void wire_put_bad(struct buf *, const struct step_bad *);
void wire_put_done(struct buf *, struct kp_str id, struct kp_str url);
void wire_put_fail(struct buf *, uint32_t why, struct kp_str text);
void wire_put_step_end(struct buf *, struct kp_str error,
    struct kp_str refused);

/*
 * wire_broke(bytes, number, name): a BROKE message, made without memory, for
 * a signal handler.  Its length.
 */
#define WIRE_BROKE_SIZE 128
size_t wire_broke(char bytes[WIRE_BROKE_SIZE], int number, const char *name);

/*
 * wire_message(bytes, max, &type, &fields, err): the first message of
 * ${bytes}.  Its whole length with the frame, and type and fields; 0 where
 * more bytes are needed; -1 and ${err} where this is no message at all.
 */
int64_t wire_message(struct str, size_t max, uint8_t *type, struct str *fields,
    struct err *);

/* What a STEP or FEED says; points into the message. */
struct wire_in {
	struct kp_in in;
	struct kp_response response;
	struct kp_target target;
	struct kp_str bytes;    /* FEED */
	bool end;
	struct kp_pair *settings, *headers;
	struct kp_record *records;
};
int wire_get_in(struct str fields, struct wire_in *, struct err *);
void wire_in_fini(struct wire_in *);

/*
 * wire_get_hello(fields, ret, err): the plugin's description, checked: words,
 * references between its tables, ranges.  plugin_info_free() it.
 */
struct plugin_info;
int wire_get_hello(struct str fields, struct plugin_info **, struct err *);
void plugin_info_free(struct plugin_info *);

/* The text of REFUSED or of BROKE, as a sentence; cut to what ${err} holds. */
void wire_get_refused(struct str fields, struct err *);
void wire_get_broke(struct str fields, struct err *);

/*
 * wire_get_outs(bytes, n, feed, now, ret, err): all messages of one step, from
 * its first to its STEP_END.  ${bytes} is taken over, also at failure.  A
 * ${feed} may hold more posts.  ERR_INVALID: the wire or a rule was broken;
 * ERR_GENERAL: the worker says that the step counts as nothing.
 */
int wire_get_outs(char *bytes, size_t n, bool feed, int64_t now,
    struct step **, struct err *);

#endif
