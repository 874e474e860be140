/*
 * The job KP_REPLY: one text that a person approved, under one message.
 *
 * Telegram has no key that would make sendMessage idempotent, and a bot cannot
 * read its own messages back.  Where no answer comes, or one that does not say
 * whether the message went out, the job ends without done() and fail(), and a
 * person looks: it is sent at most once because nothing here asks twice.
 */
#include <string.h>

#include "telegram_call.h"

#define UNITS_MAX 4096          /* UTF-16, as Telegram counts */

/* What Telegram says where it surely did not send, and what that means. */
static const struct {
	const char *said;
	uint32_t why;
	bool lost;              /* the place, too */
	const char *text;
} refusals[] = {
	{ "message to be replied not found", KP_GONE, false, "question gone" },
	{ "replied message not found", KP_GONE, false, "question gone" },
	{ "reply message not found", KP_GONE, false, "question gone" },
	{ "message thread not found", KP_GONE, false, "the topic is gone" },
	{ "TOPIC_DELETED", KP_GONE, false, "the topic is gone" },
	{ "TOPIC_CLOSED", KP_DENIED, false, "the topic is closed" },
	{ "message is too long", KP_DENIED, false, "the reply is too long" },
	{ "rights to send", KP_DENIED, false, "the bot may not write there" },
	{ "CHAT_WRITE_FORBIDDEN", KP_DENIED, false,
	    "the bot may not write there" },
	{ "group chat was deleted", KP_GONE, true, "the group is gone" },
	{ "chat not found", KP_GONE, true, "the group is gone, for the bot" },
	{ "kicked", KP_DENIED, true, "the bot was removed from the group" },
	{ "not a member", KP_DENIED, true, "the bot is not in that group" },
	{ "blocked by the user", KP_DENIED, false, "the person wants no "
	    "messages from the bot" },
};

static size_t
utf16_units(struct kp_str s)
{
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char b = (unsigned char)s.p[i];

		n += (b & 0xc0) != 0x80;        /* one a character, */
		n += b >= 0xf0;                 /* two beyond the BMP */
	}
	return n;
}

static void
send_it(struct call *c)
{
	const struct kp_target *target = c->in->target;
	struct kp_json *ref = kp_json(&c->mem, target->ref);
	struct kp_json *args = kp_json_object(&c->mem);
	struct kp_json *to = kp_json_object(&c->mem);
	struct kp_json *preview = kp_json_object(&c->mem);
	int64_t chat = kp_json_i64(ref, "chat_id", 0);
	int64_t message = kp_json_i64(ref, "message_id", 0);
	int64_t thread = kp_json_i64(ref, "thread", 0);
	size_t units = utf16_units(target->text);

	if (chat == 0 || message <= 0) {
		call_fail(c, KP_DENIED, "it cannot be answered here: a "
		    "channel's post is answered in its discussion group",
		    KP_NONE);
		return;
	}
	if (units == 0 || units > UNITS_MAX) {
		c->out->fail(c->out, KP_DENIED, kp_fmt(&c->mem, "the reply has "
		    "%zu characters, Telegram takes 1 to %d", units,
		    UNITS_MAX));
		return;
	}
	kp_json_set_i64(to, "message_id", message);
	kp_json_set_bool(to, "allow_sending_without_reply", false);
	kp_json_set_bool(preview, "is_disabled", true);
	kp_json_set_i64(args, "chat_id", chat);
	if (thread > 0)
		kp_json_set_i64(args, "message_thread_id", thread);
	kp_json_set_str(args, "text", target->text);
	kp_json_set(args, "reply_parameters", to);
	kp_json_set(args, "link_preview_options", preview);
	call_ask(c, "sendMessage", args, KP_S("sent"));
}

static void
sent(struct call *c, struct kp_json *message)
{
	struct kp_str id = message_id(&c->mem, message);
	struct kp_post post;

	if (id.n == 0)
		return;         /* sent, but as what? */
	/* Updates never show a bot its own messages: this is the only look. */
	if (message_read(&c->mem, message, c->in->now, &c->notes, &post)) {
		post.flags |= KP_OURS;
		c->out->post(c->out, &post);
	} else {
		post.url = KP_NONE;
	}
	c->out->done(c->out, id, post.url);
}

static void
not_sent(struct call *c, int64_t code, struct kp_json *json)
{
	struct kp_json *ref = kp_json(&c->mem, c->in->target->ref);
	int64_t to = kp_json_i64(json, "parameters.migrate_to_chat_id", 0);
	struct kp_str said = kp_json_str(json, "description");
	const char *text = kp_fmt(&c->mem, "%.*s", KP_ARG(said)).p;
	size_t i;

	if (to != 0) {
		/* Messages from before cannot be answered in the new group. */
		call_moved(c, kp_json_i64(ref, "chat_id", 0), to, NULL);
		call_fail(c, KP_GONE, "question gone: the group became a "
		    "supergroup since", said);
		return;
	}
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strcasestr(text, refusals[i].said) == NULL)
			continue;
		if (refusals[i].lost)
			call_lost(c, kp_json_id(&c->mem, ref, "chat_id"), said);
		call_fail(c, refusals[i].why, refusals[i].text, said);
		return;
	}
	if (code == 400 || code == 403)
		call_fail(c, KP_DENIED, "Telegram refuses the reply", said);
	else
		call_refused(c, code, json);
}

void
telegram_reply(struct call *c)
{
	struct kp_json *json;
	int64_t code;

	if (c->in->target == NULL)
		return;
	if (c->in->event == KP_START) {
		send_it(c);
		return;
	}
	json = call_answer(c, &code);
	if (code == 200 && json != NULL)
		sent(c, kp_json_get(json, "result"));
	else if (code >= 400 && code < 500)
		not_sent(c, code, json);
	/* Else nobody knows whether it was sent. */
}
