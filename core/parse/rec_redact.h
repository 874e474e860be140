/*
 * rec_redact.h - take people out of a recorded exchange.
 *
 * Words of names, texts and author ids become invented ones of the same
 * length in UTF-16 (which is what offsets count), the same word always the
 * same, and secrets become SECRET.
 */
#ifndef KOMPAN_PARSE_REC_REDACT_H
#define KOMPAN_PARSE_REC_REDACT_H

#include "parse/rec.h"

struct redact;

struct redact *redact_new(void);
void redact_free(struct redact *);

/* Bytes that must not appear at all. */
void redact_secret(struct redact *, struct str);
/* The words of a URL and the like stay as they are, whoever else uses them. */
void redact_protect(struct redact *, struct str);
/* The words of what a person wrote; of ${ids}, numbers too. */
void redact_add(struct redact *, struct kp_str, bool ids);
/* Everything personal that a step said. */
void redact_step(struct redact *, const struct step *);

/*
 * Replace in bodies, URLs, states, cursors and headers of ${rec}.  Keys of
 * JSON and the tags of markup stay.
 */
void redact_apply(struct redact *, struct rec *);

/*
 * redact_left(redact, text): a word of four letters or more that should have
 * gone and still is in ${text} (it stood there in some coding), or NULL.
 */
const char *redact_left(const struct redact *, struct str);

#endif
