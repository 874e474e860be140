/*
 * Showing items.  Posts are hostile text: control characters, which could
 * drive a terminal, are left out.
 */
#include "cmd/queue_row.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "queue/queue.h"

static void
put_time(struct json_object *o, const char *key, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	if (at == 0) {
		json_put(o, key, NULL);
		return;
	}
	time_format(at, text);
	json_put_cstr(o, key, text);
}

static int
add_hit(void *arg, const struct hit_row *row, struct err *err)
{
	struct json_object *o = json_object_new_object(), *spans = NULL;

	if (json_parse(row->spans, &spans, err) == -1) {
		json_object_put(o);
		return -1;
	}
	json_put_str(o, "rule", row->rule);
	json_put_i64(o, "rev", row->rev);
	json_put_str(o, "kind", row->kind);
	json_put_str(o, "subject", row->subject);
	json_put_str(o, "lang", row->lang);
	json_put(o, "spans", spans);
	if (row->limited)
		json_put_bool(o, "not_judged", true);
	json_object_array_add(arg, o);
	return 0;
}

static struct json_object *
topics_list(const char *topics)
{
	struct json_object *list = json_object_new_array();
	struct str rest = str_of(topics);

	while (rest.p != NULL) {
		struct str topic = str_cut(&rest, ',');

		if (topic.n > 0)
			json_object_array_add(list, json_object_new_string_len(
			    topic.p, (int)topic.n));
	}
	return list;
}

struct json_object *
queue_row_json(struct db *db, const struct queue_row *row, int64_t now,
    struct err *err)
{
	struct json_object *o = json_object_new_object();
	struct json_object *matches = json_object_new_array();
	const struct item *item = &row->item;

	json_put_i64(o, "id", item->id);
	json_put_i64(o, "version", item->version);
	json_put_cstr(o, "kind", item->kind);
	json_put_cstr(o, "lane", lane_name(item->lane));
	json_put_cstr(o, "state", item_state_at(item, now));
	json_put_cstr(o, "machine", item->machine);
	json_put_cstr(o, "reason", item->reason);
	json_put_cstr(o, "came_back", item->came_back);
	json_put_cstr(o, "lang", item->lang);
	json_put_cstr(o, "land", item->land);
	json_put(o, "topics", topics_list(item->topics));
	json_put_cstr(o, "claim", *item->claim != '\0' ? item->claim : NULL);
	json_put_cstr(o, "claimed_by", item->claimed_by);
	put_time(o, "lease_until", item->lease_until);
	put_time(o, "snooze_until", item->snooze_until);
	json_put_cstr(o, "verdict", item->verdict);
	json_put_cstr(o, "verdict_by", item->verdict_by);
	put_time(o, "asked_at", item->asked_at);
	put_time(o, "opened_at", item->opened_at);
	put_time(o, "closed_at", item->closed_at);
	json_put_str(o, "place", row->place);
	json_put_i64(o, "place_id", row->place_id);
	json_put_i64(o, "thread_id", item->thread);
	json_put_str(o, "thread", row->thread_ext);
	json_put_str(o, "title", row->title);
	json_put_i64(o, "post_id", item->post);
	json_put_str(o, "post", row->post_ext);
	json_put_str(o, "url", row->url);
	json_put_str(o, "name", row->name);
	json_put_str(o, "text", row->text);
	json_put(o, "matches", matches);
	if (hits_of_post(db, item->post, add_hit, matches, err) == -1) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

void
print_text(FILE *out, struct str text, size_t width)
{
	size_t at = 0, column = 0;

	while (at < text.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(
		    (const utf8proc_uint8_t *)text.p + at,
		    (utf8proc_ssize_t)(text.n - at), &c);
		int columns;

		if (n <= 0)
			return;
		if (width != 0 && column + 1 >= width) {
			fputs("…", out);
			return;
		}
		columns = utf8proc_charwidth(c);
		if (c == '\n' || c == '\t' || c == ' ') {
			fputc(' ', out);
			columns = 1;
		} else if (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) &&
		    utf8proc_category(c) != UTF8PROC_CATEGORY_CF) {
			fwrite(text.p + at, 1, (size_t)n, out);
		} else {
			columns = 0;
		}
		column += (size_t)columns;
		at += (size_t)n;
	}
}

void
print_age(FILE *out, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms < HOUR_MS)
		fprintf(out, "%lld min", (long long)(ms / MINUTE_MS));
	else if (ms < 2 * DAY_MS)
		fprintf(out, "%lld h", (long long)(ms / HOUR_MS));
	else
		fprintf(out, "%lld d", (long long)(ms / DAY_MS));
}

const char *
queue_actor(const char *as)
{
	const struct passwd *pw;

	if (as != NULL)
		return as;
	pw = getpwuid(getuid());
	return pw != NULL ? pw->pw_name : "unknown";
}
