/*
 * Reads [source NAME] stanzas.  What is not a common key is a setting of the
 * plugin, which is asked what it knows.
 */
#include "cmd/source_stanza.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/plugin_ask.h"

static const struct stanza_key common[] = {
	{ .name = "plugin", .type = STANZA_WORD, .flags = STANZA_REQUIRED },
	{ .name = "url", .type = STANZA_URL },
	{ .name = "credential", .type = STANZA_WORD },
	{ .name = "interval", .type = STANZA_DURATION, .min = SECOND_MS,
	    .max = 30 * DAY_MS },
	{ .name = "egress", .type = STANZA_CHOICES, .choices = "http local" },
	{ .name = "basis", .type = STANZA_CHOICE, .choices =
	    "owned invited public-feed capture mail export" },
};
#define NCOMMON (sizeof(common) / sizeof(common[0]))
#define KEYS_MAX 64

void
plugin_cache_fini(struct plugin_cache *cache)
{
	while (cache->n > 0)
		info_free(cache->v[--cache->n]);
}

static const struct plugin_info *
find_plugin(struct plugin_cache *cache, const char *name, struct err *err)
{
	struct plugin_info *info = NULL;
	size_t i;

	for (i = 0; i < cache->n; i++) {
		if (strcmp(cache->v[i]->name, name) == 0)
			return cache->v[i];
	}
	if (cache->n == sizeof(cache->v) / sizeof(cache->v[0])) {
		err_set(err, "too many plugins in one file");
		return NULL;
	}
	if (plugin_ask(cache->config, name, &info, err) == -1)
		return NULL;
	cache->v[cache->n++] = info;
	return info;
}

static enum stanza_type
key_type(const struct kp_key *key)
{
	switch (key->type) {
	case KP_NUMBER:
		return STANZA_NUMBER;
	case KP_SWITCH:
		return STANZA_SWITCH;
	case KP_URL:
		return STANZA_URL;
	default:
		return STANZA_TEXT;
	}
}

/* The common keys and the plugin's. */
static void
make_keys(const struct plugin_info *info, struct stanza_key *keys)
{
	size_t i, n = NCOMMON;

	memcpy(keys, common, sizeof(common));
	for (i = 0; i < info->nkeys && n < KEYS_MAX; i++, n++) {
		keys[n].name = info->keys[i].name;
		keys[n].type = key_type(&info->keys[i]);
		keys[n].flags = info->keys[i].required ? STANZA_REQUIRED : 0;
		keys[n].help = info->keys[i].help;
	}
}

static bool
is_common(const char *key)
{
	size_t i;

	for (i = 0; i < NCOMMON; i++) {
		if (strcmp(common[i].name, key) == 0)
			return true;
	}
	return false;
}

static struct json_object *
make_args(const struct stanza *stanza)
{
	static const char *const texts[] = { "plugin", "credential", "egress",
		"basis" };
	struct json_object *args = json_object_new_object();
	struct json_object *settings = json_object_new_object();
	int64_t interval = stanza_duration_ms(stanza, "interval", 0);
	size_t i;

	json_put_cstr(args, "name", stanza->name);
	/* What needs no URL (a bot, an archive) goes by its name. */
	json_put_cstr(args, "target", stanza_text(stanza, "url",
	    stanza->name));
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = stanza_text(stanza, texts[i], NULL);

		if (text != NULL)
			json_put_cstr(args, texts[i], text);
	}
	if (interval != 0)
		json_put_i64(args, "interval_ms", interval);
	for (i = 0; i < stanza->nlines; i++) {
		if (!is_common(stanza->lines[i].key))
			json_put_str(settings, stanza->lines[i].key,
			    stanza->lines[i].value);
	}
	json_put(args, "settings", settings);
	return args;
}

struct json_object *
source_stanza(struct plugin_cache *cache, const struct stanza_file *file,
    const struct stanza *stanza, struct problems *problems)
{
	struct stanza_key keys[KEYS_MAX + 1] = { { 0 } };
	const char *plugin = stanza_text(stanza, "plugin", NULL);
	const struct plugin_info *info;
	struct err err = ERR_INIT;

	if (strcmp(stanza->kind, "source") != 0 || *stanza->name == '\0') {
		problems_add(problems, file->path, stanza->line, 0,
		    "here stand only headings [source NAME]");
		return NULL;
	}
	if (plugin == NULL || *plugin == '\0') {
		problems_add(problems, file->path, stanza->line, 0,
		    "[source %s] lacks `plugin'", stanza->name);
		return NULL;
	}
	info = find_plugin(cache, plugin, &err);
	if (info == NULL) {
		problems_add(problems, file->path, stanza_find(stanza,
		    "plugin", NULL)->line, 0, "%s", err.text);
		return NULL;
	}
	make_keys(info, keys);
	if (stanza_check(file, stanza, keys, problems) == -1)
		return NULL;
	return make_args(stanza);
}
