/*
 * What servers and people wrote, as the text that rules will see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "parse/text.h"

#define STR_INIT(literal) { (literal), sizeof(literal) - 1 }

static void
test_html_reads_as_people_see_it(void **state)
{
	static const struct {
		const char *html, *text, *point;
	} t[] = {
		{ "plain &amp; simple", "plain & simple", "no tag at all" },
		{ "  a\n  b\tc  ", "a b c", "blanks" },
		{ "one<br>two<br/><br>three", "one\ntwo\n\nthree", "br" },
		{ "<p>one</p>\n<p>two</p>", "one\n\ntwo", "p" },
		{ "<ul><li>a</li><li>b</ul>c", "- a\n- b\n\nc", "list" },
		{ "p&#322;aca &euro; &#x1F600; &nbsp;x", "płaca € 😀 \u00a0x",
		    "entities" },
		{ "a<script>alert('x')</script><style>b{}</style>c", "ac",
		    "scripts and styles" },
		{ "<title>t</title>a<!-- no -->b", "ab", "title, comment" },
		{ "<blockquote>he asked<br>twice</blockquote>I answer",
		    "> he asked\n> twice\n\nI answer", "quotes are kept" },
		{ "x<blockquote><blockquote>a</blockquote>b</blockquote>",
		    "x\n\n> > a\n\n> b", "quotes within quotes" },
		{ "<pre>a\n  b</pre>", "a\nb", "lines of pre" },
		{ "see <a href=\"https://www.zoll.de/x?a=1&amp;b=2\">here</a>.",
		    "see here (https://www.zoll.de/x?a=1&b=2).",
		    "an official link counts as an answer" },
		{ "<a href='https://www.zoll.de/x'>www.zoll.de</a>",
		    "www.zoll.de", "said already" },
		{ "<a href='javascript:alert(1)'>a</a>", "a", "no script" },
		{ "<b>a <i>b</b> c</i>", "a b c", "wrong nesting" },
		{ "<p>un<closed", "un", "cut off" },
		{ "2 < 3 and 4 > 3", "2 < 3 and 4 > 3", "no tag" },
		{ "hi <img src=x alt=\"😀\">", "hi 😀", "emoji as image" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>",
		    "a b\nc", "table" },
		{ "<meta charset=iso-8859-1>żółć", "żółć",
		    "a stranger's charset" },
		{ "", "", "nothing" },
		{ "<p></p><br><div> </div>", "", "no text" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b;

		buf_init(&b, 10000);
		assert_true(text_of_html(str_of(t[i].html), &b));
		assert_string_equal(b.p == NULL ? "" : b.p, t[i].text);
		buf_fini(&b);
	}
}

/* Neither stack nor time may follow what a stranger wrote. */
static void
test_deep_html_is_cut(void **state)
{
	struct buf html, text;
	int i;

	(void)state;
	buf_init(&html, (size_t)4 << 20);
	buf_puts(&html, "seen");
	for (i = 0; i < 200000; i++)
		buf_puts(&html, "<b>");
	for (i = 0; i < 200000; i++)
		buf_puts(&html, "</i>");
	buf_init(&text, 100000);
	assert_false(text_of_html(buf_get(&html), &text));
	assert_string_equal(text.p, "seen");
	buf_fini(&html);
	buf_fini(&text);
}

static void
test_bodies_become_utf8(void **state)
{
	static const struct {
		struct str body;
		const char *charset, *text, *point;
	} t[] = {
		{ STR_INIT("\xcf\xf0\xe8\xe2\xe5\xf2"), "windows-1251", "Привет",
		    "by the header" },
		{ STR_INIT("\xcf\xf0\xe8"), " CP1251 ", "При", "another name" },
		{ STR_INIT("\xb3\xf3" "d\xbc"), "iso-8859-2", "łódź", "Polish" },
		{ STR_INIT("\x93" "a\x94 \x80"), "ISO-8859-1", "“a” €",
		    "what is called latin1 is windows-1252" },
		{ STR_INIT("\xc5\x82 \xc3\xb3"), "iso-8859-1", "ł ó",
		    "a server's wrong default" },
		{ STR_INIT("\xef\xbb\xbfx\xc5\x82"), "windows-1250", "xł",
		    "the mark wins, and goes" },
		{ STR_INIT("\xff\xfe" "a\0B\1"), "", "ał", "UTF-16" },
		{ STR_INIT("abc"), "utf-16", "abc", "which cannot be UTF-16" },
		{ STR_INIT("<?xml version='1.0' encoding='koi8-r'?><a>\xc1</a>"),
		    "", "<?xml version='1.0'                  ?><a>а</a>",
		    "by the XML declaration, which then is no more true" },
		{ STR_INIT("<meta charset=\"windows-1250\">\xb3"), "",
		    "<meta charset=\"windows-1250\">ł", "by meta" },
		{ STR_INIT("<meta http-equiv=a content='text/html; charset=koi8-r'>"
		    "\xc1"), "", "<meta http-equiv=a content='text/html; "
		    "charset=koi8-r'>а", "by meta of old" },
		{ STR_INIT("\xe4"), "", "ä", "no word of it, and not UTF-8" },
		{ STR_INIT("\xe4" "b"), "utf-8", "\xef\xbf\xbd" "b", "not as said" },
		{ STR_INIT("\xe4"), "x-unheard-of", "ä", "unknown" },
		{ STR_INIT("a\x81" "b"), "windows-1252", "a\xef\xbf\xbd" "b",
		    "a byte that means nothing" },
		{ STR_INIT("\xff\xfe" "a\0b"), "", "a\xef\xbf\xbd", "cut off" },
	};
	size_t i;

	(void)state;
	assert_true(text_init() > 20);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct str s;
		struct buf b;

		buf_init(&b, 10000);
		s = text_decode(t[i].body, str_of(t[i].charset), &b);
		assert_int_equal(s.n, strlen(t[i].text));
		assert_memory_equal(s.p, t[i].text, s.n);
		buf_fini(&b);
	}
}

static void
test_header_names_the_charset(void **state)
{
	static const struct {
		const char *header, *charset;
	} t[] = {
		{ "text/html; charset=UTF-8", "UTF-8" },
		{ "text/html;Charset = \"koi8-r\"; a=b", "koi8-r" },
		{ "text/html", "" },
		{ "text/html; charset", "" },
		{ "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_true(str_is(text_charset(str_of(t[i].header)),
		    t[i].charset));
}

static void
test_bad_text_is_mended(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_true(str_is(text_clean(STR("a\0b\xed\xa0\x80z"), &b),
	    "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz"));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html_reads_as_people_see_it),
		cmocka_unit_test(test_deep_html_is_cut),
		cmocka_unit_test(test_bodies_become_utf8),
		cmocka_unit_test(test_header_names_the_charset),
		cmocka_unit_test(test_bad_text_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
