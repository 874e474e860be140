/*
 * Rule files and posts with whatever stands in them.  Up to a line "%%" the
 * input is a rule file; what follows is a post.  A set that loads must give the
 * same hits twice, with spans inside the text; the post also goes through a
 * good set and, as a line of NDJSON, through judge.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/problems.h"
#include "match/judge.h"
#include "match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char good[] =
	"[topic wages]\ntitle.en = Wages\n"
	"[claim c]\nfact.en = x\nsource = x\n"
	"[words en]\ndenies = not true\n"
	"[rule a]\nkind = asking\nrev = 1\nmatch.en = \\?\n"
	"[rule b]\nkind = question\ntopic = wages\nrev = 1\nnear = sentence\n"
	"match.bg = \\bзаплат\\w*\nphrase.pl = nie ... wypłat*\n"
	"raw.ro = \\bbani\\b\nexcept.bg = надниц\\w*\n"
	"[rule c]\nkind = misinformation\nclaim = c\nrev = 1\n"
	"match.en = \\bnever\\b\nparent.en = \\bwho\\b\n"
	"[rule d]\nkind = advert\nrev = 1\nmatch.en = \\bcall\\b\n";

static size_t
check_spans(const struct match_result *result, size_t n)
{
	size_t i, k, sum = 0;

	for (i = 0; i < result->nhits; i++) {
		for (k = 0; k < result->hits[i].nspans; k++) {
			const struct match_span *s = &result->hits[i].spans[k];

			if (s->from > s->to || s->to > n)
				abort();
			sum = sum * 31 + s->from * 7 + s->to;
		}
		(void)match_hit_counts(result, &result->hits[i]);
	}
	(void)match_lang(STR("x"), result);
	return sum;
}

static void
run_post(struct ruleset *set, struct str post)
{
	struct match_scratch *scratch = match_scratch_new(set);
	struct match_result result;
	size_t first;

	match_result_init(&result);
	match_post(scratch, post, post, &result);
	first = check_spans(&result, post.n);
	match_post(scratch, post, post, &result);
	if (check_spans(&result, post.n) != first)
		abort();
	match_result_fini(&result);
	match_scratch_free(scratch);
}

/* Made once: loading is what takes the time. */
static struct ruleset *
good_set(void)
{
	static struct ruleset *set;
	struct problems problems = PROBLEMS_INIT;

	if (set == NULL && ruleset_parse("good", STR(good), &set,
	    &problems) == -1)
		abort();
	return set;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rules = { (const char *)data, n }, post = rules;
	struct problems problems = PROBLEMS_INIT;
	struct ruleset *set = NULL;
	struct judge *judge;
	const char *cut = memmem(data, n, "\n%%\n", 4);

	if (cut != NULL) {
		rules.n = (size_t)(cut - rules.p) + 1;
		post.p = cut + 4;
		post.n = n - rules.n - 3;
	}
	/* What is compiled and tried by hostile texts takes its time. */
	if (rules.n <= 2000 && ruleset_parse("fuzz", rules, &set,
	    &problems) == 0) {
		run_post(set, post);
		ruleset_unref(set);
	}
	problems_fini(&problems);
	run_post(good_set(), post);
	judge = judge_new(good_set());
	json_object_put(judge_line(judge, post));
	judge_free(judge);
	return 0;
}
