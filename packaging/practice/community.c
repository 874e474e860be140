/*
 * Read the community's two files and put its posts on the line of time.
 *
 * The files are ours, but a trainer may write others: each line is checked and
 * the first bad one is named.
 */
#include "packaging/practice/practice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define LINE_MAX_BYTES ((size_t)256 << 10)
#define POSTS_MAX ((size_t)100000)
#define MINUTES_MAX ((int64_t)366 * 24 * 60)

/* Message ids leave room for what a bot sends between two of them. */
#define MESSAGE_STEP 100

static const char *
text(struct json_object *line, const char *key)
{
	struct json_object *value = json_member(line, key);

	return json_object_is_type(value, json_type_string) ?
	    json_object_get_string(value) : NULL;
}

static size_t
length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ?
	    json_object_array_length(array) : 0;
}

/* Each line of the file as one element of a new array. */
static int
lines_read(const char *dir, const char *name, struct json_object **ret,
    struct err *err)
{
	struct json_object *array = json_object_new_array(), *value;
	char *path = xasprintf("%s/%s", dir, name), *line = NULL;
	size_t room = 0, lineno = 0;
	ssize_t n;
	FILE *f;
	int r = -1;

	f = fopen(path, "re");
	if (f == NULL) {
		err_errno(err, errno, "%s", path);
		goto out;
	}
	while ((n = getline(&line, &room, f)) != -1) {
		lineno++;
		value = NULL;
		if ((size_t)n > LINE_MAX_BYTES || lineno > POSTS_MAX) {
			err_set_code(err, ERR_LIMIT, "too long");
		} else if (json_parse((struct str){ line, (size_t)n }, &value,
		    err) == 0) {
			json_object_array_add(array, value);
			continue;
		}
		err_prefix(err, "%s:%zu", path, lineno);
		goto out;
	}
	if (ferror(f)) {
		err_errno(err, errno, "%s", path);
		goto out;
	}
	*ret = array;
	array = NULL;
	r = 0;
out:
	json_object_put(array);
	free(line);
	free(path);
	if (f != NULL)
		fclose(f);
	return r;
}

struct place *
community_place(const struct community *c, const char *id)
{
	for (size_t i = 0; id != NULL && i < c->nplaces; i++)
		if (strcmp(c->places[i].id, id) == 0)
			return &c->places[i];
	return NULL;
}

struct thread *
community_thread(const struct community *c, const char *id)
{
	for (size_t i = 0; i < c->nthreads; i++)
		if (strcmp(c->threads[i].id, id) == 0)
			return &c->threads[i];
	return NULL;
}

static int
place_parse(struct place *p, struct json_object *line, size_t number,
    struct err *err)
{
	static const char *const names[] = { "feed", "telegram", "capture",
		"export" };
	const char *platform = text(line, "platform");
	const char *format = text(line, "format");

	p->id = text(line, "id");
	p->name = text(line, "name");
	p->kind = text(line, "kind");
	p->lang = text(line, "lang");
	p->basis = text(line, "basis");
	p->url = text(line, "url");
	p->chat = text(line, "chat");
	p->topics = json_member(line, "topics");
	p->rss = format != NULL && strcmp(format, "rss") == 0;
	for (size_t i = 0; platform != NULL && i < 4; i++)
		if (strcmp(platform, names[i]) == 0)
			p->platform = (enum platform)(i + 1);
	if (p->id == NULL || p->name == NULL || p->kind == NULL ||
	    p->lang == NULL || p->basis == NULL)
		return err_set(err,
		    "a place needs id, name, kind, lang and basis");
	if (p->platform == 0)
		return err_set(err, "place %s: platform must be feed, "
		    "telegram, capture or export", p->id);
	if ((p->platform == FEED || p->platform == CAPTURE) && p->url == NULL)
		return err_set(err, "place %s: url is missing", p->id);
	if ((p->platform == TELEGRAM || p->platform == EXPORT) &&
	    p->chat == NULL)
		return err_set(err, "place %s: chat is missing", p->id);
	p->chat_id = -1002000000001 - (int64_t)number;
	/* The first messages of a forum create its topics. */
	p->messages = (int64_t)length(p->topics) * MESSAGE_STEP;
	return 0;
}

static struct post *
post_find(const struct thread *t, const char *id, size_t n)
{
	for (size_t i = 0; id != NULL && i < n; i++)
		if (t->posts[i]->edit_of == NULL &&
		    strcmp(t->posts[i]->id, id) == 0)
			return t->posts[i];
	return NULL;
}

/* One number an account, so that a person is the same in all places. */
static int64_t
author_number(struct community *c, const char *author)
{
	if (author == NULL)
		return 0;
	if (json_member(c->authors, author) == NULL)
		json_put_i64(c->authors, author,
		    5100000001 + json_object_object_length(c->authors));
	return json_get_i64(c->authors, author, 0);
}

/* ${n} posts of the thread stand already. */
static int
post_parse(struct community *c, struct thread *t, size_t n,
    struct json_object *value, int64_t fast, struct err *err)
{
	struct post *p = t->posts[n];
	const char *reply_to = text(value, "reply_to");
	const char *edit_of = text(value, "edit_of");
	const char *place = text(value, "place");
	int64_t ago = json_get_i64(value, "ago_min", INT64_MAX);

