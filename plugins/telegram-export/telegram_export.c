/*
 * What Telegram Desktop wrote with "Export chat history" (result.json).
 *
 * The worker cuts the file into messages, each with the plain members of its
 * chat as context; one message is one post of the place that the bot of
 * plugin `telegram` would see, under the same ids.  An export may hold
 * everything that its owner ever wrote: only groups and channels are read, the
 * rest is refused message by message.
 *
 * The cursor is "e1:RECORD:NAMED:CHAT:TOPICS": the last record that was read,
 * the chat that the setting `username` is for, and for the chat that is being
 * read the messages that opened its topics.  Plain messages in a topic
 * "answer" that one, which nobody meant.
 */
#include <string.h>

#include "kp.h"

#define SUPERGROUP INT64_C(1000000000000)       /* -100... */
#define ID_MAX INT64_C(997852516352)            /* Telegram's own bound */
#define YEAR_1990 INT64_C(631152000000)
#define DAY_MS INT64_C(86400000)
#define TEXT_MAX 50000
#define NAME_LENGTH_MAX 256
#define TOPICS_MAX 32768                        /* bytes */

struct import {
	const struct kp_in *in;
	struct kp_out *out;
	struct kp_mem mem;
	/* From the cursor, and into it. */
	int64_t record, named, chat;
	struct kp_str topics;   /* "12,7,3,", the newest first */
	/* Of the record at hand. */
	struct kp_str context;
	struct kp_str type;     /* the chat's */
	int64_t bare;           /* the chat's id, as exports write it */
	int64_t place;          /* as the Bot API writes it */
	bool placed;            /* the core was told of it in this step */
	bool warned;
};

static void
cursor_read(struct import *m)
{
	struct kp_str rest = m->in->cursor;

	if (!kp_is(kp_cut(&rest, ':'), "e1") ||
	    !kp_number(kp_cut(&rest, ':'), &m->record) ||
	    !kp_number(kp_cut(&rest, ':'), &m->named) ||
	    !kp_number(kp_cut(&rest, ':'), &m->chat)) {
		m->record = m->named = m->chat = 0;
		return;
	}
	m->topics = rest;
}

static void
cursor_write(struct import *m)
{
	m->out->cursor(m->out, kp_fmt(&m->mem, "e1:%lld:%lld:%lld:%.*s",
	    (long long)m->record, (long long)m->named, (long long)m->chat,
	    KP_ARG(m->topics)));
}

static bool
topic_known(const struct import *m, int64_t id)
{
	struct kp_str rest = m->topics;
	int64_t topic;

	while (rest.p != NULL) {
		if (kp_number(kp_cut(&rest, ','), &topic) && topic == id)
			return true;
	}
	return false;
}

static void
topic_add(struct import *m, int64_t id)
{
	struct kp_str s;

	if (topic_known(m, id))
		return;
	s = kp_fmt(&m->mem, "%lld,%.*s", (long long)id, KP_ARG(m->topics));
	while (s.n > TOPICS_MAX || (s.n != 0 && s.p[s.n - 1] != ','))
		s.n--;
	m->topics = s;
}

/* Without the control characters that the format lets through. */
static struct kp_str
clean(struct import *m, struct kp_str s, size_t max)
{
	char *p = kp_alloc(&m->mem, s.n + 1);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 || c == '\n' || c == '\t')
			p[n++] = s.p[i];
	}
	return kp_trim(kp_fit((struct kp_str){ p, n }, max));
}

/* Numbers of this format may be text. */
static int64_t
number(struct kp_json *json, const char *path)
{
	int64_t n = kp_json_i64(json, path, 0);

	if (n == 0)
		(void)kp_number(kp_json_str(json, path), &n);
	return n > -ID_MAX && n < ID_MAX ? n : 0;
}

/*
 * Seconds, as text; exports from before 2022 have only the local time, which
 * is a few hours wrong but tells last year from today.  An "edited" of 1970 is
 * how old exports say "never".
 */
