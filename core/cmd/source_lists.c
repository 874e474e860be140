/*
 * Both are turned into the text of stanzas and parsed by the one parser; then
 * the lines are set to where things stood, so that faults are told there.
 */
#include "cmd/source_lists.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define COLUMNS_MAX 64

/* The stanzas made so far, and the line of each in the list. */
struct list {
	const char *path;
	struct problems *problems;
	struct buf text;
	unsigned *lines;
	size_t n, room;
};

static void
list_init(struct list *list, const char *path, struct problems *problems)
{
	memset(list, 0, sizeof(*list));
	list->path = path;
	list->problems = problems;
	buf_init(&list->text, STANZA_FILE_MAX);
}

static void
add_source(struct list *list, struct str name, unsigned line)
{
	vec_grow(list->lines, list->n, list->room);
	list->lines[list->n++] = line;
	buf_printf(&list->text, "[source %.*s]\n", STR_ARG(name));
}

/* A value is one line of its own. */
static void
add_key(struct list *list, struct str key, struct str value, unsigned line)
{
	size_t i;

	value = str_trim(value);
	for (i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] < ' ') {
			problems_add(list->problems, list->path, line, 0,
			    "a line break or control character in `%.*s'",
			    STR_ARG(key));
			return;
		}
	}
	if (value.n > 0)
		buf_printf(&list->text, "%.*s = %.*s\n", STR_ARG(key),
		    STR_ARG(value));
}

static int
list_parse(struct list *list, struct stanza_file **ret)
{
	size_t i, k;
	int r;

	if (list->text.failed)
		problems_add(list->problems, list->path, 0, 0,
		    "the list is too long");
	r = stanza_parse(list->path, buf_get(&list->text), ret,
	    list->problems);
	for (i = 0; *ret != NULL && i < (*ret)->n && i < list->n; i++) {
		(*ret)->v[i].line = list->lines[i];
		for (k = 0; k < (*ret)->v[i].nlines; k++) {
			(*ret)->v[i].lines[k].line = list->lines[i];
			(*ret)->v[i].lines[k].column = 0;
		}
	}
	buf_fini(&list->text);
	free(list->lines);
	return r == -1 || list->problems->n > 0 ? -1 : 0;
}

/* CSV as RFC 4180 has it. */

struct csv {
	const char *p, *end;
	unsigned line;
};

/*
 * The next field into ${field}: 1: more follow in this row; 0: it was the
 * last; -1: a quote that does not end.
 */
static int
csv_field(struct csv *csv, struct buf *field)
{
	bool quoted = csv->p < csv->end && *csv->p == '"';

	buf_reset(field);
	buf_puts(field, "");
	csv->p += quoted;
	while (csv->p < csv->end) {
		char c = *csv->p++;

		if (quoted && c == '"') {
			if (csv->p < csv->end && *csv->p == '"')
				buf_putc(field, *csv->p++);
			else
				quoted = false;
			continue;
		}
		if (!quoted && c == ',')
			return 1;
		if (c == '\n')
			csv->line++;
		if (!quoted && c == '\n')
			return 0;
		if (quoted || c != '\r')
			buf_putc(field, c);
	}
	return quoted ? -1 : 0;
}

struct columns {
	char *name[COLUMNS_MAX];
	size_t n;
	int source, plugin;             /* which they are; -1 */
};

static int
csv_columns(struct csv *csv, struct columns *columns)
{
	struct buf field;
	int r;

	buf_init(&field, STANZA_LINE_MAX);
	columns->source = columns->plugin = -1;
	do {
		r = csv_field(csv, &field);
		if (columns->n == COLUMNS_MAX || r == -1)
			break;
		columns->name[columns->n] = str_dup(str_trim(buf_get(&field)));
		if (strcmp(columns->name[columns->n], "name") == 0)
			columns->source = (int)columns->n;
		if (strcmp(columns->name[columns->n], "plugin") == 0)
			columns->plugin = (int)columns->n;
		columns->n++;
	} while (r == 1);
	buf_fini(&field);
	return r == 0 && columns->source != -1 && columns->plugin != -1 ?
	    0 : -1;
}

/* One row: 0; -1 after a fault that makes the rest unreadable. */
static int
csv_row(struct csv *csv, const struct columns *columns, struct list *list)
{
	char *values[COLUMNS_MAX] = { NULL };
	unsigned line = csv->line;
	struct buf field;
	size_t n = 0, i;
	int r;

	buf_init(&field, STANZA_LINE_MAX);
	do {
		r = csv_field(csv, &field);
		if (r != -1 && n < columns->n)
			values[n] = str_dup(buf_get(&field));
		n++;
	} while (r == 1);
	buf_fini(&field);
	if (r == -1)
		problems_add(list->problems, list->path, line, 0,
		    "a quotation mark has no second one");
	else if (n > columns->n)
		problems_add(list->problems, list->path, line, 0, "%zu fields "
		    "in a row of %zu columns", n, columns->n);
	else if (values[columns->source] == NULL ||
	    str_trim(str_of(values[columns->source])).n == 0) {
		if (n > 1)
			problems_add(list->problems, list->path, line, 0,
			    "a source without a name");
	} else {
		add_source(list, str_trim(str_of(values[columns->source])),
		    line);
		for (i = 0; i < n; i++) {
			if ((int)i != columns->source)
				add_key(list, str_of(columns->name[i]),
				    str_of(values[i]), line);
		}
	}
	for (i = 0; i < columns->n; i++)
		free(values[i]);
	return r == -1 ? -1 : 0;
}

