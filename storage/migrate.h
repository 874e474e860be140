/*
 * migrate.h - bringing a database to the schema that this program knows.
 *
 * The files of storage/schema/ are in the program.  Each runs once, in a
 * transaction of its own; meta.schema holds the number of the last one.
 */
#ifndef KOMPAN_STORAGE_MIGRATE_H
#define KOMPAN_STORAGE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;

struct schema_file {
	int64_t number;
	const char *name, *sql;         /* NULL at the end of the table */
};
extern const struct schema_file schema_files[];

/* The number of the newest schema that this program knows. */
int64_t migrate_newest(void);

/* The schema of ${db}, 0 where it is empty: 0, or -1 and ${err}. */
int migrate_version(struct db *, int64_t *, struct err *);

/*
 * migrate_up(db, err): run what is missing.  0, also where nothing was; -1 and
 * ${err}, also where the schema is newer than this program (ERR_INVALID), in
 * which case nothing is touched.
 */
int migrate_up(struct db *, struct err *);

/*
 * migrate_check(db, err): whether this program can read ${db} as it is: 0; -1
 * with ERR_INVALID and what to do about it.
 */
int migrate_check(struct db *, struct err *);

#endif
