/*
 * The frame of messages and fields, and the engine behind the tables.
 *
 * Whoever decodes trusts nothing: every length is compared with what is there
 * before a byte is touched, and nothing is copied or allocated here.
 */
#include "parse/wire.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "parse/wire_field.h"

#define FIELD_FRAME 6

static void
store(char *p, uint64_t value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (char)(value >> (8 * i));
}

static uint64_t
fetch(const char *p, size_t n)
{
	uint64_t value = 0;
	size_t i;

	for (i = n; i > 0; i--)
		value = value << 8 | (unsigned char)p[i - 1];
	return value;
}

/* Encoding. */

size_t
wire_open(struct buf *b, enum wire_type type)
{
	char head[WIRE_FRAME + 1] = { 0 };

	head[WIRE_FRAME] = (char)type;
	(void)buf_add(b, head, sizeof(head));
	return b->n - 1;
}

size_t
wire_open_field(struct buf *b, uint16_t id)
{
	char head[FIELD_FRAME] = { 0 };

	store(head, id, 2);
	(void)buf_add(b, head, sizeof(head));
	return b->n;
}

/* ${at}: where what the length counts begins; the length is before it. */
void
wire_close(struct buf *b, size_t at)
{
	if (!b->failed)
		store(b->p + at - WIRE_FRAME, b->n - at, WIRE_FRAME);
}

void
wire_put_bytes(struct buf *b, uint16_t id, struct kp_str s)
{
	char head[FIELD_FRAME];

	if (s.n == 0)
		return;
	if (s.n > UINT32_MAX) {
		b->failed = true;
		return;
	}
	store(head, id, 2);
	store(head + 2, s.n, 4);
	(void)buf_add(b, head, sizeof(head));
	(void)buf_add(b, s.p, s.n);
}

void
wire_put_number(struct buf *b, uint16_t id, int64_t value)
{
	char bytes[8];

	if (value == 0)
		return;
	store(bytes, (uint64_t)value, sizeof(bytes));
	wire_put_bytes(b, id, (struct kp_str){ bytes, sizeof(bytes) });
}

void
wire_put_fields(struct buf *b, const struct wire_field *field, size_t n,
    const void *object)
{
	const struct wire_field *end = field + n;

	for (; field < end; field++) {
		const void *member = (const char *)object + field->offset;
		const char *s;

		switch (field->kind) {
		case WIRE_TEXT:
		case WIRE_BYTES:
			wire_put_bytes(b, field->id,
			    *(const struct kp_str *)member);
			break;
		case WIRE_CSTR:
			s = *(const char *const *)member;
			if (s != NULL)
				wire_put_bytes(b, field->id,
				    (struct kp_str){ s, strlen(s) });
			break;
		case WIRE_U32:
			wire_put_number(b, field->id,
			    *(const uint32_t *)member);
			break;
		case WIRE_I32:
			wire_put_number(b, field->id,
			    *(const int32_t *)member);
			break;
		case WIRE_I64:
		case WIRE_PAST:
		case WIRE_LATER:
			wire_put_number(b, field->id,
			    *(const int64_t *)member);
			break;
		}
	}
}

void
wire_put_pair(struct buf *b, uint16_t id, const struct kp_pair *pair)
{
	size_t at = wire_open_field(b, id);

	wire_put_bytes(b, 1, pair->key);
	wire_put_bytes(b, 2, pair->val);
	wire_close(b, at);
}

static char *
broke_field(char *p, unsigned id, const void *bytes, size_t n)
{
	store(p, id, 2);
	store(p + 2, n, 4);
	memcpy(p + FIELD_FRAME, bytes, n);
	return p + FIELD_FRAME + n;
}

size_t
wire_broke(char bytes[WIRE_BROKE_SIZE], int number, const char *name)
{
	char value[8], *p = bytes + WIRE_FRAME;
	size_t n = strlen(name);

	if (n > WIRE_CODE_MAX)
		n = WIRE_CODE_MAX;
	*p++ = WIRE_BROKE;
	store(value, (uint64_t)number, sizeof(value));
	p = broke_field(p, 1, value, sizeof(value));
	p = broke_field(p, 2, name, n);
	store(bytes, (uint64_t)(p - bytes) - WIRE_FRAME, WIRE_FRAME);
	return (size_t)(p - bytes);
}

/* Decoding. */

int64_t
wire_message(struct str bytes, size_t max, uint8_t *type, struct str *fields,
    struct err *err)
{
	uint64_t n;

	if (bytes.n < WIRE_FRAME)
		return 0;
	n = fetch(bytes.p, WIRE_FRAME);
	if (n == 0 || n > max)
		return err_set_code(err, ERR_INVALID,
		    "a message of %" PRIu64 " bytes", n);
	if (bytes.n - WIRE_FRAME < n)
		return 0;
	*type = (uint8_t)bytes.p[WIRE_FRAME];
	*fields = (struct str){ bytes.p + WIRE_FRAME + 1, n - 1 };
	return (int64_t)(n + WIRE_FRAME);
}

int
wire_next(struct wire_reader *r, uint16_t *id, struct str *value,
    struct err *err)
{
	uint64_t n;

