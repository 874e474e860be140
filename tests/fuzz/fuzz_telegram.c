/*
 * The plugin `telegram` with whatever a server may answer.
 *
 * Input: one letter that says what was asked, one that says the status, a line
 * end, the body; for 'c' the cursor stands on a line before the body.  Beside
 * the sanitizers the recorder watches: nothing that a stranger writes may make
 * the plugin say what the core refuses, since that would stop the whole bot.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kp.h>

#include "tests/unit/kp_recorder.h"

#define NOW INT64_C(1790000000000)

extern const struct kp_plugin telegram_LTX_kp_plugin;
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct {
	char letter;
	uint32_t job;
	const char *state;
} asked[] = {
	{ 'u', KP_POLL, "updates 100" },
	{ 'o', KP_POLL, "updates 1" },
	{ 'c', KP_POLL, "updates 100" },
	{ 'm', KP_POLL, "member {\"id\":\"-1001\",\"name\":\"x\"}" },
	{ 'g', KP_POLL, "comments {\"id\":\"-1001\",\"name\":\"x\"}" },
	{ 'p', KP_POLL, "privacy {\"place\":\"-1001\",\"id\":\"-1001:3\","
	    "\"ref\":\"{}\",\"bot\":\"kompan_test_bot\"}" },
	{ 'a', KP_ACCOUNT, "me" },
	{ 'r', KP_REPLY, "sent" },
};

static int
status_of(char letter)
{
	static const int all[] = { 0, 200, 400, 401, 403, 404, 409, 429, 500,
		502 };

	return all[(unsigned char)letter % 10];
}

/* A cursor is the plugin's own, so it holds no bad UTF-8. */
static bool
is_plain(struct kp_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == '%')
			return false;
	}
	return s.n < 30000;
}

static void
run(struct recorder *rec, const struct kp_in *in)
{
	recorder_reset(rec);
	recorder_run(rec, &telegram_LTX_kp_plugin, in);
	if (rec->broken[0] != '\0') {
		fprintf(stderr, "%s\n", rec->broken);
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct kp_pair setting = { KP_S("api"),
		KP_S("https://api.telegram.org") };
	const struct kp_target target = { .size = sizeof(target),
		.place = KP_S("-1001"), .id = KP_S("-1001:3"),
		.ref = KP_S("{\"chat_id\":-1001,\"message_id\":3}"),
		.text = KP_S("x"), .key = KP_S("k") };
	struct kp_response response = { .size = sizeof(response) };
	struct kp_in in = { .size = sizeof(in), .event = KP_RESPONSE,
		.now = NOW, .settings = &setting, .nsettings = 1,
		.response = &response };
	struct kp_str rest = { (const char *)data + 3, n - 3 };
	struct recorder rec;
	size_t i;
	char *cursor;

	if (n < 3)
		return 0;
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]) &&
	    asked[i].letter != (char)data[0]; i++)
		;
	if (i == sizeof(asked) / sizeof(asked[0]))
		return 0;
	in.job = asked[i].job;
	in.state = kp_s(asked[i].state);
	if (in.job == KP_REPLY)
		in.target = &target;
	if (data[0] == 'c')
		in.cursor = kp_cut(&rest, '\n');
	if (!is_plain(in.cursor))
		return 0;
	response.status = status_of((char)data[1]);
	response.body = rest;
	recorder_init(&rec);
	run(&rec, &in);
	/* The same batch again, after the commit, must not count. */
	if (data[0] == 'u' && rec.step.has_cursor) {
		cursor = malloc(rec.step.cursor.n + 1);
		if (cursor == NULL)
			abort();
		memcpy(cursor, rec.step.cursor.p, rec.step.cursor.n);
		in.cursor = (struct kp_str){ cursor, rec.step.cursor.n };
		run(&rec, &in);
		if (rec.step.nposts != 0 || rec.step.nanswers != 0)
			abort();
		free(cursor);
	}
	recorder_reset(&rec);
	return 0;
}
