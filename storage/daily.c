/*
 * Figures are counted here and not by SQL, because a question's topics are a
 * JSON array, for which the databases have different functions.
 */
#include "storage/daily.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "storage/db.h"

struct figure {
	UT_hash_handle hh;
	int64_t n;
	char *lang, *subject, *state;
	char key[];             /* the three, each with its NUL */
};

struct daily {
	struct db *db;
	struct err *err;
	char day[11];
	int64_t place, from, until, watched_ms;
	struct figure *figures;
};

static void
figure_add(struct daily *d, struct str lang, struct str subject,
    struct str state, int64_t n)
{
	size_t size = lang.n + subject.n + state.n + 3;
	struct figure *f = xcalloc(1, sizeof(*f) + size), *known;

	f->lang = f->key;
	f->subject = f->lang + lang.n + 1;
	f->state = f->subject + subject.n + 1;
	memcpy(f->lang, lang.p, lang.n);
	memcpy(f->subject, subject.p, subject.n);
	memcpy(f->state, state.p, state.n);
	HASH_FIND(hh, d->figures, f->key, size, known);
	if (known == NULL) {
		HASH_ADD_KEYPTR(hh, d->figures, f->key, size, f);
		known = f;
	} else {
		free(f);
	}
	known->n += n;
}

static struct stmt *
daily_stmt(struct daily *d, enum stmt_id id)
{
	struct stmt *q = db_stmt(d->db, id);

	stmt_bind_i64(q, ":place", d->place);
	stmt_bind_i64(q, ":from", d->from);
	stmt_bind_i64(q, ":until", d->until);
	return q;
}

static int
daily_posts(struct daily *d)
{
	struct stmt *q = daily_stmt(d, Q_DAILY_POSTS);
	int row;

	while ((row = stmt_step(q, d->err)) == 1)
		figure_add(d, stmt_str(q, 0), STR(""), STR("posts"),
		    stmt_i64(q, 1));
	return row;
}

/* A question with two topics counts once for each. */
static int
daily_questions(struct daily *d)
{
	struct stmt *q = daily_stmt(d, Q_DAILY_QUESTIONS);
	struct err ignored = ERR_INIT;
	struct json_object *topics;
	size_t k;
	int row;

	while ((row = stmt_step(q, d->err)) == 1) {
		if (json_parse(stmt_str(q, 1), &topics, &ignored) == -1)
			continue;
		for (k = 0; json_object_is_type(topics, json_type_array) &&
		    k < json_object_array_length(topics); k++) {
			struct str topic = json_text(
			    json_object_array_get_idx(topics, k));

			if (topic.n > 0)
				figure_add(d, stmt_str(q, 0), topic,
				    stmt_str(q, 2), 1);
		}
		json_object_put(topics);
	}
	return row;
}

static int
daily_watched(struct daily *d)
{
	struct stmt *q = daily_stmt(d, Q_DAILY_WATCHED);

	if (stmt_step(q, d->err) != 1)
		return -1;
	d->watched_ms = stmt_i64(q, 0);
	stmt_reset(q);
	return 0;
}

static int
daily_forget(struct daily *d, enum stmt_id id)
{
	struct stmt *q = db_stmt(d->db, id);

	stmt_bind_cstr(q, ":day", d->day);
	stmt_bind_i64(q, ":place", d->place);
	return stmt_run(q, d->err) == -1 ? -1 : 0;
}

static int
daily_put(struct daily *d, const struct figure *f)
{
	struct stmt *q = db_stmt(d->db, Q_DAILY_PUT);

	stmt_bind_cstr(q, ":day", d->day);
	stmt_bind_i64(q, ":place", d->place);
	stmt_bind_cstr(q, ":lang", f->lang);
	stmt_bind_cstr(q, ":subject", f->subject);
	stmt_bind_cstr(q, ":state", f->state);
	stmt_bind_i64(q, ":n", f->n);
	stmt_bind_i64(q, ":watched_ms", d->watched_ms);
	return stmt_run(q, d->err) == -1 ? -1 : 0;
}

static int
daily_one(struct daily *d)
{
	struct figure *f, *next;
	int r = -1;

	if (daily_posts(d) == -1 || daily_questions(d) == -1 ||
	    daily_watched(d) == -1 || daily_forget(d, Q_DAILY_FORGET) == -1)
		goto out;
	r = 0;
	HASH_ITER(hh, d->figures, f, next)
		if (r == 0 && f->n >= DAILY_LEAST)
			r = daily_put(d, f);
	if (r == 0)
		r = daily_forget(d, Q_DAILY_DUE_DROP);
out:
	HASH_ITER(hh, d->figures, f, next) {
		HASH_DEL(d->figures, f);
		free(f);
	}
	return r;
}

/* 1: there is a pair due; 0: none; -1. */
static int
daily_next(struct daily *d, const char *before)
{
	struct stmt *q = db_stmt(d->db, Q_DAILY_DUE);
	struct str day;
	int row;

	stmt_bind_cstr(q, ":before", before);
	row = stmt_step(q, d->err);
	if (row != 1)
		return row;
	day = str_fit(stmt_str(q, 0), sizeof(d->day) - 1);
	memcpy(d->day, day.p, day.n);
	d->day[day.n] = '\0';
	d->place = stmt_i64(q, 1);
	stmt_reset(q);
	if (time_parse_iso(str_of(d->day), &d->from) == -1)
		return err_set_code(d->err, ERR_CORRUPT,
		    "\"%s\" is no day", d->day);
	d->until = d->from + DAY_MS;
	return 1;
}

int64_t
daily_write(struct db *db, int64_t before, int64_t max, struct err *err)
{
	struct daily d = { .db = db, .err = err };
	char day[TIME_TEXT_SIZE];
	int64_t n;
	int row;

	/* Days before the one that was running then. */
	time_format(before, day);
	day[10] = '\0';
	for (n = 0; n < max; n++) {
		row = daily_next(&d, day);
		if (row != 1)
			return row == -1 ? -1 : n;
		if (daily_one(&d) == -1)
			return -1;
	}
	return n;
}
