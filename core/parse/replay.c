/*
 * Replaying runs a real worker on a loop of its own, one event at a time.
 */
#include "parse/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/wire.h"

#define SAID_MAX ((size_t)64 << 20)
#define AROUND 3                /* lines of a diff that are the same */

struct run {
	struct loop *loop;
	struct worker *worker;
	const struct rec *rec;
	struct kp_pair *settings;
	size_t nsettings;
	struct buf cursor, said;
	bool waiting;
	const struct plugin_info *info;
	struct err err;
};

static void
on_hello(void *arg, const struct plugin_info *info, const struct err *err)
{
	struct run *run = arg;

	run->waiting = false;
	run->info = info;
	if (info == NULL)
		run->err = *err;
}

static void
on_step(void *arg, struct step *step, const struct err *err)
{
	struct run *run = arg;

	run->waiting = false;
	if (step == NULL) {
		(void)buf_printf(&run->said, "%serror: %s",
		    run->said.n > 0 ? "\n" : "", err->text);
		return;
	}
	if (step->has_cursor) {
		buf_reset(&run->cursor);
		(void)buf_add(&run->cursor, step->cursor.p, step->cursor.n);
	}
	if (run->said.n > 0)
		(void)buf_putc(&run->said, '\n');
	rec_print(step, &run->said);
	step_free(step);
}

static int
wait_done(struct run *run, struct err *err)
{
	while (run->waiting) {
		if (loop_step(run->loop, -1, err) == -1)
			return -1;
	}
	return 0;
}

/* Every declared key: the recorded value, or its default. */
static int
make_settings(struct run *run, struct err *err)
{
	const struct rec *rec = run->rec;
	size_t i, j, used = 0;

	run->settings = xcalloc(run->info->nkeys + 1,
	    sizeof(*run->settings));
	for (i = 0; i < run->info->nkeys; i++) {
		const struct kp_key *key = &run->info->keys[i];
		struct kp_pair *pair = &run->settings[run->nsettings++];
		struct str word = str_of(key->value);

		pair->key = (struct kp_str){ key->name, strlen(key->name) };
		pair->val = (struct kp_str){ word.p, word.n };
		for (j = 0; j < rec->nsettings; j++) {
			if (!str_is((struct str){ rec->settings[j].key.p,
			    rec->settings[j].key.n }, key->name))
				continue;
			pair->val = rec->settings[j].val;
			used++;
		}
	}
	if (used != rec->nsettings)
		return err_set(err, "it has a setting that the plugin does "
		    "not have");
	return 0;
}

static void
tell_stream(struct run *run, struct kp_in *in, struct str bytes,
    struct err *err)
{
	in->event = KP_START;
	do {
		struct kp_str part = { bytes.p, bytes.n < WIRE_FEED_MAX ?
		    bytes.n : WIRE_FEED_MAX };
		bool last = part.n == bytes.n;

		in->cursor = (struct kp_str){ run->cursor.p, run->cursor.n };
		run->waiting = true;
		worker_feed(run->worker, in, part, last, on_step, run);
		if (wait_done(run, err) == -1 || last)
			return;
		bytes.p += part.n;
		bytes.n -= part.n;
		in->event = KP_DATA;
	} while (true);
}

static int
tell(struct run *run, const struct rec_event *event, struct err *err)
{
	static const uint8_t seed[32] = "a seed that is always the same.";
	const struct rec *rec = run->rec;
	char type[100];
	struct kp_response response = { .size = sizeof(response),
		.status = event->status, .url = { event->url.p, event->url.n },
		.body = { event->body.p, event->body.n },
		.headers = event->headers, .nheaders = event->nheaders };
	struct kp_in in = { .size = sizeof(in), .job = rec->job,
		.now = event->now, .seed = seed,
		.source = { rec->source.p, rec->source.n },
		.settings = run->settings, .nsettings = run->nsettings,
		.cursor = { run->cursor.p, run->cursor.n },
		.state = { event->state.p, event->state.n },
		.target = rec->has_target ? &rec->target : NULL };

	if (event->what == REC_STREAM) {
		tell_stream(run, &in, event->body, err);
		return 0;
	}
	in.event = event->what == REC_START ? KP_START :
	    event->what == REC_TIMER ? KP_TIMER : KP_RESPONSE;
	if (event->what == REC_RESPONSE) {
		response.type = rec_media_type(event, type, sizeof(type));
		in.response = &response;
	}
	run->waiting = true;
	worker_step(run->worker, &in, on_step, run);
	return wait_done(run, err);
}

