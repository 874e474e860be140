/*
 * The community's chats as Telegram's Bot API server tells a bot of them:
 * getMe, getUpdates, getChat, getChatMember, sendMessage and what else a
 * careful client asks for.
 *
 * An update has the same id at every start, as have messages.  As with the
 * real one, updates come again until a higher offset confirms them, a second
 * long poll ends the first, and a bot is not told of what it wrote itself.
 * Unlike the real one, updates are not dropped after 24 hours, since a
 * community starts with days that are past.
 */
#include "packaging/practice/practice.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define UPDATE_FIRST INT64_C(700000001)
#define BOT_ID INT64_C(7000000001)
#define POLL_MAX_S 50
#define TEXT_MAX 4096           /* characters, more or less */
#define SENT_MAX 1000
/* Chats, topics and the bot's coming are older than any post. */
#define JOINED_AGO (400 * DAY_MS)

enum kind { JOINED, TOPIC, POSTED, FORWARDED, EDITED };

struct update {
	enum kind kind;
	const struct place *chat;       /* where it happened */
	const struct post *post;        /* NULL: JOINED, TOPIC */
	int64_t topic;                  /* TOPIC: its number, from 1 */
	int64_t at;
};

struct sent {
	const struct place *chat;
	int64_t message_id;
};

struct botapi {
	const struct community *c;
	struct update *updates;         /* the Nth has id UPDATE_FIRST + N */
	size_t nupdates, room;
	int64_t confirmed;              /* ids below it are done with */
	struct sent sent[SENT_MAX];
	size_t nsent;
	struct json_object *allowed;    /* array of names; NULL: all */
};

static void
update_add(struct botapi *b, enum kind kind, const struct place *chat,
    const struct post *post, int64_t topic, int64_t at)
{
	vec_grow(b->updates, b->nupdates, b->room);
	b->updates[b->nupdates++] =
	    (struct update){ kind, chat, post, topic, at };
}

static size_t
topics_count(const struct place *p)
{
	return p->topics == NULL ? 0 : json_object_array_length(p->topics);
}

static void
updates_of_post(struct botapi *b, const struct post *p)
{
	if (p->place->platform != TELEGRAM)
		return;
	if (p->edit_of != NULL) {
		update_add(b, EDITED, p->place, p, 0, p->at);
		return;
	}
	update_add(b, POSTED, p->place, p, 0, p->at);
	if (p->place->discussion != NULL)
		update_add(b, FORWARDED, p->place->discussion, p, 0, p->at);
}

struct botapi *
botapi_new(const struct community *c)
{
	struct botapi *b = xcalloc(1, sizeof(*b));
	const struct place *p;
	int64_t joined = c->start - JOINED_AGO;

	b->c = c;
	b->confirmed = UPDATE_FIRST;
	for (size_t i = 0; i < c->nplaces; i++) {
		p = &c->places[i];
		if (p->platform != TELEGRAM)
			continue;
		update_add(b, JOINED, p, NULL, 0, joined);
		for (size_t k = 1; k <= topics_count(p); k++)
			update_add(b, TOPIC, p, NULL, (int64_t)k, joined);
	}
	for (size_t i = 0; i < c->nposts; i++)
		updates_of_post(b, c->posts[i]);
	return b;
}

void
botapi_free(struct botapi *b)
{
	if (b == NULL)
		return;
	json_object_put(b->allowed);
	free(b->updates);
	free(b);
}

/* Chats. */

static struct json_object *
chat_json(const struct place *p)
{
	struct json_object *o = json_object_new_object();
	char *name = xstrdup(p->id);

	json_put_i64(o, "id", p->chat_id);
	json_put_cstr(o, "title", p->name);
	/* Owned ones are public; where the bot is a guest they are not. */
	for (char *s = name; *s != '\0'; s++)
		if (*s == '-')
			*s = '_';
	if (strcmp(p->basis, "owned") == 0)
		json_put_cstr(o, "username", name);
	free(name);
	json_put_cstr(o, "type", p->chat);
	if (topics_count(p) > 0)
		json_put_bool(o, "is_forum", true);
	return o;
}

