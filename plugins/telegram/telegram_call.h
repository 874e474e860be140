/*
 * telegram_call.h - one step of the plugin: asking Telegram, and reading what
 * every answer of it has in common.
 */
#ifndef KOMPAN_TELEGRAM_CALL_H
#define KOMPAN_TELEGRAM_CALL_H

#include "kp.h"
#include "telegram_message.h"

struct call {
	const struct kp_in *in;
	struct kp_out *out;
	struct kp_mem mem;
	int64_t next;           /* offset to ask for; 0: from the oldest */
	int64_t at;             /* when that was learned */
	struct message_notes notes;
	int64_t seen[256];      /* chats told of in this step */
	size_t nseen;
	size_t naside;
};

/* POST api/METHOD with ${args}, an object or NULL. */
void call_ask(struct call *, const char *method, struct kp_json *args,
    struct kp_str state);
/*
 * call_answer(call, &code): the answer's envelope, NULL where it is no JSON.
 * *${code} is 200 where it says that all went well, 0 where none came.
 */
struct kp_json *call_answer(struct call *, int64_t *code);
/* The job fails; what Telegram says stands behind ${text}. */
void call_fail(struct call *, uint32_t why, const char *text,
    struct kp_str said);
/* As every job fails at ${code}. */
void call_refused(struct call *, int64_t code, struct kp_json *);
/* Nothing more to the bot's token for as long as a 429 says. */
void call_rest(struct call *, struct kp_json *);
/* Nothing is seen in ${place} any more. */
void call_lost(struct call *, struct kp_str place, struct kp_str reason);
/* A group became a supergroup; either id may be 0. ${chat} may be NULL. */
void call_moved(struct call *, int64_t from, int64_t to, struct kp_json *chat);

/* What is known now is to be committed; ${at}: when the offset was learned. */
void call_cursor(struct call *, int64_t at);

/* What one update says (telegram_update.c). */
void telegram_update(struct call *, struct kp_json *);
/* The answer to what an update made us ask. */
void telegram_aside(struct call *);
/* The job KP_REPLY (telegram_reply.c). */
void telegram_reply(struct call *);

#endif
