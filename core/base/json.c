/*
 * A thin layer over json-c: bounded reading, typed getters, compact writing.
 */
#include "base/json.h"

#include <limits.h>
#include <string.h>

#define JSON_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

int
json_parse(struct str text, struct json_object **ret, struct err *err)
{
	struct json_tokener *tok;
	struct json_object *value = NULL;
	enum json_tokener_error e;
	size_t end;
	int r = -1;

	if (text.n > INT_MAX)
		return err_set_code(err, ERR_LIMIT, "JSON text is too long");
	/* json-c lets surrogates and what lies beyond U+10FFFF through. */
	if (!str_is_utf8(text))
		return err_set_code(err, ERR_INVALID, "JSON is not UTF-8");
	tok = json_tokener_new_ex(JSON_DEPTH_MAX);
	if (tok == NULL)
		return err_set(err, "out of memory");
	value = json_tokener_parse_ex(tok, text.p, (int)text.n);
	e = json_tokener_get_error(tok);
	if (e == json_tokener_continue) {
		/* A bare number ends only at what follows it. */
		value = json_tokener_parse_ex(tok, " ", 1);
		if (json_tokener_get_error(tok) != json_tokener_success) {
			err_set_code(err, ERR_INVALID, "JSON text is cut off");
			goto out;
		}
		end = text.n;
	} else if (e != json_tokener_success) {
		err_set_code(err, ERR_INVALID, "bad JSON at byte %zu: %s",
		    json_tokener_get_parse_end(tok),
		    json_tokener_error_desc(e));
		goto out;
	} else {
		end = json_tokener_get_parse_end(tok);
	}
	if (str_trim((struct str){ text.p + end, text.n - end }).n != 0) {
		err_set_code(err, ERR_INVALID,
		    "something follows the JSON value at byte %zu", end);
		goto out;
	}
	*ret = value;
	value = NULL;
	r = 0;
out:
	json_object_put(value);
	json_tokener_free(tok);
	return r;
}

struct json_object *
json_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_get_ex(object, key, &value);
	return value;
}

struct str
json_text(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_string))
		return STR_NONE;
	return (struct str){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
}

struct str
json_get_str(struct json_object *object, const char *key)
{
	return json_text(json_member(object, key));
}

int64_t
json_get_i64(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value = json_member(object, key);

	if (!json_object_is_type(value, json_type_int))
		return otherwise;
	return json_object_get_int64(value);
}

bool
json_get_bool(struct json_object *object, const char *key, bool otherwise)
{
	struct json_object *value = json_member(object, key);

	if (!json_object_is_type(value, json_type_boolean))
		return otherwise;
	return json_object_get_boolean(value);
}

void
json_put(struct json_object *object, const char *key,
    struct json_object *value)
{
	json_object_object_add(object, key, value);
}

void
json_put_str(struct json_object *object, const char *key, struct str s)
{
	json_put(object, key, s.p == NULL ? NULL :
	    json_object_new_string_len(s.p, (int)s.n));
}

void
json_put_cstr(struct json_object *object, const char *key, const char *s)
{
	json_put_str(object, key, str_of(s));
}

void
json_put_i64(struct json_object *object, const char *key, int64_t value)
{
	json_put(object, key, json_object_new_int64(value));
}

void
json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_put(object, key, json_object_new_boolean(value));
}

void
json_print(struct json_object *value, FILE *out)
{
	fputs(json_object_to_json_string_ext(value, JSON_FLAGS), out);
	fputc('\n', out);
}

int
json_write(struct json_object *value, struct buf *b)
{
	size_t n;
	const char *s = json_object_to_json_string_length(value, JSON_FLAGS,
	    &n);

	return buf_add(b, s, n);
}
