/*
 * Reads threads that somebody else wrote: ids may be numbers, times may be
 * missing (the order in the file counts then), replies may name posts that are
 * not there.
 */
#include "match/gold.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/timefmt.h"

/* Where messages follow each other without links, mostly. */
static bool
is_chat(struct str platform)
{
	static const char *const chats[] = { "telegram", "telegram-export",
	    "whatsapp", "viber", "signal", "matrix", "discord", "messenger",
	    "chat" };
	size_t i;

	for (i = 0; i < sizeof(chats) / sizeof(chats[0]); i++)
		if (str_is(platform, chats[i]))
			return true;
	return false;
}

/* Text of a string or a number; STR_NONE for anything else. */
static struct str
text_of(struct json_object *value)
{
	if (json_object_is_type(value, json_type_int))
		return str_of(json_object_to_json_string(value));
	return json_text(value);
}

static int64_t
time_of(struct json_object *object, const char *key, int64_t otherwise)
{
	int64_t at;

	return time_parse_iso(json_get_str(object, key), &at) == 0 ? at :
	    otherwise;
}

static int
find_post(const struct gold_thread *thread, struct str id)
{
	size_t i;

	if (id.n == 0)
		return -1;
	for (i = 0; i < thread->nposts; i++)
		if (str_eq(thread->posts[i].id, id))
			return (int)i;
	return -1;
}

static int
read_posts(struct gold_thread *thread, struct json_object *list,
    struct err *err)
{
	size_t n = json_object_array_length(list), i;

	if (n > GOLD_POSTS_MAX)
		return err_set_code(err, ERR_LIMIT, "more than %d posts",
		    GOLD_POSTS_MAX);
	thread->posts = xcalloc(n + 1, sizeof(*thread->posts));
	for (i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		struct gold_post *post = &thread->posts[i];

		if (!json_object_is_type(o, json_type_object))
			return err_set_code(err, ERR_INVALID,
			    "post %zu is no object", i + 1);
		post->json = o;
		post->id = text_of(json_member(o, "id"));
		post->author = text_of(json_member(o, "author"));
		post->text = json_get_str(o, "text");
		post->ours = json_get_bool(o, "ours", false);
		post->deleted_at = time_of(o, "deleted_at", 0);
		post->at = time_of(o, "at", i > 0 ? post[-1].at + 1 : 1);
		if (post->at < 1)
			post->at = 1;
		thread->nposts = i + 1;
	}
	for (i = 0; i < n; i++) {
		struct gold_post *post = &thread->posts[i];

		post->parent = find_post(thread, text_of(json_member(
		    post->json, "reply_to")));
		if (post->parent == (int)i)
			post->parent = -1;
	}
	return 0;
}

int
gold_parse(struct str line, struct gold_thread *thread, struct err *err)
{
	struct json_object *posts;
	int64_t newest = 1;
	size_t i;

	memset(thread, 0, sizeof(*thread));
	if (json_parse(line, &thread->json, err) == -1)
		return -1;
	if (!json_object_is_type(thread->json, json_type_object))
		return err_set_code(err, ERR_INVALID, "a thread is an object");
	thread->id = json_member(thread->json, "id");
	posts = json_member(thread->json, "posts");
	if (!json_object_is_type(posts, json_type_array))
		return err_set_code(err, ERR_INVALID,
		    "a thread has an array `posts'");
	if (read_posts(thread, posts, err) == -1)
		return -1;
	for (i = 0; i < thread->nposts; i++)
		if (thread->posts[i].at > newest)
			newest = thread->posts[i].at;
	thread->as_of = time_of(thread->json, "as_of", newest);
	thread->replies_visible = json_get_bool(thread->json,
	    "replies_visible", true);
	thread->flat = json_get_bool(thread->json, "flat",
	    is_chat(json_get_str(thread->json, "platform")));
	return 0;
}

void
gold_fini(struct gold_thread *thread)
{
	free(thread->posts);
	json_object_put(thread->json);
	memset(thread, 0, sizeof(*thread));
}

/* A line too long: read on to its end without keeping it. */
static void
skip_line(FILE *f)
{
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		;
}

int
gold_line(FILE *f, char **line, size_t *room, struct str *ret)
{
	size_t n;
	int c;

	do {
		n = 0;
		while ((c = getc_unlocked(f)) != EOF && c != '\n') {
			if (n == GOLD_LINE_MAX) {
				skip_line(f);
				return -1;
			}
			if (n + 1 >= *room) {
				*room = *room == 0 ? 4096 : *room * 2;
				*line = xreallocarray(*line, *room, 1);
			}
			(*line)[n++] = (char)c;
		}
		*ret = str_trim((struct str){ *line, n });
	} while (ret->n == 0 && c != EOF);
	return ret->n > 0;
}
