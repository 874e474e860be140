/*
 * kompan queue verdict: what a person decided about an item.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "cmd/queue_change.h"
#include "config/stanza.h"

static int queue_verdict(struct cmd_env *, int, char **);

const struct cmd cmd_queue_verdict = {
	.noun = "queue", .verb = "verdict",
	.args = "ITEM VERDICT [NOTE] [--lang LANG] [--land LAND] [--topic TOPIC]"
	    " [--until TIME] [--as NAME] [--version N]",
	.summary = "Say what became of an item; corrections go along.",
	.help = "VERDICT is one of\n"
	    "  answered          we answered; NOTE is the link\n"
	    "  no-answer-needed  it needs none\n"
	    "  not-relevant      it is not about work or life in Germany\n"
	    "  false-alarm       the rule is wrong here\n"
	    "  claim-confirmed   the claim is false indeed; stays open\n"
	    "  escalated         somebody else has to look; NOTE says who\n"
	    "  snoozed           again at --until (4 h, 3 d or a date)",
	.config = true, .run = queue_verdict,
};

/* "4 h" from now, or a date: ms, or -1. */
static int64_t
parse_until(const char *text)
{
	int64_t at;

	if (duration_parse(str_of(text), &at) == 0)
		return clock_now() + at;
	return time_parse_iso(str_of(text), &at) == 0 ? at : -1;
}

static int
queue_verdict(struct cmd_env *env, int argc, char **argv)
{
	const char *as = NULL, *lang = NULL, *land = NULL, *topic = NULL,
	    *until = NULL;
	int64_t version = 0, at;
	const struct cmd_option options[] = {
		{ .name = "as", .value = &as },
		{ .name = "version", .number = &version },
		{ .name = "lang", .value = &lang },
		{ .name = "land", .value = &land },
		{ .name = "topic", .value = &topic },
		{ .name = "until", .value = &until },
		{ 0 }
	};
	struct json_object *args;

	if (!cmd_options(env, &cmd_queue_verdict, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 2 || argc > 3)
		return cmd_usage(&cmd_queue_verdict);
	at = until != NULL ? parse_until(until) : 0;
	if (at == -1) {
		fprintf(stderr, "kompan: --until is a duration such as 4 h, or "
		    "a date such as 2026-12-01\n");
		return EXIT_USAGE;
	}
	args = json_object_new_object();
	json_put_cstr(args, "verdict", argv[1]);
	if (argc == 3)
		json_put_cstr(args, "detail", argv[2]);
	if (lang != NULL)
		json_put_cstr(args, "lang", lang);
	if (land != NULL)
		json_put_cstr(args, "land", land);
	if (topic != NULL)
		json_put_cstr(args, "topic", topic);
	if (at != 0)
		json_put_i64(args, "until", at);
	return queue_change(env, "queue.verdict", argv[0], as, version, args);
}
