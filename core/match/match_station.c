/*
 * Matches what was stored.  Posts are read from a snapshot and matched here,
 * outside any transaction; what came of it is written by the writer, and only
 * where the post is still the one that was read: an edit that came in between
 * has set match_state to 0 again with a newer changed_at, and is matched next.
 */
#include "match/match_station.h"

#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "match/match.h"
#include "storage/post_match.h"
#include "storage/writer.h"

/* One batch on its way to the writer. */
struct batch {
	struct ruleset *rules;
	int64_t now;
	struct post_unmatched posts[MATCH_BATCH];
	struct match_result results[MATCH_BATCH];
	const char *langs[MATCH_BATCH];
	int n;
	int stored;
};

static char *
spans_json(const struct match_hit *hit)
{
	struct buf b;
	size_t i;

	buf_init(&b, 4096);
	buf_putc(&b, '[');
	for (i = 0; i < hit->nspans; i++)
		buf_printf(&b, "%s[%u,%u]", i > 0 ? "," : "",
		    hit->spans[i].from, hit->spans[i].to);
	buf_putc(&b, ']');
	return buf_take(&b);
}

static int
store_hit(struct db *db, int64_t post, const struct match_result *result,
    const struct match_hit *hit, struct err *err)
{
	char *spans = spans_json(hit);
	const struct post_hit row = {
		.rule = hit->rule->id, .rev = hit->rule->rev,
		.fingerprint = hit->rule->fingerprint,
		.kind = rule_kinds[hit->rule->kind],
		.subject = hit->rule->subject, .lang = hit->lang,
		.spans = spans, .limited = hit->limited,
		.counts = match_hit_counts(result, hit),
	};
	int r = post_hit_add(db, post, &row, err);

	free(spans);
	return r;
}

static int
store_post(struct db *db, const struct batch *batch, int i, struct err *err)
{
	const struct post_unmatched *post = &batch->posts[i];
	const struct match_result *result = &batch->results[i];
	size_t j;
	int r = post_matched(db, post, batch->rules->fingerprint,
	    batch->langs[i], batch->now, err);

	for (j = 0; r == 1 && j < result->nhits; j++) {
		if (store_hit(db, post->id, result, &result->hits[j], err) ==
		    -1)
			return -1;
	}
	return r;
}

static int
batch_store(struct db *db, void *arg, struct err *err)
{
	struct batch *batch = arg;
	int i;

	batch->stored = 0;
	for (i = 0; i < batch->n; i++) {
		int r = store_post(db, batch, i, err);

		if (r == -1)
			return -1;
		batch->stored += r;
	}
	return 0;
}

static void
batch_match(struct batch *batch)
{
	struct match_scratch *scratch = match_scratch_new(batch->rules);
	int i;

	for (i = 0; i < batch->n; i++) {
		struct post_unmatched *post = &batch->posts[i];

		match_result_init(&batch->results[i]);
		match_post(scratch, str_of(post->text),
		    str_of(post->parent_text), &batch->results[i]);
		batch->langs[i] = match_lang(str_of(post->text),
		    &batch->results[i]);
		if (batch->results[i].limited)
			count_add(COUNT_RULE_LIMITS, 1);
	}
	match_scratch_free(scratch);
}

int
match_station_run(struct agent *agent, struct db *db, struct err *err)
{
	struct batch *batch = xcalloc(1, sizeof(*batch));
	int i, r;

	batch->now = clock_now();
	batch->n = posts_unmatched(db, batch->posts, MATCH_BATCH, err);
	r = batch->n;
	if (r > 0) {
		batch->rules = agent_rules(agent);
		batch_match(batch);
		if (writer_do(agent_writer(agent), WRITER_BULK, batch_store,
		    batch, err) == -1)
			r = -1;
		else
			count_add(COUNT_POSTS_MATCHED, batch->stored);
		for (i = 0; i < batch->n; i++)
			match_result_fini(&batch->results[i]);
		ruleset_unref(batch->rules);
	}
	for (i = 0; i < batch->n; i++)
		post_unmatched_fini(&batch->posts[i]);
	free(batch);
	return r;
}