int
replay_run(const struct worker_options *options, const char *plugin,
    const struct rec *rec, bool fresh, struct replay *ret, struct err *err)
{
	struct run run = { .rec = rec, .waiting = true };
	struct replay replay = { .n = rec->nevents };
	size_t i;
	int r = -1;

	buf_init(&run.cursor, WIRE_CURSOR_MAX);
	buf_init(&run.said, SAID_MAX);
	(void)buf_str(&run.cursor, rec->cursor);
	replay.said = xcalloc(rec->nevents, sizeof(*replay.said));
	run.loop = loop_new(err);
	if (run.loop == NULL)
		goto out;
	run.worker = worker_new(run.loop, options, plugin);
	worker_hello(run.worker, on_hello, &run);
	if (wait_done(&run, err) == -1)
		goto out;
	if (run.info == NULL) {
		*err = run.err;
		goto out;
	}
	if (make_settings(&run, err) == -1)
		goto out;
	for (i = 0; i < rec->nevents; i++) {
		/* The first one describes the plugin, and has to stay. */
		struct worker *described = run.worker;

		if (fresh)
			run.worker = worker_new(run.loop, options, plugin);
		r = tell(&run, &rec->events[i], err);
		if (fresh) {
			worker_free(run.worker);
			run.worker = described;
		}
		if (r == -1)
			goto out;
		replay.said[i] = buf_take(&run.said);
	}
	*ret = replay;
	replay = (struct replay){ NULL, 0 };
	r = 0;
out:
	replay_fini(&replay);
	worker_free(run.worker);
	if (run.loop != NULL)
		loop_free(run.loop);
	free(run.settings);
	buf_fini(&run.cursor);
	buf_fini(&run.said);
	return r;
}

void
replay_fini(struct replay *replay)
{
	size_t i;

	for (i = 0; i < replay->n && replay->said != NULL; i++)
		free(replay->said[i]);
	free(replay->said);
	*replay = (struct replay){ NULL, 0 };
}

/* The last line of *${s}, which is taken off. */
static struct str
last_line(struct str *s)
{
	struct str line = *s;
	size_t i = s->n;

	while (i > 0 && s->p[i - 1] != '\n')
		i--;
	line.p += i;
	line.n -= i;
	*s = i == 0 ? STR_NONE : (struct str){ s->p, i - 1 };
	return line;
}

static void
put_lines(struct buf *out, char mark, struct str s)
{
	while (s.p != NULL) {
		struct str line = str_cut(&s, '\n');

		(void)buf_printf(out, "%c%.*s\n", mark, STR_ARG(line));
	}
}

void
replay_diff(struct str a, struct str b, struct buf *out)
{
	struct str same[AROUND];
	size_t nsame = 0, i;

	if (a.n == 0)
		a = STR_NONE;
	if (b.n == 0)
		b = STR_NONE;
	while (a.p != NULL && b.p != NULL) {
		struct str ra = a, rb = b;
		struct str la = str_cut(&ra, '\n'), lb = str_cut(&rb, '\n');

		if (!str_eq(la, lb))
			break;
		if (nsame == AROUND)
			memmove(same, same + 1, (AROUND - 1) * sizeof(*same));
		else
			nsame++;
		same[nsame - 1] = la;
		a = ra;
		b = rb;
	}
	for (i = 0; i < nsame; i++)
		(void)buf_printf(out, " %.*s\n", STR_ARG(same[i]));
	nsame = 0;
	while (a.p != NULL && b.p != NULL) {
		struct str ra = a, rb = b, la = last_line(&ra);

		if (!str_eq(la, last_line(&rb)))
			break;
		if (nsame < AROUND)
			nsame++;
		else
			memmove(same, same + 1, (AROUND - 1) * sizeof(*same));
		same[nsame - 1] = la;
		a = ra;
		b = rb;
	}
	put_lines(out, '-', a);
	put_lines(out, '+', b);
	for (i = nsame; i > 0; i--)
		(void)buf_printf(out, " %.*s\n", STR_ARG(same[i - 1]));
}
