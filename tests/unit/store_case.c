/* A source, and steps into it. */
#include "store_case.h"

void
case_sql(struct store_case *c, const char *sql)
{
	struct err err = ERR_INIT;

	if (db_script(c->db, sql, &err) == -1) {
		fprintf(stderr, "%s: %s\n", sql, err.text);
		abort();
	}
}

void
case_make(struct store_case *c, const char *basis)
{
	struct err err = ERR_INIT;

	memset(c, 0, sizeof(*c));
	store_temp_make(&c->temp);
	snprintf(c->keys_dir, sizeof(c->keys_dir), "%s/keys", c->temp.dir);
	c->db = store_temp_open(&c->temp);
	if (keys_open(c->keys_dir, &c->keys, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	c->config.grace_ms = 3600000;
	c->config.epoch_ms = 30 * DAY_MS;
	c->config.names_ms = 3 * DAY_MS;
	c->config.unflagged_ms = 14 * DAY_MS;
	c->config.closed_ms = 42 * DAY_MS;
	c->config.history_ms = 365 * DAY_MS;
	c->config.expiry_ms = 30 * DAY_MS;
	c->config.retention = true;
	c->config.keys_dir = c->keys_dir;
	c->config.database = c->temp.path;
	c->ctx = (struct ingest_ctx){ .now = CASE_NOW, .keys = c->keys,
		.config = &c->config, .job = KP_POLL, .event = KP_RESPONSE,
		.abilities = KP_SEES_POSTS | KP_SEES_REPLIES | KP_SEES_AUTHORS,
		.heard = true, .tolerance_ms = 600000 };
	case_sql(c, "INSERT INTO source (name, plugin, target, settings,"
	    " interval_ms, paused, created_at, due_at, pace_ms, fails, rests,"
	    " alerted) VALUES ('club', 'feed', 'https://example.org/', '{}',"
	    " 0, 0, 1, 1, 60000, 3, 0, 0)");
	if (basis != NULL)
		case_sql(c, "UPDATE source SET basis = 'public-feed'");
}

void
case_drop(struct store_case *c)
{
	db_close(c->db);
	keys_close(c->keys);
	store_temp_drop(&c->temp);
}

int
case_step(struct store_case *c, const struct step *step)
{
	struct err err = ERR_INIT;
	int r;

	if (db_begin(c->db, &err) == -1)
		abort();
	r = ingest_step(c->db, 1, &c->ctx, step, &c->result, &err);
	if (r == -1) {
		fprintf(stderr, "%s\n", err.text);
		db_rollback(c->db);
		return -1;
	}
	if (db_commit(c->db, &err) == -1)
		abort();
	return r;
}

int
case_post(struct store_case *c, const struct kp_post *post)
{
	struct kp_post copy = *post;
	struct step step = { .posts = &copy, .nposts = 1 };

	if (copy.created == 0)
		copy.created = c->ctx.now - 1000;
	return case_step(c, &step);
}

void
case_hit(struct store_case *c, int64_t post)
{
	struct err err = ERR_INIT;
	struct stmt *q = db_stmt(c->db, Q_POST_HIT_ADD);

	stmt_bind_i64(q, ":post", post);
	stmt_bind_cstr(q, ":rule", "wages.unpaid");
	stmt_bind_i64(q, ":rev", 1);
	stmt_bind_cstr(q, ":fingerprint", "f");
	stmt_bind_cstr(q, ":kind", "question");
	stmt_bind_cstr(q, ":lang", "pl");
	stmt_bind_cstr(q, ":spans", "[[0,3]]");
	stmt_bind_i64(q, ":limited", 0);
	stmt_bind_i64(q, ":counts", 1);
	if (stmt_run(q, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
}

void
case_item(struct store_case *c, int64_t post)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO item (kind, post, thread, claim,"
	    " topics, lane, state, machine, reason, version, asked_at,"
	    " opened_at, changed_at) SELECT 'question', id, thread, '',"
	    " 'wages', 2, 'new', '', '', 1, 1, 1, 1 FROM post WHERE id = %lld",
	    (long long)post);
	case_sql(c, sql);
}

int64_t
case_number(struct store_case *c, const char *sql)
{
	return store_temp_number(&c->temp, sql);
}

bool
case_is(struct store_case *c, const char *sql, const char *text)
{
	char *got = store_temp_text(&c->temp, sql);
	bool is = text == NULL ? got == NULL :
	    got != NULL && strcmp(got, text) == 0;

	if (!is)
		fprintf(stderr, "%s: \"%s\"\n", sql,
		    got == NULL ? "(NULL)" : got);
	free(got);
	return is;
}
