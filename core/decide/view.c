/*
 * From hits, as rules report and the database stores them, to the marks and
 * bits that decide() weighs.
 */
#include "decide/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static const struct {
	const char *kind, *subject;     /* subject NULL: any */
	uint32_t marks;
} hit_marks[] = {
	{ "question", NULL, DECIDE_QUESTION },
	{ "asking", NULL, DECIDE_ASKS },
	{ "answer", NULL, DECIDE_ANSWER },
	{ "advert", NULL, DECIDE_ADVERT },
	{ "solved", NULL, DECIDE_SOLVED },
	{ "urgent", NULL, DECIDE_URGENT },
	{ "filler", "bump", DECIDE_BUMP },
	{ "filler", "same", DECIDE_SAME },
	{ "filler", "private", DECIDE_PRIVATE },
	{ "filler", "tag", DECIDE_TAG },
	{ "filler", "thanks", DECIDE_THANKS },
	{ "filler", "question", DECIDE_QUESTION_BACK },
	{ "filler", "insult", DECIDE_INSULT },
};

void
thread_view_init(struct thread_view *view)
{
	memset(view, 0, sizeof(*view));
}

static void
names_fini(struct view_names *names)
{
	while (names->n > 0)
		free(names->v[--names->n]);
}

void
thread_view_fini(struct thread_view *view)
{
	size_t i;

	for (i = 0; i < view->nposts; i++)
		free((char *)(uintptr_t)view->posts[i].author);
	free(view->posts);
	names_fini(&view->topics);
	names_fini(&view->claims);
	thread_view_init(view);
}

struct decide_post *
thread_view_post(struct thread_view *view, int64_t id, struct str author)
{
	struct decide_post *post;

	vec_grow(view->posts, view->nposts, view->room);
	post = &view->posts[view->nposts++];
	memset(post, 0, sizeof(*post));
	post->id = id;
	post->author = author.p != NULL ? str_dup(author) : NULL;
	return post;
}

/* The bit of ${name}, added if new; 0 where there is no room left. */
static decide_set
names_bit(struct view_names *names, struct str name)
{
	size_t i;

	if (name.n == 0)
		return 0;
	for (i = 0; i < names->n; i++) {
		if (str_is(name, names->v[i]))
			return (decide_set)1 << i;
	}
	if (names->n == VIEW_NAMES_MAX)
		return 0;
	names->v[names->n++] = str_dup(name);
	return (decide_set)1 << (names->n - 1);
}

void
thread_view_hit(struct thread_view *view, struct decide_post *post,
    struct str kind, struct str subject)
{
	size_t i;

	if (str_is(kind, "misinformation"))
		post->claims |= names_bit(&view->claims, subject);
	else if (str_is(kind, "correction"))
		post->corrects |= names_bit(&view->claims, subject);
	else if (str_is(kind, "question"))
		post->topics |= names_bit(&view->topics, subject);
	for (i = 0; i < sizeof(hit_marks) / sizeof(hit_marks[0]); i++) {
		if (str_is(kind, hit_marks[i].kind) &&
		    (hit_marks[i].subject == NULL ||
		    str_is(subject, hit_marks[i].subject)))
			post->marks |= hit_marks[i].marks;
	}
}

void
thread_view_decide(struct thread_view *view, struct decision *decision)
{
	view->thread.posts = view->posts;
	view->thread.nposts = view->nposts;
	decide(&view->thread, decision);
}

const char *
view_names_get(const struct view_names *names, unsigned bit)
{
	return bit < names->n ? names->v[bit] : "";
}

char *
view_names_text(const struct view_names *names, decide_set set)
{
	struct buf b;
	unsigned i;

	buf_init(&b, 64 * 1024);
	for (i = 0; i < names->n; i++) {
		if (set & ((decide_set)1 << i))
			buf_printf(&b, "%s%s", b.n > 0 ? "," : "",
			    names->v[i]);
	}
	return buf_take(&b);
}

unsigned
decide_set_first(decide_set set)
{
	return (unsigned)__builtin_ctzll(set);
}
