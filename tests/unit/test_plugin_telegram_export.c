/*
 * The plugin `telegram-export`: what messages of a result.json become.
 *
 * JSON is written with ' for ".  People, groups and numbers are invented.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kp.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "kp_recorder.h"
#include "parse/frame.h"

#define NOW INT64_C(1790000000000)
#define SUPER "{'name':'Praca w Niemczech','type':'public_supergroup'," \
	"'id':2000000001}"
#define TIR "{'name':'Tir','type':'private_supergroup','id':2000000002}"
#define SMALL "{'name':'Pflege','type':'private_group','id':4001}"
#define CHANNEL "{'name':'Info','type':'public_channel','id':2000000005}"
#define PERSONAL "{'name':'Ana','type':'personal_chat','id':501}"
#define AT "'date':'2026-03-01T19:02:00','date_unixtime':'1772388120'"
#define ANA "'from':'Ana Test','from_id':'user501'"

extern const struct kp_plugin telegram_export_LTX_kp_plugin;

static struct recorder rec;

struct line {
	const char *context, *message;
};

static struct kp_str
quoted(const char *s)
{
	char *copy = xstrdup(s), *p;

	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	return kp_s(copy);
}

static void
run(const char *cursor, int64_t first, const struct line *lines, size_t n)
{
	const struct kp_pair setting = { KP_S("username"), KP_S("@praca_de") };
	struct kp_record *records = xcalloc(n, sizeof(*records));
	struct kp_in in = {
		.size = sizeof(in),
		.job = KP_IMPORT,
		.event = KP_DATA,
		.now = NOW,
		.settings = &setting,
		.nsettings = 1,
		.cursor = kp_s(cursor),
		.records = records,
		.nrecords = n,
	};
	size_t i;

	for (i = 0; i < n; i++) {
		records[i].number = first + (int64_t)i;
		records[i].bytes = quoted(lines[i].message);
		records[i].context = quoted(lines[i].context);
	}
	recorder_reset(&rec);
	recorder_run(&rec, &telegram_export_LTX_kp_plugin, &in);
	for (i = 0; i < n; i++) {
		free((char *)(uintptr_t)records[i].bytes.p);
		free((char *)(uintptr_t)records[i].context.p);
	}
	free(records);
	if (rec.broken[0] != '\0')
		fail_msg("%s: %s", rec.broken, lines[0].message);
}

static void
one(const char *context, const char *message)
{
	const struct line line = { context, message };

	run("", 1, &line, 1);
}

static void
same(struct kp_str is, const char *want, const char *what, const char *point)
{
	if (!kp_eq(is, kp_s(want)))
		fail_msg("%s: %s is \"%.*s\", not \"%s\"", point, what,
		    KP_ARG(is), want == NULL ? "" : want);
}

static void
test_messages(void **state)
{
	static const struct {
		const char *context, *message;
		const char *id, *parent, *url, *author, *name, *text;
		const char *point;
	} t[] = {
		{ SUPER, "{'id':5,'type':'message'," AT "," ANA
		    ",'text':'Pytanie'}",
		    "-1002000000001:5", NULL, "https://t.me/praca_de/5", "501",
		    "Ana Test", "Pytanie", "the ids that the bot would see" },
		{ TIR, "{'id':5,'type':'message'," AT "," ANA
		    ",'text':'Pytanie'}",
		    "-1002000000002:5", NULL, "https://t.me/c/2000000002/5",
		    "501", "Ana Test", "Pytanie",
		    "a private group is linked by number, not by `username`" },
		{ SMALL, "{'id':5,'type':'message'," AT "," ANA
		    ",'text':'x'}",
		    "-4001:5", NULL, NULL, "501", "Ana Test", "x",
		    "a small group has no links" },
		{ SUPER, "{'id':-999999995,'type':'message'," AT "," ANA
		    ",'text':'x'}",
		    "-1002000000001:-999999995", NULL, NULL, "501", "Ana Test",
		    "x", "from before the group moved" },
		{ SUPER, "{'id':6,'type':'message'," AT "," ANA
		    ",'text':['Czy ',"
		    "{'type':'bold','text':'szef'},' moze?'],'text_entities':"
		    "[{'type':'plain','text':'Czy '},{'type':'bold',"
		    "'text':'szef'},{'type':'plain','text':' moze?'}]}",
		    "-1002000000001:6", NULL, "https://t.me/praca_de/6", "501",
		    "Ana Test", "Czy szef moze?", "text_entities" },
		{ SUPER, "{'id':6,'type':'message'," AT "," ANA
		    ",'text':['Czy ',"
		    "{'type':'bold','text':'szef'},' moze?']}",
		    "-1002000000001:6", NULL, "https://t.me/praca_de/6", "501",
		    "Ana Test", "Czy szef moze?",
		    "text as a list, before there were text_entities" },
		{ SUPER, "{'id':7,'type':'message'," AT "," ANA ",'text':'Tak',"
		    "'reply_to_message_id':5}",
		    "-1002000000001:7", "-1002000000001:5",
		    "https://t.me/praca_de/7", "501", "Ana Test", "Tak",
		    "a reply" },
		{ SUPER, "{'id':7,'type':'message'," AT "," ANA ",'text':'Tak',"
		    "'reply_to_message_id':5,'reply_to_peer_id':"
		    "'channel2000000009'}",
		    "-1002000000001:7", NULL, "https://t.me/praca_de/7", "501",
		    "Ana Test", "Tak", "a reply to another chat" },
		{ SUPER, "{'id':8,'type':'message'," AT ",'from':null,"
		    "'from_id':'user502','text':'x'}",
		    "-1002000000001:8", NULL, "https://t.me/praca_de/8", "502",
		    NULL, "x", "a deleted account" },
		{ SUPER, "{'id':8,'type':'message'," AT ",'from':'Ana Test',"
		    "'from_id':4294967797,'text':'x'}",
		    "-1002000000001:8", NULL, "https://t.me/praca_de/8", "501",
		    "Ana Test", "x", "a person's number in old exports" },
		{ SUPER, "{'id':8,'type':'message'," AT ",'from':'Ana Test',"
		    "'from_id':501,'text':'x'}",
		    "-1002000000001:8", NULL, "https://t.me/praca_de/8", "501",
		    "Ana Test", "x", "a plain number" },
		{ SUPER, "{'id':9,'type':'message'," AT ",'from':'Praca',"
		    "'from_id':'channel2000000001','text':'x'}",
		    "-1002000000001:9", NULL, "https://t.me/praca_de/9", NULL,
		    "Praca", "x",
		    "an anonymous admin is nobody in particular" },
		{ SUPER, "{'id':9,'type':'message'," AT ",'from':'Info',"
		    "'from_id':'channel2000000005','text':'x'}",
		    "-1002000000001:9", NULL, "https://t.me/praca_de/9",
		    "-1002000000005", "Info", "x", "a channel in its group" },
		{ CHANNEL, "{'id':9,'type':'message'," AT ",'from':'Info',"
		    "'from_id':'channel2000000005','author':'Redaktion',"
		    "'text':'x'}",
		    "-1002000000005:9", NULL, "https://t.me/praca_de/9",
		    "-1002000000005", "Redaktion", "x", "a channel" },
		{ SUPER, "{'id':9,'type':'message'," AT "," ANA
		    ",'photo':'(File not included. Change data exporting "
		    "settings to download.)','text':''}",
		    "-1002000000001:9", NULL, "https://t.me/praca_de/9", "501",
		    "Ana Test", NULL, "a picture alone" },
		{ SUPER, "{'id':9,'type':'message'," AT "," ANA
		    ",'text':'','poll':{'question':'Umowa?','answers':["
		    "{'text':'tak','voters':1},{'text':'nie'}]}}",
		    "-1002000000001:9", NULL, "https://t.me/praca_de/9", "501",
		    "Ana Test", "Umowa?\ntak\nnie", "a poll" },
		{ SUPER, "{'id':9,'type':'message'," AT "," ANA
		    ",'something_new':{'a':[1]},'text':'a\\u0000\\u001fb'}",
		    "-1002000000001:9", NULL, "https://t.me/praca_de/9", "501",
		    "Ana Test", "ab", "control characters, unknown keys" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const struct kp_post *p;

		one(t[i].context, t[i].message);
		if (rec.step.nposts != 1 || rec.step.nbads != 0)
			fail_msg("%s: %zu posts", t[i].point, rec.step.nposts);
		p = &rec.step.posts[0];
		same(p->id, t[i].id, "id", t[i].point);
		same(p->parent, t[i].parent, "parent", t[i].point);
		same(p->url, t[i].url, "url", t[i].point);
		same(p->author, t[i].author, "author", t[i].point);
		same(p->name, t[i].name, "name", t[i].point);
		same(p->text, t[i].text, "text", t[i].point);
		if (p->created != INT64_C(1772388120000))
			fail_msg("%s: created", t[i].point);
	}
}

static void
test_times(void **state)
{
	static const struct {
		const char *times;
		int64_t created, edited;
		const char *point;
	} t[] = {
		{ "'date':'2026-03-01T19:02:00','date_unixtime':'1772388120',"
		    "'edited':'2026-03-01T19:03:00',"
		    "'edited_unixtime':'1772388180'",
		    INT64_C(1772388120000), INT64_C(1772388180000), "edited" },
		{ "'date':'2026-03-01T19:02:00','date_unixtime':1772388120,"
		    "'edited':'1970-01-01T01:00:00'",
		    INT64_C(1772388120000), 0,
		    "1970: never edited; a time as a number" },
		{ "'date':'2020-03-01T19:02:00'", INT64_C(1583089320000), 0,
		    "old exports know local time alone" },
		{ "'date_unixtime':'99999999999'", 0, 0, "a time to come" },
		{ "'date_unixtime':'soon'", 0, 0, "no time" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *m = xasprintf("{'id':5,'type':'message',%s," ANA
		    ",'text':'x'}", t[i].times);

		one(SUPER, m);
		free(m);
		if (rec.step.posts[0].created != t[i].created ||
		    rec.step.posts[0].edited != t[i].edited)
			fail_msg("%s", t[i].point);
	}
}

/* What is not the admins' to give is not taken. */
static void
test_personal_chats(void **state)
{
	static const char *const types[] = { "personal_chat", "bot_chat",
		"saved_messages", "replies", "verification_codes",
		"private_something_new" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char *context = xasprintf("{'name':'Ana','type':'%s',"
		    "'id':501}", types[i]);

		one(context, "{'id':1,'type':'message'," AT "," ANA
		    ",'text':'geheim'}");
		free(context);
		if (rec.step.nposts != 0 || rec.step.nplaces != 0 ||
		    recorder_bad(&rec, 1) == NULL ||
		    recorder_finding(&rec, "personal") == NULL)
			fail_msg("%s", types[i]);
		/* Nor does anything told of it name the person. */
		assert_false(text_has(recorder_bad(&rec, 1)->text, "Ana"));
	}
	one("{'name':'x','id':5}", "{'id':1,'type':'message','text':'x'}");
	assert_int_equal(rec.step.nposts, 0);
	assert_true(text_has(recorder_bad(&rec, 1)->text, "type"));
	/* Read on, a group after it is taken. */
	run("", 1, (const struct line[]){
	    { PERSONAL, "{'id':1,'type':'message','text':'x'}" },
	    { PERSONAL, "{'id':2,'type':'message','text':'x'}" },
	    { SUPER, "{'id':3,'type':'message'," AT "," ANA ",'text':'x'}" } },
	    3);
	assert_int_equal(rec.step.nposts, 1);
	assert_int_equal(rec.step.nbads, 2);
	assert_int_equal(rec.step.nfindings, 1);
}

