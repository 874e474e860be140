/*
 * Telegram groups and channels through a bot that their admins invited.
 *
 *      poll     getUpdates(offset) -> posts, places, cursor -> getUpdates(...)
 *               until a batch brings nothing new.  Telegram forgets a batch
 *               only when it is asked for the next one, and that request
 *               leaves after posts and cursor were committed: nothing is
 *               lost, and what comes twice has the same id.
 *      account  getMe: who are we, and does privacy mode blind us?
 *      reply    sendMessage (telegram_reply.c)
 *
 * The cursor is "t1:OFFSET:AT:ALBUMS:ROOTS:TOPICS:PARTLY"; see message_notes.
 * After a week without updates Telegram counts from a random number, so an
 * offset older than six days is not used.
 */
#include <string.h>

#include "kp.h"
#include "telegram_call.h"
#include "telegram_message.h"

#define BATCH 100
#define OFFSET_MAX INT64_C(9007199254740992)
#define OFFSET_AGE_MAX (6 * INT64_C(86400000))
#define TIMEOUT_MAX 50          /* s, that a long poll may last */

static void
cursor_read(struct call *c)
{
	struct kp_str rest = c->in->cursor;

	if (!kp_is(kp_cut(&rest, ':'), "t1") ||
	    !kp_number(kp_cut(&rest, ':'), &c->next) ||
	    !kp_number(kp_cut(&rest, ':'), &c->at) ||
	    c->next < 0 || c->next > OFFSET_MAX) {
		c->next = c->at = 0;
		return;
	}
	c->notes.albums = kp_cut(&rest, ':');
	c->notes.roots = kp_cut(&rest, ':');
	c->notes.topics = kp_cut(&rest, ':');
	c->notes.partly = rest;
	if (c->in->now - c->at > OFFSET_AGE_MAX)
		c->next = 0;
}

void
call_cursor(struct call *c, int64_t at)
{
	const struct message_notes *n = &c->notes;

	c->out->cursor(c->out, kp_fmt(&c->mem,
	    "t1:%lld:%lld:%.*s:%.*s:%.*s:%.*s", (long long)c->next,
	    (long long)at, KP_ARG(n->albums), KP_ARG(n->roots),
	    KP_ARG(n->topics), KP_ARG(n->partly)));
}

static void
ask_updates(struct call *c, int64_t limit, int64_t timeout)
{
	static const char *const kinds[] = { "message", "edited_message",
		"channel_post", "edited_channel_post", "my_chat_member" };
	struct kp_json *args = kp_json_object(&c->mem);
	struct kp_json *allowed = kp_json_array(&c->mem);
	size_t i;

	if (timeout < 0 || timeout > TIMEOUT_MAX)
		timeout = timeout < 0 ? 0 : TIMEOUT_MAX;
	if (c->next > 0)
		kp_json_set_i64(args, "offset", c->next);
	kp_json_set_i64(args, "limit", limit);
	kp_json_set_i64(args, "timeout", timeout);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kp_json_add_str(allowed, kp_s(kinds[i]));
	kp_json_set(args, "allowed_updates", allowed);
	call_ask(c, "getUpdates", args, kp_fmt(&c->mem, "updates %lld",
	    (long long)limit));
}

/*
 * A batch that is no JSON to us is asked for one by one, and the update that
 * spoils it is left out: no stranger's message may stop all others.
 */
static void
updates_unreadable(struct call *c)
{
	struct kp_str body = c->in->response->body, number;
	const char *p = body.n == 0 ? NULL :
	    memmem(body.p, body.n, "\"update_id\":", 12);
	int64_t id;

	if (p == NULL) {
		call_fail(c, KP_BAD_FORMAT, "the answer is not JSON: is `api` "
		    "a Bot API server?", KP_NONE);
		return;
	}
	if (kp_is(kp_state_rest(c->in), "100")) {
		ask_updates(c, 1, 0);
		return;
	}
	number = (struct kp_str){ p + 12, (size_t)(body.p + body.n - p - 12) };
	number = kp_cut(&number, ',');
	if (!kp_number(kp_trim(number), &id) || id < c->next ||
	    id >= OFFSET_MAX) {
		call_fail(c, KP_BAD_FORMAT, "the answer is not JSON", KP_NONE);
		return;
	}
	c->out->finding(c->out, KP_WARNING, KP_S("unreadable"),
	    kp_fmt(&c->mem, "update %lld was left out: %s", (long long)id,
	    c->mem.why));
	c->next = id + 1;
	call_cursor(c, c->in->now);
	ask_updates(c, BATCH, 0);
}

static void
updates(struct call *c)
{
	int64_t code, next = c->next;
	struct kp_json *json = call_answer(c, &code);
	size_t i, n = kp_json_n(json, "result");

	if (json == NULL && code == 200) {
		updates_unreadable(c);
		return;
	}
	if (code != 200 || !kp_json_is_array(kp_json_get(json, "result"))) {
		call_refused(c, code, json);
		return;
	}
	for (i = 0; i < n && i < BATCH; i++) {
		struct kp_json *u = kp_json_at(json, "result", i);
		int64_t id = kp_json_i64(u, "update_id", -1);

		if (id < c->next || id >= OFFSET_MAX)
			continue;       /* had it already */
		telegram_update(c, u);
		if (id >= next)
			next = id + 1;
	}
	/* Where nothing is new the job ends, as nothing more is asked for. */
	if (next == c->next)
		return;
	c->next = next;
	call_cursor(c, c->in->now);
	ask_updates(c, BATCH, 0);
}

