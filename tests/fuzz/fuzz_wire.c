/*
 * The wire between core and worker with whatever a broken side may write: as
 * the messages of a step, as a description of a plugin, and as what the worker
 * is told.  Whatever is taken must keep the limits that step.h promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/step.h"
#include "parse/wire.h"

#define NOW INT64_C(1795564800000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
check_step(const struct step *step)
{
	size_t i;

	must(step->nrequests <= STEP_REQUESTS_MAX);
	for (i = 0; i < step->nposts; i++) {
		const struct kp_post *post = &step->posts[i];

		must(post->id.n > 0 && post->id.n <= 512);
		must(post->text.n <= STEP_TEXT_MAX);
		must(str_is_utf8((struct str){ post->text.p, post->text.n }));
		must(post->text.n == 0 ||
		    memchr(post->text.p, '\0', post->text.n) == NULL);
		must(post->created <= NOW + INT64_C(86400000));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err err = ERR_INIT;
	struct plugin_info *info = NULL;
	struct step *step = NULL;
	struct wire_in in = { 0 };
	struct str fields;
	uint8_t type;
	char *copy;

	if (n == 0)
		return 0;
	copy = xstrndup((const char *)data + 1, n - 1);
	if (wire_get_outs(copy, n - 1, data[0] & 1, NOW, &step, &err) == 0) {
		check_step(step);
		step_free(step);
	}
	if (wire_message((struct str){ (const char *)data + 1, n - 1 }, n,
	    &type, &fields, &err) <= 0)
		return 0;
	if (wire_get_hello(fields, &info, &err) == 0)
		plugin_info_free(info);
	if (wire_get_in(fields, &in, &err) == 0)
		wire_in_fini(&in);
	wire_get_refused(fields, &err);
	wire_get_broke(fields, &err);
	return 0;
}
