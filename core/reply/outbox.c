/*
 * Sends what was approved.
 *
 * A reply is sent at most once because its row says `sending', durably, before
 * the request leaves, and only `approved' rows are taken.  A row goes back to
 * `approved' only where the request surely did not leave.  What nobody can
 * tell is `unclear': the plugin looks once (KP_CONFIRM), then a person decides.
 */
#include "reply/outbox.h"

#include <kompan-plugin.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "storage/outbox.h"
#include "storage/writer.h"

/* Look this often; fixed answers should not wait long. */
#define LOOK_MS (2 * SECOND_MS)
/* Not sent, and nobody said when to try again. */
#define AGAIN_MS (5 * MINUTE_MS)
/* After this long nobody waits for a fixed answer any more. */
#define FIXED_LATE_MS DAY_MS
#define UNDER_WAY_MAX 8

struct outbox {
	struct loop *loop;
	struct writer *writer;
	struct fetch *fetch;
	struct loop_timer *timer;
	bool taking;            /* a take is at the writer */
	bool stopped;
	int under_way;
	int64_t looked_for;     /* last unclear row that was looked for */
};

/* One row on its way; also carries it to the writer and back. */
struct sending {
	struct outbox *outbox;
	struct outbox_row row;
	uint32_t job;           /* KP_REPLY or KP_CONFIRM */
	int64_t now, after;
	const char *state;
	char *id, *url, *error;
	int64_t again_at;
};

static void
sending_free(struct sending *s)
{
	outbox_row_fini(&s->row);
	free(s->id);
	free(s->url);
	free(s->error);
	free(s);
}

static void outbox_look(void *);

static int
settle_run(struct db *db, void *arg, struct err *err)
{
	const struct sending *s = arg;

	return outbox_settle(db, s->row.id, s->state, s->id, s->url, s->error,
	    s->again_at, s->now, err);
}

static void
settle_done(void *arg, int r, const struct err *err)
{
	struct sending *s = arg;
	struct outbox *outbox = s->outbox;

	if (r == -1)
		log_event(OUTBOX_FAILED, "row=%lld error=%s",
		    (long long)s->row.id, err->text);
	outbox->under_way--;
	sending_free(s);
	outbox_look(outbox);
}

/* What the platform's word makes of the row. */
static void
take_word(struct sending *s, const struct fetch_reply *reply)
{
	switch (reply->sent) {
	case FETCH_SENT:
		s->state = "sent";
		break;
	case FETCH_NOT_SENT:
		s->state = "approved";
		s->again_at = reply->again_at != 0 ? reply->again_at :
		    s->now + AGAIN_MS;
		break;
	case FETCH_REFUSED:
		s->state = "failed";
		break;
	case FETCH_UNCLEAR:
		s->state = "unclear";
		break;
	}
	/* Looked for and surely not there: a person approves it again. */
	if (s->job == KP_CONFIRM && reply->sent != FETCH_SENT)
		s->state = reply->sent == FETCH_NOT_SENT ? "failed" :
		    "unclear";
}

static void
sent(void *arg, const struct fetch_reply *reply)
{
	struct sending *s = arg;

	s->now = clock_now();
	take_word(s, reply);
	s->id = reply->id != NULL ? xstrdup(reply->id) : NULL;
	s->url = reply->url != NULL ? xstrdup(reply->url) : NULL;
	s->error = reply->error != NULL ? xstrdup(reply->error) : NULL;
	if (reply->sent == FETCH_SENT)
		count_add(COUNT_REPLIES_SENT, 1);
	log_event(OUTBOX_SETTLED, "row=%lld state=%s", (long long)s->row.id,
	    s->state);
	writer_post(s->outbox->writer, WRITER_NOW, settle_run, s,
	    s->outbox->loop, settle_done);
}

static char *
copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static void
send_row(struct sending *s)
{
	struct outbox *outbox = s->outbox;
	struct job_target target = {
		.place = copy(s->row.place), .thread = copy(s->row.thread),
		.id = copy(s->row.post), .url = copy(s->row.url),
		.ref = copy(s->row.ref), .text = copy(s->row.text),
		.lang = copy(s->row.lang), .key = copy(s->row.key),
	};
	static const struct fetch_reply gone = { .sent = FETCH_REFUSED,
		.error = "its source is gone" };

	outbox->under_way++;
	if (fetch_reply(outbox->fetch, s->row.source, s->job, s->row.id,
	    &target, sent, s) == 1)
		sent(s, &gone);
}

static int
take_run(struct db *db, void *arg, struct err *err)
{
	struct sending *s = arg;

	outbox_row_fini(&s->row);
	s->job = KP_REPLY;
	if (outbox_expire(db, s->now - FIXED_LATE_MS, s->now, err) == -1)
		return -1;
	return outbox_take(db, s->now, &s->row, err);
}

static int
take_unclear_run(struct db *db, void *arg, struct err *err)
{
	struct sending *s = arg;

	outbox_row_fini(&s->row);
	s->job = KP_CONFIRM;
	return outbox_take_unclear(db, s->after, &s->row, err);
}

static void take(struct outbox *, writer_run *);

static void
take_done(void *arg, int r, const struct err *err)
{
	struct sending *s = arg;
	struct outbox *outbox = s->outbox;
	bool looked = s->job == KP_CONFIRM;

	outbox->taking = false;
	if (r == 1) {
		if (looked)
			outbox->looked_for = s->row.id;
		send_row(s);
		outbox_look(outbox);
		return;
	}
	if (r == -1)
		log_event(OUTBOX_FAILED, "row=0 error=%s", err->text);
	sending_free(s);
	if (r == 0 && !looked)
		take(outbox, take_unclear_run);
}

static void
take(struct outbox *outbox, writer_run *run)
{
	struct sending *s;

	if (outbox->taking || outbox->stopped ||
	    outbox->under_way >= UNDER_WAY_MAX)
		return;
	s = xcalloc(1, sizeof(*s));
	s->outbox = outbox;
	s->now = clock_now();
	s->after = outbox->looked_for;
	outbox->taking = true;
	writer_post(outbox->writer, WRITER_NOW, run, s, outbox->loop,
	    take_done);
}

static void
outbox_look(void *arg)
{
	struct outbox *outbox = arg;

	take(outbox, take_run);
	loop_timer_set(outbox->timer, mono_add(clock_mono(), LOOK_MS));
}

void
outbox_wake(struct outbox *outbox)
{
	outbox_look(outbox);
}

static int
unclear_run(struct db *db, void *arg, struct err *err)
{
	(void)arg;
	return outbox_unclear(db, clock_now(), err);
}

int
outbox_start(struct loop *loop, const struct config *config,
    struct writer *writer, struct fetch *fetch, struct outbox **ret,
    struct err *err)
{
	struct outbox *outbox;

	(void)config;
	if (writer_do(writer, WRITER_NOW, unclear_run, NULL, err) == -1)
		return -1;
	outbox = xcalloc(1, sizeof(*outbox));
	outbox->loop = loop;
	outbox->writer = writer;
	outbox->fetch = fetch;
	outbox->timer = loop_timer_new(loop, outbox_look, outbox);
	outbox_look(outbox);
	*ret = outbox;
	return 0;
}

void
outbox_stop(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	outbox->stopped = true;
	loop_timer_clear(outbox->timer);
	free(outbox);
}
