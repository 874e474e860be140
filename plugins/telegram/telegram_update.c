/*
 * One update: a message, or a change of what the bot is in some chat.
 *
 * What an update alone cannot tell is asked beside the batch, and comes back
 * to telegram_aside(): whether privacy mode blinds us in a group that we
 * joined, where the comments of a channel stand, and whether a "/privacy"
 * with a bot's name behind it was meant for us.
 */
#include <string.h>
#include <strings.h>

#include "telegram_call.h"

#define ASIDE_MAX 20            /* of one step */
#define STATE_MAX 4096
#define PARTLY_MAX 8192

/* ${what} comes back behind ${word}, beside the answer. */
static void
ask_aside(struct call *c, const char *method, struct kp_json *args,
    const char *word, struct kp_json *what)
{
	struct kp_str state = kp_fmt(&c->mem, "%s %.*s", word,
	    KP_ARG(kp_json_text(&c->mem, what)));

	if (state.n <= STATE_MAX && c->naside++ < ASIDE_MAX)
		call_ask(c, method, args, state);
}

static void
blinded(struct kp_place *place)
{
	place->health = KP_PARTLY;
	place->reason = KP_S("privacy mode: the bot sees only commands and "
	    "replies to it; make it an administrator there, or switch privacy "
	    "mode off at @BotFather (/setprivacy, Disable), remove the bot and "
	    "add it again");
}

/* A chat that a message or a change of ours names: once a step will do. */
static void
chat_seen(struct call *c, struct kp_json *chat, bool again)
{
	int64_t id = kp_json_i64(chat, "id", 0);
	struct kp_place place;
	size_t i;

	for (i = 0; i < c->nseen && c->seen[i] != id; i++)
		;
	if (i < c->nseen && !again)
		return;
	if (i == c->nseen && c->nseen < sizeof(c->seen) / sizeof(c->seen[0]))
		c->seen[c->nseen++] = id;
	if (!message_place(&c->mem, chat, &place))
		return;
	/* Something came, so it is not lost; what is kept back is known. */
	place.health = KP_OPEN;
	if (note_find(c->notes.partly, place.id).n != 0)
		blinded(&place);
	c->out->place(c->out, &place);
}

/* "/privacy" is answered by the text that the admin approved, by no other. */
static void
say_privacy(struct call *c, struct kp_json *what)
{
	c->out->answer(c->out, KP_ANSWER(
	    .text = KP_S("privacy"),
	    .place = kp_json_str(what, "place"),
	    .thread = kp_json_str(what, "thread"),
	    .id = kp_json_str(what, "id"),
	    .ref = kp_json_str(what, "ref"),
	    .lang = kp_json_str(what, "lang")));
}

/* Whether it is that command; with somebody's name it may not be ours. */
static bool
privacy_asked(struct call *c, struct kp_json *json)
{
	struct kp_str text = kp_json_str(json, "text");
	struct kp_str word;
	struct kp_json *what;
	size_t n;

	for (n = 0; n < text.n && strchr(" \n\t", text.p[n]) == NULL; n++)
		;
	word = (struct kp_str){ text.p, n };
	if (!kp_is(word, "/privacy") && !kp_starts(word, "/privacy@"))
		return false;
	what = kp_json_object(&c->mem);
	kp_json_set_str(what, "place", kp_json_id(&c->mem, json, "chat.id"));
	kp_json_set_str(what, "id", message_id(&c->mem, json));
	kp_json_set_str(what, "ref", message_ref(&c->mem, json));
	kp_json_set_str(what, "lang", message_lang(json));
	if (kp_json_bool(json, "is_topic_message", false))
		kp_json_set_str(what, "thread", kp_fmt(&c->mem, "%lld:%lld",
		    (long long)kp_json_i64(json, "chat.id", 0),
		    (long long)kp_json_i64(json, "message_thread_id", 0)));
	(void)kp_cut(&word, '@');
	if (word.n == 0) {
		say_privacy(c, what);
	} else {
		kp_json_set_str(what, "bot", kp_fit(word, 64));
		ask_aside(c, "getMe", NULL, "privacy", what);
	}
	return true;
}

static void
message(struct call *c, struct kp_json *json, bool fresh)
{
	struct kp_json *chat = kp_json_get(json, "chat");
	int64_t id = kp_json_i64(chat, "id", 0);
	int64_t to = kp_json_i64(json, "migrate_to_chat_id", 0);
	struct kp_post post;

	if (message_id(&c->mem, json).n == 0)
		return;
	if (to != 0) {
		call_moved(c, id, to, chat);
		return;
	}
	call_moved(c, kp_json_i64(json, "migrate_from_chat_id", 0), id, chat);
	if (fresh && privacy_asked(c, json))
		return;
	chat_seen(c, chat, kp_json_get(json, "new_chat_title") != NULL);
	if (message_topic(&c->mem, json, c->in->now, &c->notes, &post))
		c->out->post(c->out, &post);
	if (message_read(&c->mem, json, c->in->now, &c->notes, &post))
		c->out->post(c->out, &post);
}

