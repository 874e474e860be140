/*
 * Reads a rule from its stanza: keys checked against their table, patterns
 * expanded, folded and compiled, and the fingerprint of what came out.
 */
#include "match/rule.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "match/pattern.h"
#include "match/phrase.h"

const char *const rule_kinds[] = { "question", "asking", "misinformation",
	"correction", "answer", "filler", "solved", "advert", "urgent", NULL };
const char *const rule_fillers[] = { "bump", "same", "private", "tag",
	"thanks", "question", "insult", NULL };
static const char *const statuses[] = { "experimental", "test", "stable",
	"deprecated", NULL };
static const char *const grades[] = { "weak", "strong", "seek", NULL };
static const char *const asks[] = { "yes", "no", "strong", "seek", NULL };

#define KIND_CHOICES "question asking misinformation correction answer filler " \
	"solved advert urgent"
#define PATTERN STANZA_MANY | STANZA_LANG

const struct stanza_key rule_keys[] = {
	{ "kind", STANZA_CHOICE, STANZA_REQUIRED, KIND_CHOICES, 0, 0,
	    "what it means that the rule matches" },
	{ "topic", STANZA_WORD, 0, NULL, 0, 0,
	    "the topic that a question asks about" },
	{ "claim", STANZA_WORD, 0, NULL, 0, 0,
	    "the false claim that is made or corrected" },
	{ "as", STANZA_CHOICE, 0,
	    "bump same private tag thanks question insult", 0, 0,
	    "what kind of filler" },
	{ "rev", STANZA_NUMBER, STANZA_REQUIRED, NULL, 1, 1000000,
	    "rises with every change of meaning" },
	{ "status", STANZA_CHOICE, 0, "experimental test stable deprecated",
	    0, 0, "how far the rule is trusted; stable if not said" },
	{ "source", STANZA_TEXT, STANZA_MANY, NULL, 0, 0,
	    "law or page that the rule rests on" },
	{ "grade", STANZA_CHOICE, 0, "strong weak seek", 0, 0,
	    "of asking: asks for help, asks something, looks for something" },
	{ "match", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "a regular expression; several are alternatives" },
	{ "phrase", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "the same for people: word* ... (a|b)" },
	{ "raw", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "a match on the text as it is, not folded" },
	{ "also", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "each must match as well, within `near'" },
	{ "except", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "none may match" },
	{ "parent", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "one must match in the post that is replied to" },
	{ "near", STANZA_TEXT, 0, NULL, 0, 0,
	    "sentence, two sentences, post, or a number of letters" },
	{ "weight", STANZA_NUMBER, 0, NULL, -10000, 10000,
	    "thousandths; 1000 is enough alone" },
	{ "asks", STANZA_CHOICE, 0, "yes no strong seek", 0, 0,
	    "what asking a question needs near it" },
	{ "scope", STANZA_CHOICE, 0, "sentence post", 0, 0,
	    "what an advert mutes" },
	{ "ok", STANZA_TEXT, PATTERN, NULL, 0, 0, "an example that matches" },
	{ "no", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "an example that must not match" },
	{ "todo", STANZA_TEXT, PATTERN, NULL, 0, 0,
	    "a known miss, reported only" },
	{ NULL, 0, 0, NULL, 0, 0, NULL }
};

struct reader {
	struct rule *rule;
	const struct stanza_file *file;
	const struct stanza *stanza;
	const struct words *words;
	struct problems *problems;
	bool bad;
	crypto_generichash_state hash;
};

static void
tell(struct reader *r, const char *key, const char *text)
{
	const struct stanza_line *line = stanza_find(r->stanza, key, NULL);

	problems_add(r->problems, r->file->path, line != NULL ? line->line :
	    r->stanza->line, line != NULL ? line->column : 1, "%s", text);
	r->bad = true;
}

