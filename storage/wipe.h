/*
 * wipe.h - SQLite pages without remains of rows that are not in them.
 *
 * secure_delete overwrites a row where it is deleted.  But when a page is
 * built anew, while rows move between pages, the old copies of rows that moved
 * stay in its unused middle, and nobody overwrites those.  This file system
 * layer blanks that middle in every page on its way to the main file.
 */
#ifndef KOMPAN_STORAGE_WIPE_H
#define KOMPAN_STORAGE_WIPE_H

#include <stdbool.h>
#include <stddef.h>

/* The name of the layer, registered on first use; for sqlite3_open_v2(). */
const char *wipe_vfs(void);

/*
 * wipe_gap(page, size, first, from, to):
 * Where the unused middle of a b-tree page of ${size} bytes is; ${first}: it
 * is the first page of the file.  False where it is no such page.
 */
bool wipe_gap(const unsigned char *, size_t size, bool first, size_t *from,
    size_t *to);

#endif