int
csv_sources(const char *path, struct str text, struct stanza_file **ret,
    struct problems *problems)
{
	struct csv csv = { text.p, text.p + text.n, 1 };
	struct columns columns = { .n = 0 };
	struct list list;

	*ret = NULL;
	list_init(&list, path, problems);
	if (str_starts(text, STR("\xef\xbb\xbf")))
		csv.p += 3;
	if (csv_columns(&csv, &columns) == -1)
		problems_add(problems, path, 1, 0, "the first row has to name "
		    "the columns, `name' and `plugin' among them");
	else {
		while (csv.p < csv.end &&
		    csv_row(&csv, &columns, &list) == 0)
			;
	}
	while (columns.n > 0)
		free(columns.name[--columns.n]);
	return list_parse(&list, ret);
}

void
csv_print(FILE *out, const char *text)
{
	if (text == NULL)
		return;
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* OPML. */

/* "Forum für Polen" -> "forum-f-r-polen", not given out before. */
static char *
make_name(struct list *list, const char *title)
{
	struct str made = buf_get(&list->text);
	struct buf b;
	char *name;
	unsigned k;

	buf_init(&b, 64);
	for (; *title != '\0' && b.n < 48; title++) {
		char c = (char)tolower((unsigned char)*title);

		if (((unsigned char)c < 0x80 && isalnum((unsigned char)c)) ||
		    c == '.' || c == '_')
			buf_putc(&b, c);
		else if (b.n > 0 && b.p[b.n - 1] != '-')
			buf_putc(&b, '-');
	}
	while (b.n > 0 && b.p[b.n - 1] == '-')
		b.p[--b.n] = '\0';
	name = buf_take(&b);
	for (k = 1; ; k++) {
		char *full = k == 1 ? xstrdup(*name != '\0' ? name : "feed") :
		    xasprintf("%s-%u", *name != '\0' ? name : "feed", k);
		char *heading = xasprintf("[source %s]\n", full);
		bool taken = made.n > 0 && memmem(made.p, made.n, heading,
		    strlen(heading)) != NULL;

		free(heading);
		if (!taken) {
			free(name);
			return full;
		}
		free(full);
	}
}

static char *
attribute(xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	char *copy = value != NULL ? xstrdup((const char *)value) : NULL;

	xmlFree(value);
	return copy;
}

static void
opml_outline(struct list *list, xmlNode *node, const char *basis)
{
	unsigned line = (unsigned)xmlGetLineNo(node);
	char *url = attribute(node, "xmlUrl");
	char *title = attribute(node, "text"), *name;

	if (url != NULL && *url != '\0') {
		if (title == NULL)
			title = attribute(node, "title");
		name = make_name(list, title != NULL ? title : url);
		add_source(list, str_of(name), line);
		add_key(list, STR("plugin"), STR("feed"), line);
		add_key(list, STR("url"), str_of(url), line);
		if (basis != NULL)
			add_key(list, STR("basis"), str_of(basis), line);
		free(name);
	}
	free(url);
	free(title);
}

/* In document order, without recursion: a file may nest as deep as it likes. */
static xmlNode *
next_node(xmlNode *node, const xmlNode *root)
{
	if (node->children != NULL)
		return node->children;
	while (node != NULL && node != root && node->next == NULL)
		node = node->parent;
	return node == NULL || node == root ? NULL : node->next;
}

int
opml_sources(const char *path, struct str text, const char *basis,
    struct stanza_file **ret, struct problems *problems)
{
	xmlDoc *doc = xmlReadMemory(text.p, (int)text.n, path, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL, *node;
	struct list list;

	*ret = NULL;
	list_init(&list, path, problems);
	if (root == NULL || xmlStrcmp(root->name, (const xmlChar *)"opml") !=
	    0) {
		const xmlError *fault = xmlGetLastError();

		problems_add(problems, path, doc == NULL && fault != NULL ?
		    (unsigned)fault->line : 0, 0, "not an OPML file");
	}
	for (node = problems->n == 0 ? root : NULL; node != NULL;
	    node = next_node(node, root)) {
		if (node->type == XML_ELEMENT_NODE && xmlStrcmp(node->name,
		    (const xmlChar *)"outline") == 0)
			opml_outline(&list, node, basis);
	}
	xmlFreeDoc(doc);
	return list_parse(&list, ret);
}
