/*
 * Reads stanzas.  The text is copied once and cut in place: every value ends
 * where its line ended, so a pattern stands as it was written.
 */
#include "config/stanza.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

const char *const stanza_langs[] = { "bg", "de", "en", "pl", "ro", NULL };

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static bool
is_word(struct str s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (!is_word_char(s.p[i]))
			return false;
	}
	return s.n > 0;
}

/* End the slice ${s} of the file's own copy with a NUL. */
static char *
seal(struct str s)
{
	char *p = (char *)(uintptr_t)s.p;

	p[s.n] = '\0';
	return p;
}

/* "[kind name]" */
static int
parse_heading(struct stanza_file *file, struct str line, unsigned lineno,
    struct problems *problems)
{
	struct stanza *stanza;
	struct str rest, kind;

	if (line.p[line.n - 1] != ']') {
		problems_add(problems, file->path, lineno, 1,
		    "a heading ends with `]' and nothing follows it");
		return -1;
	}
	rest = str_trim((struct str){ line.p + 1, line.n - 2 });
	kind = str_cut(&rest, ' ');
	rest = str_trim(rest);
	if (!is_word(kind) || (rest.p != NULL && rest.n > 0 &&
	    memchr(rest.p, ']', rest.n) != NULL)) {
		problems_add(problems, file->path, lineno, 2,
		    "a heading is `[kind name]'");
		return -1;
	}
	vec_grow(file->v, file->n, file->room);
	stanza = &file->v[file->n++];
	memset(stanza, 0, sizeof(*stanza));
	stanza->line = lineno;
	stanza->name = rest.p == NULL ? "" : seal(rest);
	stanza->kind = seal(kind);
	return 0;
}

/* "key = value", "key.lang = value" */
static int
parse_line(struct stanza_file *file, struct str whole, struct str line,
    unsigned lineno, struct problems *problems)
{
	struct stanza *stanza;
	struct stanza_line *out;
	struct str value = line, key = str_cut(&value, '=');
	char *dot;

	if (value.p == NULL) {
		problems_add(problems, file->path, lineno, 1,
		    "neither `key = value' nor `[kind name]' nor `# comment'");
		return -1;
	}
	key = str_trim(key);
	if (!is_word(key)) {
		problems_add(problems, file->path, lineno, 1,
		    "a key is made of letters, digits, `-', `_' and one dot "
		    "before the language");
		return -1;
	}
	if (file->n == 0) {
		problems_add(problems, file->path, lineno, 1,
		    "`%.*s' stands before the first heading `[kind name]'",
		    STR_ARG(key));
		return -1;
	}
	value = str_trim(value);
	stanza = &file->v[file->n - 1];
	vec_grow(stanza->lines, stanza->nlines, stanza->room);
	out = &stanza->lines[stanza->nlines++];
	out->key = seal(key);
	out->lang = NULL;
	out->line = lineno;
	out->value = value.n == 0 ? STR("") : value;
	out->column = value.n == 0 ? 0 : (unsigned)(value.p - whole.p) + 1;
	if (value.n != 0)
		seal(value);
	dot = strrchr(out->key, '.');
	if (dot != NULL) {
		*dot = '\0';
		out->lang = dot + 1;
	}
	return 0;
}

/* One line without its newline; 0, or -1 and a problem. */
static int
parse_any(struct stanza_file *file, struct str whole, unsigned lineno,
    struct problems *problems)
{
	struct str line = str_trim(whole);

	if (line.n == 0 || line.p[0] == '#')
		return 0;
	if (whole.n > STANZA_LINE_MAX) {
		problems_add(problems, file->path, lineno, 0,
		    "longer than %zu bytes: split it", STANZA_LINE_MAX);
		return -1;
	}
	if (!str_is_utf8(line)) {
		problems_add(problems, file->path, lineno, 0,
		    "not UTF-8: save the file as UTF-8");
		return -1;
	}
	if (line.p[0] == '[')
		return parse_heading(file, line, lineno, problems);
	return parse_line(file, whole, line, lineno, problems);
}

