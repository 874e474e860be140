/*
 * The plugin `telegram`: what answers of the Bot API become, and what is asked.
 *
 * JSON is written with ' for ", so that it can be read.  People, groups and
 * numbers are invented.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kp.h>

#include "base/mem.h"
#include "plugins/telegram/telegram_message.h"
#include "kp_recorder.h"

#define API "https://api.telegram.org/"
#define NOW INT64_C(1790000000000)

#define GROUP "'chat':{'id':-1001,'type':'group','title':'Pflege Treff'}"
#define SUPER "'chat':{'id':-1002000000001,'type':'supergroup'," \
	"'title':'Praca w Niemczech','username':'praca_de'}"
#define SECRET "'chat':{'id':-1002000000002,'type':'supergroup','title':'Tir'}"
#define FORUM "'chat':{'id':-1002000000003,'type':'supergroup'," \
	"'title':'Forum','username':'forum_de','is_forum':true}"
#define TALK "'chat':{'id':-1002000000004,'type':'supergroup'," \
	"'title':'Kanal-Gespraech'}"
#define CHANNEL "'chat':{'id':-1002000000005,'type':'channel'," \
	"'title':'Info-Kanal','username':'info_kanal'}"
#define ANA "'from':{'id':501,'is_bot':false,'first_name':'Ana'," \
	"'last_name':'Test','language_code':'ro'}"
#define COPY "'message_id':40,'date':1789990000," TALK \
	",'is_automatic_forward':true,'sender_chat':{'id':-1002000000005," \
	"'type':'channel','title':'Info-Kanal'},'from':{'id':777000," \
	"'is_bot':false,'first_name':'Telegram'},'forward_origin':{" \
	"'type':'channel','date':1789990000,'message_id':7," CHANNEL "}," \
	"'text':'Neue Beratung'"

extern const struct kp_plugin telegram_LTX_kp_plugin;

static struct recorder rec;

/* ' to " */
static char *
quoted(const char *s)
{
	char *copy = xstrdup(s), *p;

	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void
run(uint32_t job, const char *cursor, const char *state, int status,
    const char *body, const struct kp_target *target)
{
	const struct kp_pair settings[] = {
		{ KP_S("api"), KP_S("https://api.telegram.org") },
		{ KP_S("poll_timeout"), KP_S("25") },
	};
	char *text = quoted(body == NULL ? "" : body);
	char *st = quoted(state == NULL ? "" : state);
	struct kp_response response = { .size = sizeof(response),
		.status = status, .body = kp_s(text) };
	const struct kp_in in = {
		.size = sizeof(in),
		.job = job,
		.event = body == NULL ? KP_START : KP_RESPONSE,
		.now = NOW,
		.settings = settings,
		.nsettings = 2,
		.cursor = kp_s(cursor),
		.state = kp_s(st),
		.response = body == NULL ? NULL : &response,
		.target = target,
	};

	recorder_reset(&rec);
	recorder_run(&rec, &telegram_LTX_kp_plugin, &in);
	free(text);
	free(st);
	if (rec.broken[0] != '\0')
		fail_msg("%s: %s", rec.broken, body == NULL ? "start" : body);
}

/* A batch of getUpdates; ${updates} are the elements of the array. */
static void
batch(const char *cursor, const char *updates)
{
	char *body = xasprintf("{'ok':true,'result':[%s]}", updates);

	run(KP_POLL, cursor, "updates 100", 200, body, NULL);
	free(body);
}

/* One update, with the message's members. */
static void
one(const char *cursor, const char *kind, const char *message)
{
	char *update = xasprintf("{'update_id':10,'%s':{%s}}", kind, message);

	batch(cursor, update);
	free(update);
}

static void
same(struct kp_str is, const char *want, const char *what, const char *point)
{
	if (!kp_eq(is, kp_s(want)))
		fail_msg("%s: %s is \"%.*s\", not \"%s\"", point, what,
		    KP_ARG(is), want == NULL ? "" : want);
}

static bool
sent(const char *part)
{
	char *text = quoted(part);
	bool has = false;
	size_t i;

	for (i = 0; i < rec.step.nrequests && !has; i++)
		has = text_has(rec.step.requests[i].body, text);
	free(text);
	return has;
}

static void
test_messages(void **state)
{
	static const struct {
		const char *kind, *message;
		const char *id, *parent, *thread, *url, *author, *name, *text;
		const char *point;
	} t[] = {
		{ "message", "'message_id':5,'date':1789990000," GROUP "," ANA
		    ",'text':'Cum caut de lucru?'",
		    "-1001:5", NULL, NULL, NULL, "501", "Ana Test",
		    "Cum caut de lucru?", "a small group has no links" },
		{ "message", "'message_id':5,'date':1789990000," SUPER "," ANA
		    ",'text':'a\\u0000b\\u0007c'",
		    "-1002000000001:5", NULL, NULL, "https://t.me/praca_de/5",
		    "501", "Ana Test", "abc", "control characters go" },
		{ "message", "'message_id':6,'date':1789990000," SUPER "," ANA
		    ",'message_thread_id':2,'text':'Da','reply_to_message':{"
		    "'message_id':5,'date':1789980000," SUPER ",'text':'x'}",
		    "-1002000000001:6", "-1002000000001:5",
		    "-1002000000001:2", "https://t.me/praca_de/6", "501",
		    "Ana Test", "Da", "a reply, with the root of the chain" },
		{ "message", "'message_id':7,'date':1789990000," GROUP "," ANA
		    ",'text':'Da','reply_to_message':{'message_id':5,'date':1,"
		    GROUP "}",
		    "-1001:7", "-1001:5", NULL, NULL, "501", "Ana Test", "Da",
		    "without a root the core follows the parents" },
		{ "message", "'message_id':8,'date':1789990000," SECRET "," ANA
		    ",'caption':'Contract','photo':[{'file_id':'f'}]",
		    "-1002000000002:8", NULL, NULL,
		    "https://t.me/c/2000000002/8", "501", "Ana Test",
		    "Contract", "a caption; the link of a private group" },
		{ "message", "'message_id':9,'date':1789990000," SECRET "," ANA
		    ",'photo':[{'file_id':'f'}]",
		    "-1002000000002:9", NULL, NULL,
		    "https://t.me/c/2000000002/9", "501", "Ana Test", NULL,
		    "a picture alone is a post without words" },
		{ "message", "'message_id':31,'date':1789990000," FORUM "," ANA
		    ",'is_topic_message':true,'message_thread_id':30,"
		    "'text':'Buna','reply_to_message':{'message_id':30,"
		    "'date':1,'forum_topic_created':{'name':'Acte'}," FORUM "}",
		    "-1002000000003:31", NULL, "-1002000000003:30",
		    "https://t.me/forum_de/30/31", "501", "Ana Test", "Buna",
		    "the message that opened a topic is nobody's parent" },
		{ "message", "'message_id':33,'date':1789990000," FORUM "," ANA
		    ",'is_topic_message':true,'message_thread_id':30,"
		    "'text':'Buna','reply_to_message':{'message_id':30,"
		    "'date':0," FORUM "}",
		    "-1002000000003:33", NULL, "-1002000000003:30",
		    "https://t.me/forum_de/30/33", "501", "Ana Test", "Buna",
		    "nor where it is no longer accessible" },
		{ "message", "'message_id':32,'date':1789990000," FORUM "," ANA
		    ",'is_topic_message':true,'message_thread_id':30,"
		    "'text':'Da','reply_to_message':{'message_id':31,"
		    "'date':1," FORUM "}",
		    "-1002000000003:32", "-1002000000003:31",
		    "-1002000000003:30", "https://t.me/forum_de/30/32", "501",
		    "Ana Test", "Da", "a reply within a topic" },
		{ "message", "'message_id':30,'date':1789990000," FORUM "," ANA
		    ",'is_topic_message':true,'message_thread_id':30,"
		    "'forum_topic_created':{'name':'Acte','icon_color':1}",
		    "-1002000000003:30", NULL, "-1002000000003:30",
		    "https://t.me/forum_de/30", "501", "Ana Test", NULL,
		    "a new topic" },
		{ "message", "'message_id':34,'date':1789990000," FORUM "," ANA
		    ",'text':'vezi','external_reply':{'origin':{},"
		    "'message_id':31," FORUM "}",
		    "-1002000000003:34", "-1002000000003:31", NULL,
		    "https://t.me/forum_de/34", "501", "Ana Test", "vezi",
		    "a reply to another topic of the forum" },
		{ "message", "'message_id':35,'date':1789990000," FORUM "," ANA
		    ",'text':'vezi','external_reply':{'origin':{},"
		    "'message_id':5," SUPER "}",
		    "-1002000000003:35", NULL, NULL,
		    "https://t.me/forum_de/35", "501", "Ana Test", "vezi",
		    "a reply to another chat has no parent here" },
		{ "channel_post", "'message_id':7,'date':1789990000," CHANNEL
		    ",'sender_chat':{'id':-1002000000005,'type':'channel',"
		    "'title':'Info-Kanal'},'author_signature':'Redaktion',"
		    "'text':'Neue Beratung'",
		    "-1002000000005:7", NULL, NULL,
		    "https://t.me/info_kanal/7", "-1002000000005", "Redaktion",
		    "Neue Beratung", "a channel speaks for itself" },
		{ "message", COPY,
		    "-1002000000004:40", NULL, NULL,
		    "https://t.me/info_kanal/7", "-1002000000005",
		    "Info-Kanal", "Neue Beratung",
		    "its copy in the discussion group links to it" },
		{ "message", "'message_id':41,'date':1789990100," TALK "," ANA
		    ",'message_thread_id':40,'text':'Unde?',"
		    "'reply_to_message':{" COPY "}",
		    "-1002000000004:41", "-1002000000004:40",
		    "-1002000000004:40",
		    "https://t.me/info_kanal/7?comment=41", "501", "Ana Test",
		    "Unde?", "a comment below the channel's post" },
		{ "message", "'message_id':50,'date':1789990000," SUPER
		    ",'sender_chat':{'id':-1002000000001,'type':'supergroup',"
		    "'title':'Praca w Niemczech'},'from':{'id':1087968824,"
		    "'is_bot':true,'first_name':'Group'},'text':'Regulamin'",
		    "-1002000000001:50", NULL, NULL, "https://t.me/praca_de/50",
		    NULL, "Praca w Niemczech", "Regulamin",
		    "which of the anonymous admins, nobody knows" },
		{ "message", "'message_id':51,'date':1789990000," SUPER
		    ",'sender_chat':{'id':-1002000000009,'type':'channel',"
		    "'title':'Inny'},'from':{'id':136817688,'is_bot':true,"
		    "'first_name':'Channel'},'text':'Dzien dobry'",
		    "-1002000000001:51", NULL, NULL, "https://t.me/praca_de/51",
		    "-1002000000009", "Inny", "Dzien dobry",
		    "somebody who writes as a channel" },
		{ "message", "'message_id':52,'date':1789990000," SUPER ","
		    "'from':{'id':1087968824,'is_bot':true,"
		    "'first_name':'Group'},'text':'Regulamin'",
		    "-1002000000001:52", NULL, NULL, "https://t.me/praca_de/52",
		    NULL, NULL, "Regulamin",
		    "the stand-in alone is no author" },
		{ "message", "'message_id':53,'date':1789990000," SUPER "," ANA
		    ",'rich_message':{'blocks':[{'type':'heading','size':1,"
		    "'text':'Pytanie'},{'type':'paragraph','text':['Czy ',"
		    "{'type':'bold','text':['szef',' moze']},'?']},"
		    "{'type':'list','items':[{'label':'1.','blocks':["
		    "{'type':'paragraph','text':'tak'}]}]}]}",
		    "-1002000000001:53", NULL, NULL, "https://t.me/praca_de/53",
		    "501", "Ana Test", "Pytanie\nCzy szef moze?\n1.\ntak",
		    "the words of a rich message" },
		{ "message", "'message_id':54,'date':1789990000," SUPER "," ANA
		    ",'poll':{'id':'1','question':'Umowa?','options':["
		    "{'text':'tak','voter_count':0},{'text':'nie'}]}",
		    "-1002000000001:54", NULL, NULL, "https://t.me/praca_de/54",
		    "501", "Ana Test", "Umowa?\ntak\nnie",
		    "a poll is a question too" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_post *p;

		one("", t[i].kind, t[i].message);
		/* In a topic that is not known yet its name is told first. */
		if (rec.step.nposts == 0 || rec.step.nposts > 2)
			fail_msg("%s: %zu posts", t[i].point, rec.step.nposts);
		p = &rec.step.posts[rec.step.nposts - 1];
		same(p->id, t[i].id, "id", t[i].point);
		same(p->parent, t[i].parent, "parent", t[i].point);
		same(p->thread, t[i].thread, "thread", t[i].point);
		same(p->url, t[i].url, "url", t[i].point);
		same(p->author, t[i].author, "author", t[i].point);
		same(p->name, t[i].name, "name", t[i].point);
		same(p->text, t[i].text, "text", t[i].point);
	}
}

static void
test_no_posts(void **state)
{
	static const struct {
		const char *message, *point;
	} t[] = {
		{ "'message_id':0,'date':1789990000," SUPER "," ANA
		    ",'text':'later'", "scheduled: it has no id yet" },
		{ "'message_id':1,'date':1789990000," SUPER "," ANA
		    ",'new_chat_members':[{'id':9}]", "somebody joined" },
		{ "'message_id':1,'date':1789990000," SUPER "," ANA
		    ",'pinned_message':{'message_id':1,'date':1," SUPER
		    ",'text':'x'}", "something was pinned" },
		{ "'message_id':1,'date':1789990000,'chat':{'id':501,"
		    "'type':'private','first_name':'Ana'}," ANA
		    ",'text':'nur fuer euch'", "a private letter" },
		{ "'message_id':1,'date':1789990000,"
		    "'chat':{'id':-1002000000008,'type':'supergroup',"
		    "'title':'Info-Kanal','is_direct_messages':true}," ANA ",'text':'privat'",
		    "a letter to a channel only looks like a group" },
		{ "'message_id':1,'date':1789990000," ANA ",'text':'x'",
		    "no chat" },
		{ "'message_id':'1','date':1789990000," SUPER ",'text':'x'",
		    "an id that is no number" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		one("", "message", t[i].message);
		if (rec.step.nposts != 0 || rec.step.fail != 0)
			fail_msg("%s", t[i].point);
		assert_true(rec.step.has_cursor);
	}
}

static void
test_times(void **state)
{
	(void)state;
	one("", "edited_message", "'message_id':5,'date':1789990000,"
	    "'edit_date':1789990060," SUPER "," ANA ",'text':'mai bine'");
	assert_int_equal(rec.step.posts[0].created, INT64_C(1789990000000));
	assert_int_equal(rec.step.posts[0].edited, INT64_C(1789990060000));
	/* A clock gone wild must not cost the whole batch. */
	one("", "message", "'message_id':5,'date':99999999999," SUPER "," ANA
	    ",'text':'x'");
	assert_int_equal(rec.step.nposts, 1);
	assert_int_equal(rec.step.posts[0].created, 0);
}

/* The core cannot ask for more than the server has, nor lose what it had. */
static void
test_offsets(void **state)
{
	static const struct {
		const char *cursor;
		const char *asked;      /* NULL: no offset */
		const char *point;
	} t[] = {
		{ "", NULL, "the first time" },
		{ "t1:11:1789999000000::", "'offset':11", "goes on" },
		{ "t1:11:1789400000000::", NULL,
		    "after six days the numbers may begin anew" },
		{ "x9:11:1789999000000::", NULL,
		    "a cursor of another version" },
		{ "t1:-5:1789999000000::", NULL,
		    "a negative offset would drop what waits" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(KP_POLL, t[i].cursor, NULL, 0, NULL, NULL);
		assert_int_equal(rec.step.nrequests, 1);
		if (t[i].asked == NULL ? sent("'offset'") : !sent(t[i].asked))
			fail_msg("%s", t[i].point);
		assert_true(sent("'timeout':25"));
		assert_true(sent("'allowed_updates':['message',"
		    "'edited_message','channel_post','edited_channel_post',"
		    "'my_chat_member']"));
	}
}

static void
test_batches(void **state)
{
	const char *text = "'date':1789990000," SUPER "," ANA ",'text':'x'";
	char *two;

	(void)state;
	two = xasprintf("{'update_id':12,'message':{'message_id':2,%s}},"
	    "{'update_id':11,'message':{'message_id':1,%s}}", text, text);

	batch("t1:11:1789999000000::", two);
	assert_int_equal(rec.step.nposts, 2);
	assert_true(kp_starts(rec.step.cursor, "t1:13:1790000000000:"));
	/* Asking for the next is what makes Telegram forget these two. */
	assert_int_equal(rec.step.nrequests, 1);
	assert_true(sent("'offset':13"));
	assert_true(sent("'timeout':0"));
	assert_int_equal(rec.step.nplaces, 1);

	/* What the server had forgotten already is not taken twice... */
	batch("t1:13:1789999000000::", two);
	assert_int_equal(rec.step.nposts, 0);
	assert_int_equal(rec.step.nrequests, 0);
	assert_false(rec.step.has_cursor);
	/* ... unless its numbers began anew. */
	batch("t1:900000:1789400000000::", two);
	assert_int_equal(rec.step.nposts, 2);
	assert_true(kp_starts(rec.step.cursor, "t1:13:"));

	batch("t1:13:1789999000000::", "");
	assert_int_equal(rec.step.nrequests, 0);
	assert_false(rec.step.has_cursor);
	assert_int_equal(rec.step.fail, 0);
	free(two);
}

/* One message that cannot be read must not stop all others for ever. */
static void
test_unreadable(void **state)
{
	const char *bad = "{'ok':true,'result':[{'update_id': 17,"
	    "'message':{'text':'\xff\xfe'}}]}";

	(void)state;
	run(KP_POLL, "t1:17:1789999000000::", "updates 100", 200, bad, NULL);
	assert_true(sent("'limit':1,"));
	assert_true(sent("'offset':17"));
	assert_false(rec.step.has_cursor);

	run(KP_POLL, "t1:17:1789999000000::", "updates 1", 200, bad, NULL);
	assert_true(sent("'offset':18"));
	assert_true(sent("'limit':100"));
	assert_true(kp_starts(rec.step.cursor, "t1:18:"));
	assert_non_null(recorder_finding(&rec, "unreadable"));

	run(KP_POLL, "", "updates 100", 200, "<html>Welcome!</html>", NULL);
	assert_int_equal(rec.step.fail, KP_BAD_FORMAT);
}

/* An album is one post, though it comes as a message a picture. */
static void
test_albums(void **state)
{
#define PICTURE(n) "'message_id':" n ",'date':1789990000," SUPER "," ANA \
	",'media_group_id':'777','photo':[{'file_id':'f'}]"
	char *cursor;

	(void)state;
	batch("", "{'update_id':1,'message':{" PICTURE("60")
	    ",'caption':'Umowa?'}},"
	    "{'update_id':2,'message':{" PICTURE("61") "}}");
	assert_int_equal(rec.step.nposts, 1);
	same(rec.step.posts[0].id, "-1002000000001:60", "id", "album");
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);

	/* In the next batch: a picture, and an answer to it. */
	batch(cursor, "{'update_id':3,'message':{" PICTURE("62") "}},"
	    "{'update_id':4,'message':{'message_id':63,'date':1789990000,"
	    SUPER "," ANA ",'text':'da','reply_to_message':{" PICTURE("61")
	    "}}}");
	assert_int_equal(rec.step.nposts, 1);
	same(rec.step.posts[0].parent, "-1002000000001:60", "parent",
	    "an answer to any picture answers the album");
	free(cursor);

	/* The caption may stand on a later picture, and be edited there. */
	batch("", "{'update_id':1,'message':{" PICTURE("60") "}},"
	    "{'update_id':2,'message':{" PICTURE("61")
	    ",'caption':'Umowa?'}},{'update_id':3,'edited_message':{"
	    PICTURE("61") ",'caption':'Umowa o prace?'}},"
	    "{'update_id':4,'edited_message':{" PICTURE("60") "}},"
	    "{'update_id':5,'message':{" PICTURE("62")
	    ",'caption':'Strona 2'}}");
	assert_int_equal(rec.step.nposts, 4);
	same(rec.step.posts[1].id, "-1002000000001:60", "id", "caption");
	same(rec.step.posts[1].text, "Umowa?", "text", "caption");
	same(rec.step.posts[2].id, "-1002000000001:60", "id", "its edit");
	same(rec.step.posts[3].id, "-1002000000001:62", "id",
	    "a second caption is said beside, not instead");
	same(rec.step.posts[3].parent, "-1002000000001:60", "parent", "beside");
}

static void
test_comment_of_a_comment(void **state)
{
	char *cursor;

	(void)state;
	one("", "message", COPY);
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);
	batch(cursor, "{'update_id':11,'message':{'message_id':42,"
	    "'date':1789990200," TALK "," ANA ",'message_thread_id':40,"
	    "'text':'Aici','reply_to_message':{'message_id':41,'date':1," TALK
	    ",'text':'Unde?'}}}");
	assert_int_equal(rec.step.nposts, 1);
	same(rec.step.posts[0].url, "https://t.me/info_kanal/7?comment=42",
	    "url", "the root is remembered across batches");
	free(cursor);
}

/* However many posts a channel has, the cursor stays small. */
static void
test_notes_are_bounded(void **state)
{
	struct kp_mem mem = KP_MEM;
	struct kp_str notes = KP_NONE;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		notes = note_put(&mem, notes, kp_fmt(&mem, "-1/%d", i),
		    kp_fmt(&mem, "v%d", i), 256);
	assert_true(notes.n > 128 && notes.n <= 256);
	assert_true(kp_is(note_find(notes, KP_S("-1/999")), "v999"));
	assert_int_equal(note_find(notes, KP_S("-1/1")).n, 0);
	notes = note_put(&mem, notes, KP_S("-1/999"), KP_S("new"), 256);
	assert_true(kp_is(note_find(notes, KP_S("-1/999")), "new"));
	kp_mem_free(&mem);
}

static void
test_places(void **state)
{
	const struct kp_place *p;

	(void)state;
	one("", "channel_post", "'message_id':7,'date':1789990000," CHANNEL
	    ",'text':'x'");
	p = recorder_place(&rec, "-1002000000005");
	assert_non_null(p);
	assert_int_equal(p->kind, KP_CHANNEL);
	assert_int_equal(p->blind, KP_SEES_REPLIES | KP_CAN_REPLY);
	same(p->name, "Info-Kanal", "name", "channel");
	same(p->url, "https://t.me/info_kanal", "url", "channel");
	/* A channel's post has nothing that a reply could go to. */
	same(rec.step.posts[0].ref, NULL, "ref", "channel");

	one("", "message", "'message_id':7,'date':1789990000," FORUM "," ANA
	    ",'text':'x'");
	assert_int_equal(recorder_place(&rec, "-1002000000003")->kind,
	    KP_FORUM);

	one("", "message", "'message_id':8,'date':1789990000,"
	    "'chat':{'id':-1001,'type':'group','title':'Neu'}," ANA
	    ",'new_chat_title':'Neu'");
	assert_int_equal(rec.step.nposts, 0);
	same(recorder_place(&rec, "-1001")->name, "Neu", "name", "renamed");
}

static void
test_migration(void **state)
{
	const struct kp_place *p;

	(void)state;
	batch("", "{'update_id':1,'message':{'message_id':8,'date':1789990000,"
	    GROUP "," ANA ",'migrate_to_chat_id':-1002000000006}},"
	    "{'update_id':2,'message':{'message_id':1,'date':1789990000,"
	    "'chat':{'id':-1002000000006,'type':'supergroup',"
	    "'title':'Pflege Treff'}," ANA ",'migrate_from_chat_id':-1001}},"
	    "{'update_id':3,'message':{'message_id':5,'date':1789990000,"
	    "'chat':{'id':-1002000000006,'type':'supergroup',"
	    "'title':'Pflege Treff'}," ANA ",'text':'Salut'}}");
	p = recorder_place(&rec, "-1002000000006");
	assert_non_null(p);
	same(p->was_id, "-1001", "was_id", "migration");
	same(p->name, "Pflege Treff", "name", "migration");
	/* The old group would come back to life as a place of its own. */
	assert_null(recorder_place(&rec, "-1001"));
	/* Numbers begin anew: 5 is another message than the group's 5. */
	assert_int_equal(rec.step.nposts, 1);
	same(rec.step.posts[0].id, "-1002000000006:5", "id", "migration");
}

static void
test_membership(void **state)
{
#define MEMBER(chat, status) "{'update_id':10,'my_chat_member':{" chat "," ANA \
	",'date':1789990000,'old_chat_member':{'status':'left'}," \
	"'new_chat_member':{'status':" status "}}}"
	static const struct {
		const char *update;
		const char *place;
		uint32_t health;        /* 0: asked first */
		const char *point;
	} t[] = {
		{ MEMBER(SUPER, "'administrator'"), "-1002000000001", KP_OPEN,
		    "an administrator sees everything" },
		{ MEMBER(CHANNEL, "'administrator'"), "-1002000000005",
		    KP_OPEN, "as in a channel" },
		{ MEMBER(SUPER, "'member'"), "-1002000000001", 0,
		    "a member sees what privacy mode lets him" },
		{ MEMBER(SUPER, "'restricted','is_member':true"),
		    "-1002000000001", 0, "muted, but still there" },
		{ MEMBER(SUPER, "'restricted','is_member':false"),
		    "-1002000000001", KP_LOST, "restricted and gone" },
		{ MEMBER(SUPER, "'kicked'"), "-1002000000001", KP_LOST,
		    "banned" },
		{ MEMBER(GROUP, "'left'"), "-1001", KP_LOST, "removed" },
	};
	size_t i;
	char *cursor;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_place *p;

		batch("", t[i].update);
		p = recorder_place(&rec, t[i].place);
		if (p == NULL || p->health != t[i].health)
			fail_msg("%s", t[i].point);
		if (t[i].health == KP_LOST && p->reason.n == 0)
			fail_msg("%s: no reason", t[i].point);
		if ((recorder_request(&rec, API "getMe") != NULL) !=
		    (t[i].health == 0))
			fail_msg("%s: getMe", t[i].point);
	}

	run(KP_POLL, "", "member {'id':'-1001','name':'Pflege Treff'}", 200,
	    "{'ok':true,'result':{'id':900,'username':'kompan_test_bot',"
	    "'can_read_all_group_messages':false}}", NULL);
	assert_int_equal(recorder_place(&rec, "-1001")->health, KP_PARTLY);
	assert_true(text_has(recorder_place(&rec, "-1001")->reason,
	    "/setprivacy"));
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);
	/* The few messages that come through do not make it open. */
	one(cursor, "message", "'message_id':5,'date':1789990000," GROUP ","
	    ANA ",'text':'/start'");
	assert_int_equal(recorder_place(&rec, "-1001")->health, KP_PARTLY);
	free(cursor);
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);
	run(KP_POLL, cursor, "member {'id':'-1001','name':'Pflege Treff'}",
	    200, "{'ok':true,'result':{'id':900,"
	    "'can_read_all_group_messages':true}}", NULL);
	assert_int_equal(recorder_place(&rec, "-1001")->health, KP_OPEN);
	free(cursor);
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);
	assert_true(kp_starts(rec.step.cursor, "t1:11:1790000000000:"));
	batch(cursor, "{'update_id':12,'message':{'message_id':6,"
	    "'date':1789990000," GROUP "," ANA ",'text':'Buna'}}");
	assert_int_equal(recorder_place(&rec, "-1001")->health, KP_OPEN);
	free(cursor);
	run(KP_POLL, "", "member {'id':'-1001','name':'x'}", 0, "", NULL);
	assert_int_equal(rec.step.nplaces, 0);
	assert_int_equal(rec.step.fail, 0);

	run(KP_POLL, "", "comments {'id':'-1002000000005','name':'Info'}", 200,
	    "{'ok':true,'result':{'id':-1002000000005,"
	    "'linked_chat_id':-1002000000004}}", NULL);
	assert_int_equal(rec.step.nfindings, 1);
	assert_true(text_has(rec.step.findings[0].text, "-1002000000004"));
}