/* Ask what can be seen in a place where the bot is now. */
static void
ask_sight(struct call *c, const struct kp_place *place, bool admin)
{
	struct kp_json *brief = kp_json_object(&c->mem);
	struct kp_json *args = kp_json_object(&c->mem);

	kp_json_set_str(brief, "id", place->id);
	kp_json_set_str(brief, "name", place->name);
	kp_json_set_str(args, "chat_id", place->id);
	if (place->kind == KP_CHANNEL)
		ask_aside(c, "getChat", args, "comments", brief);
	else if (!admin)
		ask_aside(c, "getMe", NULL, "member", brief);
}

/* Our own membership somewhere changed. */
static void
membership(struct call *c, struct kp_json *change)
{
	struct kp_str status = kp_json_str(change, "new_chat_member.status");
	bool restricted = kp_is(status, "restricted");
	bool admin = kp_is(status, "administrator");
	struct kp_place place;

	if (!message_place(&c->mem, kp_json_get(change, "chat"), &place))
		return;
	if (kp_is(status, "kicked")) {
		call_lost(c, place.id, KP_S("the bot was banned there"));
	} else if (kp_is(status, "left") || (restricted && !kp_json_bool(change,
	    "new_chat_member.is_member", false))) {
		call_lost(c, place.id, KP_S("the bot is no longer a member"));
	} else if (admin || restricted || kp_is(status, "member")) {
		/* What a plain member of a group sees has to be asked. */
		if (admin || place.kind == KP_CHANNEL) {
			place.health = KP_OPEN;
			c->notes.partly = note_drop(&c->mem, c->notes.partly,
			    place.id);
		}
		c->out->place(c->out, &place);
		ask_sight(c, &place, admin);
	}
}

void
telegram_update(struct call *c, struct kp_json *json)
{
	static const struct {
		const char *kind;
		bool fresh;
	} messages[] = {
		{ "message", true }, { "edited_message", false },
		{ "channel_post", false }, { "edited_channel_post", false },
	};
	struct kp_json *change = kp_json_get(json, "my_chat_member");
	size_t i;

	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct kp_json *m = kp_json_get(json, messages[i].kind);

		if (m != NULL)
			message(c, m, messages[i].fresh);
	}
	if (change != NULL)
		membership(c, change);
}

static bool
same_name(struct kp_str a, struct kp_str b)
{
	return a.n == b.n && a.n != 0 && strncasecmp(a.p, b.p, a.n) == 0;
}

/* As a plain member of a group: with privacy mode we see next to nothing. */
static void
member_sees(struct call *c, struct kp_json *what, struct kp_json *me)
{
	struct kp_place place = { .size = sizeof(place),
		.id = kp_json_str(what, "id"),
		.name = kp_json_str(what, "name"),
		.health = KP_OPEN };

	c->notes.partly = note_drop(&c->mem, c->notes.partly, place.id);
	if (!kp_json_bool(me, "can_read_all_group_messages", false)) {
		blinded(&place);
		c->notes.partly = note_put(&c->mem, c->notes.partly, place.id,
		    KP_S("1"), PARTLY_MAX);
	}
	call_cursor(c, c->at);
	c->out->place(c->out, &place);
}

static void
comments_stand(struct call *c, struct kp_json *what, struct kp_json *chat)
{
	int64_t group = kp_json_i64(chat, "linked_chat_id", 0);

	if (group == 0)
		return;
	c->out->finding(c->out, KP_INFO, kp_fmt(&c->mem, "comments%.*s",
	    KP_ARG(kp_json_str(what, "id"))), kp_fmt(&c->mem,
	    "The comments of the channel %.*s stand in its discussion group "
	    "(%lld): they are seen only if the bot is added there too.",
	    KP_ARG(kp_json_str(what, "name")), (long long)group));
}

/* Without an answer the poll goes on; what was asked stays unknown. */
void
telegram_aside(struct call *c)
{
	int64_t code;
	struct kp_json *result = call_answer(c, &code);
	struct kp_json *what = kp_json(&c->mem, kp_state_rest(c->in));

	if (code == 429)
		call_rest(c, result);
	result = kp_json_get(result, "result");
	if (code != 200 || kp_json_str(what, "id").n == 0)
		return;
	if (kp_state(c->in, "member"))
		member_sees(c, what, result);
	else if (kp_state(c->in, "comments"))
		comments_stand(c, what, result);
	else if (kp_state(c->in, "privacy") && same_name(kp_json_str(what,
	    "bot"), kp_json_str(result, "username")))
		say_privacy(c, what);
}
