/*
 * All text goes into one block; tables are copied entry by entry.
 */
#include "fetch/info.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Text of all the copies, in blocks that never move. */
struct block {
	struct block *next;
	char text[];
};

static char *
keep(struct plugin_info *info, const char *text)
{
	struct block *block;

	if (text == NULL)
		return NULL;
	block = xcalloc(1, sizeof(*block) + strlen(text) + 1);
	memcpy(block->text, text, strlen(text) + 1);
	block->next = info->memory;
	info->memory = block;
	return block->text;
}

static void *
table(const void *entries, size_t n, size_t size)
{
	void *copy = xcalloc(n + 1, size);

	if (n > 0)
		memcpy(copy, entries, n * size);
	return copy;
}

struct plugin_info *
info_copy(const struct plugin_info *from)
{
	struct plugin_info *to = xcalloc(1, sizeof(*to));
	size_t i;

	*to = *from;
	to->memory = NULL;
	to->name = keep(to, from->name);
	to->version = keep(to, from->version);
	to->summary = keep(to, from->summary);
#define TABLE(member, count)                                                   \
	to->member = table(from->member, from->count, sizeof(*from->member));  \
	for (i = 0; i < from->count; i++)
#define KEEP(member, field)                                                    \
	to->member[i].field = keep(to, from->member[i].field)
	TABLE(keys, nkeys) {
		KEEP(keys, name);
		KEEP(keys, value);
		KEEP(keys, help);
	}
	TABLE(creds, ncreds) {
		KEEP(creds, name);
		KEEP(creds, key);
		KEEP(creds, format);
		KEEP(creds, help);
	}
	TABLE(endpoints, nendpoints) {
		KEEP(endpoints, method);
		KEEP(endpoints, host);
		KEEP(endpoints, path);
		KEEP(endpoints, cred);
	}
	TABLE(limits, nlimits)
		KEEP(limits, host);
	TABLE(framings, nframings)
		KEEP(framings, path);
#undef TABLE
#undef KEEP
	return to;
}

void
info_free(struct plugin_info *info)
{
	struct block *block;

	if (info == NULL)
		return;
	while ((block = info->memory) != NULL) {
		info->memory = block->next;
		free(block);
	}
	free(info->keys);
	free(info->creds);
	free(info->endpoints);
	free(info->limits);
	free(info->framings);
	free(info);
}
