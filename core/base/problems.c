/*
 * Collecting faults, and guessing what a misspelt word was meant to be.
 */
#include "base/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define WORD_MAX 63

void
problems_fini(struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		free(problems->v[i].file);
		free(problems->v[i].text);
	}
	free(problems->v);
	memset(problems, 0, sizeof(*problems));
}

void
problems_add(struct problems *problems, const char *file, unsigned line,
    unsigned column, const char *format, ...)
{
	struct problem *p;
	va_list ap;
	int n;

	if (problems->n >= PROBLEMS_MAX)
		return;
	vec_grow(problems->v, problems->n, problems->room);
	p = &problems->v[problems->n++];
	p->file = xstrdup(file != NULL ? file : "-");
	p->line = line;
	p->column = column;
	if (problems->n == PROBLEMS_MAX) {
		p->text = xstrdup("more faults follow; mend these first");
		return;
	}
	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	p->text = xcalloc(1, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(p->text, (size_t)n + 1, format, ap);
	va_end(ap);
}

void
problems_print(const struct problems *problems, FILE *out)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->v[i];

		fputs(p->file, out);
		if (p->line != 0)
			fprintf(out, ":%u", p->line);
		if (p->column != 0)
			fprintf(out, ":%u", p->column);
		fprintf(out, ": %s\n", p->text);
	}
}

void
problems_print_json(const struct problems *problems, FILE *out)
{
	struct json_object *all = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->v[i];
		struct json_object *o = json_object_new_object();

		json_put_cstr(o, "file", p->file);
		json_put_i64(o, "line", p->line);
		json_put_i64(o, "column", p->column);
		json_put_cstr(o, "text", p->text);
		json_object_array_add(list, o);
	}
	json_put(all, "problems", list);
	json_print(all, out);
	json_object_put(all);
}

/* Levenshtein's distance; both words are at most WORD_MAX long. */
static size_t
distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t row[WORD_MAX + 1], i, j;

	for (j = 0; j <= bn; j++)
		row[j] = j;
	for (i = 1; i <= an; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= bn; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[bn];
}

const char *
nearest_word(const char *word, const char *const *words)
{
	size_t n = strlen(word), best = n / 3 < 2 ? 2 : n / 3;
	const char *ret = NULL;

	if (n > WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		size_t m = strlen(*words), d;

		if (m > WORD_MAX)
			continue;
		d = distance(word, n, *words, m);
		if (d < n && (ret == NULL ? d <= best : d < best)) {
			best = d;
			ret = *words;
		}
	}
	return ret;
}
