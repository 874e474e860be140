/*
 * metrics.h - Kompan's figures for Prometheus.
 */
#ifndef KOMPAN_REVIEW_METRICS_H
#define KOMPAN_REVIEW_METRICS_H

#include "base/buf.h"

struct config;

/*
 * Write all figures.  What cannot be had (no agent, no database) is left out,
 * and kompan_up says so; never a name, never a text.
 */
void metrics_write(const struct config *, struct buf *);

#endif