static int64_t
time_of(struct import *m, struct kp_json *json, const char *unixtime,
    const char *local)
{
	int64_t at = number(json, unixtime);

	if (at != 0)
		at = at > INT64_C(99999999999) ? 0 : at * 1000;
	else if (!kp_time_iso(kp_json_str(json, local), &at))
		return 0;
	return at < YEAR_1990 || at > m->in->now + DAY_MS ? 0 : at;
}

/* What `text` and `text_entities` have in common: text, or a list of parts. */
static struct kp_str
words(struct import *m, struct kp_json *text)
{
	size_t i, n = 0, count = kp_json_n(text, NULL);
	char *p;

	if (count == 0)
		return kp_json_str(text, NULL);
	p = kp_alloc(&m->mem, TEXT_MAX + 1);
	for (i = 0; i < count; i++) {
		struct kp_json *part = kp_json_at(text, NULL, i);
		struct kp_str s = kp_json_str(part, NULL);

		if (kp_json_is_object(part))
			s = kp_json_str(part, "text");
		/* One byte beyond the limit, so that the cut is noticed. */
		s = kp_fit(s, TEXT_MAX + 1 - n);
		if (s.n != 0)
			memcpy(p + n, s.p, s.n);
		n += s.n;
	}
	return (struct kp_str){ p, n };
}

static struct kp_str
text_of(struct import *m, struct kp_json *message, uint32_t *flags)
{
	struct kp_str text = words(m, kp_json_get(message, "text_entities"));
	size_t i;

	if (text.n == 0)
		text = words(m, kp_json_get(message, "text"));
	if (text.n == 0) {
		text = kp_json_str(message, "poll.question");
		for (i = 0; i < kp_json_n(message, "poll.answers"); i++)
			text = kp_fmt(&m->mem, "%.*s\n%.*s", KP_ARG(text),
			    KP_ARG(kp_json_str(kp_json_at(message,
			    "poll.answers", i), "text")));
	}
	if (text.n > TEXT_MAX)
		*flags |= KP_TRUNCATED;
	return clean(m, text, TEXT_MAX);
}

/*
 * "user1", "channel2", "chat3", or in old exports a number whose upper half
 * says user (1) or group and channel alike (2): the Bot API's id; 0: none.
 */
static int64_t
peer(struct kp_json *json, const char *path)
{
	struct kp_str s = kp_json_str(json, path);
	int64_t id = number(json, path);

	if (id > 0)
		return id >> 32 == 2 ? -SUPERGROUP - (id & 0xffffffff) :
		    id >> 32 == 1 ? id & 0xffffffff : id;
	if (kp_starts(s, "user"))
		s = (struct kp_str){ s.p + 4, s.n - 4 };
	else if (kp_starts(s, "channel"))
		s = (struct kp_str){ s.p + 7, s.n - 7 };
	else if (kp_starts(s, "chat"))
		s = (struct kp_str){ s.p + 4, s.n - 4 };
	else
		return 0;
	if (!kp_number(s, &id) || id <= 0 || id >= ID_MAX)
		return 0;
	if (kp_starts(kp_json_str(json, path), "user"))
		return id;
	return kp_starts(kp_json_str(json, path), "chat") ? -id :
	    -SUPERGROUP - id;
}

static struct kp_str
post_id(struct import *m, int64_t message)
{
	return kp_fmt(&m->mem, "%lld:%lld", (long long)m->place,
	    (long long)message);
}

/* Letters, digits and _ alone, or it would not be a name. */
static bool
is_username(struct kp_str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return s.n >= 3 && s.n <= 64;
}

/* "name" or "c/ID"; a file of several chats has one that the name is for. */
static struct kp_str
link_base(struct import *m)
{
	struct kp_str name = kp_setting(m->in, "username");

	if (m->place > -SUPERGROUP)
		return KP_NONE;         /* small groups have no links */
	if (kp_starts(name, "@"))
		name = (struct kp_str){ name.p + 1, name.n - 1 };
	if (is_username(name) && kp_starts(m->type, "public_")) {
		if (m->named == 0)
			m->named = m->bare;
		if (m->named == m->bare)
			return name;
		if (!m->placed)
			m->out->finding(m->out, KP_WARNING, KP_S("username"),
			    KP_S("The file holds several public chats, "
			    "`username` was used for the first: export one "
			    "chat a file to have good links to all."));
	}
	return kp_fmt(&m->mem, "c/%lld", (long long)m->bare);
}

