/*
 * view.h - a thread as it was seen, put together for decide().
 *
 * The database (storage/thread_view.c) and `kompan judge' both fill one of
 * these, so both decide over the same thing.  Topics and claims are text
 * outside and bits in here.
 */
#ifndef KOMPAN_DECIDE_VIEW_H
#define KOMPAN_DECIDE_VIEW_H

#include "base/str.h"
#include "decide/decide.h"

#define VIEW_NAMES_MAX 64

struct view_names {
	char *v[VIEW_NAMES_MAX];
	size_t n;
};

struct thread_view {
	struct decide_thread thread;    /* .posts is set by thread_view_decide() */
	struct decide_post *posts;
	size_t nposts, room;
	struct view_names topics, claims;
};

void thread_view_init(struct thread_view *);
void thread_view_fini(struct thread_view *);
/*
 * Add a post; the rest of it is the caller's to set.  ${author} is copied.
 * Borrowed until the next one is added.
 */
struct decide_post *thread_view_post(struct thread_view *, int64_t id,
    struct str author);
/*
 * thread_view_hit(view, post, kind, subject): what a rule found in ${post}:
 * ${kind} as in a rule (question, filler...), ${subject} its topic, claim or
 * filler's `as'.  What decide() does not know is left out.
 */
void thread_view_hit(struct thread_view *, struct decide_post *,
    struct str kind, struct str subject);
void thread_view_decide(struct thread_view *, struct decision *);

/* "topic", "topic,topic": the names of a set, blank-free; free() it. */
char *view_names_text(const struct view_names *, decide_set);
const char *view_names_get(const struct view_names *, unsigned bit);
/* The lowest bit of a set that is not empty. */
unsigned decide_set_first(decide_set);

#endif