static void
test_topics(void **state)
{
#define TOPIC "'message_id':39,'date':1789990000," FORUM "," ANA \
	",'is_topic_message':true,'message_thread_id':30,"
#define OPENER "'reply_to_message':{'message_id':30,'date':1780000000," FORUM \
	",'from':{'id':502,'first_name':'Ion'},'forum_topic_created':{" \
	"'name':'Acte, taxe: 100%'}}"
	char *cursor;

	(void)state;
	/* Most topics are older than the bot: the first message tells. */
	one("", "message", TOPIC "'text':'Buna'," OPENER);
	assert_int_equal(rec.step.nposts, 2);
	same(rec.step.posts[0].id, "-1002000000003:30", "id", "old topic");
	same(rec.step.posts[0].title, "Acte, taxe: 100%", "title", "old topic");
	same(rec.step.posts[0].author, "502", "author", "old topic");
	assert_int_equal(rec.step.posts[0].created, INT64_C(1780000000000));
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);

	/* Once; and closing it must not take its name away. */
	batch(cursor, "{'update_id':11,'message':{" TOPIC "'text':'Buna',"
	    OPENER "}},{'update_id':12,'message':{" TOPIC
	    "'forum_topic_closed':{}}},{'update_id':13,'message':{" TOPIC
	    "'forum_topic_reopened':{}}},{'update_id':14,'message':{" TOPIC
	    "'forum_topic_edited':{'name':'Acte noi'}}},"
	    "{'update_id':15,'message':{" TOPIC "'forum_topic_edited':{"
	    "'icon_custom_emoji_id':'5'}}},{'update_id':16,'message':{" TOPIC
	    "'forum_topic_closed':{}}}");
	assert_int_equal(rec.step.nposts, 5);
	same(rec.step.posts[0].text, "Buna", "text", "told once");
	same(rec.step.posts[1].id, "-1002000000003:30", "id", "closed");
	same(rec.step.posts[1].title, "Acte, taxe: 100%", "title", "closed");
	assert_int_equal(rec.step.posts[1].flags, KP_LOCKED);
	same(rec.step.posts[2].id, "-1002000000003:30", "id", "open again");
	assert_int_equal(rec.step.posts[2].flags, 0);
	same(rec.step.posts[3].title, "Acte noi", "title", "renamed");
	same(rec.step.posts[4].title, "Acte noi", "title", "closed");
	free(cursor);

	/* Without a name to keep, nothing is said of the topic. */
	one("", "message", TOPIC "'forum_topic_closed':{}");
	assert_int_equal(rec.step.nposts, 0);
}

