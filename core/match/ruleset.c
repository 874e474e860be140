/*
 * Loads a set of rules, whole or not at all.  First every file is read and
 * every stanza taken in by kind, macros before rules; then names are checked
 * against each other; then, when nothing was wrong, the examples run on the
 * very set they belong to.
 */
#include "match/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/mem.h"
#include "match/engine.h"
#include "match/fold.h"
#include "match/pattern.h"

#define FOLDERS_MAX 8
#define FILES_MAX 5000

static const struct stanza_key topic_keys[] = {
	{ "title", STANZA_TEXT, STANZA_REQUIRED | STANZA_LANG, NULL, 0, 0,
	    "what reviewers read" },
	{ NULL, 0, 0, NULL, 0, 0, NULL }
};
static const struct stanza_key claim_keys[] = {
	{ "fact", STANZA_TEXT, STANZA_REQUIRED | STANZA_LANG, NULL, 0, 0,
	    "what holds" },
	{ "source", STANZA_TEXT, STANZA_REQUIRED | STANZA_MANY, NULL, 0, 0,
	    "law or page that says so" },
	{ NULL, 0, 0, NULL, 0, 0, NULL }
};

static pthread_mutex_t refs_lock = PTHREAD_MUTEX_INITIALIZER;

struct ruleset *
ruleset_ref(struct ruleset *set)
{
	pthread_mutex_lock(&refs_lock);
	set->refs++;
	pthread_mutex_unlock(&refs_lock);
	return set;
}

static void
set_free(struct ruleset *set)
{
	size_t i;

	engine_free(set->engine);
	for (i = 0; i < set->nrules; i++)
		rule_free(set->rules[i]);
	rule_free(set->denials);
	words_free(set->words);
	for (i = 0; i < set->nfiles; i++)
		stanza_free(set->files[i]);
	free(set->rules);
	free(set->topics);
	free(set->claims);
	free(set->files);
	free(set);
}

void
ruleset_unref(struct ruleset *set)
{
	bool last;

	if (set == NULL)
		return;
	pthread_mutex_lock(&refs_lock);
	last = --set->refs == 0;
	pthread_mutex_unlock(&refs_lock);
	if (last)
		set_free(set);
}

const struct rule *
ruleset_find(const struct ruleset *set, const char *id)
{
	size_t i;

	for (i = 0; i < set->nrules; i++)
		if (strcmp(set->rules[i]->id, id) == 0)
			return set->rules[i];
	return NULL;
}

static const struct subject *
subject_find(const struct subject *subjects, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(subjects[i].id, id) == 0)
			return &subjects[i];
	return NULL;
}

const struct subject *
ruleset_topic(const struct ruleset *set, const char *id)
{
	return subject_find(set->topics, set->ntopics, id);
}

const struct subject *
ruleset_claim(const struct ruleset *set, const char *id)
{
	return subject_find(set->claims, set->nclaims, id);
}

const char *
subject_text(const struct subject *subject, const char *key, const char *lang)
{
	const struct stanza_line *line = stanza_find(subject->stanza, key,
	    lang);

	if (line == NULL)
		line = stanza_find(subject->stanza, key, "en");
	return line != NULL ? line->value.p : subject->id;
}

/* Read the files below ${dir}, by name; folders too. */
static void
read_folder(struct ruleset *set, const char *dir, int depth,
    struct problems *problems)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, NULL, alphasort), i;

	if (n < 0)
		problems_add(problems, dir, 0, 0, "%s", strerror(errno));
	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		size_t len = strlen(name);
		char *path = xasprintf("%s/%s", dir, name);
		struct stat st;

		if (name[0] == '.' || stat(path, &st) == -1) {
			/* not ours: editors' and hidden files */
		} else if (S_ISDIR(st.st_mode)) {
			if (depth == FOLDERS_MAX)
				problems_add(problems, path, 0, 0,
				    "folders are nested too deep");
			else if (strcmp(name, "gold") != 0)
				read_folder(set, path, depth + 1, problems);
		} else if (S_ISREG(st.st_mode) && len > 6 &&
		    strcmp(name + len - 6, ".rules") == 0) {
			struct stanza_file *file = NULL;

			stanza_load(path, &file, problems);
			if (file != NULL && set->nfiles < FILES_MAX) {
				vec_grow(set->files, set->nfiles,
				    set->files_room);
				set->files[set->nfiles++] = file;
			} else {
				stanza_free(file);
			}
		}
		free(path);
		free(names[i]);
	}
	free(names);
}

static void
add_subject(struct subject **v, size_t *n, size_t *room,
    const struct stanza_file *file, const struct stanza *stanza,
    const struct stanza_key *keys, struct problems *problems)
{
	const struct subject *old = subject_find(*v, *n, stanza->name);

	stanza_check(file, stanza, keys, problems);
	if (*stanza->name == '\0') {
		problems_add(problems, file->path, stanza->line, 1,
		    "a %s has a name", stanza->kind);
		return;
	}
	if (old != NULL) {
		problems_add(problems, file->path, stanza->line, 1,
		    "%s `%s' stands already at %s:%u", stanza->kind,
		    stanza->name, old->file, old->stanza->line);
		return;
	}
	if (*n == *room) {
		*room = *room == 0 ? 32 : *room * 2;
		*v = xreallocarray(*v, *room, sizeof(**v));
	}
	(*v)[(*n)++] = (struct subject){ stanza->name, stanza, file->path };
}

