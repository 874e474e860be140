/*
 * HELLO: what a plugin is, and the words of REFUSED and BROKE.
 *
 * The tables of a plugin decide whom the core may ask and where credentials
 * go, so they are checked here, once, instead of wherever they are used.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/wire_field.h"
#include "parse/worker.h"

#define ENTRIES_MAX 100
#define WORD_MAX 64
#define SENTENCE_MAX 1000
#define JOBS_ALL (KP_CAN(KP_PUSH + 1) - KP_CAN(KP_POLL))

static const struct wire_field hello_fields[] = {
	WIRE_FIELD(1, U32, plugin_info, major, UINT32_MAX),
	WIRE_FIELD(2, U32, plugin_info, minor, UINT32_MAX),
	WIRE_FIELD(6, U32, plugin_info, jobs, UINT32_MAX),
	WIRE_FIELD(7, U32, plugin_info, abilities, UINT32_MAX),
	WIRE_FIELD(8, I64, plugin_info, interval, INT64_C(86400000) * 31),
};

static const struct wire_field name_fields[] = {
	WIRE_FIELD(3, CSTR, plugin_info, name, WORD_MAX),
	WIRE_FIELD(4, CSTR, plugin_info, version, WORD_MAX),
	WIRE_FIELD(5, CSTR, plugin_info, summary, SENTENCE_MAX),
};

static const struct wire_field key_fields[] = {
	WIRE_FIELD(1, CSTR, kp_key, name, WORD_MAX),
	WIRE_FIELD(2, CSTR, kp_key, value, SENTENCE_MAX),
	WIRE_FIELD(3, CSTR, kp_key, help, SENTENCE_MAX),
	WIRE_FIELD(4, U32, kp_key, type, KP_URL),
	WIRE_FIELD(5, U32, kp_key, required, UINT32_MAX),
};

static const struct wire_field cred_fields[] = {
	WIRE_FIELD(1, CSTR, kp_cred, name, WORD_MAX),
	WIRE_FIELD(2, U32, kp_cred, in, KP_IN_PATH),
	WIRE_FIELD(3, U32, kp_cred, required, UINT32_MAX),
	WIRE_FIELD(4, CSTR, kp_cred, key, WORD_MAX),
	WIRE_FIELD(5, CSTR, kp_cred, format, SENTENCE_MAX),
	WIRE_FIELD(6, CSTR, kp_cred, help, SENTENCE_MAX),
};

static const struct wire_field endpoint_fields[] = {
	WIRE_FIELD(1, U32, kp_endpoint, jobs, UINT32_MAX),
	WIRE_FIELD(2, CSTR, kp_endpoint, method, 16),
	WIRE_FIELD(3, CSTR, kp_endpoint, host, 255),
	WIRE_FIELD(4, CSTR, kp_endpoint, path, SENTENCE_MAX),
	WIRE_FIELD(5, CSTR, kp_endpoint, cred, WORD_MAX),
};

static const struct wire_field limit_fields[] = {
	WIRE_FIELD(1, CSTR, kp_limit, host, 255),
	WIRE_FIELD(2, U32, kp_limit, requests, UINT32_MAX),
	WIRE_FIELD(3, I64, kp_limit, per, INT64_C(86400000) * 31),
};

static const struct wire_field framing_fields[] = {
	WIRE_FIELD(1, U32, kp_framing, kind, KP_ELEMENTS),
	WIRE_FIELD(2, CSTR, kp_framing, path, SENTENCE_MAX),
};

/* The five tables, each a list of structs. */
enum { KEYS, CREDS, ENDPOINTS, LIMITS, FRAMINGS, LISTS };
static const struct list {
	uint16_t id;
	const char *name;
	const struct wire_field *fields;
	size_t nfields, size;
	size_t table;           /* of kp_plugin */
	size_t v, n;            /* of plugin_info */
} lists[LISTS] = {
#define LIST(id, one, many)                                                    \
	{ (id), #one, one##_fields, WIRE_N(one##_fields),                      \
		sizeof(struct kp_##one), offsetof(struct kp_plugin, many),     \
		offsetof(struct plugin_info, many),                            \
		offsetof(struct plugin_info, n##many) }
	[KEYS] = LIST(9, key, keys),
	[CREDS] = LIST(10, cred, creds),
	[ENDPOINTS] = LIST(11, endpoint, endpoints),
	[LIMITS] = LIST(12, limit, limits),
	[FRAMINGS] = LIST(13, framing, framings),
};

/* Encoding. */

/* The entries of one table; those of an older plugin may be shorter. */
static void
put_list(struct buf *b, const struct list *list,
    const struct kp_plugin *plugin)
{
	const struct kp_table *table = (const struct kp_table *)
	    ((const char *)plugin + list->table);
	char entry[128];
	size_t i, at, n = table->size < list->size ? table->size : list->size;

	for (i = 0; i < table->n && i <= ENTRIES_MAX; i++) {
		memset(entry, 0, sizeof(entry));
		memcpy(entry, (const char *)table->entries + i * table->size,
		    n);
		at = wire_open_field(b, list->id);
		wire_put_fields(b, list->fields, list->nfields, entry);
		wire_close(b, at);
	}
}

void
wire_put_hello(struct buf *b, const struct kp_plugin *plugin)
{
	const struct plugin_info info = {
		.name = (char *)plugin->name,
		.version = (char *)plugin->version,
		.summary = (char *)plugin->summary,
		.major = plugin->major, .minor = plugin->minor,
		.jobs = plugin->jobs, .abilities = plugin->abilities,
		.interval = plugin->interval };
	size_t at = wire_open(b, WIRE_HELLO), i;

	wire_put_fields(b, hello_fields, WIRE_N(hello_fields), &info);
	wire_put_fields(b, name_fields, WIRE_N(name_fields), &info);
	for (i = 0; i < LISTS; i++)
		put_list(b, &lists[i], plugin);
	wire_close(b, at);
}

void
wire_put_refused(struct buf *b, struct kp_str why)
{
	size_t at = wire_open(b, WIRE_REFUSED);

	wire_put_bytes(b, 1, why);
	wire_close(b, at);
}

/* Decoding.  Texts are copied to where they can be terminated. */

struct copier {
	char *p;
	struct err *err;
};

static int
copy_text(struct copier *copier, const struct wire_field *field,
    struct str value, const char **ret)
{
	if (value.n > (size_t)field->max || !str_is_utf8(value) ||
	    (value.n > 0 && memchr(value.p, '\0', value.n) != NULL))
		return err_set_code(copier->err, ERR_INVALID,
		    "%s is no text of at most %" PRId64 " bytes", field->name,
		    field->max);
	if (value.n > 0)
		memcpy(copier->p, value.p, value.n);
	copier->p[value.n] = '\0';
	*ret = copier->p;
	copier->p += value.n + 1;
	return 0;
}

static int
get_any(struct copier *copier, const struct wire_field *table, size_t n,
    uint16_t id, struct str value, void *object)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (table[i].id != id)
			continue;
		if (table[i].kind == WIRE_CSTR)
			return copy_text(copier, &table[i], value,
			    (const char **)(void *)
			    ((char *)object + table[i].offset));
		return wire_get_field(&table[i], 1, id, value, 0, object,
		    copier->err) == -1 ? -1 : 0;
	}
	return 0;
}

static int
get_entry(struct copier *copier, const struct list *list, struct str fields,
    struct plugin_info *info)
{
	void **v = (void **)(void *)((char *)info + list->v);
	size_t *n = (size_t *)(void *)((char *)info + list->n);
	struct wire_reader r = { .rest = fields };
	struct str value;
	uint16_t id;
	int more;
	char *entry;

	if (*n == ENTRIES_MAX)
		return err_set_code(copier->err, ERR_INVALID,
		    "it declares more than %d of one kind", ENTRIES_MAX);
	if (*v == NULL)
		*v = xcalloc(ENTRIES_MAX, list->size);
	entry = (char *)*v + *n * list->size;
	while ((more = wire_next(&r, &id, &value, copier->err)) == 1) {
		if (get_any(copier, list->fields, list->nfields, id, value,
		    entry) == -1)
			return -1;
	}
	++*n;
	return more;
}

static int
get_hello_field(struct copier *copier, uint16_t id, struct str value,
    struct plugin_info *info)
{
	size_t i;

	for (i = 0; i < LISTS; i++) {
		if (lists[i].id != id)
			continue;
		if (get_entry(copier, &lists[i], value, info) == -1) {
			err_prefix(copier->err, "%s", lists[i].name);
			return -1;
		}
		return 0;
	}
	if (get_any(copier, name_fields, WIRE_N(name_fields), id, value,
	    info) == -1)
		return -1;
	return get_any(copier, hello_fields, WIRE_N(hello_fields), id, value,
	    info);
}

/* Checking. */

static bool
is_word(const char *s)
{
	return s != NULL && s[0] != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

static int
fault(struct err *err, const char *what, const char *name)
{
	return err_set_code(err, ERR_INVALID, "%s `%s'", what,
	    name == NULL ? "" : name);
}

/* Keys and credentials stand in one stanza: no two of the same name. */
static int
check_names(const struct plugin_info *info, struct err *err)
{
	size_t i, j, n = info->nkeys + info->ncreds;

	for (i = 0; i < n; i++) {
		const char *name = i < info->nkeys ? info->keys[i].name :
		    info->creds[i - info->nkeys].name;

		if (!is_word(name))
			return fault(err, "a key whose name is no word:",
			    name);
		for (j = 0; j < i; j++) {
			if (strcmp(name, j < info->nkeys ?
			    info->keys[j].name :
			    info->creds[j - info->nkeys].name) == 0)
				return fault(err, "it declares twice", name);
		}
	}
	for (i = 0; i < info->nkeys; i++) {
		if (info->keys[i].type == 0)
			return fault(err, "no type for key",
			    info->keys[i].name);
	}
	return 0;
}

/* One %s and no other conversion. */
static bool
is_format(const char *s)
{
	const char *percent = strchr(s, '%');

	return percent != NULL && percent[1] == 's' &&
	    strchr(percent + 1, '%') == NULL;
}

static int
check_creds(const struct plugin_info *info, struct err *err)
{
	size_t i;

	for (i = 0; i < info->ncreds; i++) {
		const struct kp_cred *cred = &info->creds[i];

		if (cred->in == 0)
			return fault(err, "no place for credential",
			    cred->name);
		if (cred->in != KP_IN_PATH && (cred->key == NULL ||
		    cred->key[0] == '\0'))
			return fault(err, "no header or field for credential",
			    cred->name);
		if (cred->format != NULL ? !is_format(cred->format) :
		    cred->in == KP_IN_PATH)
			return fault(err, "no %s in the format of credential",
			    cred->name);
		if (cred->in == KP_IN_PATH && cred->format[0] != '/')
			return fault(err, "no / before the path of credential",
			    cred->name);
	}
	return 0;
}

static bool
has_key(const struct plugin_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->nkeys; i++) {
		if (strcmp(info->keys[i].name, name) == 0)
			return info->keys[i].type == KP_URL;
	}
	return false;
}

/* "name.of.host", "=source" or "=KEY" with a key that holds an URL. */
static bool
is_host(const struct plugin_info *info, const char *host)
{
	if (host == NULL || host[0] == '\0')
		return false;
	if (host[0] == '=')
		return strcmp(host, "=source") == 0 ||
		    has_key(info, host + 1);
	return host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-."
	    )] == '\0' && strchr(host, '.') != NULL;
}

