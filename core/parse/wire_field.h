/*
 * wire_field.h - fields of wire messages: what the wire_*.c share.
 *
 * The plain members of a struct are described once, in a table that both
 * encodes and decodes; lists and structs within structs are done by hand.
 */
#ifndef KOMPAN_PARSE_WIRE_FIELD_H
#define KOMPAN_PARSE_WIRE_FIELD_H

#include "parse/wire.h"

enum wire_kind {
	WIRE_TEXT = 1,  /* struct kp_str, UTF-8 without NUL */
	WIRE_BYTES,     /* struct kp_str */
	WIRE_CSTR,      /* const char *, text; decoded by wire_hello.c alone */
	WIRE_U32,       /* uint32_t, 0 to max */
	WIRE_I32,       /* int32_t, 0 to max */
	WIRE_I64,       /* int64_t, 0 to max */
	WIRE_PAST,      /* int64_t, a time, at most a day ahead */
	WIRE_LATER      /* int64_t, a time, at most 400 days ahead */
};

struct wire_field {
	uint16_t id;
	enum wire_kind kind;
	size_t offset;
	int64_t max;            /* bytes, or value */
	const char *name;       /* for people */
};

#define WIRE_FIELD(id, kind, type, member, max)                                \
	{ (id), WIRE_##kind, offsetof(struct type, member),                    \
		(int64_t)(max), #member }
#define WIRE_N(table) (sizeof(table) / sizeof((table)[0]))

/* Start a message or a field of fields; give the result to wire_close(). */
size_t wire_open(struct buf *, enum wire_type);
size_t wire_open_field(struct buf *, uint16_t id);
void wire_close(struct buf *, size_t);
void wire_put_bytes(struct buf *, uint16_t id, struct kp_str);
void wire_put_number(struct buf *, uint16_t id, int64_t);
/* Those members of ${object} that are not zero. */
void wire_put_fields(struct buf *, const struct wire_field *, size_t n,
    const void *object);
void wire_put_pair(struct buf *, uint16_t id, const struct kp_pair *);

struct wire_reader {
	struct str rest;
	size_t count;
};
/* 1: a field; 0: no more; -1 and ${err}. */
int wire_next(struct wire_reader *, uint16_t *id, struct str *value,
    struct err *);
/*
 * wire_get_field(table, n, id, value, now, object, err): put one field into
 * its member.  1: done; 0: the table has no such id; -1 and ${err}.  No limit
 * holds for times where ${now} is 0.
 */
int wire_get_field(const struct wire_field *, size_t n, uint16_t id,
    struct str, int64_t now, void *object, struct err *);
/* All fields of ${fields}; ids that the table lacks are skipped. */
int wire_get_fields(const struct wire_field *, size_t n, struct str fields,
    int64_t now, void *object, struct err *);
/* A number; -1 and ${err} where it is none or not from 0 to ${max}. */
int wire_get_number(struct str, int64_t max, int64_t *, struct err *);
int wire_get_pair(struct str, size_t max, struct kp_pair *, struct err *);

#endif