/* Macros, topics and claims: what rules refer to. */
static void
take_names(struct ruleset *set, struct problems *problems)
{
	static const char *const kinds[] = { "rule", "words", "topic", "claim",
	    NULL };
	size_t i, k;

	for (i = 0; i < set->nfiles; i++) {
		const struct stanza_file *file = set->files[i];

		for (k = 0; k < file->n; k++) {
			const struct stanza *stanza = &file->v[k];
			const char *near;

			if (strcmp(stanza->kind, "words") == 0) {
				words_add(set->words, file, stanza, problems);
			} else if (strcmp(stanza->kind, "topic") == 0) {
				add_subject(&set->topics, &set->ntopics,
				    &set->topics_room, file, stanza,
				    topic_keys, problems);
			} else if (strcmp(stanza->kind, "claim") == 0) {
				add_subject(&set->claims, &set->nclaims,
				    &set->claims_room, file, stanza,
				    claim_keys, problems);
			} else if (strcmp(stanza->kind, "rule") != 0) {
				near = nearest_word(stanza->kind, kinds);
				problems_add(problems, file->path,
				    stanza->line, 2, "`[%s ...]' is not known "
				    "here; %s%s", stanza->kind, near != NULL ?
				    "did you mean " :
				    "there are rule, words, topic and claim",
				    near != NULL ? near : "");
			}
		}
	}
	words_check(set->words, problems);
}

static void
check_subject(const struct ruleset *set, const struct rule *rule,
    const struct stanza *stanza, struct problems *problems)
{
	bool claim = rule->kind == RULE_MISINFORMATION ||
	    rule->kind == RULE_CORRECTION;
	const char *key = claim ? "claim" : "topic";
	const struct stanza_line *line = stanza_find(stanza, key, NULL);
	const struct subject *v = claim ? set->claims : set->topics;
	size_t n = claim ? set->nclaims : set->ntopics, i;
	const char **names, *near;

	if (line == NULL || subject_find(v, n, line->value.p) != NULL)
		return;
	names = xcalloc(n + 1, sizeof(*names));
	for (i = 0; i < n; i++)
		names[i] = v[i].id;
	near = nearest_word(line->value.p, names);
	problems_add(problems, rule->file, line->line, line->column,
	    "there is no `[%s %s]'; %s%s%s", key, line->value.p,
	    near != NULL ? "did you mean `" : "define it in a file of the pack",
	    near != NULL ? near : "", near != NULL ? "'?" : "");
	free(names);
}

static void
take_rules(struct ruleset *set, struct problems *problems)
{
	size_t i, k;

	for (i = 0; i < set->nfiles; i++) {
		const struct stanza_file *file = set->files[i];

		for (k = 0; k < file->n; k++) {
			const struct stanza *stanza = &file->v[k];
			const struct rule *old;
			struct rule *rule;
			bool bad = false;

			if (strcmp(stanza->kind, "rule") != 0)
				continue;
			rule = rule_new(file, stanza, set->words, problems,
			    &bad);
			if (rule == NULL)
				continue;
			old = ruleset_find(set, rule->id);
			if (old != NULL)
				problems_add(problems, file->path,
				    stanza->line, 1, "rule `%s' stands "
				    "already at %s:%u", rule->id, old->file,
				    old->line);
			check_subject(set, rule, stanza, problems);
			vec_grow(set->rules, set->nrules, set->rules_room);
			set->rules[set->nrules++] = rule;
		}
	}
}

/*
 * The macros by which a pack says what takes the sting out of a claim: they
 * weigh against it in its clause, without being named in each rule.
 */
static void
take_denials(struct ruleset *set)
{
	static const char *const names[] = { "denies", "reports",
	    "asks-truth" };
	struct rule *rule = xcalloc(1, sizeof(*rule));
	struct problems ignored = PROBLEMS_INIT;
	size_t i, k;

	set->denials = rule;
	for (i = 0; stanza_langs[i] != NULL; i++) {
		struct rule_variant *v = &rule->variants[rule->nvariants++];

		v->lang = stanza_langs[i];
		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			struct otext in = OTEXT_INIT, out = OTEXT_INIT;
			struct spot spot = { "", 0, &ignored, false };
			char *use = xasprintf("\\b{%s}", names[k]);
			struct pattern *pattern = NULL;

			otext_set(&in, str_of(use), 1);
			if (words_has(set->words, v->lang, names[k]) &&
			    words_expand(set->words, v->lang, &in, &out,
			    &spot) == 0)
				pattern = pattern_new(&out, false, &spot);
			if (pattern != NULL) {
				vec_grow(v->v, v->n, v->room);
				v->v[v->n++] = (struct rule_pattern){
				    PART_EXCEPT, 0, 0, pattern };
			}
			free(use);
			otext_fini(&in);
			otext_fini(&out);
		}
	}
	problems_fini(&ignored);
}

