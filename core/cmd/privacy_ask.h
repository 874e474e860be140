/*
 * privacy_ask.h - what `privacy erase' and `privacy object' share.
 */
#ifndef KOMPAN_CMD_PRIVACY_ASK_H
#define KOMPAN_CMD_PRIVACY_ASK_H

struct cmd;
struct cmd_env;

/* Have command ${control} done to the post of the only argument. */
int privacy_ask(struct cmd_env *, const struct cmd *, const char *control,
    int argc, char **argv);

#endif