	p->thread = t;
	p->place = place == NULL ? t->place : community_place(c, place);
	p->id = text(value, "id");
	p->author = text(value, "author");
	p->name = text(value, "name");
	p->text = text(value, "text");
	p->author_id = author_number(c, p->author);
	p->parent = post_find(t, reply_to, n);
	p->edit_of = post_find(t, edit_of, n);
	if (p->id == NULL || p->text == NULL || p->place == NULL)
		return err_set(err, "a post needs id, text and a known place");
	if (ago > MINUTES_MAX || ago < -MINUTES_MAX)
		return err_set(err, "post %s: ago_min is missing or too large",
		    p->id);
	if ((reply_to != NULL && p->parent == NULL) ||
	    (edit_of != NULL && p->edit_of == NULL))
		return err_set(err,
		    "post %s: what it refers to does not stand before it",
		    p->id);
	if (p->author != NULL && p->name == NULL)
		p->name = p->author;
	p->at = c->start - ago * MINUTE_MS / (ago < 0 ? fast : 1);
	return 0;
}

static int
thread_parse(struct community *c, struct thread *t, struct json_object *line,
    int64_t fast, struct err *err)
{
	struct json_object *posts = json_member(line, "posts");
	size_t n = length(posts);

	t->id = text(line, "id");
	t->lang = text(line, "lang");
	t->title = text(line, "title");
	t->topic = text(line, "topic");
	t->replies_visible = json_get_bool(line, "replies_visible", true);
	t->place = community_place(c, text(line, "place"));
	if (t->id == NULL || t->lang == NULL || t->place == NULL || n == 0)
		return err_set(err,
		    "a thread needs id, lang, a known place and posts");
	if (c->nposts + n > POSTS_MAX)
		return err_set_code(err, ERR_LIMIT, "too many posts");
	t->posts = xcalloc(n, sizeof(*t->posts));
	c->posts = xreallocarray(c->posts, c->nposts + n, sizeof(*c->posts));
	for (size_t i = 0; i < n; i++) {
		t->posts[i] = xcalloc(1, sizeof(**t->posts));
		t->nposts++;
		c->posts[c->nposts++] = t->posts[i];
		if (post_parse(c, t, i, json_object_array_get_idx(posts, i),
		    fast, err) == -1) {
			err_prefix(err, "thread %s", t->id);
			return -1;
		}
	}
	return 0;
}

static int
post_order(const void *a, const void *b)
{
	const struct post *x = *(struct post *const *)a;
	const struct post *y = *(struct post *const *)b;
	int r;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	/* Total, so that ids are the same at the next start. */
	r = strcmp(x->thread->id, y->thread->id);
	return r != 0 ? r : strcmp(x->id, y->id);
}

/* Whoever was first has the lower number, as in a chat. */
static void
messages_number(struct community *c)
{
	struct post *p;

	for (size_t i = 0; i < c->nposts; i++) {
		p = c->posts[i];
		if (p->edit_of != NULL)
			continue;
		p->message_id = p->place->messages += MESSAGE_STEP;
		if (p->place->discussion != NULL)
			p->forward_id = p->place->discussion->messages +=
			    MESSAGE_STEP;
	}
}

int
community_load(struct community *c, const char *dir, int64_t start,
    int64_t fast, struct err *err)
{
	struct json_object *places = NULL, *threads = NULL, *line;

	memset(c, 0, sizeof(*c));
	c->start = start;
	c->lines = json_object_new_array();
	c->authors = json_object_new_object();
	if (lines_read(dir, "places.ndjson", &places, err) == -1)
		return -1;
	json_object_array_add(c->lines, places);
	if (lines_read(dir, "threads.ndjson", &threads, err) == -1)
		return -1;
	json_object_array_add(c->lines, threads);

	c->places = xcalloc(length(places) + 1, sizeof(*c->places));
	for (size_t i = 0; i < length(places); i++) {
		if (place_parse(&c->places[i],
		    json_object_array_get_idx(places, i), i, err) == -1) {
			err_prefix(err, "%s/places.ndjson:%zu", dir, i + 1);
			return -1;
		}
		c->nplaces++;
	}
	for (size_t i = 0; i < c->nplaces; i++) {
		line = json_object_array_get_idx(places, i);
		c->places[i].discussion =
		    community_place(c, text(line, "discussion"));
	}
	c->threads = xcalloc(length(threads) + 1, sizeof(*c->threads));
	for (size_t i = 0; i < length(threads); i++) {
		c->nthreads++;
		if (thread_parse(c, &c->threads[i],
		    json_object_array_get_idx(threads, i), fast, err) == -1) {
			err_prefix(err, "%s/threads.ndjson:%zu", dir, i + 1);
			return -1;
		}
	}
	if (c->nposts > 0)
		qsort(c->posts, c->nposts, sizeof(*c->posts), post_order);
	messages_number(c);
	return 0;
}

void
community_fini(struct community *c)
{
	for (size_t i = 0; i < c->nposts; i++)
		free(c->posts[i]);
	for (size_t i = 0; i < c->nthreads; i++)
		free(c->threads[i].posts);
	free(c->posts);
	free(c->threads);
	free(c->places);
	json_object_put(c->authors);
	json_object_put(c->lines);
}

int64_t
community_next(const struct community *c, int64_t now)
{
	for (size_t i = 0; i < c->nposts; i++)
		if (c->posts[i]->at > now)
			return c->posts[i]->at;
	return INT64_MAX;
}

const struct post *
post_version(const struct post *p, int64_t now)
{
	const struct thread *t = p->thread;
	const struct post *newest = p;

	if (p->at > now)
		return NULL;
	for (size_t i = 0; i < t->nposts; i++)
		if (t->posts[i]->edit_of == p && t->posts[i]->at <= now &&
		    t->posts[i]->at >= newest->at)
			newest = t->posts[i];
	return newest;
}
