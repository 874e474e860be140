/*
 * judge.h - a thread by the same code as the agent, storing nothing.
 */
#ifndef KOMPAN_MATCH_JUDGE_H
#define KOMPAN_MATCH_JUDGE_H

#include "base/str.h"
#include "match/gold.h"
#include "match/ruleset.h"

struct judge;
struct json_object;

struct judge *judge_new(struct ruleset *);
void judge_free(struct judge *);

/*
 * judge_thread(judge, thread): what the agent would decide at thread->as_of,
 * with a grace of 0, as `kompan judge' prints it.  Texts are masked as before
 * storing; spans are bytes of the text as given.  The caller's to put.
 */
struct json_object *judge_thread(struct judge *, const struct gold_thread *);

/* The same for a line of NDJSON; a bad one gives {"id":...,"error":...}. */
struct json_object *judge_line(struct judge *, struct str line);

#endif
