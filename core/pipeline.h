#ifndef KOMPAN_PIPELINE_H
#define KOMPAN_PIPELINE_H
extern const char *const pipeline_stations[];
#endif
