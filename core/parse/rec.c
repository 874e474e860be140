/*
 * Reading and writing recorded exchanges (the format: rec.h).
 */
#include "parse/rec.h"

#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/timefmt.h"

#define MARK "==="

struct rec_text {
	struct rec_text *next;
	char p[];
};

static const char *const jobs[] = { [KP_POLL] = "poll",
	[KP_THREAD] = "thread", [KP_REPLY] = "reply",
	[KP_CONFIRM] = "confirm", [KP_ACCOUNT] = "account",
	[KP_IMPORT] = "import", [KP_PUSH] = "push" };
#define NJOBS (sizeof(jobs) / sizeof(jobs[0]))

static const struct {
	const char *name;
	enum rec_what what;
} events[] = {
	{ "start", REC_START }, { "response", REC_RESPONSE },
	{ "timer", REC_TIMER }, { "stream", REC_STREAM },
};
#define NEVENTS (sizeof(events) / sizeof(events[0]))

static const struct {
	const char *name;
	size_t offset;
} targets[] = {
#define TARGET(name) { #name, offsetof(struct kp_target, name) }
	TARGET(place), TARGET(thread), TARGET(id), TARGET(url), TARGET(ref),
	TARGET(text), TARGET(lang), TARGET(key),
#undef TARGET
};
#define NTARGETS (sizeof(targets) / sizeof(targets[0]))

const char *
rec_job_name(uint32_t job)
{
	return job < NJOBS ? jobs[job] : NULL;
}

struct rec *
rec_new(uint32_t job)
{
	struct rec *rec = xcalloc(1, sizeof(*rec));

	rec->job = job;
	rec->target.size = sizeof(rec->target);
	return rec;
}

void
rec_free(struct rec *rec)
{
	struct rec_text *text;
	size_t i;

	if (rec == NULL)
		return;
	for (i = 0; i < rec->nevents; i++)
		free(rec->events[i].headers);
	while ((text = rec->texts) != NULL) {
		rec->texts = text->next;
		free(text);
	}
	free(rec->events);
	free(rec->settings);
	free(rec);
}

struct str
rec_keep(struct rec *rec, struct str s)
{
	struct rec_text *text;

	if (s.p == NULL)
		return STR_NONE;
	text = xcalloc(1, sizeof(*text) + s.n + 1);
	if (s.n > 0)
		memcpy(text->p, s.p, s.n);
	text->next = rec->texts;
	rec->texts = text;
	return (struct str){ text->p, s.n };
}

struct rec_event *
rec_add(struct rec *rec, enum rec_what what)
{
	struct rec_event *event;

	vec_grow(rec->events, rec->nevents, rec->events_room);
	event = &rec->events[rec->nevents++];
	*event = (struct rec_event){ .what = what, .now = rec->now };
	if (rec->nevents > 1)
		event->now = event[-1].now;
	return event;
}

struct kp_str
rec_media_type(const struct rec_event *event, char *room, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < event->nheaders; i++) {
		struct kp_str v = event->headers[i].val;

		if (!str_is((struct str){ event->headers[i].key.p,
		    event->headers[i].key.n }, "content-type"))
			continue;
		for (; n < v.n && n < size && v.p[n] != ';' && v.p[n] != ' ';
		    n++)
			room[n] = v.p[n] >= 'A' && v.p[n] <= 'Z' ?
			    (char)(v.p[n] + ('a' - 'A')) : v.p[n];
		break;
	}
	return (struct kp_str){ room, n };
}

/* Reading. */

struct reader {
	struct rec *rec;
	struct str rest;
	unsigned line;
	struct err *err;
};

static int
fault(struct reader *r, const char *what, struct str which)
{
	return err_set_code(r->err, ERR_INVALID, "line %u: %s `%.*s'",
	    r->line, what, STR_ARG(str_fit(which, 80)));
}

static struct str
next_line(struct reader *r)
{
	r->line++;
	return str_cut(&r->rest, '\n');
}

