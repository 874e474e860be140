/*
 * KP_WHOLE and KP_LINES; KP_ELEMENTS is frame_json.c.
 */
#include "parse/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/frame_json.h"
#include "parse/text.h"

struct framer {
	uint32_t kind;
	const struct framer_calls *calls;
	void *arg;
	struct buf held;        /* the beginning of a record */
	bool too_long;          /* the record goes on, and is dropped */
	int64_t number;         /* of the last record */
	struct frame_json *json;
};

struct framer *
framer_new(const struct kp_framing *framings, size_t n,
    const struct framer_calls *calls, void *arg)
{
	struct framer *f = xcalloc(1, sizeof(*f));

	f->kind = n == 0 ? KP_WHOLE : framings[0].kind;
	f->calls = calls;
	f->arg = arg;
	buf_init(&f->held, f->kind == KP_WHOLE ? FRAME_WHOLE_MAX :
	    FRAME_RECORD_MAX);
	if (f->kind == KP_ELEMENTS)
		f->json = frame_json_new(framings, n, calls, arg);
	return f;
}

void
framer_free(struct framer *f)
{
	if (f == NULL)
		return;
	frame_json_free(f->json);
	buf_fini(&f->held);
	free(f);
}

static void
give(struct framer *f, struct str s)
{
	const struct kp_record record = { .number = f->number,
		.bytes = { s.p, s.n } };

	f->calls->record(f->arg, &record);
}

/* A line, blank ones do not count as records but as lines. */
static void
line(struct framer *f, struct str s)
{
	f->number++;
	if (f->number == 1 && str_starts(s, STR("\xef\xbb\xbf"))) {
		s.p += 3;
		s.n -= 3;
	}
	s = str_trim(s);
	if (s.n == 0)
		return;
	if (!str_is_utf8(s))
		f->calls->bad(f->arg, f->number, "it is not UTF-8");
	else
		give(f, s);
}

static void
line_ends(struct framer *f, struct str rest_of_line)
{
	if (f->too_long || buf_str(&f->held, rest_of_line) == -1) {
		f->number++;
		f->calls->bad(f->arg, f->number,
		    "the line is longer than 1 MiB");
	} else {
		line(f, buf_get(&f->held));
	}
	f->too_long = false;
	buf_reset(&f->held);
}

static void
feed_lines(struct framer *f, struct str s)
{
	const char *end;

	while (s.n > 0 && (end = memchr(s.p, '\n', s.n)) != NULL) {
		struct str part = { s.p, (size_t)(end - s.p) };

		/* Most lines stand in one piece. */
		if (f->held.n == 0 && !f->too_long &&
		    part.n <= FRAME_RECORD_MAX)
			line(f, part);
		else
			line_ends(f, part);
		s.n -= part.n + 1;
		s.p = end + 1;
	}
	if (!f->too_long && buf_str(&f->held, s) == -1) {
		f->too_long = true;
		buf_reset(&f->held);
	}
}

int
framer_feed(struct framer *f, struct str s, struct err *err)
{
	switch (f->kind) {
	case KP_LINES:
		feed_lines(f, s);
		return 0;
	case KP_ELEMENTS:
		return frame_json_feed(f->json, s, err);
	}
	if (buf_str(&f->held, s) == -1)
		return err_set_code(err, ERR_LIMIT, "it is larger than %d "
		    "MiB", (int)(FRAME_WHOLE_MAX >> 20));
	return 0;
}

static void
end_whole(struct framer *f)
{
	struct buf out;

	buf_init(&out, 3 * FRAME_WHOLE_MAX);
	f->number = 1;
	give(f, text_decode(buf_get(&f->held), STR_NONE, &out));
	buf_fini(&out);
}

int
framer_end(struct framer *f, struct err *err)
{
	switch (f->kind) {
	case KP_LINES:
		if (f->held.n > 0 || f->too_long)
			line_ends(f, STR_NONE);
		return 0;
	case KP_ELEMENTS:
		return frame_json_end(f->json, err);
	}
	end_whole(f);
	return 0;
}
