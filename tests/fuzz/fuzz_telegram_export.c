/*
 * The plugin `telegram-export` with whatever may stand in a file.
 *
 * Input: lines.  The first is the chat's context, the others are records; a
 * line of "=" begins the next chat.  Read again with the cursor that it gave,
 * the same file must add nothing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kp.h>

#include "tests/unit/kp_recorder.h"

#define RECORDS_MAX 500         /* as the worker hands them over */

extern const struct kp_plugin telegram_export_LTX_kp_plugin;
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(struct recorder *rec, const struct kp_in *in)
{
	recorder_reset(rec);
	recorder_run(rec, &telegram_export_LTX_kp_plugin, in);
	if (rec->broken[0] != '\0') {
		fprintf(stderr, "%s\n", rec->broken);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct kp_record records[RECORDS_MAX];
	const struct kp_pair setting = { KP_S("username"), KP_S("praca_de") };
	struct kp_in in = { .size = sizeof(in), .job = KP_IMPORT,
		.event = KP_DATA, .now = INT64_C(1790000000000),
		.settings = &setting, .nsettings = 1, .records = records };
	struct kp_str rest = { (const char *)data, n };
	struct kp_str context = kp_cut(&rest, '\n');
	struct recorder rec;
	char *cursor;

	while (rest.p != NULL && in.nrecords < RECORDS_MAX) {
		struct kp_str line = kp_cut(&rest, '\n');

		if (kp_is(line, "=")) {
			context = kp_cut(&rest, '\n');
			continue;
		}
		records[in.nrecords].number = (int64_t)in.nrecords + 1;
		records[in.nrecords].bytes = line;
		records[in.nrecords++].context = context;
	}
	recorder_init(&rec);
	run(&rec, &in);
	if (rec.step.has_cursor) {
		cursor = malloc(rec.step.cursor.n + 1);
		if (cursor == NULL)
			abort();
		memcpy(cursor, rec.step.cursor.p, rec.step.cursor.n);
		in.cursor = (struct kp_str){ cursor, rec.step.cursor.n };
		run(&rec, &in);
		if (rec.step.nposts != 0 || rec.step.nbads != 0)
			abort();
		free(cursor);
	}
	recorder_reset(&rec);
	return 0;
}