/* Whether the next line begins a section, or nothing is left. */
static bool
at_section(const struct reader *r)
{
	return r->rest.p == NULL || r->rest.n == 0 ||
	    str_starts(r->rest, STR(MARK));
}

static int
decode64(struct reader *r, struct str s, struct str *ret)
{
	unsigned char *bytes = xcalloc(1, s.n + 1);
	size_t n = 0;

	if (sodium_base642bin(bytes, s.n + 1, s.p == NULL ? "" : s.p, s.n,
	    "\n ", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
		free(bytes);
		return fault(r, "no base64:", s);
	}
	*ret = rec_keep(r->rec, (struct str){ (char *)bytes, n });
	free(bytes);
	return 0;
}

/* Everything up to the next section. */
static int
read_body(struct reader *r, bool base64, struct str *ret)
{
	struct buf b;
	bool first = true;
	int result = 0;

	buf_init(&b, REC_SIZE_MAX);
	while (!at_section(r)) {
		struct str line = next_line(r);

		if (!first)
			(void)buf_putc(&b, '\n');
		first = false;
		if (str_starts(line, STR("\\"))) {
			line.p++;
			line.n--;
		}
		(void)buf_str(&b, line);
	}
	if (base64)
		result = decode64(r, buf_get(&b), ret);
	else
		*ret = rec_keep(r->rec, b.p == NULL ? STR("") : buf_get(&b));
	buf_fini(&b);
	return result;
}

/* Keys go into headers and settings as they are. */
static bool
is_key(struct str key)
{
	size_t i;

	for (i = 0; i < key.n; i++) {
		if (strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", key.p[i]) ==
		    NULL || key.p[i] == '\0')
			return false;
	}
	return key.n > 0;
}

/* "key: value", or "key:: value" in base64. */
static int
read_pair(struct reader *r, struct str *key, struct str *value)
{
	struct str line = next_line(r), rest = line;

	*key = str_cut(&rest, ':');
	if (rest.p == NULL || !is_key(*key))
		return fault(r, "no `key: value':", line);
	if (str_starts(rest, STR(": "))) {
		rest.p += 2;
		rest.n -= 2;
		return decode64(r, rest, value);
	}
	if (str_starts(rest, STR(" "))) {
		rest.p++;
		rest.n--;
	}
	*value = rec_keep(r->rec, rest);
	return 0;
}

static bool
without(struct str *s, const char *prefix)
{
	struct str p = str_of(prefix);

	if (!str_starts(*s, p))
		return false;
	s->p += p.n;
	s->n -= p.n;
	return true;
}

static struct kp_str
kp_str(struct str s)
{
	return (struct kp_str){ s.p, s.n };
}

static int
read_time(struct reader *r, struct str value, int64_t *ret)
{
	if (time_parse_iso(value, ret) == -1)
		return fault(r, "no time:", value);
	return 0;
}

static int
set_target(struct reader *r, struct str key, struct str value)
{
	size_t i;

	for (i = 0; i < NTARGETS; i++) {
		if (!str_is(key, targets[i].name))
			continue;
		*(struct kp_str *)(void *)((char *)&r->rec->target +
		    targets[i].offset) = kp_str(value);
		r->rec->has_target = true;
		return 0;
	}
	return fault(r, "unknown part of a target", key);
}

static int
read_job_line(struct reader *r)
{
	struct rec *rec = r->rec;
	struct str key, value;

	if (read_pair(r, &key, &value) == -1)
		return -1;
	if (str_is(key, "now"))
		return read_time(r, value, &rec->now);
	if (str_is(key, "source")) {
		rec->source = value;
	} else if (str_is(key, "cursor")) {
		rec->cursor = value;
	} else if (without(&key, "setting.")) {
		vec_grow(rec->settings, rec->nsettings, rec->settings_room);
		rec->settings[rec->nsettings++] = (struct kp_pair){
			kp_str(rec_keep(rec, key)), kp_str(value) };
	} else if (without(&key, "target.")) {
		return set_target(r, key, value);
	} else {
		return fault(r, "unknown key", key);
	}
	return 0;
}

static int
read_event_line(struct reader *r, struct rec_event *event)
{
	struct str key, value;

	if (read_pair(r, &key, &value) == -1)
		return -1;
	if (str_is(key, "now"))
		return read_time(r, value, &event->now);
	if (str_is(key, "state")) {
		event->state = value;
	} else if (str_is(key, "url")) {
		event->url = value;
	} else if (without(&key, "header.")) {
		vec_grow(event->headers, event->nheaders,
		    event->headers_room);
		event->headers[event->nheaders++] = (struct kp_pair){
			kp_str(rec_keep(r->rec, key)), kp_str(value) };
	} else {
		return fault(r, "unknown key", key);
	}
	return 0;
}

static int
read_event(struct reader *r, enum rec_what what, struct str argument)
{
	struct rec_event *event = rec_add(r->rec, what);
	int64_t status = 0;

	event->line = r->line;
	if (what == REC_STREAM)
		return read_body(r, str_is(argument, "base64"), &event->body);
	if (what == REC_RESPONSE &&
	    str_to_i64(argument, 0, 999, &status) == -1)
		return fault(r, "no status of a response:", argument);
	event->status = (int)status;
	while (!at_section(r)) {
		if (read_event_line(r, event) == -1)
			return -1;
	}
	return 0;
}

static int
read_section(struct reader *r)
{
	struct str line = next_line(r), name, argument = line;
	struct rec_event *last = NULL;
	size_t i;

	if (!without(&argument, MARK " "))
		return fault(r, "no section:", line);
	argument = str_trim(argument);
	name = str_cut(&argument, ' ');
	if (r->rec->nevents > 0)
		last = &r->rec->events[r->rec->nevents - 1];
	for (i = 0; i < NEVENTS; i++) {
		if (str_is(name, events[i].name))
			return read_event(r, events[i].what, argument);
	}
	if (last == NULL)
		return fault(r, "this stands before any event:", name);
	if (str_is(name, "body"))
		return read_body(r, str_is(argument, "base64"), &last->body);
	if (str_is(name, "expect"))
		return read_body(r, str_is(argument, "base64"),
		    &last->expect);
	return fault(r, "unknown section", name);
}

static int
read_job(struct reader *r)
{
	const char *begin = r->rest.p;
	struct str line;
	size_t i;

	while (!at_section(r)) {
		line = next_line(r);
		if (line.n > 0 && line.p[0] != '#')
			return fault(r, "this stands before any section:",
			    line);
	}
	if (r->rest.n == 0 || r->rest.p == NULL)
		return fault(r, "no job, as in", STR(MARK " poll"));
	r->rec->comment = rec_keep(r->rec, (struct str){ begin,
	    (size_t)(r->rest.p - begin) });
	line = next_line(r);
	(void)without(&line, MARK);
	line = str_trim(line);
	for (i = 1; i < NJOBS; i++) {
		if (str_is(line, jobs[i]))
			r->rec->job = (uint32_t)i;
	}
	if (r->rec->job == 0)
		return fault(r, "unknown job", line);
	while (!at_section(r)) {
		if (read_job_line(r) == -1)
			return -1;
	}
	return 0;
}

int
rec_parse(struct str text, struct rec **ret, struct err *err)
{
	struct reader r = { .rec = rec_new(0), .rest = text, .err = err };

	if (sodium_init() == -1 || read_job(&r) == -1)
		goto fail;
	while (r.rest.p != NULL && r.rest.n > 0) {
		if (read_section(&r) == -1)
			goto fail;
	}
	if (r.rec->nevents == 0) {
		(void)fault(&r, "no event, as in", STR(MARK " start"));
		goto fail;
	}
	*ret = r.rec;
	return 0;
fail:
	rec_free(r.rec);
	return -1;
}

/* Writing. */

static bool
is_plain(struct str s, bool lines)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == 0x7F || (c < ' ' && !(lines && (c == '\n' ||
		    c == '\t' || c == '\r'))))
			return false;
	}
	return str_is_utf8(s);
}

