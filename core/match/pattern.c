/*
 * Compiles patterns with PCRE2 and keeps them within their budget.
 *
 * The engine's own limits bound what one text can cost at run time; texts made
 * from the pattern to be hostile to it show at load whether it reaches them,
 * and such a pattern does not load.
 */
#include "match/pattern.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "match/pattern_tree.h"

struct pattern {
	pcre2_code *code;
	char *text;
	size_t n;
	bool raw;
	struct re *re;          /* NULL: a raw one that does not fold */
};

struct pattern_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

static pcre2_code *
compile(const char *text, size_t n, bool raw, const struct otext *where,
    struct spot *spot)
{
	uint32_t options = raw ? PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS |
	    PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C :
	    PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code;
	PCRE2_SIZE at;
	char why[160];
	int e;

	code = pcre2_compile((PCRE2_SPTR)text, n, options, &e, &at, NULL);
	if (code != NULL) {
		/* Without JIT the interpreter does it, within the same limits. */
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
		return code;
	}
	pcre2_get_error_message(e, (PCRE2_UCHAR *)why, sizeof(why));
	/* PCRE2 stands behind what it does not like. */
	spot_tell(spot, otext_column(where, at > 0 ? at - 1 : 0), "%s", why);
	return NULL;
}

static bool
matches_empty(const pcre2_code *code)
{
	uint32_t empty = 0;

	pcre2_pattern_info(code, PCRE2_INFO_MATCHEMPTY, &empty);
	return empty != 0;
}

int
pattern_try(const struct otext *in, struct spot *spot)
{
	struct otext out = OTEXT_INIT;
	pcre2_code *code = NULL;

	if (pattern_fold(in, &out, spot) == 0)
		code = compile(out.p, out.n, false, &out, spot);
	pcre2_code_free(code);
	otext_fini(&out);
	return code == NULL ? -1 : 0;
}

/* What even the plainest post holds: a pattern that matches all says nothing. */
static bool
matches_everything(const struct pattern *pattern, struct pattern_scratch *s)
{
	static const char *const plain[] = { "vremeto e hubavo dnes",
	    "das wetter ist schon", "nice weather today", "ladna dzis pogoda",
	    "azi e vreme frumoasa", "1234", "ok", "ha ha!" };
	size_t i, start, end;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (pattern_find(pattern, s, str_of(plain[i]), 0, &start,
		    &end) != 1)
			return false;
	return true;
}

static void
check_sense(const struct pattern *pattern, struct pattern_scratch *s,
    unsigned column, struct spot *spot)
{
	if (matches_empty(pattern->code))
		spot_tell(spot, column, "this can match nothing at all, so it "
		    "matches every post: make a part of it obligatory");
	else if (matches_everything(pattern, s))
		spot_tell(spot, column, "this matches nearly every post: name "
		    "what has to be in it");
	else if (pattern->re != NULL && !pattern->raw &&
	    hostile_never_matches(pattern, pattern->re, s))
		spot_tell(spot, column, "this seems to match nothing: of 300 "
		    "texts made from it none did; is a \\b, ^ or $ in a place "
		    "where it cannot hold?");
	else if (hostile_is_slow(pattern, pattern->re, s))
		spot_tell(spot, column, "too slow on some texts: a repetition "
		    "within a repetition, or several .* in a row; bound them, "
		    "as in .{0,40}");
}

/* A raw pattern's tree, from its folded form, to make hostile texts from. */
static struct re *
shape_of(const struct otext *in)
{
	struct problems ignored = PROBLEMS_INIT;
	struct spot spot = { "", 0, &ignored, false };
	struct otext out = OTEXT_INIT;
	struct re *re = NULL;

	if (pattern_fold(in, &out, &spot) == 0)
		re = re_parse((struct str){ out.p, out.n });
	otext_fini(&out);
	problems_fini(&ignored);
	return re;
}

struct pattern *
pattern_new(const struct otext *in, bool raw, struct spot *spot)
{
	struct pattern *pattern = xcalloc(1, sizeof(*pattern));
	struct pattern_scratch *scratch = pattern_scratch_new();
	struct otext folded = OTEXT_INIT;
	bool was_bad = spot->bad;

	spot->bad = false;
	pattern->raw = raw;
	if (raw)
		otext_add(&folded, in->p, in->n, otext_column(in, 0));
	if (raw || pattern_fold(in, &folded, spot) == 0) {
		pattern->text = xstrndup(folded.p, folded.n);
		pattern->n = folded.n;
		pattern->code = compile(folded.p, folded.n, raw,
		    raw ? in : &folded, spot);
	}
	if (pattern->code != NULL && raw) {
		pattern->re = shape_of(in);
	} else if (pattern->code != NULL) {
		pattern->re = re_parse(pattern_text(pattern));
		if (pattern->re == NULL)
			spot_tell(spot, otext_column(in, 0),
			    "groups are nested too deep");
	}
	if (pattern->code != NULL && !spot->bad)
		check_sense(pattern, scratch, otext_column(in, 0), spot);
	if (spot->bad) {
		pattern_free(pattern);
		pattern = NULL;
	} else {
		spot->bad = was_bad;
	}
	otext_fini(&folded);
	pattern_scratch_free(scratch);
	return pattern;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	re_free(pattern->re);
	free(pattern->text);
	free(pattern);
}

struct str
pattern_text(const struct pattern *pattern)
{
	return (struct str){ pattern->text, pattern->n };
}

bool
pattern_is_raw(const struct pattern *pattern)
{
	return pattern->raw;
}

const struct re *
pattern_tree(const struct pattern *pattern)
{
	return pattern->raw ? NULL : pattern->re;
}

struct pattern_scratch *
pattern_scratch_new(void)
{
	struct pattern_scratch *s = xcalloc(1, sizeof(*s));

	s->data = pcre2_match_data_create(16, NULL);
	s->context = pcre2_match_context_create(NULL);
	s->stack = pcre2_jit_stack_create(32 << 10, 512 << 10, NULL);
	if (s->data == NULL || s->context == NULL || s->stack == NULL)
		abort();                /* out of memory, as xcalloc() */
	pcre2_set_match_limit(s->context, PATTERN_MATCH_LIMIT);
	pcre2_set_depth_limit(s->context, PATTERN_DEPTH_LIMIT);
	pcre2_set_heap_limit(s->context, PATTERN_HEAP_KIB);
	pcre2_jit_stack_assign(s->context, NULL, s->stack);
	return s;
}

void
pattern_scratch_free(struct pattern_scratch *s)
{
	if (s == NULL)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	free(s);
}

int
pattern_find(const struct pattern *pattern, struct pattern_scratch *s,
    struct str text, size_t from, size_t *start, size_t *end)
{
	PCRE2_SIZE *v;
	int r;

	if (from > text.n)
		return 0;
	r = pcre2_match(pattern->code, (PCRE2_SPTR)(text.p == NULL ? "" :
	    text.p), text.n, from, 0, s->data, s->context);
	if (r == PCRE2_ERROR_NOMATCH)
		return 0;
	if (r < 0)
		return -1;
	v = pcre2_get_ovector_pointer(s->data);
	*start = v[0];
	*end = v[1] < v[0] ? v[0] : v[1];
	return 1;
}