static void
test_topics(void **state)
{
	char *cursor;

	(void)state;
	run("", 1, (const struct line[]){
	    { TIR, "{'id':30,'type':'service'," AT ",'actor':'Ana',"
	      "'actor_id':'user501','action':'topic_created',"
	      "'title':'Acte','text':''}" },
	    { TIR, "{'id':31,'type':'message'," AT "," ANA
	      ",'text':'Buna','reply_to_message_id':30}" },
	    { TIR, "{'id':32,'type':'message'," AT "," ANA
	      ",'text':'Salut','reply_to_message_id':31}" },
	    { TIR, "{'id':33,'type':'service'," AT ",'action':'pin_message',"
	      "'message_id':31,'text':''}" } }, 4);
	assert_int_equal(rec.step.nposts, 3);
	assert_int_equal(rec.step.nbads, 0);
	same(rec.step.posts[0].title, "Acte", "title", "topic");
	same(rec.step.posts[1].thread, "-1002000000002:30", "thread", "topic");
	same(rec.step.posts[1].parent, NULL, "parent",
	    "a plain message in a topic answers nobody");
	same(rec.step.posts[1].url, "https://t.me/c/2000000002/30/31", "url",
	    "topic");
	same(rec.step.posts[2].parent, "-1002000000002:31", "parent", "reply");
	cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);

	/* Remembered in the next step, but not for the next chat. */
	run(cursor, 5, (const struct line[]){
	    { TIR, "{'id':34,'type':'message'," AT "," ANA
	      ",'text':'x','reply_to_message_id':30}" },
	    { TIR, "{'id':35,'type':'service'," AT ",'action':'topic_edit',"
	      "'reply_to_message_id':30,'new_title':'Acte noi'}" },
	    { SUPER, "{'id':34,'type':'message'," AT "," ANA
	      ",'text':'x','reply_to_message_id':30}" } }, 3);
	same(rec.step.posts[0].parent, NULL, "parent", "next step");
	same(rec.step.posts[1].id, "-1002000000002:30", "id", "renamed");
	same(rec.step.posts[1].title, "Acte noi", "title", "renamed");
	same(rec.step.posts[2].parent, "-1002000000001:30", "parent",
	    "next chat");
	free(cursor);
}

