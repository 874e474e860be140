/* Looking into a database past the code that is tested. */
#include "store_temp.h"

#include <sqlite3.h>

int64_t
store_temp_number(struct store_temp *t, const char *sql)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *conn = NULL;
	int64_t n = -1;

	if (sqlite3_open_v2(t->path, &conn, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK || sqlite3_prepare_v2(conn, sql, -1, &s, NULL) !=
	    SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(conn));
		abort();
	}
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(conn);
	return n;
}
