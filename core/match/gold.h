/*
 * gold.h - threads as NDJSON: what `kompan judge' reads, and labelled ones.
 *
 * One thread a line.  Unknown members are ignored, labels are kept apart from
 * what is judged.  Everything is bounded.
 */
#ifndef KOMPAN_MATCH_GOLD_H
#define KOMPAN_MATCH_GOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"

#define GOLD_LINE_MAX ((size_t)16 << 20)        /* bytes of a line */
#define GOLD_POSTS_MAX 2000                     /* of a thread */

struct json_object;

struct gold_post {
	struct str id;          /* as given; "" where there is none */
	struct str author;      /* STR_NONE: unknown */
	struct str text;
	int64_t at;
	int64_t deleted_at;     /* 0: not */
	int parent;             /* index of the post it replies to, or -1 */
	bool ours;
	struct json_object *json;       /* labels are in there; borrowed */
};

struct gold_thread {
	struct json_object *json;       /* owns all text above */
	struct json_object *id;         /* as given; NULL: none; borrowed */
	struct gold_post *posts;
	size_t nposts;
	int64_t as_of;          /* the newest post's time where not given */
	bool replies_visible;
	bool flat;              /* most messages carry no reply link */
};

/*
 * gold_parse(line, thread, err): 0, or -1 and ${err}; thread->id is set where
 * it could be read even so.  gold_fini() in both cases.
 */
int gold_parse(struct str line, struct gold_thread *, struct err *);
void gold_fini(struct gold_thread *);

/*
 * gold_line(f, &line, &room, &ret): the next line that is not blank, without
 * its newline, in a buffer as getline() keeps it.  1; 0 at the end; -1: longer
 * than GOLD_LINE_MAX, the rest of it is skipped.
 */
int gold_line(FILE *, char **line, size_t *room, struct str *ret);

#endif