/* Patterns by what they match, so that the same one runs once. */
struct numbered {
	const struct pattern *pattern;
	uint32_t id;
	UT_hash_handle hh;
};

struct numbering {
	struct numbered *by_text[2];    /* folded, raw */
	const struct pattern **patterns;
	uint32_t n;
};

static uint32_t
number_pattern(struct numbering *x, const struct pattern *pattern)
{
	struct numbered **table = &x->by_text[pattern_is_raw(pattern)], *same;
	struct str text = pattern_text(pattern);

	HASH_FIND(hh, *table, text.p, text.n, same);
	if (same != NULL)
		return same->id;
	same = xcalloc(1, sizeof(*same));
	same->pattern = pattern;
	same->id = x->n;
	x->patterns[x->n++] = pattern;
	HASH_ADD_KEYPTR(hh, *table, text.p, text.n, same);
	return same->id;
}

static void
number_rule(struct rule *rule, struct numbering *x)
{
	size_t i, k;

	for (i = 0; i < rule->nvariants; i++)
		for (k = 0; k < rule->variants[i].n; k++)
			rule->variants[i].v[k].id = number_pattern(x,
			    rule->variants[i].v[k].pattern);
}

static size_t
count_patterns(const struct rule *rule)
{
	size_t i, n = 0;

	for (i = 0; i < rule->nvariants; i++)
		n += rule->variants[i].n;
	return n;
}

static void
make_engine(struct ruleset *set)
{
	struct numbering x = { .n = 0 };
	struct numbered *one, *next;
	size_t i, n = count_patterns(set->denials);
	int raw;

	for (i = 0; i < set->nrules; i++)
		n += count_patterns(set->rules[i]);
	x.patterns = xcalloc(n + 1, sizeof(*x.patterns));
	for (i = 0; i < set->nrules; i++)
		number_rule(set->rules[i], &x);
	number_rule(set->denials, &x);
	set->npatterns = n;
	set->engine = engine_new(x.patterns, x.n);
	for (raw = 0; raw < 2; raw++) {
		HASH_ITER(hh, x.by_text[raw], one, next) {
			HASH_DEL(x.by_text[raw], one);
			free(one);
		}
	}
	free(x.patterns);
}

static void
make_fingerprint(struct ruleset *set)
{
	crypto_generichash_state hash;
	unsigned char out[16];
	uint32_t version = fold_version();
	size_t i, k;

	crypto_generichash_init(&hash, NULL, 0, sizeof(out));
	crypto_generichash_update(&hash, (unsigned char *)&version,
	    sizeof(version));
	for (i = 0; i < set->nrules; i++) {
		const struct rule *rule = set->rules[i];

		crypto_generichash_update(&hash,
		    (const unsigned char *)rule->id, strlen(rule->id) + 1);
		crypto_generichash_update(&hash,
		    (const unsigned char *)rule->fingerprint,
		    FINGERPRINT_SIZE);
		k = (size_t)rule->status;
		crypto_generichash_update(&hash, (unsigned char *)&k,
		    sizeof(k));
	}
	for (i = 0; i < set->denials->nvariants; i++) {
		for (k = 0; k < set->denials->variants[i].n; k++) {
			struct str s = pattern_text(
			    set->denials->variants[i].v[k].pattern);

			crypto_generichash_update(&hash,
			    (const unsigned char *)s.p, s.n);
		}
	}
	crypto_generichash_final(&hash, out, sizeof(out));
	sodium_bin2hex(set->fingerprint, sizeof(set->fingerprint), out,
	    sizeof(out));
}

static struct ruleset *
set_new(void)
{
	struct ruleset *set = xcalloc(1, sizeof(*set));

	set->words = words_new();
	set->refs = 1;
	return set;
}

/* From files that were read to a set that is in force. */
static int
build(struct ruleset *set, const char *path, struct ruleset **ret,
    struct problems *problems, size_t before)
{
	take_names(set, problems);
	take_rules(set, problems);
	if (set->nrules == 0 && problems->n == before)
		problems_add(problems, path, 0, 0, "there is no rule here");
	take_denials(set);
	make_engine(set);
	make_fingerprint(set);
	/* Examples only say something about rules that are whole. */
	if (problems->n == before)
		ruleset_examples(set, problems);
	if (problems->n > before) {
		ruleset_unref(set);
		return -1;
	}
	*ret = set;
	return 0;
}

int
ruleset_load(const char *dir, struct ruleset **ret, struct problems *problems)
{
	struct ruleset *set = set_new();
	size_t before = problems->n;

	read_folder(set, dir, 0, problems);
	return build(set, dir, ret, problems, before);
}

int
ruleset_parse(const char *path, struct str text, struct ruleset **ret,
    struct problems *problems)
{
	struct ruleset *set = set_new();
	struct stanza_file *file = NULL;
	size_t before = problems->n;

	stanza_parse(path, text, &file, problems);
	if (file != NULL) {
		vec_grow(set->files, set->nfiles, set->files_room);
		set->files[set->nfiles++] = file;
	}
	return build(set, path, ret, problems, before);
}