static void
encode64(struct buf *b, struct str s)
{
	size_t n = sodium_base64_ENCODED_LEN(s.n,
	    sodium_base64_VARIANT_ORIGINAL);
	char *text = xcalloc(1, n);

	sodium_bin2base64(text, n, (const unsigned char *)s.p, s.n,
	    sodium_base64_VARIANT_ORIGINAL);
	(void)buf_puts(b, text);
	free(text);
}

static void
write_pair(struct buf *b, const char *prefix, struct str key, struct str value)
{
	if (value.n == 0)
		return;
	(void)buf_printf(b, "%s%.*s", prefix, STR_ARG(key));
	if (is_plain(value, false)) {
		(void)buf_printf(b, ": %.*s\n", STR_ARG(value));
		return;
	}
	(void)buf_puts(b, ":: ");
	encode64(b, value);
	(void)buf_putc(b, '\n');
}

static void
write_body(struct buf *b, const char *section, struct str body)
{
	if (!is_plain(body, true)) {
		(void)buf_printf(b, MARK " %s base64\n", section);
		encode64(b, body);
		(void)buf_putc(b, '\n');
		return;
	}
	(void)buf_printf(b, MARK " %s\n", section);
	/* An empty body has no line at all. */
	if (body.n == 0)
		return;
	while (body.p != NULL) {
		struct str line = str_cut(&body, '\n');

		if (str_starts(line, STR(MARK)) || str_starts(line,
		    STR("\\")))
			(void)buf_putc(b, '\\');
		(void)buf_str(b, line);
		(void)buf_putc(b, '\n');
	}
}