static struct json_object *
user_json(int64_t id, bool bot, const char *name, const char *username)
{
	struct json_object *o = json_object_new_object();

	json_put_i64(o, "id", id);
	json_put_bool(o, "is_bot", bot);
	json_put_cstr(o, "first_name", name);
	if (username != NULL)
		json_put_cstr(o, "username", username);
	return o;
}

static struct json_object *
bot_json(void)
{
	return user_json(BOT_ID, true, "Practice", "kompan_practice_bot");
}

static const struct place *
chat_find(const struct botapi *b, struct json_object *params)
{
	struct str id = json_get_str(params, "chat_id");
	int64_t number = json_get_i64(params, "chat_id", 0);

	if (id.p != NULL && str_to_i64(id, INT64_MIN, -1, &number) == -1)
		return NULL;
	for (size_t i = 0; i < b->c->nplaces; i++)
		if (b->c->places[i].platform == TELEGRAM &&
		    b->c->places[i].chat_id == number)
			return &b->c->places[i];
	return NULL;
}

/* Messages. */

static void
sender_put(struct json_object *o, const struct post *p,
    const struct place *chat, bool forwarded)
{
	if (forwarded) {
		json_put(o, "from",
		    user_json(777000, false, "Telegram", NULL));
		json_put(o, "sender_chat", chat_json(p->place));
	} else if (strcmp(chat->chat, "channel") == 0) {
		json_put(o, "sender_chat", chat_json(chat));
	} else if (p->author == NULL) {
		json_put(o, "from", user_json(1087968824, true, "Group",
		    "GroupAnonymousBot"));
		json_put(o, "sender_chat", chat_json(chat));
	} else {
		json_put(o, "from",
		    user_json(p->author_id, false, p->name, NULL));
	}
}

/* The message that creates a topic has the topic's id. */
static struct json_object *
topic_json(const struct botapi *b, const struct place *chat, int64_t id)
{
	struct json_object *o = json_object_new_object();
	struct json_object *created = json_object_new_object();

	json_put_i64(o, "message_id", id);
	json_put(o, "from", user_json(1087968824, true, "Group",
	    "GroupAnonymousBot"));
	json_put(o, "sender_chat", chat_json(chat));
	json_put(o, "chat", chat_json(chat));
	json_put_i64(o, "date", (b->c->start - JOINED_AGO) / SECOND_MS);
	json_put_i64(o, "message_thread_id", id);
	json_put_str(created, "name", json_text(json_object_array_get_idx(
	    chat->topics, (size_t)(id / 100 - 1))));
	json_put_i64(created, "icon_color", 7322096);
	json_put(o, "forum_topic_created", created);
	json_put_bool(o, "is_topic_message", true);
	return o;
}

/* The topic that ${p} stands in, or 0. */
static int64_t
topic_id(const struct post *p)
{
	const char *topic = p->thread->topic;

	for (size_t i = 0; topic != NULL && i < topics_count(p->place); i++)
		if (str_is(json_text(json_object_array_get_idx(
		    p->place->topics, i)), topic))
			return (int64_t)(i + 1) * 100;
	return 0;
}

/* Its id where it is read: a channel's post has two. */
static int64_t
message_id(const struct post *p, const struct place *chat)
{
	return p->place == chat ? p->message_id : p->forward_id;
}

static void
thread_put(struct json_object *o, const struct post *p,
    const struct place *chat)
{
	const struct post *root = p;
	int64_t topic = topic_id(p);

	while (root->parent != NULL)
		root = root->parent;
	if (topic != 0) {
		json_put_i64(o, "message_thread_id", topic);
		json_put_bool(o, "is_topic_message", true);
	} else if (root != p && strcmp(chat->chat, "supergroup") == 0) {
		json_put_i64(o, "message_thread_id", message_id(root, chat));
	}
}

/*
 * ${p} as it reads in ${chat} at ${now}.  Only the message itself embeds what
 * it answers, one level deep; in a topic every other message answers the one
 * that created it.
 */
