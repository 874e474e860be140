/*
 * engine.h - which patterns of a set may match a text.
 *
 * The prefilter behind this interface only spares PCRE2 work; it may say yes
 * too often and never no where PCRE2 would say yes.  Read-only once made.
 */
#ifndef KOMPAN_MATCH_ENGINE_H
#define KOMPAN_MATCH_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct engine;
struct pattern;

/* ${patterns}: ${n} of them, by id, borrowed for as long as the engine lives. */
struct engine *engine_new(const struct pattern *const *patterns, size_t n);
void engine_free(struct engine *);

const struct pattern *engine_pattern(const struct engine *, size_t id);
size_t engine_patterns(const struct engine *);
/* 64-bit words that engine_scan() fills. */
size_t engine_words(const struct engine *);

/*
 * engine_scan(engine, folded, bits): bit i is set where pattern i may match;
 * raw patterns always may.
 */
void engine_scan(const struct engine *, struct str folded, uint64_t *bits);

#endif
