/*
 * One Message of the Bot API to one post:
 *
 *      place   the chat: a group, a supergroup with all its topics, a channel
 *      thread  the topic; else the root of the replies, which Telegram calls
 *              message_thread_id (under a channel's post: its copy in the
 *              discussion group); else the core follows the parents
 *      parent  reply_to_message, but not the service message that opened the
 *              topic, which every plain message in a topic "answers"
 *      author  sender_chat before `from`, which is a fake user then
 *
 * An album is a message for each picture, with the caption on one of them: it
 * becomes one post under the id of its first message.
 */
#include "telegram_message.h"

#include <stdint.h>

#define SUPERGROUP INT64_C(1000000000000)       /* -100... */
#define ID_MAX INT64_C(9007199254740992)        /* 53 bits */
#define YEAR_1990 INT64_C(631152000000)
#define DAY_MS INT64_C(86400000)
#define LANG_MAX 35
#define NAME_MAX_BYTES 256
#define ALBUMS_MAX 2048
#define ROOTS_MAX 16384
#define TOPICS_MAX 16384
#define TOPIC_NAME_MAX 128      /* as Telegram has it, in characters */

/* Stand-ins of Telegram for senders that are chats. */
#define GROUP_ANONYMOUS_BOT 1087968824
#define CHANNEL_BOT 136817688
#define TELEGRAM_ITSELF 777000

/* What a message holds when a person said something; all else is service. */
static const char *const contents[] = { "text", "caption", "rich_message",
	"animation", "audio", "document", "live_photo", "paid_media", "photo",
	"sticker", "story", "video", "video_note", "voice", "checklist",
	"contact", "dice", "game", "poll", "venue", "location" };

static int64_t
id_at(struct kp_json *json, const char *path)
{
	int64_t id = kp_json_i64(json, path, 0);

	return id > -ID_MAX && id < ID_MAX ? id : 0;
}

/* Seconds to milliseconds; 0 for what cannot be. */
static int64_t
time_at(struct kp_json *json, const char *path, int64_t now)
{
	int64_t s = kp_json_i64(json, path, 0);

	if (s < YEAR_1990 / 1000 || s > (now + DAY_MS) / 1000)
		return 0;
	return s * 1000;
}

static struct kp_str
join_id(struct kp_mem *mem, int64_t chat, int64_t message)
{
	return kp_fmt(mem, "%lld:%lld", (long long)chat, (long long)message);
}

/* Letters, digits, - and _, at least one. */
static bool
is_word(struct kp_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n != 0;
}

/* "name" or "c/NUMBER", as links of t.me begin; KP_NONE: it has no links. */
static struct kp_str
chat_path(struct kp_mem *mem, struct kp_json *chat)
{
	struct kp_str name = kp_json_str(chat, "username");
	int64_t id = id_at(chat, "id");

	if (name.n <= 64 && is_word(name))
		return name;
	if (id < -SUPERGROUP)
		return kp_fmt(mem, "c/%lld", (long long)(-id - SUPERGROUP));
	return KP_NONE;
}

static struct kp_str
link_to(struct kp_mem *mem, struct kp_json *chat, int64_t topic, int64_t id)
{
	struct kp_str path = chat_path(mem, chat);

	if (path.n == 0)
		return KP_NONE;
	if (topic > 0 && topic != id)
		return kp_fmt(mem, "https://t.me/%.*s/%lld/%lld", KP_ARG(path),
		    (long long)topic, (long long)id);
	return kp_fmt(mem, "https://t.me/%.*s/%lld", KP_ARG(path),
	    (long long)id);
}

/* A channel's "direct messages" look like a group, but are private letters. */
static bool
chat_is_place(struct kp_json *chat)
{
	struct kp_str type = kp_json_str(chat, "type");

	return id_at(chat, "id") != 0 &&
	    !kp_json_bool(chat, "is_direct_messages", false) &&
	    (kp_is(type, "group") || kp_is(type, "supergroup") ||
	    kp_is(type, "channel"));
}

static bool
chat_is_channel(struct kp_json *chat)
{
	return kp_is(kp_json_str(chat, "type"), "channel");
}