static struct json_object *
message_json(const struct botapi *b, const struct post *p,
    const struct place *chat, int64_t now, bool nested)
{
	const struct post *version = post_version(p, now);
	struct json_object *o = json_object_new_object(), *origin;
	bool forwarded = p->place != chat;
	int64_t topic = topic_id(p);

	json_put_i64(o, "message_id", message_id(p, chat));
	sender_put(o, p, chat, forwarded);
	json_put(o, "chat", chat_json(chat));
	json_put_i64(o, "date", p->at / SECOND_MS);
	if (version != p)
		json_put_i64(o, "edit_date", version->at / SECOND_MS);
	thread_put(o, p, chat);
	if (forwarded) {
		origin = json_object_new_object();
		json_put_cstr(origin, "type", "channel");
		json_put(origin, "chat", chat_json(p->place));
		json_put_i64(origin, "message_id", p->message_id);
		json_put_i64(origin, "date", p->at / SECOND_MS);
		json_put(o, "forward_origin", origin);
		json_put_bool(o, "is_automatic_forward", true);
	}
	if (!nested && p->parent != NULL)
		json_put(o, "reply_to_message",
		    message_json(b, p->parent, chat, now, true));
	else if (!nested && topic != 0)
		json_put(o, "reply_to_message", topic_json(b, chat, topic));
	json_put_cstr(o, "text", version->text);
	return o;
}

static struct json_object *
member_json(const char *status)
{
	struct json_object *o = json_object_new_object();

	json_put(o, "user", bot_json());
	json_put_cstr(o, "status", status);
	return o;
}

static struct json_object *
joined_json(const struct update *u)
{
	struct json_object *o = json_object_new_object();

	json_put(o, "chat", chat_json(u->chat));
	json_put(o, "from", user_json(5100000000, false, "Admin", NULL));
	json_put_i64(o, "date", u->at / SECOND_MS);
	json_put(o, "old_chat_member", member_json("left"));
	json_put(o, "new_chat_member", member_json("member"));
	return o;
}

static const char *
update_name(const struct update *u)
{
	bool channel = strcmp(u->chat->chat, "channel") == 0;

	if (u->kind == JOINED)
		return "my_chat_member";
	if (u->kind == EDITED)
		return channel ? "edited_channel_post" : "edited_message";
	return channel ? "channel_post" : "message";
}

static bool
update_allowed(const struct botapi *b, const struct update *u)
{
	const char *name = update_name(u);

	if (b->allowed == NULL)
		return true;
	for (size_t i = 0; i < json_object_array_length(b->allowed); i++)
		if (str_is(json_text(json_object_array_get_idx(b->allowed, i)),
		    name))
			return true;
	return false;
}

/* An update tells what was at its own time: later edits come by themselves. */
static struct json_object *
update_json(const struct botapi *b, size_t i)
{
	const struct update *u = &b->updates[i];
	struct json_object *o = json_object_new_object(), *what;

	json_put_i64(o, "update_id", UPDATE_FIRST + (int64_t)i);
	if (u->kind == JOINED)
		what = joined_json(u);
	else if (u->kind == TOPIC)
		what = topic_json(b, u->chat, u->topic * 100);
	else
		what = message_json(b, u->kind == EDITED ? u->post->edit_of :
		    u->post, u->chat, u->at, false);
	json_put(o, update_name(u), what);
	return o;
}

/* Methods. */

struct json_object *
botapi_error(unsigned status, const char *text)
{
	struct json_object *o = json_object_new_object();

	json_put_bool(o, "ok", false);
	json_put_i64(o, "error_code", status);
	json_put_cstr(o, "description", text);
	return o;
}

static unsigned
bad(struct json_object **ret, const char *text)
{
	*ret = botapi_error(400, text);
	return 400;
}

static unsigned
good(struct json_object **ret, struct json_object *result)
{
	struct json_object *o = json_object_new_object();

	json_put_bool(o, "ok", true);
	json_put(o, "result", result);
	*ret = o;
	return 200;
}

