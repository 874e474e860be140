/*
 * telegram_message.h - a Message of the Bot API, as Kompan sees it.
 *
 * Ids are "CHAT:MESSAGE", since the numbers begin anew when a group becomes a
 * supergroup while its posts stay with the place.  All text that comes out
 * lives in the step's memory or in the JSON.
 */
#ifndef KOMPAN_TELEGRAM_MESSAGE_H
#define KOMPAN_TELEGRAM_MESSAGE_H

#include "kp.h"
#include "telegram_text.h"

/*
 * What one message needs to know of earlier ones.  Each is a list of
 * "key=value,", the newest first, the oldest dropped; all travel in the
 * cursor.
 */
struct message_notes {
	struct kp_str albums;   /* CHAT/ALBUM = FIRST or FIRST!CAPTIONED */
	struct kp_str roots;    /* CHAT/MESSAGE = path of the channel's post */
	struct kp_str topics;   /* CHAT/TOPIC = its name, percent-encoded */
	struct kp_str partly;   /* CHAT = 1 where privacy mode blinds us */
};

/*
 * message_place(mem, chat, place): what a Chat says of the place; health is
 * left open.  False for private chats and for whatever is none.
 */
bool message_place(struct kp_mem *, struct kp_json *chat, struct kp_place *);

/*
 * message_read(mem, message, now, notes, post):
 * Whether ${message} is something that a person said in a group or channel (or
 * a change of a topic's name or state), put into *${post}.  ${notes} are kept
 * up to date.
 */
bool message_read(struct kp_mem *, struct kp_json *, int64_t now,
    struct message_notes *, struct kp_post *);

/*
 * message_topic(mem, message, now, notes, post):
 * Whether ${message} stands in a topic that was not heard of yet, and tells
 * its name; *${post} is the message that opened it.  Most topics are older
 * than the bot.
 */
bool message_topic(struct kp_mem *, struct kp_json *, int64_t now,
    struct message_notes *, struct kp_post *);

/* The language of the sender's Telegram: a weak hint. */
struct kp_str message_lang(struct kp_json *);
/* What a reply to it needs: chat_id, message_id and thread, as JSON. */
struct kp_str message_ref(struct kp_mem *, struct kp_json *);
/* "CHAT:MESSAGE"; KP_NONE without either. */
struct kp_str message_id(struct kp_mem *, struct kp_json *);

#endif