	if (r->rest.n == 0)
		return 0;
	if (r->count++ == WIRE_FIELDS_MAX)
		return err_set_code(err, ERR_INVALID,
		    "more than %d fields in a message", WIRE_FIELDS_MAX);
	if (r->rest.n < FIELD_FRAME)
		return err_set_code(err, ERR_INVALID,
		    "a message that ends within a field");
	*id = (uint16_t)fetch(r->rest.p, 2);
	n = fetch(r->rest.p + 2, 4);
	if (n > r->rest.n - FIELD_FRAME)
		return err_set_code(err, ERR_INVALID,
		    "a field of %" PRIu64 " bytes in a message that has %zu "
		    "left", n, r->rest.n - FIELD_FRAME);
	*value = (struct str){ r->rest.p + FIELD_FRAME, n };
	r->rest.p += FIELD_FRAME + n;
	r->rest.n -= FIELD_FRAME + n;
	return 1;
}

static int
get_i64(struct str value, int64_t *ret, struct err *err)
{
	if (value.n != 8)
		return err_set_code(err, ERR_INVALID,
		    "a number of %zu bytes instead of 8", value.n);
	*ret = (int64_t)fetch(value.p, 8);
	return 0;
}

int
wire_get_number(struct str value, int64_t max, int64_t *ret, struct err *err)
{
	int64_t number = 0;

	if (get_i64(value, &number, err) == -1)
		return -1;
	if (number < 0 || number > max)
		return err_set_code(err, ERR_INVALID, "%" PRId64
		    " is none of 0 to %" PRId64, number, max);
	*ret = number;
	return 0;
}

static int
get_time(struct str value, int64_t last, int64_t *ret, struct err *err)
{
	int64_t at = 0;

	if (get_i64(value, &at, err) == -1)
		return -1;
	if (at != 0 && last != INT64_MAX && (at < WIRE_TIME_MIN || at > last))
		return err_set_code(err, ERR_INVALID,
		    "%" PRId64 " ms is a time before 1990 or too far ahead",
		    at);
	*ret = at;
	return 0;
}

static int
get_text(struct str value, const struct wire_field *field, struct kp_str *ret,
    struct err *err)
{
	if (value.n > (uint64_t)field->max)
		return err_set_code(err, ERR_INVALID,
		    "is %zu bytes, at most %" PRId64, value.n, field->max);
	if (field->kind == WIRE_TEXT && (!str_is_utf8(value) ||
	    (value.n > 0 && memchr(value.p, '\0', value.n) != NULL)))
		return err_set_code(err, ERR_INVALID, "is no text");
	*ret = (struct kp_str){ value.p, value.n };
	return 0;
}

static int64_t
last_time(int64_t now, int64_t ahead)
{
	return now == 0 ? INT64_MAX : now + ahead;
}

static int
get_member(const struct wire_field *field, struct str value, int64_t now,
    void *member, struct err *err)
{
	int64_t number = 0;

	switch (field->kind) {
	case WIRE_TEXT:
	case WIRE_BYTES:
		return get_text(value, field, member, err);
	case WIRE_CSTR:
		break;
	case WIRE_U32:
		if (wire_get_number(value, field->max, &number, err) == -1)
			return -1;
		*(uint32_t *)member = (uint32_t)number;
		return 0;
	case WIRE_I32:
		if (wire_get_number(value, field->max, &number, err) == -1)
			return -1;
		*(int32_t *)member = (int32_t)number;
		return 0;
	case WIRE_I64:
		return wire_get_number(value, field->max, member, err);
	case WIRE_PAST:
		return get_time(value, last_time(now, WIRE_SOON_MS), member,
		    err);
	case WIRE_LATER:
		return get_time(value, last_time(now, WIRE_LATER_MS), member,
		    err);
	}
	assert(!"a kind that wire_hello.c decodes");
	return -1;
}

int
wire_get_field(const struct wire_field *field, size_t n, uint16_t id,
    struct str value, int64_t now, void *object, struct err *err)
{
	const struct wire_field *end = field + n;

	for (; field < end; field++) {
		if (field->id != id)
			continue;
		if (get_member(field, value, now,
		    (char *)object + field->offset, err) == -1) {
			err_prefix(err, "%s", field->name);
			return -1;
		}
		return 1;
	}
	return 0;
}

int
wire_get_fields(const struct wire_field *field, size_t n, struct str fields,
    int64_t now, void *object, struct err *err)
{
	struct wire_reader r = { .rest = fields };
	struct str value;
	uint16_t id;
	int more;

	while ((more = wire_next(&r, &id, &value, err)) == 1) {
		if (wire_get_field(field, n, id, value, now, object, err) ==
		    -1)
			return -1;
	}
	return more;
}

int
wire_get_pair(struct str fields, size_t max, struct kp_pair *pair,
    struct err *err)
{
	const struct wire_field table[] = {
		WIRE_FIELD(1, BYTES, kp_pair, key, max),
		WIRE_FIELD(2, BYTES, kp_pair, val, max),
	};

	*pair = (struct kp_pair){ { NULL, 0 }, { NULL, 0 } };
	return wire_get_fields(table, WIRE_N(table), fields, 0, pair, err);
}