/* Parameters come as text from forms and queries, typed from JSON. */
static int64_t
param_number(struct json_object *params, const char *key, int64_t otherwise)
{
	struct str text = json_get_str(params, key);
	int64_t n = json_get_i64(params, key, otherwise);

	if (text.p != NULL &&
	    str_to_i64(text, INT64_MIN, INT64_MAX, &n) == -1)
		return otherwise;
	return n;
}

/* The caller's to put; NULL where it is missing or no JSON. */
static struct json_object *
param_json(struct json_object *params, const char *key)
{
	struct json_object *value = json_member(params, key);
	struct err err = ERR_INIT;

	if (!json_object_is_type(value, json_type_string))
		return json_object_get(value);
	if (json_parse(json_text(value), &value, &err) == -1)
		return NULL;
	return value;
}

static void
allowed_set(struct botapi *b, struct json_object *params)
{
	struct json_object *names = param_json(params, "allowed_updates");

	/* Left out: as before.  Empty: all. */
	if (!json_object_is_type(names, json_type_array)) {
		json_object_put(names);
		return;
	}
	json_object_put(b->allowed);
	b->allowed = names;
	if (json_object_array_length(names) == 0) {
		json_object_put(names);
		b->allowed = NULL;
	}
}

/* How many updates there are by now. */
static size_t
updates_until(const struct botapi *b, int64_t now)
{
	size_t n = 0;

	while (n < b->nupdates && b->updates[n].at <= now)
		n++;
	return n;
}

static void
confirm(struct botapi *b, int64_t offset, size_t n)
{
	int64_t next = UPDATE_FIRST + (int64_t)n;

	if (offset < 0)
		offset = next + offset;
	/* An offset beyond what exists confirms no future. */
	if (offset > next)
		offset = next;
	if (offset > b->confirmed)
		b->confirmed = offset;
}

static unsigned
get_updates(struct botapi *b, struct json_object *params, int64_t now,
    int64_t *deadline, struct json_object **ret)
{
	struct json_object *list = json_object_new_array();
	size_t n = updates_until(b, now);
	int64_t limit = param_number(params, "limit", 100);
	int64_t wait = param_number(params, "timeout", 0);

	if (*deadline == 0) {
		allowed_set(b, params);
		confirm(b, param_number(params, "offset", 0), n);
	}
	if (limit < 1 || limit > 100)
		limit = 100;
	for (size_t i = (size_t)(b->confirmed - UPDATE_FIRST);
	    i < n && (int64_t)json_object_array_length(list) < limit; i++)
		if (update_allowed(b, &b->updates[i]))
			json_object_array_add(list, update_json(b, i));
	if (json_object_array_length(list) == 0 && wait > 0 &&
	    (*deadline == 0 || now < *deadline)) {
		json_object_put(list);
		if (*deadline == 0)
			*deadline = now + (wait < POLL_MAX_S ? wait :
			    POLL_MAX_S) * SECOND_MS;
		return 0;
	}
	return good(ret, list);
}

static struct json_object *
me_json(void)
{
	struct json_object *o = bot_json();

	json_put_bool(o, "can_join_groups", true);
	json_put_bool(o, "can_read_all_group_messages", true);
	json_put_bool(o, "supports_inline_queries", false);
	return o;
}

static struct json_object *
webhook_json(const struct botapi *b, int64_t now)
{
	struct json_object *o = json_object_new_object();

	json_put_cstr(o, "url", "");
	json_put_bool(o, "has_custom_certificate", false);
	json_put_i64(o, "pending_update_count",
	    UPDATE_FIRST + (int64_t)updates_until(b, now) - b->confirmed);
	return o;
}

static unsigned
get_chat(const struct botapi *b, const struct place *chat,
    struct json_object **ret)
{
	static const char *const gifts[] = { "unlimited_gifts", "limited_gifts",
		"unique_gifts", "premium_subscription", "gifts_from_channels" };
	struct json_object *o = chat_json(chat);
	struct json_object *none = json_object_new_object();
	const struct place *other = chat->discussion;

