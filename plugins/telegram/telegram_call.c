/*
 * Every method of the Bot API is asked for and refused in the same way.
 */
#include "telegram_call.h"

#include <string.h>

#define REST_MAX 86400          /* s */
#define SAID_MAX 200

void
call_ask(struct call *c, const char *method, struct kp_json *args,
    struct kp_str state)
{
	struct kp_str api = kp_url_origin(&c->mem, kp_setting(c->in, "api"));

	c->out->request(c->out, KP_REQUEST(
	    .flags = KP_ERRORS | KP_FRESH,
	    .method = KP_S("POST"),
	    .url = kp_fmt(&c->mem, "%.*s/%s", KP_ARG(api), method),
	    .type = KP_S("application/json"),
	    .body = args == NULL ? KP_S("{}") : kp_json_text(&c->mem, args),
	    .state = state));
}

struct kp_json *
call_answer(struct call *c, int64_t *code)
{
	struct kp_json *json = NULL;

	*code = c->in->response->status;
	if (*code == 0)
		return NULL;
	json = kp_json(&c->mem, c->in->response->body);
	if (kp_json_bool(json, "ok", false))
		*code = 200;
	else if (json != NULL)
		*code = kp_json_i64(json, "error_code",
		    *code == 200 ? 400 : *code);
	return json;
}

void
call_fail(struct call *c, uint32_t why, const char *text, struct kp_str said)
{
	said = text_clean(&c->mem, said, SAID_MAX);
	c->out->fail(c->out, why, said.n == 0 ? kp_s(text) :
	    kp_fmt(&c->mem, "%s (Telegram says: %.*s)", text, KP_ARG(said)));
}

void
call_rest(struct call *c, struct kp_json *json)
{
	int64_t s = kp_json_i64(json, "parameters.retry_after", 30);

	if (s < 1 || s > REST_MAX)
		s = s < 1 ? 1 : REST_MAX;
	c->out->pause(c->out, KP_CREDENTIAL, KP_NONE, c->in->now + s * 1000);
}

void
call_lost(struct call *c, struct kp_str place, struct kp_str reason)
{
	c->out->place(c->out, KP_PLACED(.id = place, .health = KP_LOST,
	    .reason = text_clean(&c->mem, reason, SAID_MAX)));
}

void
call_moved(struct call *c, int64_t from, int64_t to, struct kp_json *chat)
{
	struct kp_place place = { .size = sizeof(place) };

	if (from == 0 || to == 0 || from == to)
		return;
	(void)message_place(&c->mem, chat, &place);
	place.id = kp_fmt(&c->mem, "%lld", (long long)to);
	place.was_id = kp_fmt(&c->mem, "%lld", (long long)from);
	c->out->place(c->out, &place);
}

void
call_refused(struct call *c, int64_t code, struct kp_json *json)
{
	struct kp_str said = kp_json_str(json, "description");
	bool webhook = said.n != 0 &&
	    memmem(said.p, said.n, "webhook", 7) != NULL;

	if (code == 401)
		call_fail(c, KP_BAD_AUTH, "the token is refused: ask "
		    "@BotFather for the bot's token (/mybots, API Token)",
		    said);
	else if (code == 404)
		call_fail(c, KP_BAD_AUTH, "there is no such bot: the token is "
		    "malformed, or `api` is no Bot API server", said);
	else if (code == 409 && webhook)
		call_fail(c, KP_CONFLICT, "a webhook is set for this bot, so "
		    "it cannot be polled: whoever set it has to call "
		    "deleteWebhook, or give Kompan a bot of its own", said);
	else if (code == 409)
		call_fail(c, KP_CONFLICT, "another program polls with the same "
		    "token and takes messages away: stop it, or give Kompan a "
		    "bot of its own", said);
	else if (code == 429) {
		call_rest(c, json);
		call_fail(c, KP_TRY_LATER, "asked too often", said);
	} else if (code == 0 || code >= 500)
		call_fail(c, KP_TRY_LATER, "no answer from Telegram", said);
	else
		call_fail(c, KP_BAD_FORMAT, "an answer that is not documented",
		    said);
}
