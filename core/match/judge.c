/*
 * Judges one thread as the stations would: mask, match, decide.  Nothing is
 * read but the thread, and labels in it are never looked at.
 */
#include "match/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "decide/view.h"
#include "match/match.h"
#include "storage/mask.h"

struct masked {
	struct buf text;
	struct mask_cut *cuts;
	size_t ncuts;
};

struct judge {
	struct match_scratch *scratch;
	struct masked *masked;          /* of the thread's posts */
	size_t room;
};

struct judge *
judge_new(struct ruleset *set)
{
	struct judge *judge = xcalloc(1, sizeof(*judge));

	judge->scratch = match_scratch_new(set);
	return judge;
}

void
judge_free(struct judge *judge)
{
	if (judge == NULL)
		return;
	match_scratch_free(judge->scratch);
	free(judge->masked);
	free(judge);
}

static void
mask_posts(struct judge *judge, const struct gold_thread *thread)
{
	size_t i;

	if (thread->nposts > judge->room) {
		judge->room = thread->nposts;
		judge->masked = xreallocarray(judge->masked, judge->room,
		    sizeof(*judge->masked));
	}
	for (i = 0; i < thread->nposts; i++) {
		struct masked *m = &judge->masked[i];
		struct str text = thread->posts[i].text;

		buf_init(&m->text, 2 * text.n + 16);
		mask_text_cuts(text, &m->text, &m->cuts, &m->ncuts);
	}
}

static void
unmask_posts(struct judge *judge, const struct gold_thread *thread)
{
	size_t i;

	for (i = 0; i < thread->nposts; i++) {
		buf_fini(&judge->masked[i].text);
		free(judge->masked[i].cuts);
	}
}

static bool
has_span(struct json_object *list, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *span = json_object_array_get_idx(list, i);

		if (json_object_get_int64(json_object_array_get_idx(span,
		    0)) == from && json_object_get_int64(
		    json_object_array_get_idx(span, 1)) == to)
			return true;
	}
	return false;
}

static void
add_spans(struct json_object *list, const struct masked *m,
    const struct match_hit *hit)
{
	size_t i;

	for (i = 0; i < hit->nspans; i++) {
		int64_t from = (int64_t)mask_offset(m->cuts, m->ncuts,
		    hit->spans[i].from, false);
		int64_t to = (int64_t)mask_offset(m->cuts, m->ncuts,
		    hit->spans[i].to, true);
		struct json_object *span;

		if (has_span(list, from, to))
			continue;
		span = json_object_new_array();
		json_object_array_add(span, json_object_new_int64(from));
		json_object_array_add(span, json_object_new_int64(to));
		json_object_array_add(list, span);
	}
}

static bool
is_shown(const struct match_result *result, size_t i)
{
	return result->hits[i].limited ||
	    match_hit_counts(result, &result->hits[i]);
}

/* A rule once, with what it found in every language. */
static struct json_object *
matches_json(const struct masked *m, const struct match_result *result)
{
	struct json_object *list = json_object_new_array(), *o, *spans;
	size_t i, k;

	for (i = 0; i < result->nhits; i++) {
		const struct rule *rule = result->hits[i].rule;
		bool judged = false;

		if (!is_shown(result, i))
			continue;
		for (k = i; k > 0 && result->hits[k - 1].rule == rule &&
		    !is_shown(result, k - 1); k--)
			;
		if (k > 0 && result->hits[k - 1].rule == rule)
			continue;
		o = json_object_new_object();
		spans = json_object_new_array();
		for (k = i; k < result->nhits && result->hits[k].rule == rule;
		    k++) {
			if (is_shown(result, k))
				add_spans(spans, m, &result->hits[k]);
			judged = judged || !result->hits[k].limited;
		}
		json_put_cstr(o, "rule", rule->id);
		json_put_i64(o, "rev", rule->rev);
		json_put_cstr(o, "kind", rule_kinds[rule->kind]);
		if (!judged)
			json_put_bool(o, "not_judged", true);
		json_put(o, "spans", spans);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
subjects_json(const struct match_subjects *subjects)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < subjects->n; i++)
		json_object_array_add(list,
		    json_object_new_string(subjects->v[i].id));
	return list;
}

