/*
 * Text of the plugin: what people wrote, in all the forms in which Telegram
 * gives it, and the small notes that travel in the cursor.
 */
#include "telegram_text.h"

#include <string.h>

#define TEXT_MAX 50000

struct kp_str
note_find(struct kp_str notes, struct kp_str key)
{
	while (notes.p != NULL) {
		struct kp_str value = kp_cut(&notes, ',');
		struct kp_str name = kp_cut(&value, '=');

		if (name.n != 0 && kp_eq(name, key))
			return value;
	}
	return KP_NONE;
}

static size_t
note_add(char *p, size_t n, size_t max, struct kp_str note)
{
	if (note.n == 0 || n + note.n + 1 > max)
		return n;
	memcpy(p + n, note.p, note.n);
	p[n + note.n] = ',';
	return n + note.n + 1;
}

/* The notes but that of ${key}, behind ${first}. */
static struct kp_str
notes_write(struct kp_mem *mem, struct kp_str first, struct kp_str notes,
    struct kp_str key, size_t max)
{
	char *p = kp_alloc(mem, max + 1);
	size_t n = note_add(p, 0, max, first);

	while (notes.p != NULL) {
		struct kp_str note = kp_cut(&notes, ',');
		struct kp_str rest = note;

		if (!kp_eq(kp_cut(&rest, '='), key))
			n = note_add(p, n, max, note);
	}
	return (struct kp_str){ p, n };
}

struct kp_str
note_put(struct kp_mem *mem, struct kp_str notes, struct kp_str key,
    struct kp_str value, size_t max)
{
	return notes_write(mem, kp_fmt(mem, "%.*s=%.*s", KP_ARG(key),
	    KP_ARG(value)), notes, key, max);
}

struct kp_str
note_drop(struct kp_mem *mem, struct kp_str notes, struct kp_str key)
{
	return notes_write(mem, KP_NONE, notes, key, notes.n + 1);
}

struct kp_str
text_clean(struct kp_mem *mem, struct kp_str s, size_t max)
{
	char *p = kp_alloc(mem, s.n + 1);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 || c == '\n' || c == '\t')
			p[n++] = s.p[i];
	}
	return kp_fit((struct kp_str){ p, n }, max);
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ?
	    c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

struct kp_str
text_decode(struct kp_mem *mem, struct kp_str s)
{
	char *p = kp_alloc(mem, s.n + 1);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '%' || i + 2 >= s.n) {
			p[n++] = s.p[i];
			continue;
		}
		p[n++] = (char)(hex_digit(s.p[i + 1]) * 16 +
		    hex_digit(s.p[i + 2]));
		i += 2;
	}
	return (struct kp_str){ p, n };
}

/* Rich text: a string, a list of such, or an object around one. */

struct words {
	char *p;
	size_t n;
	bool cut;
};

static void
words_add(struct words *w, struct kp_str s)
{
	size_t all = s.n;

	s = kp_fit(s, TEXT_MAX - w->n);
	w->cut = w->cut || s.n < all;
	if (s.n != 0)
		memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
}

static void
words_line(struct words *w)
{
	if (w->n != 0 && w->p[w->n - 1] != '\n')
		words_add(w, KP_S("\n"));
}

/* The parser has bounded the depth. */
static void
words_rich(struct words *w, struct kp_json *json)
{
	static const struct {
		const char *key;
		bool line;      /* what stands there begins a line of its own */
	} parts[] = {
		{ "label", true }, { "summary", true }, { "text", false },
		{ "expression", false }, { "alternative_text", false },
		{ "items", false }, { "blocks", true }, { "cells", true },
		{ "caption", true }, { "credit", true },
	};
	size_t i, k;

	words_add(w, kp_json_str(json, NULL));
	for (i = 0; i < kp_json_n(json, NULL); i++)
		words_rich(w, kp_json_at(json, NULL, i));
	if (!kp_json_is_object(json))
		return;
	for (k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		struct kp_json *part = kp_json_get(json, parts[k].key);

		if (part != NULL && parts[k].line)
			words_line(w);
		for (i = 0; i < kp_json_n(part, NULL); i++) {
			if (parts[k].line)
				words_line(w);
			words_rich(w, kp_json_at(part, NULL, i));
		}
		if (!kp_json_is_array(part))
			words_rich(w, part);
	}
	if (kp_json_get(json, "is_header") != NULL ||
	    kp_json_get(json, "valign") != NULL)
		words_add(w, KP_S(" "));        /* a cell of a table */
}

struct kp_str
text_said(struct kp_mem *mem, struct kp_json *message, uint32_t *flags)
{
	struct kp_str text = kp_json_str(message, "text");
	struct words w = { NULL, 0, false };
	size_t i;

	if (text.n == 0)
		text = kp_json_str(message, "caption");
	if (text.n == 0 && (kp_json_get(message, "rich_message") != NULL ||
	    kp_json_get(message, "poll") != NULL ||
	    kp_json_get(message, "checklist") != NULL)) {
		w.p = kp_alloc(mem, TEXT_MAX);
		words_rich(&w, kp_json_get(message, "rich_message"));
		words_add(&w, kp_json_str(message, "poll.question"));
		words_add(&w, kp_json_str(message, "checklist.title"));
		for (i = 0; i < kp_json_n(message, "poll.options"); i++) {
			words_line(&w);
			words_rich(&w, kp_json_at(message, "poll.options", i));
		}
		for (i = 0; i < kp_json_n(message, "checklist.tasks"); i++) {
			words_line(&w);
			words_rich(&w, kp_json_at(message, "checklist.tasks",
			    i));
		}
		text = (struct kp_str){ w.p, w.n };
	}
	if (text.n > TEXT_MAX || w.cut)
		*flags |= KP_TRUNCATED;
	return kp_trim(text_clean(mem, text, TEXT_MAX));
}
