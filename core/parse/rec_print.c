/*
 * What a step said, as lines that people compare.
 */
#include <inttypes.h>

#include "base/timefmt.h"
#include "parse/rec.h"

static const char *const kinds[] = { "", "group", "channel", "forum", "feed",
	"page", "archive" };
static const char *const healths[] = { "", "open", "partly", "lost" };
static const char *const scopes[] = { "", "source", "place", "credential",
	"host" };
static const char *const levels[] = { "", "info", "warning", "error" };
static const char *const reasons[] = { "", "bad-format", "bad-auth",
	"bad-config", "gone", "denied", "conflict", "try-later" };
static const char *const post_flags[] = { "deleted", "locked", "solved",
	"ours", "html", "counted", "truncated" };
static const char *const request_flags[] = { "errors", "fresh" };
static const char *const sees[] = { "posts", "replies", "authors", "edits",
	"deletions", "reply", "confirm", "flat" };
#define WORDS(array) array, sizeof(array) / sizeof((array)[0])

/* Text over several lines; what is no text shows its bytes. */
static void
value(struct buf *b, struct kp_str s)
{
	bool text = str_is_utf8((struct str){ s.p, s.n });
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\n')
			(void)buf_puts(b, "\n    | ");
		else if (c < ' ' || c == 0x7F || (c >= 0x80 && !text))
			(void)buf_printf(b, "\\x%02x", c);
		else
			(void)buf_putc(b, (char)c);
	}
}

static void
text(struct buf *b, const char *name, struct kp_str s)
{
	if (s.n == 0)
		return;
	(void)buf_printf(b, "  %s: ", name);
	value(b, s);
	(void)buf_putc(b, '\n');
}

static void
number(struct buf *b, const char *name, int64_t n)
{
	if (n != 0)
		(void)buf_printf(b, "  %s: %" PRId64 "\n", name, n);
}

static void
when(struct buf *b, const char *name, int64_t at)
{
	char words[TIME_TEXT_SIZE];

	if (at == 0)
		return;
	time_format(at, words);
	(void)buf_printf(b, "  %s: %s\n", name, words);
}

static void
word(struct buf *b, const char *name, const char *const *words, size_t n,
    uint32_t which)
{
	if (which > 0 && which < n)
		(void)buf_printf(b, "  %s: %s\n", name, words[which]);
}

static void
flags(struct buf *b, const char *name, const char *const *words, size_t n,
    uint32_t set)
{
	size_t i;

	if (set == 0)
		return;
	(void)buf_printf(b, "  %s:", name);
	for (i = 0; i < n; i++) {
		if ((set & 1u << i) != 0)
			(void)buf_printf(b, " %s", words[i]);
	}
	(void)buf_putc(b, '\n');
}

static void
print_place(struct buf *b, const struct kp_place *place)
{
	(void)buf_puts(b, "place\n");
	text(b, "id", place->id);
	text(b, "was", place->was_id);
	text(b, "name", place->name);
	text(b, "url", place->url);
	word(b, "kind", WORDS(kinds), place->kind);
	word(b, "health", WORDS(healths), place->health);
	text(b, "reason", place->reason);
	flags(b, "blind", WORDS(sees), place->blind);
}

static void
print_post(struct buf *b, const struct kp_post *post)
{
	(void)buf_puts(b, "post\n");
	text(b, "place", post->place);
	text(b, "id", post->id);
	text(b, "parent", post->parent);
	text(b, "thread", post->thread);
	text(b, "url", post->url);
	text(b, "author", post->author);
	text(b, "name", post->name);
	when(b, "created", post->created);
	when(b, "edited", post->edited);
	text(b, "lang", post->lang);
	flags(b, "flags", WORDS(post_flags), post->flags);
	number(b, "replies", post->replies);
	text(b, "ref", post->ref);
	text(b, "title", post->title);
	text(b, "text", post->text);
}

static void
print_request(struct buf *b, const struct kp_request *request)
{
	size_t i;

	(void)buf_puts(b, "request\n");
	text(b, "method", request->method);
	text(b, "url", request->url);
	text(b, "state", request->state);
	flags(b, "flags", WORDS(request_flags), request->flags);
	when(b, "not-before", request->not_before);
	for (i = 0; i < request->nheaders; i++) {
		(void)buf_printf(b, "  header.%.*s: ",
		    (int)request->headers[i].key.n,
		    request->headers[i].key.p);
		value(b, request->headers[i].val);
		(void)buf_putc(b, '\n');
	}
	text(b, "type", request->type);
	text(b, "body", request->body);
}

static void
print_small(struct buf *b, const struct step *step)
{
	size_t i;

	for (i = 0; i < step->ntimers; i++) {
		(void)buf_puts(b, "timer\n");
		when(b, "at", step->timers[i].at);
		text(b, "state", step->timers[i].state);
	}
	for (i = 0; i < step->nanswers; i++) {
		const struct kp_answer *answer = &step->answers[i];

		(void)buf_puts(b, "answer\n");
		text(b, "text", answer->text);
		text(b, "place", answer->place);
		text(b, "thread", answer->thread);
		text(b, "id", answer->id);
		text(b, "ref", answer->ref);
		text(b, "lang", answer->lang);
	}
	for (i = 0; i < step->npauses; i++) {
		(void)buf_puts(b, "pause\n");
		word(b, "scope", WORDS(scopes), step->pauses[i].scope);
		text(b, "id", step->pauses[i].id);
		when(b, "until", step->pauses[i].until);
	}
	for (i = 0; i < step->nfindings; i++) {
		(void)buf_puts(b, "finding\n");
		word(b, "level", WORDS(levels), step->findings[i].level);
		text(b, "code", step->findings[i].code);
		text(b, "text", step->findings[i].text);
	}
	for (i = 0; i < step->nbads; i++) {
		(void)buf_puts(b, "bad\n");
		number(b, "record", step->bads[i].record);
		text(b, "text", step->bads[i].text);
	}
}

void
rec_print(const struct step *step, struct buf *b)
{
	size_t i;

	for (i = 0; i < step->nplaces; i++)
		print_place(b, &step->places[i]);
	for (i = 0; i < step->nposts; i++)
		print_post(b, &step->posts[i]);
	for (i = 0; i < step->nrequests; i++)
		print_request(b, &step->requests[i]);
	print_small(b, step);
	if (step->has_cursor) {
		(void)buf_puts(b, "cursor: ");
		value(b, step->cursor);
		(void)buf_putc(b, '\n');
	}
	if (step->done) {
		(void)buf_puts(b, "done\n");
		text(b, "id", step->done_id);
		text(b, "url", step->done_url);
	}
	if (step->fail != 0) {
		(void)buf_puts(b, "fail\n");
		word(b, "why", WORDS(reasons), step->fail);
		text(b, "text", step->fail_text);
	}
	if (b->n > 0 && b->p[b->n - 1] == '\n')
		b->p[--b->n] = '\0';
}