static struct kp_str
link_to(struct import *m, int64_t topic, int64_t id)
{
	struct kp_str base = link_base(m);

	if (base.n == 0 || id <= 0)     /* below 0: from before it moved */
		return KP_NONE;
	if (topic > 0 && topic != id)
		return kp_fmt(&m->mem, "https://t.me/%.*s/%lld/%lld",
		    KP_ARG(base), (long long)topic, (long long)id);
	return kp_fmt(&m->mem, "https://t.me/%.*s/%lld", KP_ARG(base),
	    (long long)id);
}

static void
place(struct import *m, struct kp_json *chat)
{
	struct kp_str base = link_base(m);
	bool channel = kp_is(m->type, "public_channel") ||
	    kp_is(m->type, "private_channel");
	struct kp_str id = kp_fmt(&m->mem, "%lld", (long long)m->place);
	struct kp_str name = clean(m, kp_json_str(chat, "name"),
	    NAME_LENGTH_MAX);

	m->out->place(m->out, KP_PLACED(
	    .id = id,
	    .name = name.n != 0 ? name : id,
	    .url = base.n == 0 || kp_starts(base, "c/") ? KP_NONE :
	        kp_fmt(&m->mem, "https://t.me/%.*s", KP_ARG(base)),
	    .kind = channel ? KP_CHANNEL : KP_GROUP,
	    .blind = channel ? KP_SEES_REPLIES : 0));
	m->placed = true;
}

/* Which chat the record is of; false, and said why, where it is not read. */
static bool
chat_of(struct import *m, const struct kp_record *record)
{
	static const char *const read[] = { "private_group",
		"private_supergroup", "public_supergroup", "private_channel",
		"public_channel" };
	struct kp_json *chat;
	size_t i, n = sizeof(read) / sizeof(read[0]);

	if (m->placed && kp_eq(record->context, m->context))
		return true;
	chat = kp_json(&m->mem, record->context);
	m->context = record->context;
	m->placed = false;
	m->type = kp_json_str(chat, "type");
	m->bare = number(chat, "id");
	for (i = 0; i < n && !kp_is(m->type, read[i]); i++)
		;
	if (m->bare <= 0 || m->type.n == 0) {
		m->out->bad(m->out, record->number, KP_S("the chat has no type "
		    "or id before its messages"));
		return false;
	}
	if (i == n) {
		m->out->bad(m->out, record->number,
		    KP_S("not read: a personal chat"));
		if (!m->warned)
			m->out->finding(m->out, KP_WARNING, KP_S("personal"),
			    KP_S("The file holds chats that are no group and "
			    "no channel. Nothing of them was read; better "
			    "export the group alone, and delete this file."));
		m->warned = true;
		return false;
	}
	/* Old exports write the chat as they write senders. */
	if (m->bare >> 32 == 2)
		m->bare &= 0xffffffff;
	m->place = i == 0 ? -m->bare : -SUPERGROUP - m->bare;
	if (m->chat != m->place) {
		m->chat = m->place;
		m->topics = KP_NONE;
	}
	place(m, chat);
	return true;
}

/* Of what is told of a chat itself, only its topics matter. */
static void
service(struct import *m, struct kp_json *message, int64_t id)
{
	struct kp_str action = kp_json_str(message, "action");
	struct kp_str title = clean(m, kp_json_str(message, "title"),
	    NAME_LENGTH_MAX);

	if (kp_is(action, "topic_edit")) {
		id = number(message, "reply_to_message_id");
		title = clean(m, kp_json_str(message, "new_title"),
		    NAME_LENGTH_MAX);
	} else if (!kp_is(action, "topic_created")) {
		return;
	}
	if (id == 0 || title.n == 0)
		return;
	topic_add(m, id);
	m->out->post(m->out, KP_POST(
	    .place = kp_fmt(&m->mem, "%lld", (long long)m->place),
	    .id = post_id(m, id),
	    .thread = post_id(m, id),
	    .url = link_to(m, 0, id),
	    .title = title,
	    .created = time_of(m, message, "date_unixtime", "date")));
}