	for (size_t i = 0; other == NULL && i < b->c->nplaces; i++)
		if (b->c->places[i].discussion == chat)
			other = &b->c->places[i];
	if (other != NULL)
		json_put_i64(o, "linked_chat_id", other->chat_id);
	for (size_t i = 0; i < sizeof(gifts) / sizeof(gifts[0]); i++)
		json_put_bool(none, gifts[i], false);
	json_put(o, "accepted_gift_types", none);
	json_put_i64(o, "accent_color_id", 0);
	json_put_i64(o, "max_reaction_count", 11);
	return good(ret, o);
}

/* Whether ${id} is a message there by now; *${last} is the newest one. */
static bool
message_exists(const struct botapi *b, const struct place *chat, int64_t id,
    int64_t now, int64_t *last)
{
	bool found = id > 0 && id % 100 == 0 &&
	    (size_t)id / 100 <= topics_count(chat);
	const struct update *u;
	int64_t there;

	*last = (int64_t)topics_count(chat) * 100;
	for (size_t i = 0; i < updates_until(b, now); i++) {
		u = &b->updates[i];
		if (u->chat != chat ||
		    (u->kind != POSTED && u->kind != FORWARDED))
			continue;
		there = message_id(u->post, chat);
		found = found || there == id;
		if (there > *last)
			*last = there;
	}
	for (size_t i = 0; i < b->nsent; i++) {
		if (b->sent[i].chat != chat)
			continue;
		found = found || b->sent[i].message_id == id;
		if (b->sent[i].message_id > *last)
			*last = b->sent[i].message_id;
	}
	return found;
}

static unsigned
send_message(struct botapi *b, const struct place *chat,
    struct json_object *params, int64_t now, struct json_object **ret)
{
	struct str text = str_trim(json_get_str(params, "text"));
	struct json_object *reply = param_json(params, "reply_parameters"), *o;
	int64_t to = param_number(reply, "message_id", 0), last;
	bool found, anyway = json_get_bool(reply,
	    "allow_sending_without_reply", false);

	json_object_put(reply);
	if (text.n == 0)
		return bad(ret, "Bad Request: message text is empty");
	if (text.n > (size_t)4 * TEXT_MAX)
		return bad(ret, "Bad Request: message is too long");
	found = message_exists(b, chat, to, now, &last);
	if (to != 0 && !found && !anyway)
		return bad(ret,
		    "Bad Request: message to be replied not found");
	if (b->nsent == SENT_MAX || last % 100 == 99)
		return bad(ret, "Bad Request: the practice community takes "
		    "no more answers; start it again");
	b->sent[b->nsent++] = (struct sent){ chat, last + 1 };

	o = json_object_new_object();
	json_put_i64(o, "message_id", last + 1);
	json_put(o, "from", bot_json());
	json_put(o, "chat", chat_json(chat));
	json_put_i64(o, "date", now / SECOND_MS);
	json_put_str(o, "text", text);
	return good(ret, o);
}

unsigned
botapi_call(struct botapi *b, const char *method, struct json_object *params,
    int64_t now, int64_t *deadline, struct json_object **ret)
{
	const struct place *chat;

	/* Method names are taken in any case. */
	if (strcasecmp(method, "getMe") == 0)
		return good(ret, me_json());
	if (strcasecmp(method, "getUpdates") == 0)
		return get_updates(b, params, now, deadline, ret);
	if (strcasecmp(method, "getWebhookInfo") == 0)
		return good(ret, webhook_json(b, now));
	if (strcasecmp(method, "deleteWebhook") == 0)
		return good(ret, json_object_new_boolean(true));
	if (strcasecmp(method, "getChat") != 0 &&
	    strcasecmp(method, "getChatMember") != 0 &&
	    strcasecmp(method, "sendMessage") != 0) {
		*ret = botapi_error(404, "Not Found: method not found");
		return 404;
	}
	chat = chat_find(b, params);
	if (chat == NULL)
		return bad(ret, "Bad Request: chat not found");
	if (strcasecmp(method, "getChat") == 0)
		return get_chat(b, chat, ret);
	if (strcasecmp(method, "sendMessage") == 0)
		return send_message(b, chat, params, now, ret);
	if (param_number(params, "user_id", 0) != BOT_ID)
		return bad(ret, "Bad Request: user not found");
	return good(ret, member_json("member"));
}
