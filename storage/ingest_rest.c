/*
 * What else a step says: requests and timers that shall come next, pauses,
 * findings, fixed answers for the outbox, records that could not be used.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/config.h"
#include "storage/ingest_part.h"
#include "storage/mask.h"

#define BAD_MAX 1000    /* of one source; an import of garbage is no archive */
#define BAD_TEXT_MAX 300

struct request {
	bool timer;
	struct str method, url, type, body, headers, state;
	int64_t flags, not_before;
};

static void
request_bind(struct ingest *i, struct stmt *q, const struct request *r)
{
	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_i64(q, ":job", i->ctx->job);
	if (i->ctx->about != 0)
		stmt_bind_i64(q, ":about", i->ctx->about);
	stmt_bind_i64(q, ":timer", r->timer);
	stmt_bind_str(q, ":method", r->method);
	stmt_bind_str(q, ":url", r->url);
	stmt_bind_bytes(q, ":body", r->body.p, r->body.n);
	stmt_bind_bytes(q, ":state", r->state.p, r->state.n);
}

/* The same one twice would mean that the step was handed in twice. */
static int
request_add(struct ingest *i, const struct request *r)
{
	struct stmt *q = db_stmt(i->db, Q_REQUEST_SAME);
	int row;

	request_bind(i, q, r);
	row = stmt_step(q, i->err);
	stmt_reset(q);
	if (row != 0)
		return row == 1 ? 0 : -1;
	q = db_stmt(i->db, Q_REQUEST_ADD);
	request_bind(i, q, r);
	stmt_bind_str(q, ":type", r->type);
	stmt_bind_str(q, ":headers", r->headers);
	stmt_bind_i64(q, ":flags", r->flags);
	stmt_bind_i64(q, ":not_before", r->not_before);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

/* A JSON array of [name, value]. */
static struct json_object *
request_headers(const struct kp_request *r)
{
	struct json_object *all, *pair;
	size_t k;

	if (r->nheaders == 0)
		return NULL;
	all = json_object_new_array();
	for (k = 0; k < r->nheaders; k++) {
		pair = json_object_new_array();
		json_object_array_add(pair, json_object_new_string_len(
		    r->headers[k].key.p, (int)r->headers[k].key.n));
		json_object_array_add(pair, json_object_new_string_len(
		    r->headers[k].val.p, (int)r->headers[k].val.n));
		json_object_array_add(all, pair);
	}
	return all;
}

static int
ing_request(struct ingest *i, const struct kp_request *from)
{
	struct json_object *headers = request_headers(from);
	struct request r = {
		.method = from->method.n > 0 ? ing_str(from->method) :
		    STR("GET"),
		.url = ing_str(from->url),
		.type = ing_null(from->type),
		.body = ing_null(from->body),
		.headers = headers == NULL ? STR_NONE :
		    str_of(json_object_to_json_string_ext(headers,
		    JSON_C_TO_STRING_PLAIN)),
		.state = ing_null(from->state),
		.flags = from->flags,
		.not_before = from->not_before,
	};
	int ret = request_add(i, &r);

	json_object_put(headers);
	return ret;
}

static int
ing_requests(struct ingest *i, const struct step *step)
{
	struct stmt *q;
	size_t k;

	/* done() and fail() end the job, whatever is outstanding. */
	if (step->done || step->fail != 0) {
		q = db_stmt(i->db, Q_REQUEST_DROP);
		stmt_bind_i64(q, ":source", i->source);
		stmt_bind_i64(q, ":job", i->ctx->job);
		stmt_bind_i64(q, ":about", i->ctx->about);
		return stmt_run(q, i->err) == -1 ? -1 : 0;
	}
	for (k = 0; k < step->nrequests; k++)
		if (ing_request(i, &step->requests[k]) == -1)
			return -1;
	for (k = 0; k < step->ntimers; k++) {
		struct request r = { .timer = true,
			.state = ing_null(step->timers[k].state),
			.not_before = step->timers[k].at };

		if (request_add(i, &r) == -1)
			return -1;
	}
	return 0;
}

static int
ing_pause(struct ingest *i, const struct step_pause *p)
{
	static const char *const scopes[] = { [KP_SOURCE] = "source",
		[KP_PLACE] = "place", [KP_CREDENTIAL] = "credential",
		[KP_HOST] = "host" };
	struct ing_place *place;
	struct str key = ing_str(p->id);
	char number[32];
	struct stmt *q;

	if (p->scope < KP_SOURCE || p->scope > KP_HOST)
		return 0;
	if (p->scope == KP_PLACE) {
		if (ing_place_get(i, key, &place) == -1)
			return -1;
		snprintf(number, sizeof(number), "%" PRId64, place->id);
		key = str_of(number);
	} else if (p->scope == KP_CREDENTIAL && i->credential != NULL) {
		key = str_of(i->credential);
	} else if (p->scope != KP_HOST) {
		/* Without a credential the source is all that it is for. */
		snprintf(number, sizeof(number), "%" PRId64, i->source);
		key = str_of(number);
	}
	q = db_stmt(i->db, Q_PAUSE_PUT);
	stmt_bind_cstr(q, ":scope", p->scope == KP_CREDENTIAL &&
	    i->credential == NULL ? "source" : scopes[p->scope]);
	stmt_bind_str(q, ":key", key);
	stmt_bind_i64(q, ":until", p->until);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

static int
finding_put(struct ingest *i, uint32_t level, struct str code,
    struct str text)
{
	struct stmt *q = db_stmt(i->db, Q_FINDING_PUT);

	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_str(q, ":code", code);
	stmt_bind_i64(q, ":level", level);
	stmt_bind_str(q, ":text", text.n == 0 ? STR("") : text);
	stmt_bind_i64(q, ":now", i->ctx->now);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

/* The approved text in the language asked for, else the one for the rest. */
static const struct config_text *
answer_text(struct ingest *i, const struct kp_answer *a)
{
	const struct config *c = i->ctx->config;
	const struct config_text *rest = NULL;
	size_t k;

	for (k = 0; k < c->ntexts; k++) {
		const struct config_text *t = &c->texts[k];

		if (!str_is(ing_str(a->text), t->name) ||
		    t->approved_by == NULL)
			continue;
		if (t->lang == NULL)
			rest = t;
		/* "pl" serves "pl-PL". */
		else if (str_starts(ing_str(a->lang), str_of(t->lang)))
			return t;
	}
	return rest;
}

/* A hash, since the row's key outlives the erasure of a post. */
static void
answer_key(struct ingest *i, const struct kp_answer *a,
    char key[KEYS_HEX_SIZE])
{
	struct buf b;

	buf_init(&b, 4096);
	buf_str(&b, ing_str(a->text));
	buf_putc(&b, '\n');
	buf_str(&b, ing_str(a->place));
	buf_putc(&b, '\n');
	buf_str(&b, ing_str(a->id));
	keys_post(i->ctx->keys, i->source, buf_get(&b), key);
	buf_fini(&b);
}

static int
ing_answer(struct ingest *i, const struct kp_answer *a)
{
	const struct config_text *text = answer_text(i, a);
	char key[KEYS_HEX_SIZE], code[80];
	struct stmt *q;
	int64_t n;

	if (text == NULL) {
		snprintf(code, sizeof(code), "text.%.*s",
		    (int)str_fit(ing_str(a->text), 64).n, a->text.p);
		return finding_put(i, KP_WARNING, str_of(code),
		    STR("somebody asks for this text, but kompan.conf has no"
		    " [text] of that name that is approved"));
	}
	answer_key(i, a, key);
	q = db_stmt(i->db, Q_OUTBOX_FIXED);
	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_cstr(q, ":fixed", text->name);
	stmt_bind_str(q, ":place", a->place.n == 0 ? STR("") :
	    ing_str(a->place));
	stmt_bind_str(q, ":thread", ing_null(a->thread));
	stmt_bind_str(q, ":post", ing_null(a->id));
	stmt_bind_str(q, ":ref", ing_null(a->ref));
	stmt_bind_str(q, ":lang", text->lang == NULL ? ing_null(a->lang) :
	    str_of(text->lang));
	stmt_bind_cstr(q, ":text", text->text);
	stmt_bind_cstr(q, ":key", key);
	stmt_bind_cstr(q, ":approved_by", text->approved_by);
	stmt_bind_i64(q, ":now", i->ctx->now);
	n = stmt_run(q, i->err);
	if (n > 0)
		i->result->answers++;
	return n == -1 ? -1 : 0;
}

/* The text may quote the record, so it is masked as a post is. */
static int
ing_bad(struct ingest *i, const struct step_bad *bad)
{
	struct stmt *q;
	int64_t have;

	q = db_stmt(i->db, Q_IMPORT_ERRORS);
	stmt_bind_i64(q, ":source", i->source);
	if (stmt_step(q, i->err) != 1)
		return -1;
	have = stmt_i64(q, 0);
	stmt_reset(q);
	if (have >= BAD_MAX)
		return 0;
	buf_reset(&i->text);
	if (mask_text(str_fit(ing_str(bad->text), BAD_TEXT_MAX), &i->text) ==
	    -1)
		return err_set_code(i->err, ERR_LIMIT, "a fault is too long");
	q = db_stmt(i->db, Q_IMPORT_ERROR_ADD);
	stmt_bind_i64(q, ":source", i->source);
	stmt_bind_i64(q, ":record", bad->record);
	stmt_bind_str(q, ":text", i->text.n == 0 ? STR("") :
	    buf_get(&i->text));
	stmt_bind_i64(q, ":now", i->ctx->now);
	return stmt_run(q, i->err) == -1 ? -1 : 0;
}

int
ing_rest(struct ingest *i, const struct step *step)
{
	size_t k;

	if (ing_requests(i, step) == -1)
		return -1;
	for (k = 0; k < step->npauses; k++)
		if (ing_pause(i, &step->pauses[k]) == -1)
			return -1;
	for (k = 0; k < step->nfindings; k++)
		if (finding_put(i, step->findings[k].level,
		    ing_str(step->findings[k].code),
		    ing_str(step->findings[k].text)) == -1)
			return -1;
	for (k = 0; k < step->nanswers; k++)
		if (ing_answer(i, &step->answers[k]) == -1)
			return -1;
	for (k = 0; k < step->nbads; k++)
		if (ing_bad(i, &step->bads[k]) == -1)
			return -1;
	return 0;
}
