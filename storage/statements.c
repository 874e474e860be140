/*
 * What is the same for every driver: the texts of statements.def, by enum
 * stmt_id, and what the functions of a driver are put together from.
 */
#include "storage/db.h"

#include <stddef.h>

const struct stmt_text stmt_texts[Q_COUNT] = {
#define STMT(name, sql) { #name, sql },
#include "storage/statements.def"
#undef STMT
};

char *
stmt_dup(struct stmt *q, int column)
{
	return stmt_null(q, column) ? NULL : str_dup(stmt_str(q, column));
}
