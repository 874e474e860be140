/*
 * place.h - where people talk: what the admin says of it, and what we see.
 */
#ifndef KOMPAN_STORAGE_PLACE_H
#define KOMPAN_STORAGE_PLACE_H

#include <stdbool.h>

#include "storage/db.h"

struct place_row {
	int64_t id, source;
	char *source_name, *plugin;
	char *ext, *name, *url;
	int64_t kind, health;           /* KP_GROUP..., KP_OPEN... */
	char *reason;
	int64_t sees;                   /* KP_SEES_* */
	bool watched;
	char *basis;
	int64_t grace_ms;
	char *lang, *land, *note;
	int64_t found_at, heard_at, posted_at;
	bool alerted;
	/* of its source */
	int64_t pace_ms;
	bool paused;
};

void place_row_fini(struct place_row *);
/* With the next higher id; ${source} 0: of any.  1, 0, -1. */
int place_after(struct db *, int64_t source, int64_t id, struct place_row *,
    struct err *);
/*
 * place_find(db, words, row, err): by its number, its URL, "SOURCE/ID" or its
 * name.  1; 0: none; -1, also where several carry the name (ERR_CONFLICT).
 */
int place_find(struct db *, const char *words, struct place_row *,
    struct err *);

/* The bases of design section 3; NULL at the end. */
extern const char *const place_bases[];

/*
 * place_watch(db, id, basis, err): from now on its posts are judged.  NULL
 * ends the watch; the basis stays on record.
 */
int place_watch(struct db *, int64_t id, const char *basis, struct err *);
/* What may be set: grace (ms, as text of a duration), lang, land, note. */
int place_set(struct db *, int64_t id, const char *key, const char *value,
    struct err *);
int place_set_alerted(struct db *, int64_t id, bool, struct err *);

#endif
