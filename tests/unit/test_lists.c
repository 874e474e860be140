/*
 * Lists of sources from other programs: what becomes of them, and where their
 * faults are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "cmd/source_lists.h"

/* "name@line key=value key=value; name..." or the first fault. */
static char *
told(const char *format, const char *text)
{
	struct problems problems = PROBLEMS_INIT;
	struct stanza_file *file = NULL;
	struct buf b;
	size_t i, k;

	buf_init(&b, 4096);
	if (strcmp(format, "csv") == 0)
		csv_sources("t", str_of(text), &file, &problems);
	else
		opml_sources("t", str_of(text), "invited", &file, &problems);
	if (problems.n > 0)
		buf_printf(&b, "%u: %s", problems.v[0].line,
		    problems.v[0].text);
	for (i = 0; problems.n == 0 && i < file->n; i++) {
		buf_printf(&b, "%s%s@%u", i > 0 ? "; " : "", file->v[i].name,
		    file->v[i].line);
		for (k = 0; k < file->v[i].nlines; k++)
			buf_printf(&b, " %s=%s", file->v[i].lines[k].key,
			    file->v[i].lines[k].value.p);
	}
	stanza_free(file);
	problems_fini(&problems);
	return buf_take(&b);
}

static void
test_lists(void **state)
{
	static const struct {
		const char *format, *text, *told, *point;
	} t[] = {
		{ "csv", "name,plugin,url\na,feed,https://a/\n",
		    "a@2 plugin=feed url=https://a/", "plain" },
		{ "csv", "\xef\xbb\xbfplugin,name\r\nfeed,a\r\n",
		    "a@2 plugin=feed", "as spreadsheets write it" },
		{ "csv", "name,plugin,x\n\"a, \"\"b\"\"\",feed,\n",
		    "a, \"b\"@2 plugin=feed", "quotes; no value is no key" },
		{ "csv", "name,plugin,x\n\na,feed,1\n", "a@3 plugin=feed x=1",
		    "an empty line" },
		{ "csv", "title,url\n", "1: the first row has to name the "
		    "columns, `name' and `plugin' among them", "no columns" },
		{ "csv", "name,plugin\na,feed,what\n",
		    "2: 3 fields in a row of 2 columns", "too many" },
		{ "csv", "name,plugin\na,feed\n\"b,feed\n",
		    "3: a quotation mark has no second one", "open quote" },
		{ "csv", "name,plugin,x\na,feed,\"1\n[source b]\"\n",
		    "2: a line break or control character in `x'",
		    "a value cannot become a stanza" },
		{ "opml", "<opml version='2.0'><body>\n<outline text='Ä b'>\n"
		    "<outline text='F' xmlUrl='https://f/?a&amp;b'/>"
		    "</outline></body></opml>",
		    "f@3 plugin=feed url=https://f/?a&b basis=invited",
		    "folders are looked into" },
		{ "opml", "<opml><outline text='F' xmlUrl='https://f/'/>"
		    "<outline text='F!' xmlUrl='https://g/'/></opml>",
		    "f@1 plugin=feed url=https://f/ basis=invited; "
		    "f-2@1 plugin=feed url=https://g/ basis=invited",
		    "names are given out once" },
		{ "opml", "<html/>", "0: not an OPML file", "something else" },
		{ "opml", "<opml>\n<", "2: not an OPML file", "cut off" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *got = told(t[i].format, t[i].text);

		if (strcmp(got, t[i].told) != 0)
			fail_msg("%s: %s", t[i].point, got);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
