/*
 * privacy.h - what people can demand: that a post goes, that theirs are not
 * stored.
 *
 * Both are commands (privacy_controls in queue/control.h):
 *
 *	privacy.erase   {"post": URL or id, "actor": NAME}
 *	privacy.object  {"post": URL or id, "actor": NAME}
 *
 * and answer {"posts": how many went}.  The bytes are gone from the files once
 * the database was settled (writer_settle(); db_close() does it as well).
 */
#ifndef KOMPAN_STORAGE_PRIVACY_H
#define KOMPAN_STORAGE_PRIVACY_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;
struct keys;

/*
 * privacy_erase(db, keys, post, now, ret, err):
 * Erase the posts whose permalink or row number is ${post}: text, name, hits,
 * items, what was said of them, replies written to them.  A keyed hash of
 * their ids stays, so that reading the source again does not bring them back,
 * and so does what others wrote below.  0 and *${ret} posts; -1 and ${err},
 * ERR_NOT_FOUND where there is none.
 */
int privacy_erase(struct db *, const struct keys *, struct str, int64_t now,
    int64_t *, struct err *);

/*
 * privacy_object(db, keys, post, now, ret, err):
 * Store nothing more of that post's author in its place, and erase what is
 * there (up to 500 posts; *${ret} says how many, again removes more).
 * ERR_INVALID where the author is not known.
 */
int privacy_object(struct db *, const struct keys *, struct str, int64_t now,
    int64_t *, struct err *);

#endif