static void
poll(struct call *c)
{
	if (c->in->event == KP_START)
		ask_updates(c, BATCH, kp_setting_i64(c->in, "poll_timeout", 0));
	else if (c->in->event == KP_RESPONSE && kp_state(c->in, "updates"))
		updates(c);
	else if (c->in->event == KP_RESPONSE)
		telegram_aside(c);
}

static void
account_found(struct call *c, struct kp_json *me)
{
	struct kp_str name = kp_json_str(me, "username");
	bool reads = kp_json_bool(me, "can_read_all_group_messages", false);
	bool joins = kp_json_bool(me, "can_join_groups", true);

	c->out->finding(c->out, reads ? KP_INFO : KP_WARNING,
	    KP_S("privacy-mode"), reads ?
	    KP_S("Privacy mode is off: the bot sees all messages of the groups "
	    "that it was added to since.") :
	    kp_fmt(&c->mem, "Privacy mode is on: in groups the bot sees only "
	    "commands and replies to it. In a chat with @BotFather send "
	    "/setprivacy, choose @%.*s, choose Disable. Then remove the bot "
	    "from each group and add it again, for the change holds only where "
	    "it is added afterwards; or make it an administrator there.",
	    KP_ARG(name)));
	c->out->finding(c->out, joins ? KP_INFO : KP_WARNING,
	    KP_S("may-join"), joins ?
	    KP_S("Groups can add the bot.") :
	    kp_fmt(&c->mem, "No group can add the bot: in a chat with "
	    "@BotFather send /setjoingroups, choose @%.*s, choose Enable.",
	    KP_ARG(name)));
	c->out->done(c->out, kp_json_id(&c->mem, me, "id"), name.n == 0 ?
	    KP_NONE : kp_fmt(&c->mem, "https://t.me/%.*s", KP_ARG(name)));
}

static void
account(struct call *c)
{
	int64_t code;
	struct kp_json *json;

	if (c->in->event == KP_START) {
		call_ask(c, "getMe", NULL, KP_S("me"));
		return;
	}
	json = call_answer(c, &code);
	if (code == 200 && kp_json_get(json, "result.id") != NULL)
		account_found(c, kp_json_get(json, "result"));
	else
		call_refused(c, code == 200 ? 400 : code, json);
}

/* Endpoints are whole paths, so a server behind a path cannot be asked. */
static bool
api_is_good(struct call *c)
{
	struct kp_str api = kp_setting(c->in, "api");

	return kp_url_origin(&c->mem, api).n != 0 &&
	    kp_url_path(&c->mem, api).n <= 1;
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	struct call c = { .in = in, .out = out, .mem = KP_MEM };

	cursor_read(&c);
	if (!api_is_good(&c))
		call_fail(&c, KP_BAD_CONFIG, "`api` has to be a URL without a "
		    "path, as https://api.telegram.org", KP_NONE);
	else if (in->job == KP_POLL)
		poll(&c);
	else if (in->job == KP_ACCOUNT)
		account(&c);
	else if (in->job == KP_REPLY)
		telegram_reply(&c);
	kp_mem_free(&c.mem);
}

static const struct kp_key keys[] = {
	{ "api", "https://api.telegram.org",
	    "the Bot API server, without a path", KP_URL, 0 },
	{ "poll_timeout", "0",
	    "seconds that a poll waits for the first message, up to 50",
	    KP_NUMBER, 0 },
};

static const struct kp_cred creds[] = {
	{ "token", KP_IN_PATH, 1, NULL, "/bot%s",
	    "the bot's token, from @BotFather" },
};

#define READS (KP_CAN(KP_POLL) | KP_CAN(KP_ACCOUNT))
static const struct kp_endpoint endpoints[] = {
	{ KP_CAN(KP_POLL), "POST", "=api", "/getUpdates", "token" },
	{ READS, "POST", "=api", "/getMe", "token" },
	{ READS, "POST", "=api", "/getChat", "token" },
	{ KP_CAN(KP_REPLY), "POST", "=api", "/sendMessage", "token" },
};

static const struct kp_limit limits[] = {
	{ NULL, 30, 1000 },     /* "about 30 messages per second" */
};

KP_PLUGIN(telegram,
    .name = "telegram",
    .version = "1.0",
    .summary = "Telegram groups and channels that invited our bot",
    .jobs = READS | KP_CAN(KP_REPLY),
    .abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS |
        KP_SEES_EDITS | KP_CAN_REPLY | KP_FLAT,
    .interval = 5000,
    .keys = KP_TABLE(keys),
    .creds = KP_TABLE(creds),
    .endpoints = KP_TABLE(endpoints),
    .limits = KP_TABLE(limits),
    .step = step);
