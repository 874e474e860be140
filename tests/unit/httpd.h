/*
 * httpd.h - a small HTTP server on 127.0.0.1 for tests, in a thread of its own.
 */
#ifndef KOMPAN_TESTS_HTTPD_H
#define KOMPAN_TESTS_HTTPD_H

#include <stddef.h>

struct httpd;

struct httpd_request {
	const char *method, *path;      /* path with its query */
	const char *body;
	size_t nbody;
	void *connection;               /* for httpd_header() */
	unsigned number;                /* from 1 */
};

struct httpd_answer {
	int status;
	const char *body;               /* copied; NULL: none */
	size_t nbody;                   /* 0: strlen(body) */
	const char *headers[8][2];      /* until { NULL } */
	int delay_ms;
};

/*
 * httpd_start(answer, arg): serve on a free port; answer() is called in the
 * server's thread.  Its result may point to static text.
 */
struct httpd *httpd_start(struct httpd_answer (*answer)(void *arg,
    const struct httpd_request *), void *arg);
void httpd_stop(struct httpd *);
int httpd_port(const struct httpd *);
/* How many requests came so far. */
unsigned httpd_count(struct httpd *);
const char *httpd_header(const struct httpd_request *, const char *name);

#endif