static int
choice(const char *value, const char *const *words, int otherwise)
{
	int i;

	for (i = 0; value != NULL && words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	return otherwise;
}

static void
read_near(struct reader *r)
{
	static const struct {
		const char *text;
		int near;
	} names[] = { { "sentence", NEAR_SENTENCE }, { "post", NEAR_POST },
	    { "two sentences", NEAR_TWO_SENTENCES },
	    { "2 sentences", NEAR_TWO_SENTENCES },
	    { "sentences", NEAR_TWO_SENTENCES } };
	const char *value = stanza_text(r->stanza, "near", NULL);
	int64_t number;
	size_t i;

	r->rule->near = NEAR_DEFAULT;
	r->rule->near_given = value != NULL;
	if (value == NULL)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i].text) == 0) {
			r->rule->near = names[i].near;
			return;
		}
	}
	if (str_to_i64(str_of(value), 1, 10000, &number) == 0)
		r->rule->near = (int)number;
	else
		tell(r, "near", "`near' is `sentence', `two sentences', `post' "
		    "or a number of letters from 1 to 10000 (90 is usual)");
}

/* Which keys belong to which kind. */
static void
read_subject(struct reader *r)
{
	const char *topic = stanza_text(r->stanza, "topic", NULL);
	const char *claim = stanza_text(r->stanza, "claim", NULL);
	const char *as = stanza_text(r->stanza, "as", NULL);
	enum rule_kind kind = r->rule->kind;
	bool claims = kind == RULE_MISINFORMATION || kind == RULE_CORRECTION;

	if (claims && claim == NULL)
		tell(r, "kind", "this kind says which claim: `claim = ...'");
	if (!claims && claim != NULL)
		tell(r, "claim", "only misinformation and correction name a "
		    "claim");
	if (kind == RULE_QUESTION && topic == NULL)
		tell(r, "kind", "a question says about what: `topic = ...'");
	if (topic != NULL && kind != RULE_QUESTION && kind != RULE_ANSWER &&
	    kind != RULE_URGENT && kind != RULE_ADVERT)
		tell(r, "topic", "this kind has no topic");
	if (kind == RULE_FILLER && as == NULL)
		tell(r, "kind", "a filler says which: `as = bump', same, "
		    "private, tag, thanks, question or insult");
	if (as != NULL && kind != RULE_FILLER)
		tell(r, "as", "only a filler has `as'");
	if (stanza_find(r->stanza, "grade", NULL) != NULL &&
	    kind != RULE_ASKING)
		tell(r, "grade", "only asking has a grade");
	if (stanza_find(r->stanza, "asks", NULL) != NULL &&
	    kind != RULE_QUESTION)
		tell(r, "asks", "only a question has `asks'");
	if (stanza_find(r->stanza, "scope", NULL) != NULL &&
	    kind != RULE_ADVERT)
		tell(r, "scope", "only an advert has a scope");
	r->rule->subject = claims ? claim : kind == RULE_FILLER ? as : topic;
}

/* The rule's patterns in ${lang}; NULL: not a language of ours. */
static struct rule_variant *
variant_get(struct rule *rule, const char *lang)
{
	const char *const *own = stanza_langs;
	struct rule_variant *v;
	size_t i;

	while (*own != NULL && strcmp(*own, lang) != 0)
		own++;
	if (*own == NULL)
		return NULL;
	for (i = 0; i < rule->nvariants; i++)
		if (rule->variants[i].lang == *own)
			return &rule->variants[i];
	assert(rule->nvariants < RULE_LANGS);
	v = &rule->variants[rule->nvariants++];
	v->lang = *own;
	return v;
}

static void
hash_add(struct reader *r, const char *p, size_t n)
{
	unsigned char length[4] = { n & 255, n >> 8 & 255, n >> 16 & 255, 0 };

	crypto_generichash_update(&r->hash, length, sizeof(length));
	crypto_generichash_update(&r->hash, (const unsigned char *)p, n);
}

