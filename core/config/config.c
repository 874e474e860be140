/*
 * kompan.conf: every setting stands once, in a table below, with its default,
 * its bounds and what it means; reading, checking, printing and the manual
 * page all go by these tables.
 */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/stanza.h"

/* A setting: how it is checked and where it goes. */
struct setting {
	struct stanza_key key;
	const char *otherwise;          /* as written; NULL: none */
	size_t offset;
};

#define AT(member) offsetof(struct config, member)
#define PATH(n, def, member, text)                                             \
	{ { .name = n, .help = text }, def, AT(member) }
#define TIME(n, def, low, high, member, text)                                  \
	{ { .name = n, .type = STANZA_DURATION, .min = low, .max = high,       \
	    .help = text }, def, AT(member) }

static const struct setting agent_settings[] = {
	PATH("state", STATE_DIR, state_dir,
	    "folder of the database, the keys and kept responses"),
	PATH("socket", NULL, socket,
	    "Unix socket of the agent; default STATE/agent.sock"),
	PATH("plugins", PLUGINS_DIR, plugins_dir, "folder of the plugins"),
	PATH("rules", RULES_DIR, rules_dir, "folder of the rule packs"),
	PATH("worker", WORKER_PATH, worker, "the program that runs plugins"),
	PATH("user-agent", "Kompan/" PACKAGE_VERSION, user_agent,
	    "how we introduce ourselves; add an address to write to"),
	{ { .name = "proxy", .type = STANZA_URL,
	    .help = "HTTP proxy for everything fetched" }, NULL, AT(proxy) },
	{ { .name = "workers", .type = STANZA_NUMBER, .min = 1, .max = 256,
	    .help = "plugin processes at once, at most" }, "16",
	    AT(workers_max) },
	{ { 0 }, NULL, 0 }
};

static const struct setting storage_settings[] = {
	PATH("path", NULL, database,
	    "the database file; default STATE/kompan.db"),
	{ { 0 }, NULL, 0 }
};

static const struct setting privacy_settings[] = {
	PATH("keys", NULL, keys_dir,
	    "folder of the pseudonym keys; default STATE/keys"),
	{ { .name = "retention", .type = STANZA_SWITCH,
	    .help = "whether old text is purged; say no only to move house" },
	    "yes", AT(retention) },
	TIME("names", "72 h", HOUR_MS, 30 * DAY_MS, names_ms,
	    "how long names are kept where no item is open"),
	TIME("unflagged", "7 d", HOUR_MS, 90 * DAY_MS, unflagged_ms,
	    "how long text is kept that no rule flagged"),
	TIME("closed", "42 d", DAY_MS, 365 * DAY_MS, closed_ms,
	    "how long text of closed items is kept"),
	TIME("history", "730 d", 30 * DAY_MS, 3650 * DAY_MS, history_ms,
	    "how long the history of decisions is kept"),
	TIME("epoch", "30 d", DAY_MS, 365 * DAY_MS, epoch_ms,
	    "how long one pseudonym key serves"),
	{ { 0 }, NULL, 0 }
};

static const struct setting decide_settings[] = {
	TIME("grace", "2 h", 0, 30 * DAY_MS, grace_ms,
	    "how long others have to answer first; a place may say otherwise"),
	TIME("expiry", "14 d", DAY_MS, 365 * DAY_MS, expiry_ms,
	    "how old a question may become in the queue"),
	TIME("stale", "26 h", HOUR_MS, 30 * DAY_MS, stale_ms,
	    "after how long without a look a state is unknown"),
	{ { 0 }, NULL, 0 }
};

static const struct setting alert_settings[] = {
	PATH("command", NULL, alert_command,
	    "program run as COMMAND silent|recovered KIND NAME SINCE"),
	TIME("silent", "6 h", MINUTE_MS, 30 * DAY_MS, silent_ms,
	    "how long a source may be silent"),
	{ { 0 }, NULL, 0 }
};

static const struct setting web_settings[] = {
	{ { .name = "listen", .help = "address and port of `kompan web'" },
	    "127.0.0.1:8480", AT(listen) },
	{ { 0 }, NULL, 0 }
};

static const struct section {
	const char *kind;
	const struct setting *settings;
} sections[] = {
	{ "agent", agent_settings }, { "storage", storage_settings },
	{ "privacy", privacy_settings }, { "decide", decide_settings },
	{ "alert", alert_settings }, { "web", web_settings },
};
#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

static const struct stanza_key account_keys[] = {
	{ .name = "id", .flags = STANZA_REQUIRED | STANZA_MANY,
	    .help = "the platform's id of an account of ours" },
	{ 0 }
};

