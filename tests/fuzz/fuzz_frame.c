/*
 * Streams cut into records: 'l' lines, 'e' elements, 'w' whole.  The records
 * must not depend on how the stream comes in pieces, and elements must be JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "parse/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct kp_framing lines[] = { { KP_LINES, NULL } };
static const struct kp_framing whole[] = { { KP_WHOLE, NULL } };
static const struct kp_framing elements[] = { { KP_ELEMENTS, "m" },
	{ KP_ELEMENTS, "c.l[].m" }, { KP_ELEMENTS, "" } };

static bool is_json;

static void
on_record(void *arg, const struct kp_record *record)
{
	struct json_object *value = NULL;
	struct err err = ERR_INIT;

	/* Deeper than we read is allowed here. */
	if (is_json && json_parse((struct str){ record->bytes.p,
	    record->bytes.n }, &value, &err) == -1 &&
	    strstr(err.text, "deep") == NULL &&
	    strstr(err.text, "nesting") == NULL)
		abort();
	json_object_put(value);
	(void)buf_printf(arg, "%d ", (int)record->number);
	(void)buf_add(arg, record->bytes.p, record->bytes.n);
	(void)buf_add(arg, record->context.p, record->context.n);
}

static void
on_bad(void *arg, int64_t number, const char *why)
{
	(void)buf_printf(arg, "%d %s", (int)number, why);
}

static void
run(const struct kp_framing *framing, size_t n, struct str s, size_t piece,
    struct buf *out)
{
	static const struct framer_calls calls = { on_record, on_bad };
	struct framer *framer = framer_new(framing, n, &calls, out);
	struct err err = ERR_INIT;
	int r = 0;

	buf_init(out, (size_t)64 << 20);
	while (s.n > 0 && r == 0) {
		struct str part = { s.p, s.n < piece ? s.n : piece };

		r = framer_feed(framer, part, &err);
		s.p += part.n;
		s.n -= part.n;
	}
	if (r == 0)
		r = framer_end(framer, &err);
	/* Where it broke, the same records stood before. */
	(void)buf_printf(out, "%d", r);
	framer_free(framer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct kp_framing *framing = lines;
	struct str s = { (const char *)data + 2, n - 2 };
	struct buf a, b;
	size_t count = 1;

	if (n < 2)
		return 0;
	is_json = data[0] == 'e';
	if (is_json) {
		framing = elements;
		count = 3;
	} else if (data[0] == 'w') {
		framing = whole;
	}
	run(framing, count, s, (size_t)1 << 20, &a);
	run(framing, count, s, data[1] % 16 + 1, &b);
	if (!str_eq(buf_get(&a), buf_get(&b)))
		abort();
	buf_fini(&a);
	buf_fini(&b);
	return 0;
}
