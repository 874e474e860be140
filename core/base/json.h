/*
 * json.h - JSON from outside, checked while it is read.
 *
 * json-c does the work.  Getters never convert: a member of another type is
 * absent.  Text with a NUL in it is passed on as it is (struct str).
 */
#ifndef KOMPAN_BASE_JSON_H
#define KOMPAN_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 32

/*
 * json_parse(text, ret, err):
 * One JSON value and nothing after it but blanks; UTF-8 is checked, depth
 * limited.  *${ret} is NULL for `null`; json_object_put() it.  A lone
 * surrogate becomes U+FFFD instead of spoiling the whole text.
 */
int json_parse(struct str, struct json_object **, struct err *);

/* The member, or NULL where ${object} is no object or has none. */
struct json_object *json_member(struct json_object *object, const char *key);
/* Borrowed from the object; STR_NONE where it is not text. */
struct str json_get_str(struct json_object *object, const char *key);
/* ${otherwise} where it is no whole number. */
int64_t json_get_i64(struct json_object *object, const char *key,
    int64_t otherwise);
bool json_get_bool(struct json_object *object, const char *key, bool otherwise);
/* The text of a string value itself. */
struct str json_text(struct json_object *);

/* Add to an object; STR_NONE (p == NULL) adds null. */
void json_put_str(struct json_object *, const char *key, struct str);
void json_put_cstr(struct json_object *, const char *key, const char *);
void json_put_i64(struct json_object *, const char *key, int64_t);
void json_put_bool(struct json_object *, const char *key, bool);
/* ${value} is owned by the object from here on. */
void json_put(struct json_object *, const char *key, struct json_object *);

/* Print ${object} on one line, with a newline, to ${out}. */
void json_print(struct json_object *, FILE *out);
/* Append its text, on one line, without a newline. */
int json_write(struct json_object *, struct buf *);

#endif