static const struct stanza_key text_keys[] = {
	{ .name = "text", .flags = STANZA_REQUIRED | STANZA_MAYBE_LANG },
	{ .name = "approved-by", .flags = STANZA_REQUIRED },
	{ 0 }
};

static const char *const kinds[] = { "agent", "storage", "privacy", "decide",
	"alert", "web", "credential", "account", "text", NULL };

static char **
text_at(struct config *config, const struct setting *setting)
{
	return (char **)(void *)((char *)config + setting->offset);
}

static int64_t *
number_at(struct config *config, const struct setting *setting)
{
	return (int64_t *)(void *)((char *)config + setting->offset);
}

static bool *
switch_at(struct config *config, const struct setting *setting)
{
	return (bool *)(void *)((char *)config + setting->offset);
}

/* Take a value that was checked. */
static void
setting_store(struct config *config, const struct setting *setting,
    struct str value)
{
	switch (setting->key.type) {
	case STANZA_NUMBER:
		(void)str_to_i64(value, INT64_MIN, INT64_MAX,
		    number_at(config, setting));
		break;
	case STANZA_DURATION:
		(void)duration_parse(value, number_at(config, setting));
		break;
	case STANZA_SWITCH:
		*switch_at(config, setting) = str_is(value, "yes");
		break;
	default:
		free(*text_at(config, setting));
		*text_at(config, setting) = str_dup(value);
		break;
	}
}

static void
config_defaults(struct config *config)
{
	const struct setting *s;
	size_t i;

	for (i = 0; i < NSECTIONS; i++) {
		for (s = sections[i].settings; s->key.name != NULL; s++) {
			if (s->otherwise != NULL)
				setting_store(config, s, str_of(s->otherwise));
		}
	}
}

/* What follows from the state folder where nothing else was said. */
static void
config_derive(struct config *config)
{
	if (config->socket == NULL)
		config->socket = xasprintf("%s/agent.sock", config->state_dir);
	if (config->database == NULL)
		config->database = xasprintf("%s/kompan.db",
		    config->state_dir);
	if (config->keys_dir == NULL)
		config->keys_dir = xasprintf("%s/keys", config->state_dir);
}

static void
take_section(struct config *config, const struct section *section,
    const struct stanza_file *file, const struct stanza *stanza,
    struct problems *problems)
{
	struct stanza_key keys[16] = { { 0 } };
	const struct setting *s;
	size_t n = 0;

	for (s = section->settings; s->key.name != NULL; s++)
		keys[n++] = s->key;
	if (stanza_check(file, stanza, keys, problems) == -1)
		return;
	for (s = section->settings; s->key.name != NULL; s++) {
		const struct stanza_line *line = stanza_find(stanza,
		    s->key.name, NULL);

		if (line != NULL)
			setting_store(config, s, line->value);
	}
}

/* [credential NAME]: any key; the plugin that uses it says which it needs. */
static void
take_credential(struct config *config, const struct stanza_file *file,
    const struct stanza *stanza, struct problems *problems)
{
	struct config_credential *c;
	size_t i;

	if (*stanza->name == '\0') {
		problems_add(problems, file->path, stanza->line, 0,
		    "[credential] lacks a name");
		return;
	}
	config->credentials = xreallocarray(config->credentials,
	    config->ncredentials + 1, sizeof(*c));
	c = &config->credentials[config->ncredentials++];
	memset(c, 0, sizeof(*c));
	c->name = xstrdup(stanza->name);
	c->secrets = xcalloc(stanza->nlines, sizeof(*c->secrets));
	for (i = 0; i < stanza->nlines; i++) {
		const struct stanza_line *line = &stanza->lines[i];

		if (line->value.n == 0 || (line->value.p[0] != '/' &&
		    !str_starts(line->value, STR("systemd:")))) {
			problems_add(problems, file->path, line->line,
			    line->column, "`%s' is the absolute path of a file "
			    "that holds the secret, or systemd:ID", line->key);
			continue;
		}
		c->secrets[c->nsecrets].key = xstrdup(line->key);
		c->secrets[c->nsecrets++].file = str_dup(line->value);
	}
}

static void
take_account(struct config *config, const struct stanza *stanza)
{
	size_t i;

	for (i = 0; i < stanza->nlines; i++) {
		struct config_account *a;

		config->accounts = xreallocarray(config->accounts,
		    config->naccounts + 1, sizeof(*a));
		a = &config->accounts[config->naccounts++];
		a->plugin = xstrdup(stanza->name);
		a->id = str_dup(stanza->lines[i].value);
	}
}