bool
message_place(struct kp_mem *mem, struct kp_json *chat, struct kp_place *place)
{
	struct kp_str name = text_clean(mem, kp_json_str(chat, "title"),
	    NAME_MAX_BYTES);
	struct kp_str path = chat_path(mem, chat);
	bool channel = chat_is_channel(chat);

	if (!chat_is_place(chat))
		return false;
	*place = (struct kp_place){
		.size = sizeof(*place),
		.id = kp_json_id(mem, chat, "id"),
		.name = name.n != 0 ? name : path,
		.kind = channel ? KP_CHANNEL :
		    kp_json_bool(chat, "is_forum", false) ? KP_FORUM : KP_GROUP,
	};
	if (place->name.n == 0)
		place->name = place->id;
	if (path.n != 0 && !kp_starts(path, "c/"))
		place->url = kp_fmt(mem, "https://t.me/%.*s", KP_ARG(path));
	/* Comments stand in the discussion group, which is its own place. */
	if (channel)
		place->blind = KP_SEES_REPLIES | KP_CAN_REPLY;
	return true;
}

/*
 * Who wrote it.  Anonymous admins all appear as the group: nobody knows which
 * of them it was, so none is named and no two are taken for one person.
 */
static void
message_author(struct kp_mem *mem, struct kp_json *message,
    struct kp_post *post)
{
	struct kp_json *chat = kp_json_get(message, "chat");
	struct kp_json *sender = kp_json_get(message, "sender_chat");
	struct kp_json *from = kp_json_get(message, "from");
	int64_t id = id_at(from, "id");
	struct kp_str name;

	if (sender == NULL && from == NULL && chat_is_channel(chat))
		sender = chat;
	if (sender != NULL) {
		name = kp_json_str(message, "author_signature");
		if (name.n == 0)
			name = kp_json_str(sender, "title");
		post->name = text_clean(mem, name, NAME_MAX_BYTES);
		if (chat_is_channel(chat) ||
		    id_at(sender, "id") != id_at(chat, "id"))
			post->author = kp_json_id(mem, sender, "id");
		return;
	}
	if (id == 0 || id == GROUP_ANONYMOUS_BOT || id == CHANNEL_BOT ||
	    id == TELEGRAM_ITSELF)
		return;
	post->author = kp_json_id(mem, from, "id");
	post->name = kp_trim(text_clean(mem, kp_fmt(mem, "%.*s %.*s",
	    KP_ARG(kp_json_str(from, "first_name")),
	    KP_ARG(kp_json_str(from, "last_name"))), NAME_MAX_BYTES));
	post->lang = message_lang(message);
}

struct kp_str
message_lang(struct kp_json *message)
{
	struct kp_str lang = kp_json_str(message, "from.language_code");

	return lang.n <= LANG_MAX && is_word(lang) ? lang : KP_NONE;
}

/* CHAT/ALBUM, or KP_NONE where the id could not stand in a note. */
static struct kp_str
album_key(struct kp_mem *mem, struct kp_json *message, int64_t chat)
{
	struct kp_str album = kp_json_id(mem, message, "media_group_id");

	if (album.n > 64 || !is_word(album))
		return KP_NONE;
	return kp_fmt(mem, "%lld/%.*s", (long long)chat, KP_ARG(album));
}

/*
 * The id under which a message of an album is a post; 0: it adds nothing.
 * *${beside} is set where it has words but the post has others already.
 */
static int64_t
album_id(struct kp_mem *mem, struct kp_json *message, int64_t chat, int64_t id,
    bool words, struct message_notes *notes, int64_t *beside)
{
	struct kp_str key = album_key(mem, message, chat);
	struct kp_str note;
	int64_t first = id, captioned = 0;

	if (key.n == 0)
		return id;
	note = note_find(notes->albums, key);
	if (note.n != 0) {
		struct kp_str number = kp_cut(&note, '!');

		if (!kp_number(number, &first) || first <= 0)
			first = id;
		(void)kp_number(note, &captioned);
	}
	if (!words && first != id && captioned != id)
		return 0;
	if (!words && first == id && captioned != 0 && captioned != id)
		return 0;
	if (words && captioned != 0 && captioned != id && first != id) {
		*beside = first;
		return id;
	}
	if (words)
		captioned = id;
	notes->albums = note_put(mem, notes->albums, key, captioned == 0 ?
	    kp_fmt(mem, "%lld", (long long)first) : kp_fmt(mem, "%lld!%lld",
	    (long long)first, (long long)captioned), ALBUMS_MAX);
	return first;
}