static void
author_of(struct import *m, struct kp_json *message, struct kp_post *post)
{
	int64_t author = peer(message, "from_id");
	struct kp_str name = kp_json_str(message, "author");

	/* As the group itself write its anonymous admins: nobody knows who. */
	if (author != 0 && (author != m->place || kp_is(m->type,
	    "public_channel") || kp_is(m->type, "private_channel")))
		post->author = kp_fmt(&m->mem, "%lld", (long long)author);
	if (name.n == 0)
		name = kp_json_str(message, "from");
	post->name = clean(m, name, NAME_LENGTH_MAX);
}

static void
said(struct import *m, struct kp_json *message, int64_t id)
{
	struct kp_post post = { .size = sizeof(post) };
	int64_t to = number(message, "reply_to_message_id");
	int64_t topic = 0, elsewhere = peer(message, "reply_to_peer_id");

	if (elsewhere != 0 && elsewhere != m->place)
		to = 0;
	if (to != 0 && topic_known(m, to)) {
		topic = to;
		post.thread = post_id(m, topic);
	} else if (to != 0 && to != id) {
		post.parent = post_id(m, to);
	}
	post.place = kp_fmt(&m->mem, "%lld", (long long)m->place);
	post.id = post_id(m, id);
	post.url = link_to(m, topic, id);
	post.text = text_of(m, message, &post.flags);
	post.created = time_of(m, message, "date_unixtime", "date");
	post.edited = time_of(m, message, "edited_unixtime", "edited");
	author_of(m, message, &post);
	m->out->post(m->out, &post);
}

static void
record(struct import *m, const struct kp_record *r)
{
	struct kp_json *message;
	struct kp_str type;
	int64_t id;

	if (!chat_of(m, r))
		return;
	message = kp_json(&m->mem, r->bytes);
	id = number(message, "id");
	type = kp_json_str(message, "type");
	if (message == NULL)
		m->out->bad(m->out, r->number, kp_s(m->mem.why));
	else if (id == 0)
		m->out->bad(m->out, r->number, KP_S("the message has no id"));
	else if (kp_is(type, "message"))
		said(m, message, id);
	else if (kp_is(type, "service"))
		service(m, message, id);
	else
		m->out->bad(m->out, r->number, KP_S("Telegram Desktop could "
		    "not export this kind of message"));
}

static void
step(const struct kp_in *in, struct kp_out *out)
{
	struct import m = { .in = in, .out = out, .mem = KP_MEM };
	size_t i;

	cursor_read(&m);
	for (i = 0; in->event == KP_DATA && i < in->nrecords; i++) {
		if (in->records[i].number <= m.record)
			continue;       /* had it before */
		m.record = in->records[i].number;
		record(&m, &in->records[i]);
	}
	if (i > 0)
		cursor_write(&m);
	kp_mem_free(&m.mem);
}

static const struct kp_key keys[] = {
	{ "username", NULL,
	    "the public name of the exported group or channel, for links",
	    KP_TEXT, 0 },
};

static const struct kp_framing framings[] = {
	{ KP_ELEMENTS, "messages" },
	{ KP_ELEMENTS, "chats.list[].messages" },
	{ KP_ELEMENTS, "left_chats.list[].messages" },
};

KP_PLUGIN(telegram_export,
    .name = "telegram-export",
    .version = "1.0",
    .summary = "history of Telegram groups that Telegram Desktop exported",
    .jobs = KP_CAN(KP_IMPORT),
    .abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS |
        KP_SEES_EDITS | KP_FLAT,
    .keys = KP_TABLE(keys),
    .framings = KP_TABLE(framings),
    .step = step);
