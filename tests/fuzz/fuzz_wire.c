/*
 * The wire, from both sides: 'o' and 'f' a step or a feed of a worker, 'h' a
 * HELLO, 'r' and 'b' REFUSED and BROKE, 'i' what the core tells.  What was
 * decoded must be what rules allow, and survive being sent again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/rec.h"
#include "parse/wire.h"
#include "parse/worker.h"

#define NOW INT64_C(1780000000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int condition)
{
	if (!condition)
		abort();
}

static void
outs(const char *p, size_t n, bool feed)
{
	struct step *step = NULL, *again = NULL;
	struct err err = ERR_INIT;
	struct buf b;
	size_t i;

	if (wire_get_outs(xstrndup(p, n), n, feed, NOW, &step, &err) == -1) {
		must(err.text[0] != '\0');
		return;
	}
	buf_init(&b, STEP_BYTES_MAX);
	for (i = 0; i < step->nposts; i++) {
		must(step->posts[i].id.n > 0);
		must(step->posts[i].created <= NOW + WIRE_SOON_MS);
		wire_put_post(&b, &step->posts[i]);
	}
	for (i = 0; i < step->nrequests; i++)
		wire_put_request(&b, &step->requests[i]);
	for (i = 0; i < step->nplaces; i++)
		wire_put_place(&b, &step->places[i]);
	wire_put_step_end(&b, (struct kp_str){ NULL, 0 },
	    (struct kp_str){ NULL, 0 });
	n = b.n;
	must(wire_get_outs(buf_take(&b), n, feed, NOW, &again, &err) == 0);
	must(again->nposts == step->nposts);
	must(again->nrequests == step->nrequests);
	step_free(again);
	buf_init(&b, REC_SIZE_MAX);
	rec_print(step, &b);
	buf_fini(&b);
	step_free(step);
}

static void
hello(struct str fields)
{
	struct plugin_info *info = NULL;
	struct err err = ERR_INIT;
	size_t i;

	if (wire_get_hello(fields, &info, &err) == -1)
		return;
	must(info->name[0] != '\0');
	for (i = 0; i < info->nendpoints; i++)
		must(info->endpoints[i].path[0] == '/');
	plugin_info_free(info);
}

static void
in(struct str fields)
{
	struct wire_in w, again;
	struct err err = ERR_INIT;
	struct str copy;
	struct buf b;
	uint8_t type;

	if (wire_get_in(fields, &w, &err) == -1)
		return;
	buf_init(&b, WIRE_IN_MAX + WIRE_FRAME);
	wire_put_feed(&b, &w.in, w.bytes, w.end);
	must(wire_message(buf_get(&b), WIRE_IN_MAX, &type, &copy, &err) ==
	    (int64_t)b.n);
	must(wire_get_in(copy, &again, &err) == 0);
	must(again.in.nrecords == w.in.nrecords);
	must(again.in.nsettings == w.in.nsettings);
	wire_in_fini(&again);
	wire_in_fini(&w);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;
	struct err err = ERR_INIT;
	struct str rest;

	if (n == 0)
		return 0;
	rest = (struct str){ p, n - 1 };
	switch (data[0]) {
	case 'o':
	case 'f':
		outs(p, n - 1, data[0] == 'f');
		break;
	case 'h':
		hello(rest);
		break;
	case 'i':
		in(rest);
		break;
	case 'r':
		wire_get_refused(rest, &err);
		must(err.text[0] != '\0' || err.code != ERR_NONE);
		break;
	case 'b':
		wire_get_broke(rest, &err);
		must(err.text[0] != '\0');
		break;
	}
	return 0;
}
