/*
 * Stanzas against the table of what they may hold.  All faults are told, and
 * an unknown key or word names the one that was probably meant.
 */
#include "config/stanza.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define CHOICES_MAX 64

int
duration_parse(struct str s, int64_t *ret)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {
		{ "ms", 1 }, { "s", SECOND_MS }, { "min", MINUTE_MS },
		{ "h", HOUR_MS }, { "d", DAY_MS },
	};
	struct str number = str_trim(s), unit;
	size_t i, digits = 0;
	int64_t value;

	while (digits < number.n && number.p[digits] >= '0' &&
	    number.p[digits] <= '9')
		digits++;
	unit = str_trim((struct str){ number.p + digits, number.n - digits });
	number.n = digits;
	if (str_to_i64(number, 0, INT64_MAX, &value) == -1)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_is(unit, units[i].unit) &&
		    !__builtin_mul_overflow(value, units[i].ms, &value)) {
			*ret = value;
			return 0;
		}
	}
	return -1;
}

/* Cut the blank-separated ${choices} into words; free(words[0] - 0). */
static char *
split_words(const char *choices, const char *words[CHOICES_MAX + 1])
{
	char *copy = xstrdup(choices), *rest = copy, *word;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL && n < CHOICES_MAX) {
		if (*word != '\0')
			words[n++] = word;
	}
	words[n] = NULL;
	return copy;
}

static bool
is_choice(struct str word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (str_is(word, *words))
			return true;
	}
	return false;
}

struct check {
	const struct stanza_file *file;
	const struct stanza_line *line;
	struct problems *problems;
	bool bad;
};

#define complain(c, ...) do {                                                  \
		problems_add((c)->problems, (c)->file->path, (c)->line->line,  \
		    (c)->line->column, __VA_ARGS__);                           \
		(c)->bad = true;                                               \
	} while (0)

static void
check_choice(struct check *c, const struct stanza_key *key, struct str word)
{
	const char *words[CHOICES_MAX + 1], *near;
	char *copy = split_words(key->choices, words);

	if (!is_choice(word, words)) {
		char *text = str_dup(word);

		near = nearest_word(text, words);
		if (near != NULL)
			complain(c, "`%s' is not known here; did you mean `%s'?",
			    text, near);
		else
			complain(c, "`%s' is none of: %s", text, key->choices);
		free(text);
	}
	free(copy);
}

static void
check_choices(struct check *c, const struct stanza_key *key)
{
	struct str rest = c->line->value;

	while (rest.p != NULL) {
		struct str word = str_trim(str_cut(&rest, ' '));

		if (word.n > 0)
			check_choice(c, key, word);
	}
}

static void
check_bounds(struct check *c, const struct stanza_key *key, int64_t value)
{
	if ((key->min != 0 || key->max != 0) &&
	    (value < key->min || value > key->max))
		complain(c, "`%s' must lie between %lld and %lld%s", key->name,
		    (long long)key->min, (long long)key->max,
		    key->type == STANZA_DURATION ? " milliseconds" : "");
}

static void
check_value(struct check *c, const struct stanza_key *key)
{
	struct str value = c->line->value;
	int64_t number = 0;
	size_t i;

	if (value.n == 0) {
		complain(c, "`%s' has no value", key->name);
		return;
	}
	switch (key->type) {
	case STANZA_TEXT:
		break;
	case STANZA_WORD:
		for (i = 0; i < value.n; i++) {
			if (value.p[i] == ' ' || value.p[i] == '\t') {
				complain(c, "`%s' is one word, without blanks",
				    key->name);
				break;
			}
		}
		break;
	case STANZA_NUMBER:
		if (str_to_i64(value, INT64_MIN, INT64_MAX, &number) == -1)
			complain(c, "`%s' is a whole number", key->name);
		else
			check_bounds(c, key, number);
		break;
	case STANZA_SWITCH:
		if (!str_is(value, "yes") && !str_is(value, "no"))
			complain(c, "`%s' is yes or no", key->name);
		break;
	case STANZA_DURATION:
		if (duration_parse(value, &number) == -1)
			complain(c, "`%s' is a duration such as 90 s, 15 min, "
			    "4 h or 3 d", key->name);
		else
			check_bounds(c, key, number);
		break;
	case STANZA_CHOICE:
		check_choice(c, key, value);
		break;
	case STANZA_CHOICES:
		check_choices(c, key);
		break;
	case STANZA_URL:
		if (!str_starts(value, STR("https://")) &&
		    !str_starts(value, STR("http://")))
			complain(c, "`%s' is a URL that begins with https://",
			    key->name);
		break;
	}
}