static void
test_cursor(void **state)
{
	const struct line lines[] = {
		{ SUPER, "{'id':1,'type':'message'," AT "," ANA
		    ",'text':'x'}" },
		{ SUPER, "{'id':2,'type':'message'," AT "," ANA
		    ",'text':'x'}" },
		{ SUPER, "{'id':3,'type':'message'," AT "," ANA
		    ",'text':'x'}" },
	};

	(void)state;
	run("", 1, lines, 3);
	assert_int_equal(rec.step.nposts, 3);
	assert_true(kp_starts(rec.step.cursor, "e1:3:"));
	run("e1:2:0:0:", 1, lines, 3);
	assert_int_equal(rec.step.nposts, 1);
	same(rec.step.posts[0].id, "-1002000000001:3", "id", "continued");
	assert_int_equal(rec.step.nplaces, 1);
	run("e1:3:0:0:", 1, lines, 3);
	assert_int_equal(rec.step.nposts, 0);
	assert_true(kp_starts(rec.step.cursor, "e1:3:"));
}

static void
test_bad_records(void **state)
{
	(void)state;
	run("", 1, (const struct line[]){
	    { SUPER, "{'id':1,'type':'message'," },
	    { SUPER, "[]" },
	    { SUPER, "{'id':3,'type':'unsupported'}" },
	    { SUPER, "{'id':4,'type':'message'," AT "," ANA ",'text':'x'}" },
	    { "{}", "{'id':5,'type':'message','text':'x'}" } }, 5);
	assert_int_equal(rec.step.nposts, 1);
	assert_int_equal(rec.step.nbads, 4);
	assert_non_null(recorder_bad(&rec, 1));
	assert_non_null(recorder_bad(&rec, 2));
	assert_non_null(recorder_bad(&rec, 3));
	assert_non_null(recorder_bad(&rec, 5));
}

