/*
 * STEP and FEED: what the core tells a worker.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "parse/wire_field.h"

#define VALUE_MAX WIRE_IN_MAX

static const struct wire_field in_fields[] = {
	WIRE_FIELD(1, U32, kp_in, job, KP_PUSH),
	WIRE_FIELD(2, U32, kp_in, event, KP_END),
	WIRE_FIELD(3, I64, kp_in, now, INT64_MAX),
	WIRE_FIELD(5, TEXT, kp_in, source, WIRE_URL_MAX),
	WIRE_FIELD(7, BYTES, kp_in, cursor, WIRE_CURSOR_MAX),
	WIRE_FIELD(8, BYTES, kp_in, state, WIRE_STATE_MAX),
};

/* Also what the worker makes UTF-8 itself: bytes here. */
static const struct wire_field response_fields[] = {
	WIRE_FIELD(1, I32, kp_response, status, 999),
	WIRE_FIELD(2, BYTES, kp_response, url, VALUE_MAX),
	WIRE_FIELD(3, BYTES, kp_response, body, VALUE_MAX),
	WIRE_FIELD(4, BYTES, kp_response, type, VALUE_MAX),
};

static const struct wire_field target_fields[] = {
	WIRE_FIELD(1, TEXT, kp_target, place, WIRE_ID_MAX),
	WIRE_FIELD(2, TEXT, kp_target, thread, WIRE_ID_MAX),
	WIRE_FIELD(3, TEXT, kp_target, id, WIRE_ID_MAX),
	WIRE_FIELD(4, TEXT, kp_target, url, WIRE_URL_MAX),
	WIRE_FIELD(5, TEXT, kp_target, ref, WIRE_REF_MAX),
	WIRE_FIELD(6, TEXT, kp_target, text, STEP_TEXT_MAX),
	WIRE_FIELD(7, TEXT, kp_target, lang, WIRE_LANG_MAX),
	WIRE_FIELD(8, TEXT, kp_target, key, WIRE_ID_MAX),
};

static const struct wire_field record_fields[] = {
	WIRE_FIELD(1, I64, kp_record, number, INT64_MAX),
	WIRE_FIELD(2, BYTES, kp_record, bytes, VALUE_MAX),
	WIRE_FIELD(3, BYTES, kp_record, context, VALUE_MAX),
};

enum { IN_SEED = 4, IN_SETTING = 6, IN_RESPONSE = 9, IN_TARGET = 10,
	IN_RECORD = 11, IN_BYTES = 12, IN_END = 13, RESPONSE_HEADER = 5 };
#define SEED_SIZE 32

static void
put_in(struct buf *b, const struct kp_in *in)
{
	size_t at, i;

	wire_put_fields(b, in_fields, WIRE_N(in_fields), in);
	if (in->seed != NULL)
		wire_put_bytes(b, IN_SEED,
		    (struct kp_str){ (const char *)in->seed, SEED_SIZE });
	for (i = 0; i < in->nsettings; i++)
		wire_put_pair(b, IN_SETTING, &in->settings[i]);
	if (in->response != NULL) {
		at = wire_open_field(b, IN_RESPONSE);
		wire_put_fields(b, response_fields, WIRE_N(response_fields),
		    in->response);
		for (i = 0; i < in->response->nheaders; i++)
			wire_put_pair(b, RESPONSE_HEADER,
			    &in->response->headers[i]);
		wire_close(b, at);
	}
	if (in->target != NULL) {
		at = wire_open_field(b, IN_TARGET);
		wire_put_fields(b, target_fields, WIRE_N(target_fields),
		    in->target);
		wire_close(b, at);
	}
	for (i = 0; i < in->nrecords; i++) {
		at = wire_open_field(b, IN_RECORD);
		wire_put_fields(b, record_fields, WIRE_N(record_fields),
		    &in->records[i]);
		wire_close(b, at);
	}
}

void
wire_put_step(struct buf *b, const struct kp_in *in)
{
	size_t at = wire_open(b, WIRE_STEP);

	put_in(b, in);
	wire_close(b, at);
}

