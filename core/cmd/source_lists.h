/*
 * source_lists.h - sources as other programs list them: CSV and OPML.
 */
#ifndef KOMPAN_CMD_SOURCE_LISTS_H
#define KOMPAN_CMD_SOURCE_LISTS_H

#include <stdio.h>

#include "config/stanza.h"

#define LIST_MAX ((size_t)8 << 20)

/*
 * csv_sources(path, text, ret, problems): the first row names the columns: name
 * and plugin, and any key of a [source] stanza; an empty field is no key.
 * opml_sources(path, text, basis, ret, problems): every outline with an xmlUrl
 * becomes a source of plugin feed with ${basis} (NULL: none).  *${ret} is as
 * stanza_parse() gives it, with the lines of ${text}.  0 or -1.
 */
int csv_sources(const char *path, struct str text, struct stanza_file **,
    struct problems *);
int opml_sources(const char *path, struct str text, const char *basis,
    struct stanza_file **, struct problems *);

/* One field, quoted where that is needed. */
void csv_print(FILE *, const char *);

#endif