static void
take_text(struct config *config, const struct stanza *stanza)
{
	size_t i;

	for (i = 0; i < stanza->nlines; i++) {
		const struct stanza_line *line = &stanza->lines[i];
		struct config_text *t;

		if (strcmp(line->key, "text") != 0)
			continue;
		config->texts = xreallocarray(config->texts,
		    config->ntexts + 1, sizeof(*t));
		t = &config->texts[config->ntexts++];
		t->name = xstrdup(stanza->name);
		t->lang = line->lang != NULL ? xstrdup(line->lang) : NULL;
		t->text = str_dup(line->value);
		t->approved_by = xstrdup(stanza_text(stanza, "approved-by",
		    ""));
	}
}

static void
take_stanza(struct config *config, const struct stanza_file *file,
    const struct stanza *stanza, struct problems *problems)
{
	const char *near;
	size_t i;

	for (i = 0; i < NSECTIONS; i++) {
		if (strcmp(stanza->kind, sections[i].kind) == 0) {
			take_section(config, &sections[i], file, stanza,
			    problems);
			return;
		}
	}
	if (strcmp(stanza->kind, "credential") == 0) {
		take_credential(config, file, stanza, problems);
	} else if (strcmp(stanza->kind, "account") == 0) {
		if (stanza_check(file, stanza, account_keys, problems) == 0)
			take_account(config, stanza);
	} else if (strcmp(stanza->kind, "text") == 0) {
		if (stanza_check(file, stanza, text_keys, problems) == 0)
			take_text(config, stanza);
	} else {
		near = nearest_word(stanza->kind, kinds);
		problems_add(problems, file->path, stanza->line, 0,
		    near != NULL ? "unknown heading [%s]; did you mean [%s]?" :
		    "unknown heading [%s]", stanza->kind, near);
	}
}

int
config_load(const char *path, struct config **ret, struct problems *problems)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct stanza_file *file = NULL;
	size_t i, before = problems->n;
	int r = -1;

	config_defaults(config);
	if (path == NULL && access(SYSCONF_DIR "/kompan.conf", F_OK) == 0)
		path = SYSCONF_DIR "/kompan.conf";
	if (path != NULL) {
		config->path = xstrdup(path);
		(void)stanza_load(path, &file, problems);
		for (i = 0; file != NULL && i < file->n; i++)
			take_stanza(config, file, &file->v[i], problems);
	}
	if (problems->n != before)
		goto out;
	config_derive(config);
	*ret = config;
	config = NULL;
	r = 0;
out:
	stanza_free(file);
	config_free(config);
	return r;
}

void
config_free(struct config *config)
{
	const struct setting *s;
	size_t i, j;

	if (config == NULL)
		return;
	for (i = 0; i < NSECTIONS; i++) {
		for (s = sections[i].settings; s->key.name != NULL; s++) {
			if (s->key.type == STANZA_TEXT ||
			    s->key.type == STANZA_URL)
				free(*text_at(config, s));
		}
	}
	for (i = 0; i < config->ncredentials; i++) {
		for (j = 0; j < config->credentials[i].nsecrets; j++) {
			free(config->credentials[i].secrets[j].key);
			free(config->credentials[i].secrets[j].file);
		}
		free(config->credentials[i].secrets);
		free(config->credentials[i].name);
	}
	for (i = 0; i < config->naccounts; i++) {
		free(config->accounts[i].plugin);
		free(config->accounts[i].id);
	}
	for (i = 0; i < config->ntexts; i++) {
		free(config->texts[i].name);
		free(config->texts[i].lang);
		free(config->texts[i].text);
		free(config->texts[i].approved_by);
	}
	free(config->credentials);
	free(config->accounts);
	free(config->texts);
	free(config->path);
	free(config);
}

int
config_make_state(const struct config *config, struct err *err)
{
	if (mkdir(config->state_dir, 0700) == -1 && errno != EEXIST)
		return err_errno(err, errno, "state folder %s",
		    config->state_dir);
	return 0;
}

/* "7 d", "90 s": the largest unit that divides it. */
static void
print_duration(int64_t ms, char *text, size_t size)
{
	if (ms % DAY_MS == 0 && ms != 0)
		snprintf(text, size, "%lld d", (long long)(ms / DAY_MS));
	else if (ms % HOUR_MS == 0 && ms != 0)
		snprintf(text, size, "%lld h", (long long)(ms / HOUR_MS));
	else if (ms % MINUTE_MS == 0 && ms != 0)
		snprintf(text, size, "%lld min", (long long)(ms / MINUTE_MS));
	else
		snprintf(text, size, "%lld ms", (long long)ms);
}

/* The value as it would be written, or NULL where there is none. */
static const char *
setting_text(const struct config *const_config, const struct setting *setting,
    char *text, size_t size)
{
	struct config *config = (struct config *)(uintptr_t)const_config;

	switch (setting->key.type) {
	case STANZA_NUMBER:
		snprintf(text, size, "%lld",
		    (long long)*number_at(config, setting));
		return text;
	case STANZA_DURATION:
		print_duration(*number_at(config, setting), text, size);
		return text;
	case STANZA_SWITCH:
		return *switch_at(config, setting) ? "yes" : "no";
	default:
		return *text_at(config, setting);
	}
}