void
wire_put_feed(struct buf *b, const struct kp_in *in, struct kp_str bytes,
    bool end)
{
	size_t at = wire_open(b, WIRE_FEED);

	put_in(b, in);
	wire_put_bytes(b, IN_BYTES, bytes);
	wire_put_number(b, IN_END, end);
	wire_close(b, at);
}

struct rooms {
	size_t settings, headers, records;
};

static int
get_response(struct wire_in *w, struct rooms *rooms, struct str fields,
    struct err *err)
{
	struct wire_reader r = { .rest = fields };
	struct kp_response *response = &w->response;
	struct str value;
	uint16_t id;
	int more;

	response->size = sizeof(*response);
	w->in.response = response;
	while ((more = wire_next(&r, &id, &value, err)) == 1) {
		if (id != RESPONSE_HEADER) {
			if (wire_get_field(response_fields,
			    WIRE_N(response_fields), id, value, 0, response,
			    err) == -1)
				return -1;
			continue;
		}
		vec_grow(w->headers, response->nheaders, rooms->headers);
		if (wire_get_pair(value, VALUE_MAX,
		    &w->headers[response->nheaders], err) == -1)
			return -1;
		response->nheaders++;
	}
	response->headers = w->headers;
	return more;
}

static int
get_record(struct wire_in *w, struct rooms *rooms, struct str fields,
    struct err *err)
{
	struct kp_record *record;

	vec_grow(w->records, w->in.nrecords, rooms->records);
	record = &w->records[w->in.nrecords];
	*record = (struct kp_record){ 0 };
	if (wire_get_fields(record_fields, WIRE_N(record_fields), fields, 0,
	    record, err) == -1)
		return -1;
	w->in.nrecords++;
	return 0;
}

static int
get_other(struct wire_in *w, struct rooms *rooms, uint16_t id,
    struct str value, struct err *err)
{
	int64_t number = 0;

	switch (id) {
	case IN_SEED:
		if (value.n != SEED_SIZE)
			return err_set_code(err, ERR_INVALID,
			    "a seed of %zu bytes", value.n);
		w->in.seed = (const uint8_t *)value.p;
		return 0;
	case IN_SETTING:
		vec_grow(w->settings, w->in.nsettings, rooms->settings);
		if (wire_get_pair(value, VALUE_MAX,
		    &w->settings[w->in.nsettings], err) == -1)
			return -1;
		w->in.nsettings++;
		return 0;
	case IN_RESPONSE:
		return get_response(w, rooms, value, err);
	case IN_TARGET:
		w->target.size = sizeof(w->target);
		w->in.target = &w->target;
		return wire_get_fields(target_fields, WIRE_N(target_fields),
		    value, 0, &w->target, err);
	case IN_RECORD:
		return get_record(w, rooms, value, err);
	case IN_BYTES:
		w->bytes = (struct kp_str){ value.p, value.n };
		return 0;
	case IN_END:
		if (wire_get_number(value, 1, &number, err) == -1)
			return -1;
		w->end = number == 1;
		return 0;
	}
	return 0;
}

int
wire_get_in(struct str fields, struct wire_in *w, struct err *err)
{
	static const uint8_t no_seed[SEED_SIZE];
	struct wire_reader r = { .rest = fields };
	struct rooms rooms = { 0, 0, 0 };
	struct str value;
	uint16_t id;
	int more;

	*w = (struct wire_in){ .in = { .size = sizeof(w->in),
		.seed = no_seed } };
	while ((more = wire_next(&r, &id, &value, err)) == 1) {
		int known = wire_get_field(in_fields, WIRE_N(in_fields), id,
		    value, 0, &w->in, err);

		if (known == -1 || (known == 0 &&
		    get_other(w, &rooms, id, value, err) == -1)) {
			more = -1;
			break;
		}
	}
	if (more == 0 && (w->in.job == 0 || w->in.event == 0))
		more = err_set_code(err, ERR_INVALID,
		    "a step without job or event");
	w->in.settings = w->settings;
	w->in.records = w->records;
	if (more == -1)
		wire_in_fini(w);
	return more;
}

void
wire_in_fini(struct wire_in *w)
{
	free(w->settings);
	free(w->headers);
	free(w->records);
	w->settings = w->headers = NULL;
	w->records = NULL;
}