static bool
has_cred(const struct plugin_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->ncreds; i++) {
		if (strcmp(info->creds[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool
is_method(const char *s)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"PATCH", "DELETE" };
	size_t i;

	for (i = 0; i < WIRE_N(methods); i++) {
		if (s != NULL && strcmp(s, methods[i]) == 0)
			return true;
	}
	return false;
}

static int
check_endpoints(const struct plugin_info *info, struct err *err)
{
	size_t i;

	for (i = 0; i < info->nendpoints; i++) {
		const struct kp_endpoint *endpoint = &info->endpoints[i];

		if (endpoint->jobs == 0 || (endpoint->jobs & ~JOBS_ALL) != 0)
			return fault(err, "no jobs for endpoint",
			    endpoint->path);
		if (!is_method(endpoint->method))
			return fault(err, "an endpoint of method",
			    endpoint->method);
		if (!is_host(info, endpoint->host))
			return fault(err, "an endpoint of host",
			    endpoint->host);
		if (endpoint->path == NULL || endpoint->path[0] != '/')
			return fault(err, "no / before the path of endpoint",
			    endpoint->path);
		if (endpoint->cred != NULL && !has_cred(info, endpoint->cred))
			return fault(err, "an endpoint with credential",
			    endpoint->cred);
	}
	return 0;
}

static int
check_rest(const struct plugin_info *info, struct err *err)
{
	size_t i;

	for (i = 0; i < info->nlimits; i++) {
		if (info->limits[i].requests == 0 || info->limits[i].per == 0)
			return err_set_code(err, ERR_INVALID,
			    "a limit of 0 requests or in 0 ms");
		if (info->limits[i].host != NULL &&
		    !is_host(info, info->limits[i].host))
			return fault(err, "a limit for host",
			    info->limits[i].host);
	}
	for (i = 0; i < info->nframings; i++) {
		if (info->framings[i].kind == 0 ||
		    info->framings[i].kind != info->framings[0].kind)
			return err_set_code(err, ERR_INVALID,
			    "framings of several kinds");
	}
	return 0;
}

static int
check(const struct plugin_info *info, struct err *err)
{
	if (!is_word(info->name))
		return fault(err, "a name that is no word:", info->name);
	if (info->jobs == 0)
		return err_set_code(err, ERR_INVALID, "no jobs");
	if (check_names(info, err) == -1 || check_creds(info, err) == -1 ||
	    check_endpoints(info, err) == -1)
		return -1;
	return check_rest(info, err);
}

int
wire_get_hello(struct str fields, struct plugin_info **ret, struct err *err)
{
	struct plugin_info *info = xcalloc(1, sizeof(*info));
	struct copier copier = { .err = err };
	struct wire_reader r = { .rest = fields };
	struct str value;
	uint16_t id;
	int more;

	/* A copy is its bytes and a NUL; its field had a frame that is longer. */
	info->memory = copier.p = xcalloc(1, fields.n + 1);
	while ((more = wire_next(&r, &id, &value, err)) == 1) {
		if (get_hello_field(&copier, id, value, info) == -1) {
			more = -1;
			break;
		}
	}
	if (more == 0)
		more = check(info, err);
	if (more == -1) {
		plugin_info_free(info);
		return -1;
	}
	info->jobs &= JOBS_ALL;
	*ret = info;
	return 0;
}

void
plugin_info_free(struct plugin_info *info)
{
	if (info == NULL)
		return;
	free(info->keys);
	free(info->creds);
	free(info->endpoints);
	free(info->limits);
	free(info->framings);
	free(info->memory);
	free(info);
}

struct told {
	int64_t number;
	struct kp_str text;
};

void
wire_get_refused(struct str fields, struct err *err)
{
	static const struct wire_field table[] = {
		WIRE_FIELD(1, TEXT, told, text, WIRE_REASON_MAX),
	};
	struct told told = { 0 };

	if (wire_get_fields(table, WIRE_N(table), fields, 0, &told, err) == 0)
		err_set_code(err, ERR_INVALID, "%.*s", (int)told.text.n,
		    told.text.n == 0 ? "" : told.text.p);
}

void
wire_get_broke(struct str fields, struct err *err)
{
	static const struct wire_field table[] = {
		WIRE_FIELD(1, I64, told, number, 100000),
		WIRE_FIELD(2, TEXT, told, text, WIRE_CODE_MAX),
	};
	struct told told = { 0 };

	if (wire_get_fields(table, WIRE_N(table), fields, 0, &told, err) == -1)
		return;
	if (told.text.n != 0)
		err_set_code(err, ERR_DENIED, "it called %.*s%s, which no "
		    "plugin may", (int)told.text.n, told.text.p,
		    memchr(told.text.p, ' ', told.text.n) == NULL ? "()" : "");
	else
		err_set_code(err, ERR_DENIED, "it made system call %" PRId64
		    ", which no plugin may", told.number);
}
