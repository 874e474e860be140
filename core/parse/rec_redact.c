/*
 * Redaction works on words, since a text stands in a body in many codings, but
 * its words mostly stand there as they are.  JSON is first written anew, which
 * undoes its escapes; what is left in some other coding is found by
 * redact_left() in what the plugin says of the result.
 */
#include "parse/rec_redact.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utf8proc.h>

#include "base/json.h"
#include "base/mem.h"

#define LEFT_MIN 4

struct word {
	char *fake;             /* NULL: protected */
	UT_hash_handle hh;
	char text[];
};

struct redact {
	struct word *words;
	unsigned char key[crypto_generichash_KEYBYTES];
	char **secrets;
	size_t nsecrets, room;
};

struct redact *
redact_new(void)
{
	struct redact *r = xcalloc(1, sizeof(*r));

	if (sodium_init() == -1)
		abort();
	randombytes_buf(r->key, sizeof(r->key));
	return r;
}

void
redact_free(struct redact *r)
{
	struct word *word, *next;
	size_t i;

	if (r == NULL)
		return;
	HASH_ITER(hh, r->words, word, next) {
		HASH_DEL(r->words, word);
		free(word->fake);
		free(word);
	}
	for (i = 0; i < r->nsecrets; i++) {
		sodium_memzero(r->secrets[i], strlen(r->secrets[i]));
		free(r->secrets[i]);
	}
	free(r->secrets);
	free(r);
}

void
redact_secret(struct redact *r, struct str secret)
{
	if (secret.n == 0)
		return;
	vec_grow(r->secrets, r->nsecrets, r->room);
	r->secrets[r->nsecrets++] = str_dup(secret);
}

/* Bytes of the letter or digit at the front of ${s}; 0: it is none. */
static size_t
letter(struct str s)
{
	unsigned char c;

	if (s.n == 0)
		return 0;
	c = (unsigned char)s.p[0];
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_')
		return 1;
	/* Latin, Greek, Cyrillic...; C2 is punctuation. */
	if (c >= 0xC3 && c <= 0xDF && s.n > 1)
		return 2;
	/* 0xE2 is punctuation and symbols. */
	if (c >= 0xE0 && c <= 0xEF && c != 0xE2 && s.n > 2)
		return 3;
	return 0;
}

static struct str
take_word(struct str *s)
{
	struct str word = { s->p, 0 };
	size_t n;

	while ((n = letter(*s)) > 0) {
		word.n += n;
		s->p += n;
		s->n -= n;
	}
	return word;
}

static bool
has_letter(struct str word)
{
	size_t i;

	for (i = 0; i < word.n; i++) {
		if ((word.p[i] < '0' || word.p[i] > '9') && word.p[i] != '_')
			return true;
	}
	return false;
}

/* The invented word: a letter for a letter, a digit for a digit. */
static char *
invent(const struct redact *r, struct str word)
{
	static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
	unsigned char hash[crypto_generichash_BYTES];
	char *fake = xcalloc(1, word.n + 1);
	size_t n = 0, step, at;

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)word.p,
	    word.n, r->key, sizeof(r->key));
	for (at = 0; at < word.n; at += step, n++) {
		unsigned char h = hash[n % sizeof(hash)];
		char c = word.p[at];

		step = letter((struct str){ word.p + at, word.n - at });
		if (c == '_')
			fake[n] = c;
		else if (c >= '0' && c <= '9')
			fake[n] = (char)('1' + h % 9);
		else if (n % 2 == 0)
			fake[n] = consonants[h % (sizeof(consonants) - 1)];
		else
			fake[n] = vowels[h % (sizeof(vowels) - 1)];
		if (c >= 'A' && c <= 'Z')
			fake[n] = (char)(fake[n] - 'a' + 'A');
	}
	return fake;
}

static struct word *
find(const struct redact *r, struct str text)
{
	struct word *word = NULL;

	HASH_FIND(hh, r->words, text.p, text.n, word);
	return word;
}

static void
add(struct redact *r, struct str text, bool protect)
{
	struct word *word;

	if (find(r, text) != NULL)
		return;
	word = xcalloc(1, sizeof(*word) + text.n + 1);
	memcpy(word->text, text.p, text.n);
	if (!protect)
		word->fake = invent(r, text);
	HASH_ADD_KEYPTR(hh, r->words, word->text, text.n, word);
}

