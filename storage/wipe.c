/*
 * SQLite's own layer does everything, except that writes to the main file go
 * through wipe_write().  The WAL is left as it is (its frames carry sums); it
 * is cut to nothing when the database is settled.
 *
 * A page of the b-trees (SQLite's file format, section 1.6):
 *
 *	header, 8 or 12 bytes | pointers, 2 bytes each | gap | cells
 *
 * SQLite never reads the gap.  Overflow and free pages begin with a four-byte
 * page number, whose first byte is 0 in files under 64 GB (4 KB pages); beyond
 * that no page is touched, rather than one by mistake.
 */
#include "storage/wipe.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#define PAGE_MAX 65536
#define PAGES_MAX ((sqlite3_int64)1 << 24)

static sqlite3_vfs layer;
static const sqlite3_io_methods *below;         /* SQLite's own */
static sqlite3_io_methods methods;              /* and with our write */

static size_t
number16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

bool
wipe_gap(const unsigned char *page, size_t size, bool first, size_t *from,
    size_t *to)
{
	size_t at = first ? 100 : 0, header, cells;

	if (size < 512 || size > PAGE_MAX)
		return false;
	switch (page[at]) {
	case 2:                 /* inner pages of indexes and tables */
	case 5:
		header = 12;
		break;
	case 10:                /* their leaves */
	case 13:
		header = 8;
		break;
	default:
		return false;
	}
	cells = number16(page + at + 5);
	*from = at + header + 2 * number16(page + at + 3);
	*to = cells == 0 ? PAGE_MAX : cells;
	return *from <= *to && *to <= size;
}

static bool
is_blank(const unsigned char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static int
wipe_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	unsigned char page[PAGE_MAX];
	size_t from, to;

	/* Pages come whole; anything else is not one. */
	if (n < 512 || n > PAGE_MAX || at % n != 0 || at / n >= PAGES_MAX ||
	    !wipe_gap(p, (size_t)n, at == 0, &from, &to) ||
	    is_blank((const unsigned char *)p + from, to - from))
		return below->xWrite(f, p, n, at);
	memcpy(page, p, (size_t)n);
	memset(page + from, 0, to - from);
	return below->xWrite(f, page, n, at);
}

static int
wipe_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags,
    int *out)
{
	sqlite3_vfs *own = vfs->pAppData;
	int rc = own->xOpen(own, name, f, flags, out);

	if (rc != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0)
		return rc;
	/* All files of this system have the same methods; else leave it be. */
	if (below == NULL) {
		methods = *f->pMethods;
		methods.xWrite = wipe_write;
		below = f->pMethods;
	}
	if (f->pMethods == below)
		f->pMethods = &methods;
	return rc;
}

static void
wipe_register(void)
{
	sqlite3_vfs *own = sqlite3_vfs_find(NULL);

	layer = *own;
	layer.pNext = NULL;
	layer.zName = "kompan-wipe";
	layer.pAppData = own;
	layer.xOpen = wipe_open;
	sqlite3_vfs_register(&layer, 0);
}

const char *
wipe_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, wipe_register);
	return layer.zName;
}
