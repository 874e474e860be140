/*
 * The part of the community that does not come over the network: what a
 * person captured (NDJSON), what Telegram Desktop exported (result.json), and
 * the stanzas by which Kompan watches all of it.
 */
#include "packaging/practice/practice.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/timefmt.h"

static void
put_time(struct json_object *o, const char *key, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	time_format(at, text);
	json_put_cstr(o, key, text);
}

static void
put_id(struct json_object *o, const char *key, const struct post *p)
{
	char *id;

	if (p == NULL)
		return;
	id = xasprintf("%s/%s", p->thread->id, p->id);
	json_put_cstr(o, key, id);
	free(id);
}

static struct json_object *
capture_record(const struct post *p, int64_t now)
{
	const struct post *version = post_version(p, now);
	struct json_object *o = json_object_new_object();
	struct json_object *place = json_object_new_object();
	char *url = xasprintf("%s/posts/%s#%s", p->place->url, p->thread->id,
	    p->id);

	json_put_cstr(place, "id", p->place->id);
	json_put_cstr(place, "name", p->place->name);
	json_put_cstr(place, "url", p->place->url);
	json_put_cstr(place, "kind", p->place->kind);
	json_put(o, "place", place);
	put_id(o, "post_id", p);
	put_id(o, "thread_id", p->thread->posts[0]);
	put_id(o, "parent_id", p->parent);
	if (p->author != NULL)
		json_put_cstr(o, "author_id", p->author);
	if (p->name != NULL)
		json_put_cstr(o, "author_name", p->name);
	put_time(o, "created_at", p->at);
	if (version != p)
		put_time(o, "edited_at", version->at);
	json_put_cstr(o, "text", version->text);
	json_put_cstr(o, "permalink", url);
	if (!p->thread->replies_visible)
		json_put_bool(o, "replies_visible", false);
	json_put_cstr(o, "captured_by", "practice");
	/* The same at every call, so that a later file goes on from this one. */
	put_time(o, "captured_at", p->thread->posts[0]->at);
	free(url);
	return o;
}

int
capture_write(const struct community *c, int64_t now, struct buf *out)
{
	struct json_object *o;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->nposts && c->posts[i]->at <= now;
	    i++) {
		if (c->posts[i]->place->platform != CAPTURE ||
		    c->posts[i]->edit_of != NULL)
			continue;
		o = capture_record(c->posts[i], now);
		r = json_write(o, out);
		json_object_put(o);
		if (r == 0)
			r = buf_putc(out, '\n');
	}
	return r;
}

/* Local time without a zone, and the truth as text beside it. */
static void
put_export_time(struct json_object *o, const char *key, int64_t at)
{
	char text[TIME_TEXT_SIZE], unix_key[32], seconds[24];

	time_format(at / SECOND_MS * SECOND_MS, text);
	text[strcspn(text, "Z")] = '\0';
	json_put_cstr(o, key, text);
	snprintf(unix_key, sizeof(unix_key), "%s_unixtime", key);
	snprintf(seconds, sizeof(seconds), "%lld",
	    (long long)(at / SECOND_MS));
	json_put_cstr(o, unix_key, seconds);
}

static struct json_object *
export_message(const struct post *p, int64_t now)
{
	const struct post *version = post_version(p, now);
	struct json_object *o = json_object_new_object();
	struct json_object *entities = json_object_new_array();
	struct json_object *entity = json_object_new_object();
	char from[32];

	json_put_i64(o, "id", p->message_id);
	json_put_cstr(o, "type", "message");
	put_export_time(o, "date", p->at);
	if (version != p)
		put_export_time(o, "edited", version->at);
	json_put_cstr(o, "from", p->name);
	snprintf(from, sizeof(from), "user%lld", (long long)p->author_id);
	json_put_cstr(o, "from_id", from);
	if (p->parent != NULL)
		json_put_i64(o, "reply_to_message_id", p->parent->message_id);
	json_put_cstr(o, "text", version->text);
	json_put_cstr(entity, "type", "plain");
	json_put_cstr(entity, "text", version->text);
	json_object_array_add(entities, entity);
	json_put(o, "text_entities", entities);
	return o;
}

static struct json_object *
export_chat(const struct community *c, const struct place *place, int64_t now)
{
	struct json_object *o = json_object_new_object();
	struct json_object *messages = json_object_new_array();

	json_put_cstr(o, "name", place->name);
	json_put_cstr(o, "type", place->chat);
	json_put_i64(o, "id", -1000000000000 - place->chat_id);
	for (size_t i = 0; i < c->nposts && c->posts[i]->at <= now; i++)
		if (c->posts[i]->place == place &&
		    c->posts[i]->edit_of == NULL)
			json_object_array_add(messages,
			    export_message(c->posts[i], now));
	json_put(o, "messages", messages);
	return o;
}

int
export_write(const struct community *c, int64_t now, struct buf *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *chats = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int r;

	json_put_cstr(o, "about", "Chats of the practice community.");
	json_put_cstr(chats, "about", "All chats that were exported.");
	for (size_t i = 0; i < c->nplaces; i++)
		if (c->places[i].platform == EXPORT)
			json_object_array_add(list,
			    export_chat(c, &c->places[i], now));
	json_put(chats, "list", list);
	json_put(o, "chats", chats);
	r = json_write(o, out);
	json_object_put(o);
	return r == 0 ? buf_putc(out, '\n') : -1;
}

static bool
has_platform(const struct community *c, enum platform platform,
    const char **basis)
{
	for (size_t i = 0; i < c->nplaces; i++) {
		if (c->places[i].platform == platform) {
			*basis = c->places[i].basis;
			return true;
		}
	}
	return false;
}

int
sources_write(const struct community *c, const char *base, struct buf *out)
{
	const struct place *p;
	const char *basis;

	/* Asked often: what is new is to be seen by whoever practises. */
	buf_puts(out, "# The practice community, as kompan-practice serves "
	    "it.\n");
	for (size_t i = 0; i < c->nplaces; i++) {
		p = &c->places[i];
		if (p->platform == FEED)
			buf_printf(out, "\n[source %s]\nplugin = feed\n"
			    "url = %s/%s/feed\negress = local http\n"
			    "interval = 30 s\nbasis = %s\n", p->id, base, p->id, p->basis);
	}
	if (has_platform(c, TELEGRAM, &basis))
		buf_printf(out, "\n[source practice-telegram]\n"
		    "plugin = telegram\napi = %s\negress = local http\n"
		    "interval = 10 s\n"
		    "credential = practice-bot\nbasis = %s\n", base, basis);
	if (has_platform(c, CAPTURE, &basis))
		buf_puts(out, "\n[source practice-capture]\n"
		    "plugin = capture\nbasis = capture\n");
	if (has_platform(c, EXPORT, &basis))
		buf_puts(out, "\n[source practice-export]\n"
		    "plugin = telegram-export\nbasis = export\n");
	return out->failed ? -1 : 0;
}