static void
add_all(struct redact *r, struct str s, bool ids, bool protect)
{
	while (s.n > 0) {
		struct str word = take_word(&s);

		if (word.n == 0) {
			s.p++;
			s.n--;
		} else if (word.n > 1 && (ids || protect ||
		    has_letter(word))) {
			add(r, word, protect);
		}
	}
}

void
redact_protect(struct redact *r, struct str s)
{
	add_all(r, s, true, true);
}

void
redact_add(struct redact *r, struct kp_str s, bool ids)
{
	add_all(r, (struct str){ s.p, s.n }, ids, false);
}

void
redact_step(struct redact *r, const struct step *step)
{
	size_t i;

	for (i = 0; i < step->nposts; i++) {
		redact_add(r, step->posts[i].author, true);
		redact_add(r, step->posts[i].name, false);
		redact_add(r, step->posts[i].title, false);
		redact_add(r, step->posts[i].text, false);
	}
	for (i = 0; i < step->nplaces; i++)
		redact_add(r, step->places[i].name, false);
}

/* Text without what is a secret. */
static void
put_without_secrets(const struct redact *r, struct str s, struct buf *out)
{
	size_t i;

	while (s.n > 0) {
		const char *at = NULL;
		size_t n = 0;

		for (i = 0; i < r->nsecrets; i++) {
			const char *here = memmem(s.p, s.n, r->secrets[i],
			    strlen(r->secrets[i]));

			if (here != NULL && (at == NULL || here < at)) {
				at = here;
				n = strlen(r->secrets[i]);
			}
		}
		if (at == NULL)
			break;
		(void)buf_add(out, s.p, (size_t)(at - s.p));
		(void)buf_puts(out, "SECRET");
		s.n -= (size_t)(at - s.p) + n;
		s.p = at + n;
	}
	(void)buf_str(out, s);
}

static void
put_word(const struct redact *r, struct str word, struct buf *out)
{
	const struct word *known = find(r, word);

	if (known != NULL && known->fake != NULL)
		(void)buf_puts(out, known->fake);
	else
		(void)buf_str(out, word);
}

/* Plain text, or the inside of markup's text and attributes. */
static void
replace_text(const struct redact *r, struct str s, bool markup,
    struct buf *out)
{
	bool tag = false;
	char quote = '\0';

	while (s.n > 0) {
		struct str word = take_word(&s);

		if (word.n > 0) {
			if (tag && quote == '\0')
				(void)buf_str(out, word);
			else
				put_word(r, word, out);
			continue;
		}
		if (markup && !tag && s.p[0] == '<')
			tag = true;
		else if (tag && quote == '\0' && s.p[0] == '>')
			tag = false;
		else if (tag && quote == s.p[0])
			quote = '\0';
		else if (tag && quote == '\0' && (s.p[0] == '"' ||
		    s.p[0] == '\''))
			quote = s.p[0];
		(void)buf_putc(out, s.p[0]);
		/* An entity is no word: &amp; stays. */
		if (s.p[0] == '&') {
			s.p++;
			s.n--;
			word = take_word(&s);
			if (s.n > 0 && s.p[0] == ';')
				(void)buf_str(out, word);
			else
				put_word(r, word, out);
			continue;
		}
		s.p++;
		s.n--;
	}
}

/* How many bytes from ${at} on are among ${any}. */
static size_t
span(struct str s, size_t at, const char *any)
{
	size_t n = 0;

	while (at + n < s.n && strchr(any, s.p[at + n]) != NULL &&
	    s.p[at + n] != '\0')
		n++;
	return n;
}

/*
 * Letters that stand in markup as numbers (&#263;), as themselves; what is
 * ASCII may mean something to the markup and stays.
 */
