/*
 * re_tree.h - the nodes behind re.h, for re.c and re_literals.c.
 */
#ifndef KOMPAN_MATCH_RE_TREE_H
#define KOMPAN_MATCH_RE_TREE_H

#include "match/re.h"

#define RE_ENDLESS 100000u

enum re_kind {
	RE_BYTE,
	RE_SET,                 /* one byte of several */
	RE_SEQ,                 /* none: the empty text */
	RE_ALT,
	RE_REPEAT,              /* of its one kid */
	RE_LOOK,                /* looks ahead or behind */
	RE_EDGE,                /* ^ $ \b and the like: no text */
	RE_BACK                 /* \1: any text */
};

struct re {
	enum re_kind kind;
	bool negative;
	unsigned char byte;
	uint32_t set[8];
	unsigned min, max;
	struct re **kids;
	size_t n, room;
};

bool re_set_has(const struct re *, unsigned char);

#endif
