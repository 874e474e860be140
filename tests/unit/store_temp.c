/* Looking into a database past the code that is tested. */
#include "store_temp.h"

#include <sqlite3.h>

#include "base/buf.h"

static sqlite3 *
temp_open(struct store_temp *t)
{
	sqlite3 *conn = NULL;

	if (sqlite3_open_v2(t->path, &conn, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		abort();
	return conn;
}

static sqlite3_stmt *
temp_prepare(sqlite3 *conn, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(conn, sql, -1, &s, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(conn));
		abort();
	}
	return s;
}

int64_t
store_temp_number(struct store_temp *t, const char *sql)
{
	sqlite3 *conn = temp_open(t);
	sqlite3_stmt *s = temp_prepare(conn, sql);
	int64_t n = -1;

	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(conn);
	return n;
}

char *
store_temp_text(struct store_temp *t, const char *sql)
{
	sqlite3 *conn = temp_open(t);
	sqlite3_stmt *s = temp_prepare(conn, sql);
	char *text = NULL;

	if (sqlite3_step(s) == SQLITE_ROW &&
	    sqlite3_column_text(s, 0) != NULL)
		text = strdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(conn);
	return text;
}

static void
dump_table(sqlite3 *conn, const char *table, struct buf *b)
{
	char sql[128];
	sqlite3_stmt *s;
	int c;

	snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", table);
	s = temp_prepare(conn, sql);
	while (sqlite3_step(s) == SQLITE_ROW) {
		buf_puts(b, table);
		for (c = 0; c < sqlite3_column_count(s); c++)
			buf_printf(b, " %s=%s", sqlite3_column_name(s, c),
			    sqlite3_column_type(s, c) == SQLITE_NULL ?
			    "NULL" : (const char *)sqlite3_column_text(s, c));
		buf_putc(b, '\n');
	}
	sqlite3_finalize(s);
}

char *
store_temp_dump(struct store_temp *t)
{
	sqlite3 *conn = temp_open(t);
	sqlite3_stmt *s = temp_prepare(conn, "SELECT name FROM sqlite_schema"
	    " WHERE type = 'table' ORDER BY name");
	struct buf b;

	buf_init(&b, (size_t)16 << 20);
	while (sqlite3_step(s) == SQLITE_ROW)
		dump_table(conn, (const char *)sqlite3_column_text(s, 0), &b);
	sqlite3_finalize(s);
	sqlite3_close(conn);
	return buf_take(&b);
}