static void
test_places(void **state)
{
	const struct kp_place *p;

	(void)state;
	run("", 1, (const struct line[]){
	    { SUPER, "{'id':1,'type':'message'," AT "," ANA ",'text':'x'}" },
	    { SUPER, "{'id':2,'type':'message'," AT "," ANA ",'text':'x'}" },
	    { CHANNEL, "{'id':2,'type':'message'," AT ",'from_id':"
	      "'channel2000000005','text':'x'}" },
	    { SMALL, "{'id':1,'type':'message'," AT "," ANA ",'text':'x'}" } },
	    4);
	assert_int_equal(rec.step.nplaces, 3);
	p = recorder_place(&rec, "-1002000000001");
	same(p->name, "Praca w Niemczech", "name", "group");
	same(p->url, "https://t.me/praca_de", "url", "group");
	assert_int_equal(p->kind, KP_GROUP);
	assert_int_equal(p->blind, 0);
	p = recorder_place(&rec, "-1002000000005");
	assert_int_equal(p->kind, KP_CHANNEL);
	assert_int_equal(p->blind, KP_SEES_REPLIES);
	/* The name is one chat's: a second one must not be linked by it. */
	same(p->url, NULL, "url", "channel");
	assert_non_null(recorder_finding(&rec, "username"));
	assert_non_null(recorder_place(&rec, "-4001"));
}

