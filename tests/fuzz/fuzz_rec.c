/*
 * Recorded exchanges: what can be read is written in a form that reads the
 * same, to the byte.
 */
#include <stdint.h>
#include <stdlib.h>

#include "parse/rec.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rec *rec = NULL, *again = NULL;
	struct err err = ERR_INIT;
	struct buf a, b;

	if (rec_parse((struct str){ (const char *)data, n }, &rec, &err) == -1)
		return 0;
	buf_init(&a, REC_SIZE_MAX);
	buf_init(&b, REC_SIZE_MAX);
	rec_write(rec, &a);
	if (rec_parse(buf_get(&a), &again, &err) == -1)
		abort();
	rec_write(again, &b);
	if (!str_eq(buf_get(&a), buf_get(&b)))
		abort();
	buf_fini(&a);
	buf_fini(&b);
	rec_free(rec);
	rec_free(again);
	return 0;
}
