/*
 * web.h - the listening side: what monitoring asks.
 *
 *	/healthz   200 while this process serves
 *	/readyz    200 while the agent answers and its rules are good; else 503
 *	/metrics   figures for Prometheus, text format 0.0.4
 */
#ifndef KOMPAN_REVIEW_WEB_H
#define KOMPAN_REVIEW_WEB_H

#include "base/err.h"
#include "base/loop.h"

struct config;
struct web;

/* Listen where config->listen says; 0, or -1 and ${err}. */
int web_start(const struct config *, struct web **, struct err *);
void web_stop(struct web *);
/* The port it listens on. */
int web_port(const struct web *);

#endif
