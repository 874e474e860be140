/*
 * Copies the rule files of a good set aside.  Names keep their folders, flat:
 * words/pl.rules becomes words@pl.rules; the order of names is what it was.
 */
#include "match/rules_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

char *
rules_kept(const char *state_dir)
{
	return xasprintf("%s/rules.good", state_dir);
}

static int
copy_file(const char *from, const char *to, struct err *err)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, r = -1;
	ssize_t n;

	if (in == -1)
		return err_errno(err, errno, "%s", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out == -1) {
		err_errno(err, errno, "%s", to);
		goto out;
	}
	while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	if (n == -1 || fsync(out) == -1)
		err_errno(err, errno, "%s", to);
	else
		r = 0;
out:
	close(in);
	if (out != -1)
		close(out);
	return r;
}

static void
remove_tree(const char *dir)
{
	char *paths[] = { (char *)(uintptr_t)dir, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	while (fts != NULL && (e = fts_read(fts)) != NULL) {
		if (e->fts_info != FTS_D)
			(void)remove(e->fts_accpath);
	}
	if (fts != NULL)
		fts_close(fts);
}

static int
copy_tree(const char *from, const char *to, struct err *err)
{
	char *paths[] = { (char *)(uintptr_t)from, NULL };
	FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	size_t skip = strlen(from) + 1;
	FTSENT *e;
	int r = 0;

	if (fts == NULL)
		return err_errno(err, errno, "%s", from);
	while (r == 0 && (e = fts_read(fts)) != NULL) {
		const char *dot = strrchr(e->fts_name, '.');
		char *name, *slash, *path;

		if (e->fts_info != FTS_F || dot == NULL ||
		    strcmp(dot, ".rules") != 0 || e->fts_pathlen <= skip)
			continue;
		name = xstrdup(e->fts_path + skip);
		for (slash = name; (slash = strchr(slash, '/')) != NULL;)
			*slash = '@';
		path = xasprintf("%s/%s", to, name);
		r = copy_file(e->fts_accpath, path, err);
		free(path);
		free(name);
	}
	fts_close(fts);
	return r;
}

int
rules_keep(const char *state_dir, const char *rules_dir, struct err *err)
{
	char *kept = rules_kept(state_dir);
	char *fresh = xasprintf("%s.new", kept);
	int r = -1;

	remove_tree(fresh);
	if (mkdir(fresh, 0700) == -1) {
		err_errno(err, errno, "%s", fresh);
		goto out;
	}
	if (copy_tree(rules_dir, fresh, err) == -1)
		goto out;
	remove_tree(kept);
	if (rename(fresh, kept) == -1)
		err_errno(err, errno, "%s", kept);
	else
		r = 0;
out:
	free(fresh);
	free(kept);
	return r;
}
