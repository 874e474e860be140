/* The texts of statements.def, by enum stmt_id. */
#include "storage/db.h"

const struct stmt_text stmt_texts[Q_COUNT] = {
#define STMT(name, sql) { #name, sql },
#include "storage/statements.def"
#undef STMT
};
