/*
 * One post under all rules: fold it once, let the engine name the patterns
 * that may match, then asking and adverts first, because questions depend on
 * them, and the rest.
 */
#include "match/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/fold.h"
#include "match/match_run.h"

struct match_scratch *
match_scratch_new(struct ruleset *set)
{
	struct match_scratch *s = xcalloc(1, sizeof(*s));
	size_t patterns = engine_patterns(set->engine);

	s->set = ruleset_ref(set);
	s->pcre = pattern_scratch_new();
	s->found = xcalloc(patterns + 1, sizeof(*s->found));
	s->bits = xcalloc(engine_words(set->engine) + 1, sizeof(*s->bits));
	return s;
}

void
match_scratch_free(struct match_scratch *s)
{
	if (s == NULL)
		return;
	ruleset_unref(s->set);
	pattern_scratch_free(s->pcre);
	sentences_fini(&s->sentences);
	free(s->found);
	free(s->bits);
	free(s->folded);
	free(s->map);
	free(s->parent_folded);
	free(s);
}

void
match_result_init(struct match_result *result)
{
	memset(result, 0, sizeof(*result));
}

void
match_result_fini(struct match_result *result)
{
	free(result->hits);
	match_result_init(result);
}

static void
make_map(struct match_scratch *s)
{
	if (!s->mapped)
		fold_map(s->text, s->folded, s->map);
	s->mapped = true;
}

/* The first folded byte that came from ${offset} of the text or later. */
static uint32_t
folded_at(const struct match_scratch *s, size_t offset)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->map[middle] < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static void
find_all(struct match_scratch *s, const struct pattern *pattern,
    struct found *found)
{
	bool raw = pattern_is_raw(pattern);
	struct str text = raw ? s->text : (struct str){ s->folded, s->n };
	size_t from = 0, start, end;
	int r = 0;

	if (raw)
		make_map(s);
	found->n = 0;
	while (found->n < FOUND_MAX && (r = pattern_find(pattern, s->pcre,
	    text, from, &start, &end)) == 1) {
		struct span *span = &found->v[found->n++];

		span->from = raw ? folded_at(s, start) : (uint32_t)start;
		span->to = raw ? folded_at(s, end) : (uint32_t)end;
		from = end > start ? end : end + 1;
		/* raw text: do not stop within a letter */
		while (raw && from < text.n &&
		    ((unsigned char)text.p[from] & 0xc0) == 0x80)
			from++;
	}
	if (r == -1)
		found->n = -1;
}

const struct found *
run_find(struct match_scratch *s, uint32_t id)
{
	struct found *found = &s->found[id];

	if (found->stamp == s->stamp)
		return found;
	found->stamp = s->stamp;
	if (!run_may_find(s, id))
		found->n = 0;
	else
		find_all(s, engine_pattern(s->set->engine, id), found);
	return found;
}

static void
begin_post(struct match_scratch *s, struct str text, struct str parent)
{
	if (text.n > s->room) {
		s->room = text.n * 2 > MATCH_TEXT_MAX ? MATCH_TEXT_MAX :
		    text.n * 2;
		s->folded = xreallocarray(s->folded, FOLD_ROOM(s->room), 1);
		s->map = xreallocarray(s->map, FOLD_ROOM(s->room),
		    sizeof(*s->map));
	} else if (s->folded == NULL) {
		s->folded = xcalloc(FOLD_ROOM(0), 1);
		s->map = xcalloc(FOLD_ROOM(0), sizeof(*s->map));
	}
	if (++s->stamp == 0) {
		memset(s->found, 0, engine_patterns(s->set->engine) *
		    sizeof(*s->found));
		s->stamp = 1;
	}
	s->text = text;
	s->n = fold_text(text, s->folded);
	s->mapped = false;
	s->parent = parent;
	s->parent_done = false;
	s->nasking = s->nmuted = 0;
	sentences_cut(&s->sentences, (struct str){ s->folded, s->n });
	engine_scan(s->set->engine, (struct str){ s->folded, s->n }, s->bits);
}

/* Asking and adverts change what later rules may find. */
static void
remember(struct match_scratch *s, const struct match_hit *hit)
{
	const struct rule *rule = hit->rule;
	size_t i;

	for (i = 0; i < hit->nspans; i++) {
		struct span span = { hit->spans[i].from, hit->spans[i].to };

		if (rule->kind == RULE_ASKING && s->nasking < ASKING_MAX)
			s->asking[s->nasking++] = (struct asking){ span,
			    rule->grade };
		if (rule->kind == RULE_ADVERT && s->nmuted < MUTED_MAX) {
			size_t first = sentence_of(&s->sentences, span.from);
			size_t last = sentence_of(&s->sentences, span.to >
			    span.from ? span.to - 1 : span.from);

			s->muted[s->nmuted++] = (struct span){
			    rule->post_scope || first == 0 ? 0 :
			    s->sentences.ends[first - 1],
			    rule->post_scope ? UINT32_MAX :
			    s->sentences.ends[last] };
		}
	}
}

static void
add_hit(struct match_scratch *s, struct match_result *result,
    struct match_hit *hit)
{
	size_t i;

	remember(s, hit);
	make_map(s);
	for (i = 0; i < hit->nspans; i++) {
		size_t start, end;

		fold_span(s->map, s->n, hit->spans[i].from, hit->spans[i].to,
		    &start, &end);
		hit->spans[i] = (struct match_span){ (uint32_t)start,
		    (uint32_t)end };
	}
	vec_grow(result->hits, result->nhits, result->room);
	result->hits[result->nhits++] = *hit;
}

static void
run_kinds(struct match_scratch *s, struct match_result *result,
    bool (*wanted)(enum rule_kind))
{
	size_t i, k;

	for (i = 0; i < s->set->nrules; i++) {
		const struct rule *rule = s->set->rules[i];

		if (!wanted(rule->kind) || rule->status == RULE_DEPRECATED)
			continue;
		for (k = 0; k < rule->nvariants; k++) {
			struct match_hit hit = { .rule = rule,
			    .lang = rule->variants[k].lang };
			int r = run_variant(s, rule, &rule->variants[k], &hit);

			if (r == 0)
				continue;
			hit.limited = r == -1;
			if (hit.limited)
				hit.nspans = 0;
			add_hit(s, result, &hit);
		}
	}
}

static bool
is_asking(enum rule_kind kind)
{
	return kind == RULE_ASKING;
}

static bool
is_advert(enum rule_kind kind)
{
	return kind == RULE_ADVERT;
}

static bool
is_other(enum rule_kind kind)
{
	return kind != RULE_ASKING && kind != RULE_ADVERT;
}

void
match_post(struct match_scratch *s, struct str text, struct str parent,
    struct match_result *result)
{
	struct match_hit *hits = result->hits;
	size_t room = result->room;

	match_result_init(result);
	result->hits = hits;
	result->room = room;
	result->cut = text.n > MATCH_TEXT_MAX;
	if (result->cut)
		text = str_fit(text, MATCH_TEXT_MAX);
	if (parent.n > MATCH_TEXT_MAX)
		parent = str_fit(parent, MATCH_TEXT_MAX);
	if (text.p == NULL)
		text = STR("");
	begin_post(s, text, parent);
	run_kinds(s, result, is_asking);
	run_kinds(s, result, is_advert);
	run_kinds(s, result, is_other);
	run_sum(result);
}

const struct match_hit *
match_result_hit(const struct match_result *result, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < result->nhits; i++)
		if (result->hits[i].rule == rule && !result->hits[i].limited &&
		    !result->hits[i].doubted)
			return &result->hits[i];
	return NULL;
}