static void
resolve_numbers(struct str s, struct buf *out)
{
	while (s.n > 0) {
		utf8proc_uint8_t bytes[4];
		int64_t code = 0;
		size_t n;

		if (str_starts(s, STR("&#")) &&
		    (n = span(s, 2, "0123456789")) > 0 && n < 8 &&
		    2 + n < s.n && s.p[2 + n] == ';' &&
		    str_to_i64((struct str){ s.p + 2, n }, 0x80, 0x10FFFF,
		    &code) == 0 && utf8proc_codepoint_valid((int)code)) {
			(void)buf_add(out, bytes, (size_t)
			    utf8proc_encode_char((int)code, bytes));
			s.p += n + 3;
			s.n -= n + 3;
			continue;
		}
		(void)buf_putc(out, s.p[0]);
		s.p++;
		s.n--;
	}
}

static struct json_object *
replace_json(const struct redact *r, struct json_object *value)
{
	struct json_object *copy;
	struct buf b;
	size_t i;

	switch (json_object_get_type(value)) {
	case json_type_object:
		copy = json_object_new_object();
		json_object_object_foreach(value, key, member)
			json_put(copy, key, replace_json(r, member));
		return copy;
	case json_type_array:
		copy = json_object_new_array();
		for (i = 0; i < json_object_array_length(value); i++)
			json_object_array_add(copy, replace_json(r,
			    json_object_array_get_idx(value, i)));
		return copy;
	case json_type_string:
	case json_type_int:
		break;
	default:
		return json_object_get(value);
	}
	buf_init(&b, REC_SIZE_MAX);
	if (json_object_is_type(value, json_type_string)) {
		struct str s = json_text(value);

		replace_text(r, s, memchr(s.p, '<', s.n) != NULL, &b);
		copy = json_object_new_string_len(b.p == NULL ? "" : b.p,
		    (int)b.n);
	} else {
		int64_t number = json_object_get_int64(value);

		replace_text(r, str_of(json_object_get_string(value)), false,
		    &b);
		(void)str_to_i64(buf_get(&b), INT64_MIN, INT64_MAX, &number);
		copy = json_object_new_int64(number);
	}
	buf_fini(&b);
	return copy;
}

static struct str
redacted(const struct redact *r, struct rec *rec, struct str s)
{
	struct json_object *value = NULL, *copy;
	struct err err;
	struct buf words, out;

	buf_init(&words, REC_SIZE_MAX);
	buf_init(&out, REC_SIZE_MAX);
	if (s.n > 0 && (s.p[0] == '{' || s.p[0] == '[') &&
	    json_parse(s, &value, &err) == 0 && value != NULL) {
		copy = replace_json(r, value);
		(void)json_write(copy, &words);
		json_object_put(copy);
		json_object_put(value);
	} else {
		bool markup = s.n > 0 && memchr(s.p, '<', s.n) != NULL;

		if (markup)
			resolve_numbers(s, &out);
		replace_text(r, markup ? buf_get(&out) : s, markup, &words);
		buf_reset(&out);
	}
	put_without_secrets(r, buf_get(&words), &out);
	s = rec_keep(rec, out.p == NULL ? STR("") : buf_get(&out));
	buf_fini(&words);
	buf_fini(&out);
	return s;
}

void
redact_apply(struct redact *r, struct rec *rec)
{
	size_t i, j;

	rec->cursor = redacted(r, rec, rec->cursor);
	for (i = 0; i < rec->nevents; i++) {
		struct rec_event *event = &rec->events[i];

		event->body = redacted(r, rec, event->body);
		event->url = redacted(r, rec, event->url);
		event->state = redacted(r, rec, event->state);
		event->expect = redacted(r, rec, event->expect);
		for (j = 0; j < event->nheaders; j++) {
			struct kp_str *value = &event->headers[j].val;
			struct str s = redacted(r, rec, (struct str){
			    value->p, value->n });

			*value = (struct kp_str){ s.p, s.n };
		}
	}
}

const char *
redact_left(const struct redact *r, struct str s)
{
	while (s.n > 0) {
		struct str text = take_word(&s);
		const struct word *word;

		if (text.n == 0) {
			s.p++;
			s.n--;
			continue;
		}
		word = text.n >= LEFT_MIN ? find(r, text) : NULL;
		if (word != NULL && word->fake != NULL && has_letter(text) &&
		    strcmp(word->fake, word->text) != 0)
			return word->text;
	}
	return NULL;
}
