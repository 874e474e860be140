/*
 * Behaves well, beside those that do not: says back what it is told.
 *
 * KP_START gives done(state); KP_RESPONSE a post with the body as HTML;
 * records one post each, with the cursor before them as title and the last
 * number as the new cursor; KP_END a post "end".
 */
#include <stdio.h>

#include "hostile.h"

static const struct kp_framing framings[] = { { KP_LINES, NULL } };

static void
records(const struct kp_in *in, struct kp_out *out)
{
	char id[32];
	size_t i;
	int n = 0;

	for (i = 0; i < in->nrecords; i++) {
		n = snprintf(id, sizeof(id), "%d", (int)in->records[i].number);
		out->post(out, KP_POST(.id = { id, (size_t)n },
		    .title = in->cursor, .text = in->records[i].bytes));
	}
	out->cursor(out, (struct kp_str){ id, (size_t)n });
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	switch (in->event) {
	case KP_START:
		out->done(out, in->state, S(""));
		break;
	case KP_RESPONSE:
		out->post(out, KP_POST(.id = S("1"), .flags = KP_HTML,
		    .text = in->response->body, .name = in->response->url,
		    .url = S("javascript:alert(1)"),
		    .created = in->now + INT64_C(86400000) * 365));
		break;
	case KP_DATA:
		records(in, out);
		break;
	case KP_END:
		out->post(out, KP_POST(.id = S("end")));
		break;
	}
}

KP_PLUGIN(good, .name = "good", .version = "1", .summary = "Behaves.",
    .jobs = KP_CAN(KP_POLL) | KP_CAN(KP_IMPORT),
    .framings = KP_TABLE(framings), .step = step);
