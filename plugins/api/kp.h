/*
 * kp.h - what most plugins need beside kompan-plugin.h.
 *
 * Everything that these functions make lives in a struct kp_mem of the step:
 *
 *      struct kp_mem mem = KP_MEM;
 *      ...
 *      kp_mem_free(&mem);              (at the end of step(), on every path)
 *
 * so nothing else is ever freed.  Out of memory ends the worker, which costs
 * this one step.  Nothing here does I/O, asks the clock or obeys a locale.
 */
#ifndef KOMPAN_KP_H
#define KOMPAN_KP_H

#include <stdbool.h>

#include "kompan-plugin.h"

/* The memory of one step. */
struct kp_mem {
	struct kp_block *blocks;
	char why[200];          /* why the last call that can fail did */
};
#define KP_MEM { NULL, "" }

/* Zeroed bytes, aligned for anything. */
void *kp_alloc(struct kp_mem *, size_t);
void kp_mem_free(struct kp_mem *);

/* Text. */

#define KP_S(literal) ((struct kp_str){ (literal), sizeof(literal) - 1 })
#define KP_NONE ((struct kp_str){ NULL, 0 })
/* For the "%.*s" of kp_fmt(). */
#define KP_ARG(s) (int)(s).n, (s).p == NULL ? "" : (s).p

/* The text of a C string; NULL gives KP_NONE. */
struct kp_str kp_s(const char *);
bool kp_is(struct kp_str, const char *);
bool kp_eq(struct kp_str, struct kp_str);
bool kp_starts(struct kp_str, const char *prefix);
/* Without blanks at both ends. */
struct kp_str kp_trim(struct kp_str);
/*
 * kp_cut(&rest, sep): the part of *${rest} before the first ${sep}; *${rest}
 * moves on past it, to KP_NONE after the last part.
 */
struct kp_str kp_cut(struct kp_str *, char);
/* At most ${max} bytes, no character cut in two. */
struct kp_str kp_fit(struct kp_str, size_t max);
/* Whether it is a whole number, put into *${ret}. */
bool kp_number(struct kp_str, int64_t *ret);
struct kp_str kp_copy(struct kp_mem *, struct kp_str);
struct kp_str kp_fmt(struct kp_mem *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * kp_hash(mem, text): 32 hex digits, for an id where the platform gives none.
 * Two texts never share one, not even if somebody tries.
 */
struct kp_str kp_hash(struct kp_mem *, struct kp_str);

/* What comes in. */

/* A declared setting; KP_NONE where it has neither value nor default. */
struct kp_str kp_setting(const struct kp_in *, const char *key);
/* A setting of type KP_NUMBER; ${otherwise} where it has no value. */
int64_t kp_setting_i64(const struct kp_in *, const char *key,
    int64_t otherwise);
/* A setting of type KP_SWITCH. */
bool kp_setting_on(const struct kp_in *, const char *key);
/* A header of the response, by its name in lower case; KP_NONE: not there. */
struct kp_str kp_header(const struct kp_in *, const char *name);

/*
 * `state` is a word that names the step of the job, and what that step has to
 * remember: "page 2", "media https://...".
 */
bool kp_state(const struct kp_in *, const char *word);
/* What stands behind the word and its blank. */
struct kp_str kp_state_rest(const struct kp_in *);

/* Times: milliseconds since 1970 UTC. */

/* RFC 3339 and what is near it; whether it is one. */
bool kp_time_iso(struct kp_str, int64_t *ret);
/* RFC 5322, 822, 9110. */
bool kp_time_mail(struct kp_str, int64_t *ret);
/* "2026-11-25T03:29:18Z" */
struct kp_str kp_time_text(struct kp_mem *, int64_t);

/* URLs and forms. */

/* Percent-encode all but letters, digits, "-", ".", "_" and "~". */
struct kp_str kp_url_encode(struct kp_mem *, struct kp_str);
/* ${url} with one more query parameter, before a "#..." if it has one. */
struct kp_str kp_url_add(struct kp_mem *, struct kp_str url, const char *key,
    struct kp_str value);
/* ${reference} as a page at ${base} means it; KP_NONE where it is no URL. */
struct kp_str kp_url_resolve(struct kp_mem *, struct kp_str base,
    struct kp_str reference);
/* "https://host:port" of an absolute URL, KP_NONE of another. */
struct kp_str kp_url_origin(struct kp_mem *, struct kp_str);
/* In lower case, without port. */
struct kp_str kp_url_host(struct kp_mem *, struct kp_str);
/* Starts with "/"; without query. */
struct kp_str kp_url_path(struct kp_mem *, struct kp_str);
/* ${form} (KP_NONE at first) with one more field; KP_FORM is its type. */
#define KP_FORM KP_S("application/x-www-form-urlencoded")
struct kp_str kp_form_add(struct kp_mem *, struct kp_str form, const char *key,
    struct kp_str value);

/*
 * JSON.  A value is borrowed from the step's memory.  ${path} names a member
 * of a member with dots ("message.chat.id"), NULL the value itself.  Getters
 * never convert: what is of another type is absent.
 */
struct kp_json;

/* NULL, and mem->why, where it is no JSON or `null`. */
struct kp_json *kp_json(struct kp_mem *, struct kp_str);
/* The member, NULL where there is none or it is null. */
struct kp_json *kp_json_get(struct kp_json *, const char *path);
struct kp_str kp_json_str(struct kp_json *, const char *path);
int64_t kp_json_i64(struct kp_json *, const char *path, int64_t otherwise);
bool kp_json_bool(struct kp_json *, const char *path, bool otherwise);
/* Text as it is, a whole number as text: for ids, which are either. */
struct kp_str kp_json_id(struct kp_mem *, struct kp_json *, const char *path);
bool kp_json_is_object(struct kp_json *);
bool kp_json_is_array(struct kp_json *);
/* Elements of an array; 0 for all else. */
size_t kp_json_n(struct kp_json *, const char *path);
/* An element of it, or NULL. */
struct kp_json *kp_json_at(struct kp_json *, const char *path, size_t);
/*
 * kp_json_members(mem, json, &n): the members of an object, in order, as an
 * array of *${n}.
 */
struct kp_json_member {
	struct kp_str key;
	struct kp_json *value;  /* NULL: null */
};
const struct kp_json_member *kp_json_members(struct kp_mem *,
    struct kp_json *, size_t *n);

/* To write: set() gives a member of an object, add() one to an array. */
struct kp_json *kp_json_object(struct kp_mem *);
struct kp_json *kp_json_array(struct kp_mem *);
void kp_json_set(struct kp_json *object, const char *key, struct kp_json *);
void kp_json_set_str(struct kp_json *object, const char *key, struct kp_str);
void kp_json_set_i64(struct kp_json *object, const char *key, int64_t);
void kp_json_set_bool(struct kp_json *object, const char *key, bool);
void kp_json_add(struct kp_json *array, struct kp_json *);
void kp_json_add_str(struct kp_json *array, struct kp_str);
struct kp_str kp_json_text(struct kp_mem *, struct kp_json *);

#endif
