/*
 * JSON for plugins: base/json.h with paths, and with values that the step's
 * memory owns.  struct kp_json is json-c's object under another name, so that
 * plugins need not know which library it is.
 */
#include "kp.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "kp_private.h"

#define KEY_MAX 128

static struct json_object *
in_json(struct kp_json *json)
{
	return (struct json_object *)json;
}

static struct kp_json *
out_json(struct json_object *json)
{
	return (struct kp_json *)json;
}

static void
drop_json(void *p)
{
	json_object_put(p);
}

static struct kp_json *
own(struct kp_mem *mem, struct json_object *value)
{
	kp_own(mem, value, drop_json);
	return out_json(value);
}

struct kp_json *
kp_json(struct kp_mem *mem, struct kp_str text)
{
	struct json_object *value = NULL;
	struct err err = ERR_INIT;

	if (json_parse((struct str){ text.p, text.n }, &value, &err) == -1) {
		snprintf(mem->why, sizeof(mem->why), "%s", err.text);
		return NULL;
	}
	if (value == NULL) {
		snprintf(mem->why, sizeof(mem->why), "it is null");
		return NULL;
	}
	return own(mem, value);
}

struct kp_json *
kp_json_get(struct kp_json *json, const char *path)
{
	struct json_object *value = in_json(json);
	char key[KEY_MAX];

	while (path != NULL && value != NULL) {
		const char *dot = strchr(path, '.');
		size_t n = dot == NULL ? strlen(path) : (size_t)(dot - path);

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		value = json_member(value, key);
		path = dot == NULL ? NULL : dot + 1;
	}
	return out_json(value);
}

struct kp_str
kp_json_str(struct kp_json *json, const char *path)
{
	struct str s = json_text(in_json(kp_json_get(json, path)));

	return (struct kp_str){ s.p, s.n };
}

int64_t
kp_json_i64(struct kp_json *json, const char *path, int64_t otherwise)
{
	struct json_object *value = in_json(kp_json_get(json, path));

	if (!json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

bool
kp_json_bool(struct kp_json *json, const char *path, bool otherwise)
{
	struct json_object *value = in_json(kp_json_get(json, path));

	if (!json_object_is_type(value, json_type_boolean))
		return otherwise;
	return json_object_get_boolean(value);
}

struct kp_str
kp_json_id(struct kp_mem *mem, struct kp_json *json, const char *path)
{
	struct json_object *value = in_json(kp_json_get(json, path));

	if (json_object_is_type(value, json_type_int))
		return kp_fmt(mem, "%s", json_object_to_json_string(value));
	return kp_json_str(out_json(value), NULL);
}

bool
kp_json_is_object(struct kp_json *json)
{
	return json_object_is_type(in_json(json), json_type_object);
}

bool
kp_json_is_array(struct kp_json *json)
{
	return json_object_is_type(in_json(json), json_type_array);
}

size_t
kp_json_n(struct kp_json *json, const char *path)
{
	struct kp_json *array = kp_json_get(json, path);

	return kp_json_is_array(array) ?
	    json_object_array_length(in_json(array)) : 0;
}

struct kp_json *
kp_json_at(struct kp_json *json, const char *path, size_t i)
{
	struct kp_json *array = kp_json_get(json, path);

	if (!kp_json_is_array(array) ||
	    i >= json_object_array_length(in_json(array)))
		return NULL;
	return out_json(json_object_array_get_idx(in_json(array), i));
}

const struct kp_json_member *
kp_json_members(struct kp_mem *mem, struct kp_json *json, size_t *n)
{
	struct kp_json_member *members;
	size_t i = 0;

	*n = 0;
	if (!kp_json_is_object(json))
		return NULL;
	members = kp_alloc(mem, sizeof(*members) *
	    (size_t)json_object_object_length(in_json(json)));
	json_object_object_foreach(in_json(json), key, value) {
		members[i].key = kp_s(key);
		members[i++].value = out_json(value);
	}
	*n = i;
	return members;
}

struct kp_json *
kp_json_object(struct kp_mem *mem)
{
	return own(mem, json_object_new_object());
}

struct kp_json *
kp_json_array(struct kp_mem *mem)
{
	return own(mem, json_object_new_array());
}

/* The step's memory keeps its own reference to each value. */
void
kp_json_set(struct kp_json *object, const char *key, struct kp_json *value)
{
	json_put(in_json(object), key, json_object_get(in_json(value)));
}

void
kp_json_set_str(struct kp_json *object, const char *key, struct kp_str s)
{
	json_put_str(in_json(object), key, (struct str){ s.p, s.n });
}

void
kp_json_set_i64(struct kp_json *object, const char *key, int64_t value)
{
	json_put_i64(in_json(object), key, value);
}

void
kp_json_set_bool(struct kp_json *object, const char *key, bool value)
{
	json_put_bool(in_json(object), key, value);
}

void
kp_json_add(struct kp_json *array, struct kp_json *value)
{
	json_object_array_add(in_json(array), json_object_get(in_json(value)));
}

void
kp_json_add_str(struct kp_json *array, struct kp_str s)
{
	json_object_array_add(in_json(array), s.p == NULL ? NULL :
	    json_object_new_string_len(s.p, (int)s.n));
}

struct kp_str
kp_json_text(struct kp_mem *mem, struct kp_json *json)
{
	struct buf b;
	struct kp_str text;

	buf_init(&b, (size_t)32 << 20);
	(void)json_write(in_json(json), &b);
	text = kp_copy(mem, (struct kp_str){ b.p, b.n });
	buf_fini(&b);
	return text;
}
