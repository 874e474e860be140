/*
 * The helpers of plugins: thin words over core/base, json-c and libxml2.
 *
 * They are linked into each plugin, hidden, so a plugin depends on no symbol
 * of the worker.
 */
#include "kp.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "kp_private.h"

/* One piece of memory; ${drop} instead frees an object of a library. */
struct kp_block {
	struct kp_block *next;
	void (*drop)(void *);
	void *object;
	max_align_t bytes[];
};

static struct kp_block *
block_add(struct kp_mem *mem, size_t n)
{
	struct kp_block *block = xcalloc(1, sizeof(*block) + n);

	block->next = mem->blocks;
	mem->blocks = block;
	return block;
}

void *
kp_alloc(struct kp_mem *mem, size_t n)
{
	if (n > SIZE_MAX / 2)
		abort();
	return block_add(mem, n)->bytes;
}

void
kp_own(struct kp_mem *mem, void *object, void (*drop)(void *))
{
	struct kp_block *block = block_add(mem, 0);

	block->object = object;
	block->drop = drop;
}

void
kp_mem_free(struct kp_mem *mem)
{
	struct kp_block *block;

	while ((block = mem->blocks) != NULL) {
		mem->blocks = block->next;
		if (block->drop != NULL)
			block->drop(block->object);
		free(block);
	}
}

static struct str
in_str(struct kp_str s)
{
	return (struct str){ s.p, s.n };
}

static struct kp_str
out_str(struct str s)
{
	return (struct kp_str){ s.p, s.n };
}

struct kp_str
kp_s(const char *s)
{
	return out_str(str_of(s));
}

bool
kp_is(struct kp_str s, const char *text)
{
	return str_is(in_str(s), text);
}

bool
kp_eq(struct kp_str a, struct kp_str b)
{
	return str_eq(in_str(a), in_str(b));
}

bool
kp_starts(struct kp_str s, const char *prefix)
{
	return str_starts(in_str(s), str_of(prefix));
}

struct kp_str
kp_trim(struct kp_str s)
{
	return out_str(str_trim(in_str(s)));
}

struct kp_str
kp_cut(struct kp_str *rest, char sep)
{
	struct str r = in_str(*rest);
	struct kp_str part = out_str(str_cut(&r, sep));

	*rest = out_str(r);
	return part;
}

struct kp_str
kp_fit(struct kp_str s, size_t max)
{
	return out_str(str_fit(in_str(s), max));
}

bool
kp_number(struct kp_str s, int64_t *ret)
{
	return str_to_i64(in_str(s), INT64_MIN, INT64_MAX, ret) == 0;
}

struct kp_str
kp_copy(struct kp_mem *mem, struct kp_str s)
{
	char *p;

	if (s.p == NULL)
		return KP_NONE;
	p = kp_alloc(mem, s.n + 1);
	if (s.n != 0)
		memcpy(p, s.p, s.n);
	return (struct kp_str){ p, s.n };
}

struct kp_str
kp_fmt(struct kp_mem *mem, const char *format, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	p = kp_alloc(mem, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return (struct kp_str){ p, (size_t)n };
}

static struct kp_str
pair_find(const struct kp_pair *pairs, size_t n, const char *key)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (kp_is(pairs[i].key, key))
			return pairs[i].val;
	}
	return KP_NONE;
}

struct kp_str
kp_setting(const struct kp_in *in, const char *key)
{
	return pair_find(in->settings, in->nsettings, key);
}

int64_t
kp_setting_i64(const struct kp_in *in, const char *key, int64_t otherwise)
{
	int64_t value;

	return kp_number(kp_setting(in, key), &value) ? value : otherwise;
}

bool
kp_setting_on(const struct kp_in *in, const char *key)
{
	struct kp_str s = kp_setting(in, key);

	return kp_is(s, "yes") || kp_is(s, "on") || kp_is(s, "true") ||
	    kp_is(s, "1");
}

struct kp_str
kp_header(const struct kp_in *in, const char *name)
{
	if (in->response == NULL)
		return KP_NONE;
	return pair_find(in->response->headers, in->response->nheaders, name);
}

bool
kp_state(const struct kp_in *in, const char *word)
{
	struct kp_str rest = in->state;

	return kp_is(kp_cut(&rest, ' '), word);
}

struct kp_str
kp_state_rest(const struct kp_in *in)
{
	struct kp_str rest = in->state;

	(void)kp_cut(&rest, ' ');
	return rest;
}

bool
kp_time_iso(struct kp_str s, int64_t *ret)
{
	return time_parse_iso(in_str(s), ret) == 0;
}

bool
kp_time_mail(struct kp_str s, int64_t *ret)
{
	return time_parse_mail(in_str(s), ret) == 0;
}

struct kp_str
kp_time_text(struct kp_mem *mem, int64_t at)
{
	char text[TIME_TEXT_SIZE];

	time_format(at, text);
	return kp_copy(mem, kp_s(text));
}