static void
hash_number(struct reader *r, int64_t number)
{
	char *text = xasprintf("%lld", (long long)number);

	hash_add(r, text, strlen(text));
	free(text);
}

/* One pattern line; ${part} is PARTS where the key is none. */
static void
read_pattern(struct reader *r, const struct stanza_line *line)
{
	static const struct {
		const char *key;
		enum part part;
	} parts[] = { { "match", PART_MATCH }, { "phrase", PART_MATCH },
	    { "raw", PART_MATCH }, { "also", PART_ALSO },
	    { "except", PART_EXCEPT }, { "parent", PART_PARENT } };
	struct otext in = OTEXT_INIT, plain = OTEXT_INIT, full = OTEXT_INIT;
	struct spot spot = { r->file->path, line->line, r->problems, false };
	struct rule_variant *variant;
	struct pattern *pattern = NULL;
	enum part part = PARTS;
	bool raw = strcmp(line->key, "raw") == 0;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(line->key, parts[i].key) == 0)
			part = parts[i].part;
	if (part == PARTS || line->lang == NULL)
		return;
	variant = variant_get(r->rule, line->lang);
	if (variant == NULL)
		return;
	otext_set(&in, line->value, line->column);
	if (strcmp(line->key, "phrase") == 0)
		phrase_compile(&in, &plain, &spot);
	else
		otext_set(&plain, line->value, line->column);
	if (!spot.bad && words_expand(r->words, variant->lang, &plain, &full,
	    &spot) == 0)
		pattern = pattern_new(&full, raw, &spot);
	if (pattern != NULL) {
		vec_grow(variant->v, variant->n, variant->room);
		variant->v[variant->n++] = (struct rule_pattern){ part,
		    line->line, 0, pattern };
		hash_add(r, line->key, strlen(line->key));
		hash_add(r, variant->lang, strlen(variant->lang));
		hash_add(r, pattern_text(pattern).p, pattern_text(pattern).n);
	}
	r->bad = r->bad || spot.bad;
	r->rule->has_parent = r->rule->has_parent || part == PART_PARENT;
	otext_fini(&in);
	otext_fini(&plain);
	otext_fini(&full);
}

static void
read_example(struct reader *r, const struct stanza_line *line)
{
	struct rule_example example = { .lang = line->lang, .key = line->key,
	    .text = line->value, .line = line->line, .column = line->column };
	struct rule *rule = r->rule;
	size_t i;

	if ((strcmp(line->key, "ok") != 0 && strcmp(line->key, "no") != 0 &&
	    strcmp(line->key, "todo") != 0) || line->lang == NULL)
		return;
	for (i = 0; rule->has_parent && i + 4 <= line->value.n; i++) {
		if (memcmp(line->value.p + i, " >> ", 4) == 0) {
			example.parent = (struct str){ line->value.p, i };
			example.text = (struct str){ line->value.p + i + 4,
			    line->value.n - i - 4 };
			break;
		}
	}
	vec_grow(rule->examples, rule->nexamples, rule->room);
	rule->examples[rule->nexamples++] = example;
}

/* Each language with conditions needs something to match. */
static void
check_variants(struct reader *r)
{
	size_t i, k;

	for (i = 0; i < r->stanza->nlines && !r->bad; i++) {
		const struct stanza_line *line = &r->stanza->lines[i];
		bool found = false;

		if (line->lang == NULL || (strcmp(line->key, "also") != 0 &&
		    strcmp(line->key, "except") != 0 &&
		    strcmp(line->key, "ok") != 0))
			continue;
		for (k = 0; k < r->stanza->nlines; k++) {
			const struct stanza_line *other = &r->stanza->lines[k];

			found = found || (other->lang != NULL &&
			    strcmp(other->lang, line->lang) == 0 &&
			    (strcmp(other->key, "match") == 0 ||
			    strcmp(other->key, "phrase") == 0 ||
			    strcmp(other->key, "raw") == 0));
		}
		/* An example may be of any language: people mix them. */
		if (!found && strcmp(line->key, "ok") != 0) {
			problems_add(r->problems, r->file->path, line->line, 1,
			    "`%s.%s' without a `match.%s' does nothing",
			    line->key, line->lang, line->lang);
			r->bad = true;
		}
	}
	if (r->rule->nvariants == 0 && !r->bad)
		tell(r, "kind", "the rule has no `match', `phrase' or `raw'");
}