static void
check_lang(struct check *c, const struct stanza_key *key)
{
	const char *lang = c->line->lang, *near;

	if (lang == NULL) {
		if (key->flags & STANZA_LANG)
			complain(c, "`%s' needs a language, as in `%s.pl'",
			    key->name, key->name);
		return;
	}
	if (!(key->flags & (STANZA_LANG | STANZA_MAYBE_LANG))) {
		complain(c, "`%s' takes no language (`.%s')", key->name, lang);
		return;
	}
	if (!is_choice(str_of(lang), stanza_langs)) {
		near = nearest_word(lang, stanza_langs);
		complain(c, "`%s' is none of the languages bg, de, en, pl, ro"
		    "%s%s", lang, near != NULL ? "; did you mean " : "",
		    near != NULL ? near : "");
	}
}

static bool
same_line_key(const struct stanza_line *a, const struct stanza_line *b)
{
	if (strcmp(a->key, b->key) != 0)
		return false;
	if (a->lang == NULL || b->lang == NULL)
		return a->lang == b->lang;
	return strcmp(a->lang, b->lang) == 0;
}

static void
check_repeat(struct check *c, const struct stanza *stanza)
{
	const struct stanza_line *line;

	for (line = stanza->lines; line < c->line; line++) {
		if (same_line_key(line, c->line)) {
			complain(c, "`%s' stands already in line %u",
			    line->key, line->line);
			return;
		}
	}
}

static void
complain_unknown(struct check *c, const struct stanza *stanza,
    const struct stanza_key *keys)
{
	const char *names[CHOICES_MAX + 1], *near;
	size_t n = 0;

	for (; keys[n].name != NULL && n < CHOICES_MAX; n++)
		names[n] = keys[n].name;
	names[n] = NULL;
	near = nearest_word(c->line->key, names);
	if (near != NULL)
		complain(c, "unknown key `%s' in [%s]; did you mean `%s'?",
		    c->line->key, stanza->kind, near);
	else
		complain(c, "unknown key `%s' in [%s]", c->line->key,
		    stanza->kind);
}

int
stanza_check(const struct stanza_file *file, const struct stanza *stanza,
    const struct stanza_key *keys, struct problems *problems)
{
	struct check c = { .file = file, .problems = problems };
	const struct stanza_key *key;
	size_t i;

	for (i = 0; i < stanza->nlines; i++) {
		c.line = &stanza->lines[i];
		for (key = keys; key->name != NULL; key++) {
			if (strcmp(key->name, c.line->key) == 0)
				break;
		}
		if (key->name == NULL) {
			complain_unknown(&c, stanza, keys);
			continue;
		}
		check_lang(&c, key);
		if (!(key->flags & STANZA_MANY))
			check_repeat(&c, stanza);
		check_value(&c, key);
	}
	for (key = keys; key->name != NULL; key++) {
		if ((key->flags & STANZA_REQUIRED) &&
		    stanza_find(stanza, key->name, NULL) == NULL) {
			problems_add(problems, file->path, stanza->line, 0,
			    "[%s %s] lacks `%s'", stanza->kind, stanza->name,
			    key->name);
			c.bad = true;
		}
	}
	return c.bad ? -1 : 0;
}
