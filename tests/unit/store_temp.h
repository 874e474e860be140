/*
 * store_temp.h - a database of its own for each test that wants one.
 */
#ifndef KOMPAN_TESTS_STORE_TEMP_H
#define KOMPAN_TESTS_STORE_TEMP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/db.h"
#include "storage/migrate.h"

struct store_temp {
	char dir[64];
	char path[96];
};

/* A fresh folder; ${path} names a database in it that is not there yet. */
static inline void
store_temp_make(struct store_temp *t)
{
	snprintf(t->dir, sizeof(t->dir), "/tmp/kompan-test.XXXXXX");
	if (mkdtemp(t->dir) == NULL) {
		perror("mkdtemp");
		abort();
	}
	snprintf(t->path, sizeof(t->path), "%s/kompan.db", t->dir);
}

static inline void
store_temp_clear(const char *dir)
{
	struct dirent *e;
	char path[512];
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (unlink(path) == -1)
			store_temp_clear(path);
	}
	closedir(d);
	rmdir(dir);
}

static inline void
store_temp_drop(struct store_temp *t)
{
	store_temp_clear(t->dir);
}

/* Open it for writing, with the schema made. */
static inline struct db *
store_temp_open(struct store_temp *t)
{
	struct err err = ERR_INIT;
	struct db *db;

	if (db_open(t->path, DB_WRITE, &db, &err) == -1 ||
	    migrate_up(db, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return db;
}

/* One number that SQL gives, through a file of its own; tests only. */
int64_t store_temp_number(struct store_temp *, const char *sql);

#endif
