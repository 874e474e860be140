/*
 * Plugins are loaded by libltdl, which knows libtool's uninstalled modules.
 *
 * Its messages are of little use ("file not found" where a library that the
 * plugin needs is missing), so after a failure dlopen() is asked for its own.
 */
#include "parse/load.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* The shared object itself: installed, or in the build tree; else NULL. */
static char *
object_path(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s.so", dir, name);

	if (access(path, R_OK) == 0)
		return path;
	free(path);
	path = xasprintf("%s/.libs/%s.so", dir, name);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* "libx.so.1: cannot open shared object file: No such file..." and the like. */
static void
explain(const char *message, struct err *err)
{
	static const char no_symbol[] = "undefined symbol: ";
	static const char no_library[] = ": cannot open shared object file";
	const char *at = strstr(message, no_symbol);

	if (at != NULL) {
		at += sizeof(no_symbol) - 1;
		err_set(err, "it needs the function or variable `%.*s', which "
		    "nothing here provides: was it built for other "
		    "libraries?", (int)strcspn(at, " ,("), at);
		return;
	}
	at = strstr(message, no_library);
	if (at != NULL)
		err_set(err, "it needs the library %.*s, which is not "
		    "installed or cannot be read",
		    (int)(at - message), message);
	else
		err_set(err, "%s", message);
}

static lt_dlhandle
open_module(const char *dir, const char *name, struct err *err)
{
	char *module = NULL, *object = NULL;
	const char *message, *told;
	lt_dlhandle handle = NULL;

	if (lt_dlinit() != 0) {
		err_set(err, "libltdl: %s", lt_dlerror());
		return NULL;
	}
	object = object_path(dir, name);
	if (object == NULL) {
		err_set_code(err, ERR_NOT_FOUND, "there is no plugin `%s' in "
		    "%s", name, dir);
		goto out;
	}
	module = xasprintf("%s/%s", dir, name);
	handle = lt_dlopenext(module);
	if (handle == NULL) {
		message = lt_dlerror();
		err_set(err, "%s", message == NULL ? "it does not load" :
		    message);
		if (dlopen(object, RTLD_NOW) == NULL &&
		    (told = dlerror()) != NULL)
			explain(told, err);
	}
out:
	free(module);
	free(object);
	return handle;
}

static int
check(const struct kp_plugin *plugin, const char *name, struct err *err)
{
	if (plugin->major != KP_MAJOR)
		return err_set(err, "it was built for plugin interface %u.%u, "
		    "and this is Kompan with %d.%d: build it anew",
		    plugin->major, plugin->minor, KP_MAJOR, KP_MINOR);
	if (plugin->minor > KP_MINOR)
		return err_set(err, "it was built for plugin interface %u.%u, "
		    "and this is Kompan with %d.%d: update Kompan",
		    plugin->major, plugin->minor, KP_MAJOR, KP_MINOR);
	/* Less was never published. */
	if (plugin->size < sizeof(*plugin))
		return err_set(err, "its description has %zu bytes instead "
		    "of %zu: build it anew", plugin->size, sizeof(*plugin));
	if (plugin->name == NULL || strcmp(plugin->name, name) != 0)
		return err_set(err, "it calls itself `%s'",
		    plugin->name == NULL ? "" : plugin->name);
	if (plugin->step == NULL)
		return err_set(err, "it has no step()");
	return 0;
}

int
load_plugin(const char *dir, const char *name, struct kp_plugin *ret,
    struct err *err)
{
	const struct kp_plugin *plugin;
	struct kp_plugin copy = { 0 };
	lt_dlhandle handle;

	handle = open_module(dir, name, err);
	if (handle == NULL)
		return -1;
	plugin = lt_dlsym(handle, "kp_plugin");
	if (plugin == NULL)
		return err_set(err, "it is no plugin of Kompan: it lacks the "
		    "symbol `%s_LTX_kp_plugin'", name);
	/* Major, minor and size stand first in all versions. */
	if (plugin->major == KP_MAJOR)
		memcpy(&copy, plugin, plugin->size < sizeof(copy) ?
		    plugin->size : sizeof(copy));
	else
		memcpy(&copy, plugin, offsetof(struct kp_plugin, name));
	if (check(&copy, name, err) == -1)
		return -1;
	*ret = copy;
	return 0;
}
