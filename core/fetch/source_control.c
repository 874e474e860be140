/*
 * What admins do to sources and places.  Nothing is ever deleted: a source
 * that is not wanted any more rests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "fetch/fetch.h"
#include "queue/control.h"
#include "storage/place.h"
#include "storage/source.h"

#define WORD_MAX 128
#define TARGET_MAX 2048

/* A copy of a text member; NULL where there is none. */
static char *
take_text(struct json_object *args, const char *key)
{
	struct str s = json_get_str(args, key);

	return s.p == NULL ? NULL : str_dup(s);
}

static int
check_word(struct json_object *args, const char *key, size_t max,
    struct err *err)
{
	struct str s = json_get_str(args, key);

	if (s.n == 0 || s.n > max || memchr(s.p, '\0', s.n) != NULL)
		return err_set_code(err, ERR_INVALID,
		    "`%s' is missing or longer than %zu bytes", key, max);
	return 0;
}

static int
check_basis(struct str basis, struct err *err)
{
	size_t i;

	for (i = 0; place_bases[i] != NULL; i++) {
		if (str_is(basis, place_bases[i]))
			return 0;
	}
	return err_set_code(err, ERR_INVALID, "`%.*s' is no legal basis; there "
	    "are owned, invited, public-feed, capture, mail, export",
	    STR_ARG(basis));
}

static int
source_put_run(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	static const char *const words[] = { "same", "changed", "added" };
	struct json_object *settings = json_member(args, "settings");
	struct source_row row = { 0 };
	struct str basis = json_get_str(args, "basis");
	struct buf b;
	int r = -1;

	(void)config;
	buf_init(&b, 65536);
	if (check_word(args, "name", WORD_MAX, err) == -1 ||
	    check_word(args, "plugin", WORD_MAX, err) == -1 ||
	    check_word(args, "target", TARGET_MAX, err) == -1 ||
	    (basis.n > 0 && check_basis(basis, err) == -1))
		goto out;
	row.name = take_text(args, "name");
	row.plugin = take_text(args, "plugin");
	row.target = take_text(args, "target");
	row.credential = take_text(args, "credential");
	row.egress = take_text(args, "egress");
	row.basis = take_text(args, "basis");
	row.interval_ms = json_get_i64(args, "interval_ms", 0);
	if (!json_object_is_type(settings, json_type_object))
		buf_puts(&b, "{}");
	else
		json_write(settings, &b);
	row.settings = buf_take(&b);
	r = source_put(db, &row, clock_now(), err);
	if (r >= 0) {
		*ret = json_object_new_object();
		json_put_cstr(*ret, "result", words[r]);
		fetch_sources_changed();
		r = 0;
	}
out:
	source_row_fini(&row);
	buf_fini(&b);
	return r;
}

static int
no_source(int r, const char *name, struct err *err)
{
	if (r == 0)
		return err_set_code(err, ERR_NOT_FOUND,
		    "there is no source `%s'", name);
	if (r == 1)
		fetch_sources_changed();
	return r == -1 ? -1 : 0;
}

static int
source_pause_run(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	char *name, *why;
	int r;

	(void)config;
	(void)ret;
	if (check_word(args, "name", WORD_MAX, err) == -1)
		return -1;
	name = take_text(args, "name");
	why = take_text(args, "why");
	r = no_source(source_pause(db, name, json_get_bool(args, "paused",
	    true), why, clock_now(), err), name, err);
	free(name);
	free(why);
	return r;
}

static int
source_rewind_run(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	char *name;
	int r;

	(void)config;
	(void)ret;
	if (check_word(args, "name", WORD_MAX, err) == -1)
		return -1;
	name = take_text(args, "name");
	r = no_source(source_rewind(db, name, json_get_bool(args, "beginning",
	    false), clock_now(), err), name, err);
	free(name);
	return r;
}

const struct control source_controls[] = {
	{ "source.put", source_put_run },
	{ "source.pause", source_pause_run },
	{ "source.rewind", source_rewind_run },
	{ NULL, NULL }
};

/* The place that `place' names: 0 and *${row}, or -1. */
static int
find_place(struct db *db, struct json_object *args, struct place_row *row,
    struct err *err)
{
	char *words;
	int r;

	if (check_word(args, "place", TARGET_MAX, err) == -1)
		return -1;
	words = take_text(args, "place");
	r = place_find(db, words, row, err);
	if (r == 0)
		r = err_set_code(err, ERR_NOT_FOUND, "there is no place `%s'",
		    words);
	free(words);
	return r == 1 ? 0 : -1;
}

static int
place_watch_run(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	struct str basis = json_get_str(args, "basis");
	struct place_row row;
	char *text;
	int r;

	(void)config;
	(void)ret;
	if ((basis.p != NULL && check_basis(basis, err) == -1) ||
	    find_place(db, args, &row, err) == -1)
		return -1;
	text = take_text(args, "basis");
	r = place_watch(db, row.id, text, err);
	if (r >= 0)
		fetch_sources_changed();
	free(text);
	place_row_fini(&row);
	return r == -1 ? -1 : 0;
}

static int
place_set_run(struct db *db, const struct config *config,
    struct json_object *args, struct json_object **ret, struct err *err)
{
	struct place_row row;
	char *key, *value;
	int r;

	(void)config;
	(void)ret;
	if (check_word(args, "key", WORD_MAX, err) == -1 ||
	    find_place(db, args, &row, err) == -1)
		return -1;
	key = take_text(args, "key");
	value = take_text(args, "value");
	r = place_set(db, row.id, key, value, err);
	free(key);
	free(value);
	place_row_fini(&row);
	return r == -1 ? -1 : 0;
}

const struct control place_controls[] = {
	{ "place.watch", place_watch_run },
	{ "place.set", place_set_run },
	{ NULL, NULL }
};
