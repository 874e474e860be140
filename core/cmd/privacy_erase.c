/*
 * kompan privacy erase.
 */
#include <stddef.h>

#include "cmd/cmd.h"
#include "cmd/privacy_ask.h"

static int privacy_erase_run(struct cmd_env *, int, char **);

const struct cmd cmd_privacy_erase = {
	.noun = "privacy", .verb = "erase", .args = "URL|ID [--as NAME]",
	.summary = "Erase a post, everything known of it, and replies to it.",
	.help = "The post is named by its link or its number in the database."
	    "  Its text, name,\nmatches, items and what was said of it go, from"
	    " the files as well, and reading\nthe source again does not bring it"
	    " back.  What others wrote below it stays.",
	.config = true, .run = privacy_erase_run,
};

static int
privacy_erase_run(struct cmd_env *env, int argc, char **argv)
{
	return privacy_ask(env, &cmd_privacy_erase, "privacy.erase", argc,
	    argv);
}