int
stanza_parse(const char *path, struct str text, struct stanza_file **ret,
    struct problems *problems)
{
	struct stanza_file *file = xcalloc(1, sizeof(*file));
	struct str rest;
	unsigned lineno = 0;
	int r = 0;

	file->path = xstrdup(path);
	*ret = file;
	if (text.n > STANZA_FILE_MAX) {
		problems_add(problems, path, 0, 0, "larger than %zu bytes",
		    STANZA_FILE_MAX);
		file->text = xstrdup("");
		return -1;
	}
	if (text.n > 0 && memchr(text.p, '\0', text.n) != NULL) {
		problems_add(problems, path, 0, 0,
		    "holds a NUL byte: this is no text file");
		file->text = xstrdup("");
		return -1;
	}
	file->text = xstrndup(text.p, text.n);
	rest = (struct str){ file->text, text.n };
	if (str_starts(rest, STR("\xef\xbb\xbf"))) {
		rest.p += 3;
		rest.n -= 3;
	}
	while (rest.p != NULL) {
		struct str line = str_cut(&rest, '\n');

		if (parse_any(file, line, ++lineno, problems) == -1)
			r = -1;
	}
	return r;
}

static int
read_file(const char *path, struct buf *b, struct problems *problems)
{
	char chunk[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		problems_add(problems, path, 0, 0, "%s", strerror(errno));
		return -1;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (buf_add(b, chunk, (size_t)n) == -1)
			break;
	}
	if (n == -1)
		problems_add(problems, path, 0, 0, "%s", strerror(errno));
	else if (n > 0)
		problems_add(problems, path, 0, 0, "larger than %zu bytes",
		    STANZA_FILE_MAX);
	close(fd);
	return n == 0 ? 0 : -1;
}

int
stanza_load(const char *path, struct stanza_file **ret,
    struct problems *problems)
{
	struct buf b;
	int r = -1;

	*ret = NULL;
	buf_init(&b, STANZA_FILE_MAX);
	if (read_file(path, &b, problems) == 0)
		r = stanza_parse(path, buf_get(&b), ret, problems);
	buf_fini(&b);
	return r;
}

void
stanza_free(struct stanza_file *file)
{
	size_t i;

	if (file == NULL)
		return;
	for (i = 0; i < file->n; i++)
		free(file->v[i].lines);
	free(file->v);
	free(file->text);
	free(file->path);
	free(file);
}

const struct stanza_line *
stanza_find(const struct stanza *stanza, const char *key, const char *lang)
{
	size_t i;

	for (i = 0; i < stanza->nlines; i++) {
		const struct stanza_line *line = &stanza->lines[i];

		if (strcmp(line->key, key) == 0 && (lang == NULL ||
		    (line->lang != NULL && strcmp(line->lang, lang) == 0)))
			return line;
	}
	return NULL;
}

const char *
stanza_text(const struct stanza *stanza, const char *key,
    const char *otherwise)
{
	const struct stanza_line *line = stanza_find(stanza, key, NULL);

	return line != NULL ? line->value.p : otherwise;
}

int64_t
stanza_number(const struct stanza *stanza, const char *key, int64_t otherwise)
{
	const struct stanza_line *line = stanza_find(stanza, key, NULL);
	int64_t value = otherwise;

	if (line != NULL)
		(void)str_to_i64(line->value, INT64_MIN, INT64_MAX, &value);
	return value;
}

bool
stanza_switch(const struct stanza *stanza, const char *key, bool otherwise)
{
	const char *text = stanza_text(stanza, key, NULL);

	return text != NULL ? strcmp(text, "yes") == 0 : otherwise;
}

int64_t
stanza_duration_ms(const struct stanza *stanza, const char *key,
    int64_t otherwise)
{
	const struct stanza_line *line = stanza_find(stanza, key, NULL);
	int64_t value = otherwise;

	if (line != NULL)
		(void)duration_parse(line->value, &value);
	return value;
}