/* The id that a message which is answered has as a post. */
static int64_t
album_first(struct kp_mem *mem, struct kp_json *message, int64_t chat,
    const struct message_notes *notes)
{
	struct kp_str key = album_key(mem, message, chat);
	struct kp_str note = KP_NONE;
	int64_t first;

	if (key.n != 0)
		note = note_find(notes->albums, key);
	if (note.n != 0 && kp_number(kp_cut(&note, '!'), &first))
		return first;
	return id_at(message, "message_id");
}

static int64_t
parent_id(struct kp_mem *mem, struct kp_json *message, int64_t chat,
    int64_t topic, const struct message_notes *notes)
{
	struct kp_json *to = kp_json_get(message, "reply_to_message");
	struct kp_json *far = kp_json_get(message, "external_reply");

	if (to != NULL) {
		if (kp_json_get(to, "forum_topic_created") != NULL ||
		    (topic > 0 && id_at(to, "message_id") == topic))
			return 0;
		if (kp_json_get(to, "chat.id") != NULL &&
		    id_at(to, "chat.id") != chat)
			return 0;
		return album_first(mem, to, chat, notes);
	}
	/* From another topic of the same forum; else it is not ours to see. */
	if (far != NULL && id_at(far, "chat.id") == chat)
		return id_at(far, "message_id");
	return 0;
}

/* "name/7" of the channel's post that ${message} is a copy of. */
static struct kp_str
origin_path(struct kp_mem *mem, struct kp_json *message)
{
	struct kp_json *origin = kp_json_get(message, "forward_origin");
	struct kp_str path = chat_path(mem, kp_json_get(origin, "chat"));
	int64_t id = id_at(origin, "message_id");

	if (!kp_json_bool(message, "is_automatic_forward", false) ||
	    path.n == 0 || id <= 0)
		return KP_NONE;
	return kp_fmt(mem, "%.*s/%lld", KP_ARG(path), (long long)id);
}

/* Under a channel's post, links lead to the channel, where people read it. */
static struct kp_str
comment_link(struct kp_mem *mem, struct kp_json *message, int64_t chat,
    int64_t root, int64_t id, struct message_notes *notes)
{
	struct kp_json *to = kp_json_get(message, "reply_to_message");
	struct kp_str path = origin_path(mem, message);
	struct kp_str key;

	if (path.n != 0)
		root = id;
	else if (root <= 0)
		return KP_NONE;
	else if (id_at(to, "message_id") == root)
		path = origin_path(mem, to);
	key = kp_fmt(mem, "%lld/%lld", (long long)chat, (long long)root);
	if (path.n == 0)
		path = note_find(notes->roots, key);
	else
		notes->roots = note_put(mem, notes->roots, key, path,
		    ROOTS_MAX);
	if (path.n == 0)
		return KP_NONE;
	if (root == id)
		return kp_fmt(mem, "https://t.me/%.*s", KP_ARG(path));
	return kp_fmt(mem, "https://t.me/%.*s?comment=%lld", KP_ARG(path),
	    (long long)id);
}

struct kp_str
message_id(struct kp_mem *mem, struct kp_json *message)
{
	int64_t chat = id_at(message, "chat.id");
	int64_t id = id_at(message, "message_id");

	if (chat == 0 || id <= 0)
		return KP_NONE;
	return join_id(mem, chat, id);
}

struct kp_str
message_ref(struct kp_mem *mem, struct kp_json *message)
{
	struct kp_json *ref = kp_json_object(mem);

	kp_json_set_i64(ref, "chat_id", id_at(message, "chat.id"));
	kp_json_set_i64(ref, "message_id", id_at(message, "message_id"));
	if (kp_json_bool(message, "is_topic_message", false))
		kp_json_set_i64(ref, "thread",
		    id_at(message, "message_thread_id"));
	return kp_json_text(mem, ref);
}

static struct kp_str
topic_key(struct kp_mem *mem, struct kp_json *chat, int64_t topic)
{
	return kp_fmt(mem, "%lld/%lld", (long long)id_at(chat, "id"),
	    (long long)topic);
}

/* The first post of a topic, which carries its name. */
static void
topic_post(struct kp_mem *mem, struct kp_json *chat, int64_t topic,
    struct kp_str name, struct message_notes *notes, struct kp_post *post)
{
	*post = (struct kp_post){ .size = sizeof(*post),
		.place = kp_json_id(mem, chat, "id"),
		.id = join_id(mem, id_at(chat, "id"), topic),
		.url = link_to(mem, chat, 0, topic),
		.title = name };
	post->thread = post->id;
	notes->topics = note_put(mem, notes->topics,
	    topic_key(mem, chat, topic), kp_url_encode(mem, name), TOPICS_MAX);
}

