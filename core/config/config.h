/*
 * config.h - kompan.conf, read and checked once.
 *
 * Secrets are not in it: [credential NAME] names a file (or a systemd
 * credential) that holds one, read by config_secret() when it is needed and
 * wiped by its user.
 */
#ifndef KOMPAN_CONFIG_CONFIG_H
#define KOMPAN_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>

#include "base/err.h"
#include "base/problems.h"
#include "base/str.h"

/* [credential NAME]: token = FILE; several keys where a plugin needs them. */
struct config_credential {
	char *name;
	struct {
		char *key;      /* kp_cred.name */
		char *file;     /* absolute, or "systemd:ID" */
	} *secrets;
	size_t nsecrets;
};

/* [account PLATFORM]: id = ...: accounts of the project itself. */
struct config_account {
	char *plugin, *id;
};

/* [text NAME]: what the admin approved as a fixed answer. */
struct config_text {
	char *name, *lang;      /* lang NULL: for the rest */
	char *text, *approved_by;
};

struct config {
	char *path;             /* the file read; NULL: defaults only */
	/* [agent] */
	char *state_dir;        /* database, keys, kept responses */
	char *socket;           /* Unix socket of the agent */
	char *plugins_dir, *rules_dir, *worker;
	char *user_agent;       /* "Kompan/VERSION (+contact)" */
	char *proxy;            /* NULL: none */
	int64_t workers_max;
	/* [storage] */
	char *database;         /* path */
	/* [privacy] */
	char *keys_dir;         /* pseudonym keys, never inside the database */
	bool retention;         /* on unless it says no */
	int64_t names_ms, unflagged_ms, closed_ms, history_ms, epoch_ms;
	/* [decide] */
	int64_t grace_ms, expiry_ms, stale_ms;
	/* [alert] */
	char *alert_command;    /* run with arguments, never through a shell */
	int64_t silent_ms;
	/* [web] */
	char *listen;           /* "127.0.0.1:8480" */
	struct config_credential *credentials;
	size_t ncredentials;
	struct config_account *accounts;
	size_t naccounts;
	struct config_text *texts;
	size_t ntexts;
};

/* NULL path: the installed one, if there is one, else defaults. */
int config_load(const char *path, struct config **, struct problems *);
void config_free(struct config *);
/* Make the state folder where it is missing, for us alone: 0 or -1. */
int config_make_state(const struct config *, struct err *);
/* Every setting as it is in force, as stanzas, no secrets. */
void config_print(const struct config *, FILE *);
void config_print_json(const struct config *, FILE *);

/*
 * config_secret(config, credential, key, secret, size, err): the first line of
 * that file, at most ${size} - 1 bytes, terminated.  Refuses files that others
 * can read.  Wipe it after use (sodium_memzero).
 */
int config_secret(const struct config *, const char *credential,
    const char *key, char *secret, size_t size, struct err *);

#endif
