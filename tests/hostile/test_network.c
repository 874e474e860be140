/*
 * What hostile plugins ask the network for, through the real worker, sender
 * and store: each costs its own poll and is told by its cause, nothing reaches
 * the server that may not, and the source beside them goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "../unit/httpd.h"
#include "../unit/store_temp.h"
#include "base/mem.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "storage/source.h"
#include "storage/writer.h"

static const struct hostile {
	const char *name, *plugin;
	const char *host, *path;
	const char *egress;
	const char *told;               /* NULL: it is no hostile one */
	unsigned requests;              /* that the server may see */
} table[] = {
	{ "publish", "bad_publish", "127.0.0.1", "", "http local",
	    "POST there is not allowed in a poll job", 0 },
	{ "host", "bad_host", "127.0.0.1", "/host", "http local",
	    "the plugin declares no endpoint on host elsewhere.example", 0 },
	{ "address", "bad_local", "127.0.0.1", "/address", "http",
	    "the address 127.0.0.1 is not public", 0 },
	{ "spelled", "bad_local", "0x7f.1", "/spelled", "http",
	    "the address 127.0.0.1 is not public", 0 },
	{ "name", "bad_local", "localhost", "/name", "http",
	    "resolves to an address that is not public", 0 },
	{ "plain", "bad_local", "127.0.0.1", "/plain", "local",
	    "plain http to 127.0.0.1 is not allowed", 0 },
	{ "redirect", "bad_redirect", "127.0.0.1", "/redirect",
	    "http local",
	    "redirected: the plugin declares no endpoint on host localhost",
	    1 },
	{ "good", "bad_local", "127.0.0.1", "/good", "http local", NULL,
	    1 },
};
#define N (sizeof(table) / sizeof(table[0]))

struct seen {
	unsigned count[N], loot;
};

static struct httpd_answer
answer(void *arg, const struct httpd_request *request)
{
	static char location[64];
	struct seen *seen = arg;
	struct httpd_answer a = { .status = 200, .body = "" };
	size_t i;

	for (i = 0; i < N; i++) {
		if (strcmp(request->path + 1, table[i].name) == 0)
			seen->count[i]++;
	}
	if (strcmp(request->path, "/send") == 0)
		seen->count[0]++;
	if (strcmp(request->path, "/loot") == 0)
		seen->loot++;
	if (strcmp(request->path, "/redirect") == 0) {
		const char *host = httpd_header(request, "Host");

		snprintf(location, sizeof(location),
		    "http://localhost%s/loot", strchr(host, ':'));
		a.status = 302;
		a.headers[0][0] = "Location";
		a.headers[0][1] = location;
	}
	return a;
}

static int
run_put(struct db *db, void *arg, struct err *err)
{
	return source_put(db, arg, clock_now(), err) == -1 ? -1 : 0;
}

static void
add_sources(struct writer *writer, int port)
{
	char target[100];
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < N; i++) {
		struct source_row row = {
			.name = (char *)(uintptr_t)table[i].name,
			.plugin = (char *)(uintptr_t)table[i].plugin,
			.egress = (char *)(uintptr_t)table[i].egress,
			.target = target,
			.settings = (char *)(uintptr_t)"{}" };

		snprintf(target, sizeof(target), "http://%s:%d%s",
		    table[i].host, port, table[i].path);
		if (writer_do(writer, WRITER_NOW, run_put, &row, &err) == -1)
			fail_msg("%s", err.text);
	}
}

static struct config *
make_config(struct store_temp *temp)
{
	struct problems problems = PROBLEMS_INIT;
	const char *build = getenv("top_builddir");
	struct config *config = NULL;
	char *path = xasprintf("%s/kompan.conf", temp->dir);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (build == NULL)
		build = ".";
	fprintf(f, "[agent]\nstate = %s\nworker = %s/kompan-worker\n"
	    "plugins = %s/tests/hostile/.libs\n[storage]\npath = %s\n"
	    "[privacy]\nkeys = %s/keys\n", temp->dir, build, build,
	    temp->path, temp->dir);
	fclose(f);
	if (config_load(path, &config, &problems) == -1)
		problems_print(&problems, stderr);
	assert_non_null(config);
	free(path);
	return config;
}

/* Until each source has an outcome, for half a minute at most. */
static void
wait_for_outcomes(struct loop *loop, struct store_temp *temp)
{
	struct mono until = mono_add(clock_mono(), 30 * SECOND_MS);
	struct err err;

	while (mono_until(until) > 0) {
		loop_step(loop, 50, &err);
		if (store_temp_number(temp, "SELECT COUNT(*) FROM source"
		    " WHERE fails = 0 AND pace_ms = 0 AND rests = 0") == 0)
			return;
	}
	fail_msg("not every source was polled");
}

static void
test_what_they_ask_for(void **state)
{
	struct seen seen = { { 0 }, 0 };
	struct httpd *httpd = httpd_start(answer, &seen);
	struct store_temp temp;
	struct config *config;
	struct writer *writer;
	struct fetch *fetch;
	struct source_row row;
	struct err err = ERR_INIT;
	struct loop *loop = loop_new(&err);
	struct db *db;
	size_t i;

	(void)state;
	store_temp_make(&temp);
	config = make_config(&temp);
	assert_int_equal(writer_start(temp.path, &writer, &err), 0);
	add_sources(writer, httpd_port(httpd));
	assert_int_equal(fetch_start(loop, config, writer, &fetch, &err), 0);
	wait_for_outcomes(loop, &temp);
	fetch_stop(fetch);
	assert_int_equal(db_open(temp.path, DB_READ, &db, &err), 0);
	for (i = 0; i < N; i++) {
		const struct hostile *t = &table[i];

		assert_int_equal(source_by_name(db, t->name, &row, &err), 1);
		if (t->told == NULL ? row.error != NULL : row.error == NULL ||
		    strstr(row.error, t->told) == NULL)
			fail_msg("%s: %s", t->name, row.error);
		if (seen.count[i] != t->requests)
			fail_msg("%s: %u requests", t->name, seen.count[i]);
		source_row_fini(&row);
	}
	assert_int_equal(seen.loot, 0);
	db_close(db);
	writer_stop(writer);
	loop_free(loop);
	config_free(config);
	httpd_stop(httpd);
	store_temp_drop(&temp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_they_ask_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
