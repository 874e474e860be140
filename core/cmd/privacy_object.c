/*
 * kompan privacy object.
 */
#include <stddef.h>

#include "cmd/cmd.h"
#include "cmd/privacy_ask.h"

static int privacy_object_run(struct cmd_env *, int, char **);

const struct cmd cmd_privacy_object = {
	.noun = "privacy", .verb = "object", .args = "URL|ID [--as NAME]",
	.summary = "Store nothing more of a post's author in that place.",
	.help = "The author is kept as a pseudonym only.  What is stored of"
	    " theirs under the same\npseudonym is erased, up to 500 posts at a"
	    " time.",
	.config = true, .run = privacy_object_run,
};

static int
privacy_object_run(struct cmd_env *env, int argc, char **argv)
{
	return privacy_ask(env, &cmd_privacy_object, "privacy.object", argc,
	    argv);
}