static void
test_privacy(void **state)
{
	static const struct {
		const char *kind, *text;
		int answers, asks, posts;
		const char *point;
	} t[] = {
		{ "message", "/privacy", 1, 0, 0, "the command" },
		{ "message", "/privacy please", 1, 0, 0, "with words behind" },
		{ "message", "/privacy@kompan_test_bot", 0, 1, 0,
		    "by name: whose name is it?" },
		{ "message", "/privacypolicy", 0, 0, 1, "another command" },
		{ "message", "see /privacy", 0, 0, 1, "only mentioned" },
		{ "edited_message", "/privacy", 0, 0, 1,
		    "an edit does not ask again" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *m = xasprintf("'message_id':70,'date':1789990000," SUPER
		    "," ANA ",'text':'%s'", t[i].text);

		one("", t[i].kind, m);
		free(m);
		if ((int)rec.step.nanswers != t[i].answers ||
		    (recorder_request(&rec, API "getMe") != NULL) !=
		    t[i].asks ||
		    (int)rec.step.nposts != t[i].posts)
			fail_msg("%s", t[i].point);
	}
	one("", "message", "'message_id':70,'date':1789990000," FORUM "," ANA
	    ",'is_topic_message':true,'message_thread_id':30,"
	    "'text':'/privacy'");
	same(rec.step.answers[0].text, "privacy", "text", "answer");
	same(rec.step.answers[0].place, "-1002000000003", "place", "answer");
	same(rec.step.answers[0].id, "-1002000000003:70", "id", "answer");
	same(rec.step.answers[0].thread, "-1002000000003:30", "thread",
	    "answer");
	same(rec.step.answers[0].lang, "ro", "lang", "answer");
	assert_true(text_has(rec.step.answers[0].ref, "\"thread\":30"));

	one("", "message", "'message_id':3,'date':1789990000,'chat':{'id':501,"
	    "'type':'private','first_name':'Ana'}," ANA ",'text':'/privacy'");
	assert_int_equal(rec.step.nanswers, 1);
	assert_int_equal(rec.step.nplaces, 0);
}

static void
test_privacy_by_name(void **state)
{
	static const struct {
		const char *name;
		int answers;
	} t[] = {
		{ "Kompan_Test_Bot", 1 },
		{ "another_bot", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		char *word = xasprintf("privacy {'place':'-1001',"
		    "'id':'-1001:3','ref':'{}','bot':'%s'}", t[i].name);

		run(KP_POLL, "", word, 200, "{'ok':true,'result':{'id':900,"
		    "'username':'kompan_test_bot'}}", NULL);
		free(word);
		assert_int_equal(rec.step.nanswers, t[i].answers);
		assert_int_equal(rec.step.nrequests, 0);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		int status;
		const char *body;
		uint32_t why;
		const char *text;
		const char *point;
	} t[] = {
		{ 401, "{'ok':false,'error_code':401,"
		    "'description':'Unauthorized'}", KP_BAD_AUTH, "@BotFather",
		    "the token was revoked" },
		{ 404, "{'ok':false,'error_code':404,"
		    "'description':'Not Found'}", KP_BAD_AUTH, "malformed",
		    "no such token" },
		{ 409, "{'ok':false,'error_code':409,'description':'Conflict: "
		    "terminated by other getUpdates request; make sure that "
		    "only one bot instance is running'}", KP_CONFLICT,
		    "another program", "two pollers" },
		{ 409, "{'ok':false,'error_code':409,'description':'Conflict: "
		    "can not use getUpdates method while webhook is active; "
		    "use deleteWebhook to delete the webhook first'}",
		    KP_CONFLICT, "has to call deleteWebhook", "a webhook" },
		{ 429, "{'ok':false,'error_code':429,'description':'Too Many "
		    "Requests: retry after 7','parameters':{'retry_after':7}}",
		    KP_TRY_LATER, "too often", "too often" },
		{ 502, "<html>Bad Gateway</html>", KP_TRY_LATER, "no answer",
		    "their trouble" },
		{ 0, "", KP_TRY_LATER, "no answer", "no answer at all" },
		{ 400, "{'ok':false,'error_code':400,'description':'Bad "
		    "Request'}", KP_BAD_FORMAT, "not documented",
		    "something new" },
		{ 200, "{'ok':true,'result':{}}", KP_BAD_FORMAT,
		    "not documented", "no array" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(KP_POLL, "t1:11:1789999000000::", "updates 100",
		    t[i].status, t[i].body, NULL);
		if (rec.step.fail != t[i].why ||
		    !text_has(rec.step.fail_text, t[i].text))
			fail_msg("%s: %u %.*s", t[i].point, rec.step.fail,
			    KP_ARG(rec.step.fail_text));
		if (rec.step.has_cursor || rec.step.nrequests != 0)
			fail_msg("%s: goes on", t[i].point);
		if ((rec.step.npauses == 1) != (t[i].status == 429))
			fail_msg("%s: pause", t[i].point);
		if (t[i].status == 429) {
			assert_int_equal(rec.step.pauses[0].scope,
			    KP_CREDENTIAL);
			assert_int_equal(rec.step.pauses[0].until, NOW + 7000);
		}
	}
}

static void
test_account(void **state)
{
	(void)state;
	run(KP_ACCOUNT, "", NULL, 0, NULL, NULL);
	assert_non_null(recorder_request(&rec, API "getMe"));

	run(KP_ACCOUNT, "", "me", 200, "{'ok':true,'result':{'id':900,"
	    "'is_bot':true,'first_name':'K','username':'kompan_test_bot',"
	    "'can_join_groups':true,'can_read_all_group_messages':false}}",
	    NULL);
	assert_true(rec.step.done);
	same(rec.step.done_id, "900", "id", "account");
	same(rec.step.done_url, "https://t.me/kompan_test_bot", "url",
	    "account");
	assert_int_equal(recorder_finding(&rec, "privacy-mode")->level,
	    KP_WARNING);
	assert_true(text_has(recorder_finding(&rec, "privacy-mode")->text,
	    "/setprivacy"));
	assert_true(text_has(recorder_finding(&rec, "privacy-mode")->text,
	    "add it again"));

	run(KP_ACCOUNT, "", "me", 200, "{'ok':true,'result':{'id':900,"
	    "'username':'kompan_test_bot','can_join_groups':false,"
	    "'can_read_all_group_messages':true}}", NULL);
	assert_int_equal(recorder_finding(&rec, "privacy-mode")->level,
	    KP_INFO);
	assert_int_equal(recorder_finding(&rec, "may-join")->level,
	    KP_WARNING);
	run(KP_ACCOUNT, "", "me", 401, "{'ok':false,'error_code':401,"
	    "'description':'Unauthorized'}", NULL);
	assert_int_equal(rec.step.fail, KP_BAD_AUTH);
}

static void
reply(const char *ref, const char *text, int status, const char *body)
{
	char *r = quoted(ref);
	const struct kp_target target = { .size = sizeof(target),
		.place = KP_S("-1002000000003"),
		.id = KP_S("-1002000000003:31"),
		.ref = kp_s(r), .text = kp_s(text), .key = KP_S("k") };

	run(KP_REPLY, "", body == NULL ? NULL : "sent", status, body, &target);
	free(r);
}

#define REF "{'chat_id':-1002000000003,'message_id':31,'thread':30}"

static void
test_reply(void **state)
{
	char *longest = xcalloc(4098, 1);

	(void)state;
	reply(REF, "Da, aveti dreptul.", 0, NULL);
	assert_int_equal(rec.step.nrequests, 1);
	assert_non_null(recorder_request(&rec, API "sendMessage"));
	assert_true(sent("'chat_id':-1002000000003"));
	assert_true(sent("'message_thread_id':30"));
	assert_true(sent("'reply_parameters':{'message_id':31,"
	    "'allow_sending_without_reply':false}"));
	assert_true(sent("'link_preview_options':{'is_disabled':true}"));
	reply("{'chat_id':-1001,'message_id':5}", "Da", 0, NULL);
	assert_false(sent("message_thread_id"));

	memset(longest, 'a', 4096);
	reply(REF, longest, 0, NULL);
	assert_int_equal(rec.step.nrequests, 1);
	memset(longest, 'a', 4097);
	reply(REF, longest, 0, NULL);
	assert_int_equal(rec.step.nrequests, 0);
	assert_int_equal(rec.step.fail, KP_DENIED);
	/* An emoji is two units: 4093 letters and it are 4095. */
	memset(longest, 0, 4098);
	memset(longest, 'a', 4093);
	strcpy(longest + 4093, "\xf0\x9f\x98\x80");
	reply(REF, longest, 0, NULL);
	assert_int_equal(rec.step.nrequests, 1);
	free(longest);

	reply("", "Da", 0, NULL);
	assert_int_equal(rec.step.nrequests, 0);
	assert_int_equal(rec.step.fail, KP_DENIED);

	reply(REF, "Da", 200, "{'ok':true,'result':{'message_id':99,"
	    "'date':1790000000," FORUM ",'is_topic_message':true,"
	    "'message_thread_id':30,'from':{'id':900,'is_bot':true,"
	    "'first_name':'K'},'text':'Da','reply_to_message':{"
	    "'message_id':31,'date':1," FORUM "}}}");
	assert_true(rec.step.done);
	same(rec.step.done_id, "-1002000000003:99", "id", "sent");
	same(rec.step.done_url, "https://t.me/forum_de/30/99", "url", "sent");
	/* Telegram will not show it to us again. */
	assert_int_equal(rec.step.nposts, 1);
	assert_true(rec.step.posts[0].flags & KP_OURS);
	same(rec.step.posts[0].parent, "-1002000000003:31", "parent", "sent");
}

/* Said to have failed only where it surely was not sent. */
static void
test_reply_refused(void **state)
{
#define NO(code, text) "{'ok':false,'error_code':" code \
	",'description':'" text "'}"
	static const struct {
		int status;
		const char *body;
		uint32_t why;           /* 0: nobody knows */
		bool lost;
		const char *point;
	} t[] = {
		{ 400, NO("400", "Bad Request: message to be replied not "
		    "found"), KP_GONE, false, "the question was deleted" },
		{ 400, NO("400", "Bad Request: message thread not found"),
		    KP_GONE, false, "the topic was deleted" },
		{ 400, NO("400", "Bad Request: TOPIC_CLOSED"), KP_DENIED, false,
		    "the topic is closed" },
		{ 400, NO("400", "Bad Request: not enough rights to send text "
		    "messages to the chat"), KP_DENIED, false, "muted" },
		{ 400, NO("400", "Bad Request: chat not found"), KP_GONE, true,
		    "no such group" },
		{ 403, NO("403", "Forbidden: bot was kicked from the "
		    "supergroup chat"), KP_DENIED, true, "banned" },
		{ 403, NO("403", "Forbidden: bot is not a member of the "
		    "supergroup chat"), KP_DENIED, true, "removed" },
		{ 400, NO("400", "Bad Request: something new"), KP_DENIED,
		    false, "whatever else it refuses" },
		{ 429, "{'ok':false,'error_code':429,'parameters':{"
		    "'retry_after':3}}", KP_TRY_LATER, false, "too often" },
		{ 401, NO("401", "Unauthorized"), KP_BAD_AUTH, false,
		    "token revoked" },
		{ 0, "", 0, false, "no answer: it may be there" },
		{ 502, "Bad Gateway", 0, false, "nor does 502 say it is not" },
		{ 200, "not JSON", 0, false, "an answer nobody can read" },
		{ 200, "{'ok':true,'result':true}", 0, false,
		    "sent, but as what?" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		reply(REF, "Da", t[i].status, t[i].body);
		if (rec.step.fail != t[i].why || rec.step.done ||
		    rec.step.nrequests != 0)
			fail_msg("%s: %u %.*s", t[i].point, rec.step.fail,
			    KP_ARG(rec.step.fail_text));
		if ((rec.step.nplaces == 1) != t[i].lost)
			fail_msg("%s: place", t[i].point);
	}
	reply(REF, "Da", 400, "{'ok':false,'error_code':400,'description':"
	    "'Bad Request: group chat was upgraded to a supergroup chat',"
	    "'parameters':{'migrate_to_chat_id':-1002000000077}}");
	assert_int_equal(rec.step.fail, KP_GONE);
	same(recorder_place(&rec, "-1002000000077")->was_id, "-1002000000003",
	    "was_id", "upgraded");
}

/* Publishing is the reply's alone, and no secret stands in a request. */
static void
test_declared(void **state)
{
	const struct kp_plugin *p = &telegram_LTX_kp_plugin;
	const struct kp_endpoint *e = p->endpoints.entries;
	size_t i;

	(void)state;
	for (i = 0; i < p->endpoints.n; i++) {
		bool publishes = strcmp(e[i].path, "/sendMessage") == 0;

		assert_int_equal(e[i].jobs == KP_CAN(KP_REPLY), publishes);
		assert_string_equal(e[i].cred, "token");
		assert_string_equal(e[i].host, "=api");
	}
	assert_false(p->abilities & KP_SEES_DELETIONS);
	assert_false(p->abilities & KP_CAN_CONFIRM);
}

static int
setup(void **state)
{
	(void)state;
	recorder_init(&rec);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	recorder_reset(&rec);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_no_posts),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_albums),
		cmocka_unit_test(test_comment_of_a_comment),
		cmocka_unit_test(test_notes_are_bounded),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_migration),
		cmocka_unit_test(test_membership),
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_privacy),
		cmocka_unit_test(test_privacy_by_name),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_refused),
		cmocka_unit_test(test_declared),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