static void
read_hash(struct reader *r)
{
	struct rule *rule = r->rule;
	unsigned char hash[16];

	hash_number(r, rule->kind);
	hash_add(r, rule->subject == NULL ? "" : rule->subject,
	    rule->subject == NULL ? 0 : strlen(rule->subject));
	hash_number(r, rule->weight);
	hash_number(r, rule->grade);
	hash_number(r, rule->asks);
	hash_number(r, rule->near);
	hash_number(r, rule->near_given);
	hash_number(r, rule->post_scope);
	crypto_generichash_final(&r->hash, hash, sizeof(hash));
	sodium_bin2hex(rule->fingerprint, sizeof(rule->fingerprint), hash,
	    sizeof(hash));
}

struct rule *
rule_new(const struct stanza_file *file, const struct stanza *stanza,
    const struct words *words, struct problems *problems, bool *bad)
{
	struct rule *rule = xcalloc(1, sizeof(*rule));
	struct reader r = { .rule = rule, .file = file, .stanza = stanza,
	    .words = words, .problems = problems };
	size_t i;
	int kind;

	crypto_generichash_init(&r.hash, NULL, 0, 16);
	rule->id = stanza->name;
	rule->file = file->path;
	rule->line = stanza->line;
	r.bad = stanza_check(file, stanza, rule_keys, problems) == -1;
	if (*rule->id == '\0') {
		problems_add(problems, file->path, stanza->line, 1,
		    "a rule has a name: `[rule topic.what-it-finds]'");
		r.bad = true;
	}
	kind = choice(stanza_text(stanza, "kind", NULL), rule_kinds, -1);
	if (kind == -1) {
		free(rule);
		*bad = true;
		return NULL;
	}
	rule->kind = (enum rule_kind)kind;
	if (!r.bad) {
		rule->rev = (int)stanza_number(stanza, "rev", 1);
		rule->weight = (int)stanza_number(stanza, "weight",
		    RULE_WEIGHT);
	}
	rule->status = (enum rule_status)choice(stanza_text(stanza, "status",
	    NULL), statuses, RULE_STABLE);
	rule->source = stanza_text(stanza, "source", NULL);
	rule->grade = (enum rule_grade)choice(stanza_text(stanza, "grade",
	    NULL), grades, GRADE_WEAK);
	rule->filler = (enum rule_filler)choice(stanza_text(stanza, "as",
	    NULL), rule_fillers, 0);
	rule->asks = (enum rule_asks)choice(stanza_text(stanza, "asks", NULL),
	    asks, ASKS_YES);
	rule->post_scope = strcmp(stanza_text(stanza, "scope", "sentence"),
	    "post") == 0;
	read_near(&r);
	read_subject(&r);
	for (i = 0; i < stanza->nlines; i++)
		read_pattern(&r, &stanza->lines[i]);
	for (i = 0; i < stanza->nlines; i++)
		read_example(&r, &stanza->lines[i]);
	check_variants(&r);
	read_hash(&r);
	*bad = r.bad;
	return rule;
}

void
rule_free(struct rule *rule)
{
	size_t i, k;

	if (rule == NULL)
		return;
	for (i = 0; i < rule->nvariants; i++) {
		for (k = 0; k < rule->variants[i].n; k++)
			pattern_free(rule->variants[i].v[k].pattern);
		free(rule->variants[i].v);
	}
	free(rule->examples);
	free(rule);
}