/* As the worker does: whatever the cuts are, each record is one step. */
static void
on_record(void *arg, const struct kp_record *r)
{
	char **cursor = arg;
	const struct kp_in in = {
		.size = sizeof(in),
		.job = KP_IMPORT,
		.event = KP_DATA,
		.now = NOW,
		.cursor = kp_s(*cursor),
		.records = r,
		.nrecords = 1,
	};

	recorder_run(&rec, &telegram_export_LTX_kp_plugin, &in);
	free(*cursor);
	*cursor = xstrndup(rec.step.cursor.p, rec.step.cursor.n);
}

static void
on_bad(void *arg, int64_t n, const char *why)
{
	(void)arg;
	fail_msg("record %lld: %s", (long long)n, why);
}

/* A whole account's export, with what surrounds the chats. */
static void
test_whole_file(void **state)
{
	static const struct framer_calls calls = { on_record, on_bad };
	const struct kp_table *framings =
	    &telegram_export_LTX_kp_plugin.framings;
	struct kp_str file = quoted("{'about':'x','personal_information':{"
	    "'user_id':1},'frequent_contacts':{'list':[{'id':1}]},'chats':{"
	    "'about':'y','list':[{'name':'Ana','type':'personal_chat',"
	    "'id':501,'messages':[{'id':1,'type':'message'," AT ",'text':"
	    "'geheim'}]},{'name':'Praca','type':'private_supergroup',"
	    "'id':2000000001,'messages':[{'id':5,'type':'message'," AT ","
	    ANA ",'text':'a\\x1fb\\x7f','text_entities':[{'type':'plain',"
	    "'text':'a\\x1fb'}]}]}]},'left_chats':{'about':'z','list':[{"
	    "'name':'Tir','type':'private_supergroup','id':2000000002,"
	    "'messages':[{'id':9,'type':'message'," AT "," ANA
	    ",'text':'c'}]}]}}");
	struct err e = ERR_INIT;
	struct framer *f;
	char *cursor = xstrdup("");
	size_t at;

	(void)state;
	recorder_reset(&rec);
	f = framer_new(framings->entries, framings->n, &calls, &cursor);
	for (at = 0; at < file.n; at += 7)
		if (framer_feed(f, (struct str){ file.p + at, file.n - at < 7 ?
		    file.n - at : 7 }, &e) == -1)
			fail_msg("%s", e.text);
	assert_int_equal(framer_end(f, &e), 0);
	assert_string_equal(rec.broken, "");
	assert_int_equal(rec.step.nposts, 2);
	same(rec.step.posts[0].id, "-1002000000001:5", "id", "whole file");
	same(rec.step.posts[0].text, "ab", "text", "\\xNN");
	same(rec.step.posts[1].id, "-1002000000002:9", "id", "a chat left");
	assert_int_equal(rec.step.nbads, 1);
	assert_true(kp_starts(kp_s(cursor), "e1:3:"));
	framer_free(f);
	free(cursor);
	free((char *)(uintptr_t)file.p);
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
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_personal_chats),
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_whole_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