void
config_print(const struct config *config, FILE *out)
{
	const struct setting *s;
	char text[64];
	size_t i, j;

	for (i = 0; i < NSECTIONS; i++) {
		fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n", sections[i].kind);
		for (s = sections[i].settings; s->key.name != NULL; s++) {
			const char *value = setting_text(config, s, text,
			    sizeof(text));

			fprintf(out, "# %s\n", s->key.help);
			fprintf(out, "%s%s = %s\n", value == NULL ? "# " : "",
			    s->key.name, value == NULL ? "" : value);
		}
	}
	for (i = 0; i < config->ncredentials; i++) {
		const struct config_credential *c = &config->credentials[i];

		fprintf(out, "\n[credential %s]\n", c->name);
		for (j = 0; j < c->nsecrets; j++)
			fprintf(out, "%s = %s\n", c->secrets[j].key,
			    c->secrets[j].file);
	}
	for (i = 0; i < config->naccounts; i++)
		fprintf(out, "\n[account %s]\nid = %s\n",
		    config->accounts[i].plugin, config->accounts[i].id);
	for (i = 0; i < config->ntexts; i++) {
		const struct config_text *t = &config->texts[i];

		fprintf(out, "\n[text %s]\ntext%s%s = %s\napproved-by = %s\n",
		    t->name, t->lang != NULL ? "." : "",
		    t->lang != NULL ? t->lang : "", t->text, t->approved_by);
	}
}

void
config_print_json(const struct config *config, FILE *out)
{
	struct json_object *all = json_object_new_object();
	const struct setting *s;
	char text[64];
	size_t i;

	for (i = 0; i < NSECTIONS; i++) {
		struct json_object *section = json_object_new_object();

		for (s = sections[i].settings; s->key.name != NULL; s++)
			json_put_cstr(section, s->key.name, setting_text(config,
			    s, text, sizeof(text)));
		json_put(all, sections[i].kind, section);
	}
	json_print(all, out);
	json_object_put(all);
}

/* The file of a secret; the caller frees it.  NULL: not configured. */
static char *
secret_path(const struct config *config, const char *credential,
    const char *key)
{
	size_t i, j;

	for (i = 0; i < config->ncredentials; i++) {
		const struct config_credential *c = &config->credentials[i];

		if (strcmp(c->name, credential) != 0)
			continue;
		for (j = 0; j < c->nsecrets; j++) {
			const char *dir = getenv("CREDENTIALS_DIRECTORY");
			const char *file = c->secrets[j].file;

			if (strcmp(c->secrets[j].key, key) != 0)
				continue;
			if (strncmp(file, "systemd:", 8) != 0)
				return xstrdup(file);
			return xasprintf("%s/%s", dir != NULL ? dir :
			    "/run/credentials/kompan.service", file + 8);
		}
	}
	return NULL;
}

static int
read_secret(int fd, const char *path, char *secret, size_t size,
    struct err *err)
{
	struct stat st;
	ssize_t n;
	char *end;

	if (fstat(fd, &st) == -1)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set_code(err, ERR_DENIED, "%s is no file", path);
	if (st.st_mode & (S_IRWXO | S_IWGRP))
		return err_set_code(err, ERR_DENIED,
		    "others may read %s: chmod 600 it first", path);
	n = read(fd, secret, size - 1);
	if (n == -1)
		return err_errno(err, errno, "%s", path);
	secret[n] = '\0';
	end = strpbrk(secret, "\r\n");
	if (end == NULL && (size_t)n == size - 1)
		return err_set_code(err, ERR_LIMIT,
		    "the first line of %s is too long", path);
	if (end != NULL)
		*end = '\0';
	if (*secret == '\0')
		return err_set_code(err, ERR_INVALID, "%s is empty", path);
	return 0;
}

int
config_secret(const struct config *config, const char *credential,
    const char *key, char *secret, size_t size, struct err *err)
{
	char *path = secret_path(config, credential, key);
	int fd = -1, r = -1;

	if (path == NULL) {
		err_set_code(err, ERR_NOT_FOUND,
		    "[credential %s] with `%s' is not in %s", credential, key,
		    config->path != NULL ? config->path : "kompan.conf");
		goto out;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1) {
		err_errno(err, errno, "secret `%s' of [credential %s]: %s", key,
		    credential, path);
		goto out;
	}
	r = read_secret(fd, path, secret, size, err);
out:
	if (fd != -1)
		close(fd);
	free(path);
	return r;
}