/*
 * A topic was opened, renamed, closed or opened again.  Each is told as a
 * change of its first post, name included, or the name would be taken away.
 */
static bool
read_topic(struct kp_mem *mem, struct kp_json *message, int64_t now,
    struct message_notes *notes, struct kp_post *post)
{
	struct kp_json *chat = kp_json_get(message, "chat");
	struct kp_json *made = kp_json_get(message, "forum_topic_created");
	bool closed = kp_json_get(message, "forum_topic_closed") != NULL;
	bool opened = kp_json_get(message, "forum_topic_reopened") != NULL;
	int64_t id = id_at(message, made != NULL ? "message_id" :
	    "message_thread_id");
	struct kp_str name = kp_json_str(made, "name");

	if (made == NULL)
		name = kp_json_str(message, "forum_topic_edited.name");
	if (closed || opened) {
		name = text_decode(mem, note_find(notes->topics,
		    topic_key(mem, chat, id)));
		if (name.n == 0)
			name = kp_json_str(message,
			    "reply_to_message.forum_topic_created.name");
	}
	name = text_clean(mem, name, 4 * TOPIC_NAME_MAX);
	if (id <= 0 || name.n == 0)
		return false;
	topic_post(mem, chat, id, name, notes, post);
	post->created = time_at(message, "date", now);
	if (closed)
		post->flags |= KP_LOCKED;
	if (made != NULL)
		message_author(mem, message, post);
	return true;
}

bool
message_topic(struct kp_mem *mem, struct kp_json *message, int64_t now,
    struct message_notes *notes, struct kp_post *post)
{
	struct kp_json *chat = kp_json_get(message, "chat");
	struct kp_json *to = kp_json_get(message, "reply_to_message");
	struct kp_str name = text_clean(mem, kp_json_str(to,
	    "forum_topic_created.name"), 4 * TOPIC_NAME_MAX);
	int64_t id = id_at(to, "message_id");

	if (!chat_is_place(chat) || id <= 0 || name.n == 0 ||
	    note_find(notes->topics, topic_key(mem, chat, id)).n != 0)
		return false;
	topic_post(mem, chat, id, name, notes, post);
	post->created = time_at(to, "date", now);
	message_author(mem, to, post);
	return true;
}

bool
message_read(struct kp_mem *mem, struct kp_json *message, int64_t now,
    struct message_notes *notes, struct kp_post *post)
{
	struct kp_json *chat = kp_json_get(message, "chat");
	int64_t chat_id = id_at(chat, "id");
	int64_t id = id_at(message, "message_id");
	int64_t root = id_at(message, "message_thread_id");
	int64_t topic = kp_json_bool(message, "is_topic_message", false) ?
	    root : 0;
	int64_t parent, beside = 0;
	size_t i, n = sizeof(contents) / sizeof(contents[0]);

	*post = (struct kp_post){ .size = sizeof(*post) };
	if (!chat_is_place(chat) || id <= 0)    /* 0: sent later, unusable */
		return false;
	post->place = kp_json_id(mem, chat, "id");
	for (i = 0; i < n && kp_json_get(message, contents[i]) == NULL; i++)
		;
	if (i == n)
		return read_topic(mem, message, now, notes, post);

	post->text = text_said(mem, message, &post->flags);
	id = album_id(mem, message, chat_id, id, post->text.n != 0, notes,
	    &beside);
	if (id == 0)
		return false;
	post->id = join_id(mem, chat_id, id);
	parent = beside != 0 ? beside :
	    parent_id(mem, message, chat_id, topic, notes);
	if (parent > 0 && parent != id)
		post->parent = join_id(mem, chat_id, parent);
	if (root > 0)
		post->thread = join_id(mem, chat_id, root);
	if (topic <= 0)
		post->url = comment_link(mem, message, chat_id, root, id,
		    notes);
	if (post->url.n == 0)
		post->url = link_to(mem, chat, topic, id);
	message_author(mem, message, post);
	post->created = time_at(message, "date", now);
	post->edited = time_at(message, "edit_date", now);
	/* To answer below a channel's post means to write in its group. */
	if (!chat_is_channel(chat))
		post->ref = message_ref(mem, message);
	return true;
}