static void
write_time(struct buf *b, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	time_format(at, text);
	(void)buf_printf(b, "now: %s\n", text);
}

static struct str
from_kp(struct kp_str s)
{
	return (struct str){ s.p, s.n };
}

static void
write_event(struct buf *b, const struct rec_event *event, int64_t before)
{
	size_t i;

	if (event->what == REC_STREAM) {
		write_body(b, "stream", event->body);
	} else if (event->what == REC_RESPONSE) {
		(void)buf_printf(b, MARK " response %d\n", event->status);
	} else {
		(void)buf_printf(b, MARK " %s\n",
		    event->what == REC_START ? "start" : "timer");
	}
	if (event->what != REC_STREAM) {
		if (event->now != before)
			write_time(b, event->now);
		write_pair(b, "", STR("url"), event->url);
		write_pair(b, "", STR("state"), event->state);
	}
	for (i = 0; i < event->nheaders; i++)
		write_pair(b, "header.", from_kp(event->headers[i].key),
		    from_kp(event->headers[i].val));
	if (event->what == REC_RESPONSE && event->body.n > 0)
		write_body(b, "body", event->body);
	write_body(b, "expect", event->expect);
}

void
rec_write(const struct rec *rec, struct buf *b)
{
	int64_t before = rec->now;
	size_t i;

	(void)buf_str(b, rec->comment);
	(void)buf_printf(b, MARK " %s\n", rec_job_name(rec->job));
	write_pair(b, "", STR("source"), rec->source);
	if (rec->now != 0)
		write_time(b, rec->now);
	write_pair(b, "", STR("cursor"), rec->cursor);
	for (i = 0; i < rec->nsettings; i++)
		write_pair(b, "setting.", from_kp(rec->settings[i].key),
		    from_kp(rec->settings[i].val));
	for (i = 0; i < NTARGETS; i++)
		write_pair(b, "target.", str_of(targets[i].name),
		    from_kp(*(const struct kp_str *)(const void *)
		    ((const char *)&rec->target + targets[i].offset)));
	for (i = 0; i < rec->nevents; i++) {
		write_event(b, &rec->events[i], before);
		before = rec->events[i].now;
	}
}
