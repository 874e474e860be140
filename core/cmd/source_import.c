/*
 * kompan source import: add the sources of a CSV or OPML list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/source_lists.h"
#include "cmd/source_stanza.h"

static int source_import(struct cmd_env *, int, char **);

const struct cmd cmd_source_import = {
	.noun = "source", .verb = "import",
	.args = "FILE [--format csv|opml|stanza] [--basis BASIS]",
	.summary = "Add and change sources as a CSV, OPML or stanza file lists them.",
	.help = "CSV names its columns in the first row: name, plugin, and any "
	    "key of a [source]\nstanza.  From OPML every feed becomes a source "
	    "of plugin feed; --basis says on\nwhat legal basis those are watched "
	    "(else each place waits for `kompan place watch').\nNothing is "
	    "changed when anything is wrong; sources that the file does not "
	    "name stay\nas they are.  For posts there is `kompan import'.",
	.config = true, .run = source_import,
};

static int
read_file(const char *path, struct buf *b, struct err *err)
{
	FILE *f = fopen(path, "r");
	char piece[8192];
	size_t n;

	if (f == NULL)
		return err_errno(err, errno, "%s", path);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	if (ferror(f))
		err_errno(err, errno, "%s", path);
	else if (b->failed)
		err_set_code(err, ERR_LIMIT, "%s is larger than %zu bytes",
		    path, LIST_MAX);
	n = ferror(f) || b->failed;
	fclose(f);
	return n ? -1 : 0;
}

/* By its name, else by how it begins. */
static const char *
guess(const char *path, struct str text)
{
	const char *dot = strrchr(path, '.');

	text = str_trim(text);
	if (dot != NULL && strcmp(dot, ".csv") == 0)
		return "csv";
	if ((dot != NULL && strcmp(dot, ".opml") == 0) ||
	    str_starts(text, STR("<")) ||
	    str_starts(text, STR("\xef\xbb\xbf<")))
		return "opml";
	if (str_starts(text, STR("[")) || str_starts(text, STR("#")))
		return "stanza";
	return "csv";
}

static int
source_import(struct cmd_env *env, int argc, char **argv)
{
	const char *format = NULL, *basis = NULL;
	const struct cmd_option options[] = {
		{ .name = "format", .value = &format },
		{ .name = "basis", .value = &basis }, { 0 }
	};
	struct problems problems = PROBLEMS_INIT;
	struct stanza_file *file = NULL;
	struct err err = ERR_INIT;
	struct buf text;
	int r = EXIT_FAILED;

	if (!cmd_options(env, &cmd_source_import, options, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 1 || (format != NULL && strcmp(format, "csv") != 0 &&
	    strcmp(format, "opml") != 0 && strcmp(format, "stanza") != 0))
		return cmd_usage(&cmd_source_import);
	buf_init(&text, LIST_MAX);
	if (read_file(argv[0], &text, &err) == -1) {
		r = cmd_failed(env, &err);
		goto out;
	}
	if (format == NULL)
		format = guess(argv[0], buf_get(&text));
	if (strcmp(format, "csv") == 0)
		csv_sources(argv[0], buf_get(&text), &file, &problems);
	else if (strcmp(format, "opml") == 0)
		opml_sources(argv[0], buf_get(&text), basis, &file, &problems);
	else
		stanza_parse(argv[0], buf_get(&text), &file, &problems);
	if (problems.n > 0 || file == NULL) {
		problems_print(&problems, stderr);
		fputs("kompan: nothing was changed\n", stderr);
	} else {
		r = source_apply_file(env, file, &problems, MISSING_IGNORED);
	}
out:
	buf_fini(&text);
	stanza_free(file);
	problems_fini(&problems);
	return r;
}
