/*
 * kompan source export: the sources as a file that `apply' or another program
 * reads.  No secrets: a credential is only named.
 */
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/source_lists.h"
#include "storage/source.h"

static int source_export(struct cmd_env *, int, char **);

const struct cmd cmd_source_export = {
	.noun = "source", .verb = "export",
	.args = "[--format stanza|csv|opml]",
	.summary = "Print the sources as a file: stanzas, CSV or OPML.",
	.help = "Stanzas and CSV hold everything that was set, and no secrets; "
	    "OPML only feeds\nwith a URL, for feed readers.",
	.config = true, .run = source_export,
};

struct export {
	void (*row)(struct export *, const struct source_row *,
	    struct json_object *settings);
	/* CSV: all settings that any source has */
	char **keys;
	size_t nkeys, room;
	/* OPML */
	xmlTextWriter *xml;
	size_t left_out;
};

static bool
has_url(const struct source_row *row)
{
	return strncmp(row->target, "http://", 7) == 0 ||
	    strncmp(row->target, "https://", 8) == 0;
}

static void
print_key(const char *key, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("%s = %s\n", key, value);
}

static char *
interval_text(const struct source_row *row)
{
	if (row->interval_ms == 0)
		return NULL;
	if (row->interval_ms % 1000 != 0)
		return xasprintf("%lld ms", (long long)row->interval_ms);
	return xasprintf("%lld s", (long long)row->interval_ms / 1000);
}

static void
stanza_row(struct export *export, const struct source_row *row,
    struct json_object *settings)
{
	char *interval = interval_text(row);

	(void)export;
	if (row->paused)
		printf("# paused%s%s\n", row->paused_why != NULL ? ": " : "",
		    row->paused_why != NULL ? row->paused_why : "");
	printf("[source %s]\n", row->name);
	print_key("plugin", row->plugin);
	print_key("url", has_url(row) ? row->target : NULL);
	print_key("credential", row->credential);
	print_key("interval", interval);
	print_key("egress", row->egress);
	print_key("basis", row->basis);
	json_object_object_foreach(settings, key, value)
		print_key(key, json_object_get_string(value));
	putchar('\n');
	free(interval);
}

static void
csv_row(struct export *export, const struct source_row *row,
    struct json_object *settings)
{
	char *interval = interval_text(row);
	const char *fields[] = { row->name, row->plugin,
		has_url(row) ? row->target : NULL, row->credential, interval,
		row->egress, row->basis };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (i > 0)
			putchar(',');
		csv_print(stdout, fields[i]);
	}
	for (i = 0; i < export->nkeys; i++) {
		putchar(',');
		csv_print(stdout, json_object_get_string(json_member(settings,
		    export->keys[i])));
	}
	putchar('\n');
	free(interval);
}

static void
opml_row(struct export *export, const struct source_row *row,
    struct json_object *settings)
{
	(void)settings;
	if (!has_url(row) || strcmp(row->plugin, "feed") != 0) {
		export->left_out++;
		return;
	}
	xmlTextWriterStartElement(export->xml, BAD_CAST "outline");
	xmlTextWriterWriteAttribute(export->xml, BAD_CAST "type",
	    BAD_CAST "rss");
	xmlTextWriterWriteAttribute(export->xml, BAD_CAST "text",
	    BAD_CAST row->name);
	xmlTextWriterWriteAttribute(export->xml, BAD_CAST "xmlUrl",
	    BAD_CAST row->target);
	xmlTextWriterEndElement(export->xml);
}

static void
note_keys(struct export *export, const struct source_row *row,
    struct json_object *settings)
{
	(void)row;
	json_object_object_foreach(settings, key, value) {
		size_t i;

		(void)value;
		for (i = 0; i < export->nkeys; i++) {
			if (strcmp(export->keys[i], key) == 0)
				break;
		}
		if (i < export->nkeys)
			continue;
		vec_grow(export->keys, export->nkeys, export->room);
		export->keys[export->nkeys++] = xstrdup(key);
	}
}

static int
each(struct db *db, struct export *export, struct err *err)
{
	struct source_row row;
	int64_t id = 0;
	int r;

	while ((r = source_after(db, id, &row, err)) == 1) {
		struct json_object *settings = NULL;

		id = row.id;
		if (json_parse(str_of(row.settings), &settings, err) == -1 ||
		    !json_object_is_type(settings, json_type_object)) {
			json_object_put(settings);
			settings = json_object_new_object();
		}
		export->row(export, &row, settings);
		json_object_put(settings);
		source_row_fini(&row);
	}
	return r;
}

static int
export_csv(struct db *db, struct export *export, struct err *err)
{
	size_t i;
	int r;

	export->row = note_keys;
	r = each(db, export, err);
	fputs("name,plugin,url,credential,interval,egress,basis", stdout);
	for (i = 0; i < export->nkeys; i++) {
		putchar(',');
		csv_print(stdout, export->keys[i]);
	}
	putchar('\n');
	export->row = csv_row;
	if (r == 0)
		r = each(db, export, err);
	for (i = 0; i < export->nkeys; i++)
		free(export->keys[i]);
	free(export->keys);
	return r;
}

static int
export_opml(struct db *db, struct export *export, struct err *err)
{
	xmlBuffer *text = xmlBufferCreate();
	int r;

	export->xml = xmlNewTextWriterMemory(text, 0);
	xmlTextWriterSetIndent(export->xml, 1);
	xmlTextWriterStartDocument(export->xml, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(export->xml, BAD_CAST "opml");
	xmlTextWriterWriteAttribute(export->xml, BAD_CAST "version",
	    BAD_CAST "2.0");
	xmlTextWriterStartElement(export->xml, BAD_CAST "head");
	xmlTextWriterWriteElement(export->xml, BAD_CAST "title",
	    BAD_CAST "Kompan's feeds");
	xmlTextWriterEndElement(export->xml);
	xmlTextWriterStartElement(export->xml, BAD_CAST "body");
	export->row = opml_row;
	r = each(db, export, err);
	xmlTextWriterEndDocument(export->xml);
	xmlFreeTextWriter(export->xml);
	fputs((const char *)xmlBufferContent(text), stdout);
	xmlBufferFree(text);
	if (export->left_out > 0)
		fprintf(stderr, "kompan: %zu sources are no feeds and are not "
		    "in OPML\n", export->left_out);
	return r;
}

static int
source_export(struct cmd_env *env, int argc, char **argv)
{
	const char *format = "stanza";
	const struct cmd_option options[] = {
		{ .name = "format", .value = &format }, { 0 }
	};
	struct export export = { .row = stanza_row };
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int r;

	if (!cmd_options(env, &cmd_source_export, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc > 0 || (strcmp(format, "stanza") != 0 &&
	    strcmp(format, "csv") != 0 && strcmp(format, "opml") != 0))
		return cmd_usage(&cmd_source_export);
	if (cmd_open_db(env, &db, &err) == -1)
		return cmd_failed(env, &err);
	r = format[0] == 's' ? each(db, &export, &err) : format[0] == 'c' ?
	    export_csv(db, &export, &err) : export_opml(db, &export, &err);
	db_close(db);
	return r == -1 ? cmd_failed(env, &err) : EXIT_DONE;
}
