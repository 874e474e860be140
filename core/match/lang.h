/*
 * lang.h - the language that a post is written in, first form.
 *
 * Script, letters that only some languages have, function words and groups of
 * letters, from tables written by hand (lang_table.h).  It decides who reviews
 * a post, never which rules run.
 */
#ifndef KOMPAN_MATCH_LANG_H
#define KOMPAN_MATCH_LANG_H

#include "base/str.h"

/*
 * lang_of(text): "bg" (in either script), "de", "en", "pl", "ro"; or one of
 * their neighbours, so that it is not taken for one of ours: ru uk mk sr hr cs
 * sk hu it es tr fr nl (Croatian, Bosnian and Serbian in Latin letters are all
 * "hr").  NULL: not known.  The first few hundred letters decide.  Static.
 * Any thread.
 */
const char *lang_of(struct str text);

#endif