static struct json_object *
post_json(const struct gold_post *post, const struct masked *m,
    const struct match_result *result)
{
	struct json_object *o = json_object_new_object();

	json_put_str(o, "id", post->id);
	json_put_cstr(o, "lang", match_lang(buf_get(&m->text), result));
	json_put_str(o, "state", STR_NONE);
	json_put(o, "question", subjects_json(&result->topics));
	json_put(o, "claims", subjects_json(&result->claims));
	json_put(o, "matches", matches_json(m, result));
	return o;
}

static size_t
count_letters(struct str text)
{
	size_t i, n = 0;

	for (i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

/* What decide() hears of post ${i}; its id is its place, from 1. */
static void
add_to_view(struct thread_view *view, const struct gold_thread *thread,
    size_t i, const struct masked *m, const struct match_result *result)
{
	const struct gold_post *post = &thread->posts[i];
	struct decide_post *p;
	size_t k;

	/* Later ones had not been seen then. */
	if (post->at > thread->as_of)
		return;
	p = thread_view_post(view, (int64_t)i + 1, post->author);
	p->parent = post->parent + 1;
	p->created_at = post->at;
	p->deleted_at = post->deleted_at > thread->as_of ? 0 :
	    post->deleted_at;
	p->length = count_letters(buf_get(&m->text));
	if (post->ours)
		p->marks |= DECIDE_OURS;
	for (k = 0; k < result->nhits; k++)
		if (match_hit_counts(result, &result->hits[k]))
			thread_view_hit(view, p, str_of(rule_kinds[
			    result->hits[k].rule->kind]),
			    str_of(result->hits[k].rule->subject));
}

static struct json_object *
questions_json(const struct gold_thread *thread,
    const struct decision *decision)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < decision->nquestions; i++) {
		const struct decide_question *q = &decision->questions[i];
		struct json_object *o = json_object_new_object();

		json_put_str(o, "post", thread->posts[q->post - 1].id);
		json_put_cstr(o, "state", decide_state_name(q->state));
		json_put_str(o, "answered_by", q->by > 0 ?
		    thread->posts[q->by - 1].id : STR_NONE);
		json_put_cstr(o, "reason", q->reason);
		json_object_array_add(list, o);
	}
	return list;
}

struct json_object *
judge_thread(struct judge *judge, const struct gold_thread *thread)
{
	struct json_object *o = json_object_new_object();
	struct json_object *posts = json_object_new_array();
	struct match_result result;
	struct decision decision;
	struct thread_view view;
	size_t i;

	thread_view_init(&view);
	view.thread.flat = thread->flat;
	view.thread.replies_visible = thread->replies_visible;
	view.thread.as_of = view.thread.read_at = thread->as_of;
	match_result_init(&result);
	mask_posts(judge, thread);
	for (i = 0; i < thread->nposts; i++) {
		const struct gold_post *post = &thread->posts[i];

		match_post(judge->scratch, buf_get(&judge->masked[i].text),
		    post->parent >= 0 ? buf_get(&judge->masked[
		    post->parent].text) : STR_NONE, &result);
		add_to_view(&view, thread, i, &judge->masked[i], &result);
		json_object_array_add(posts, post_json(post,
		    &judge->masked[i], &result));
	}
	thread_view_decide(&view, &decision);
	json_put(o, "id", json_object_get(thread->id));
	json_put_cstr(o, "verdict", decide_verdict_name(decision.verdict));
	json_put(o, "questions", questions_json(thread, &decision));
	json_put(o, "posts", posts);
	unmask_posts(judge, thread);
	match_result_fini(&result);
	decision_fini(&decision);
	thread_view_fini(&view);
	return o;
}

struct json_object *
judge_line(struct judge *judge, struct str line)
{
	struct gold_thread thread;
	struct json_object *o;
	struct err err = ERR_INIT;

	if (gold_parse(line, &thread, &err) == 0) {
		o = judge_thread(judge, &thread);
	} else {
		o = json_object_new_object();
		json_put(o, "id", json_object_get(thread.id));
		json_put_cstr(o, "error", err.text);
	}
	gold_fini(&thread);
	return o;
}
