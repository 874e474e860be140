/*
 * The language of a post: ours, in either script and without diacritics, and
 * neighbours that must not be taken for ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "match/lang.h"

static void
test_languages(void **state)
{
	static const struct {
		const char *text, *lang, *point;
	} t[] = {
		{ "Шефът не ми плати за март, какво да правя?", "bg", "Bulgarian" },
		{ "shefa ne mi plati za mart, kakvo da pravq", "bg", "typed in Latin letters" },
		{ "6efat ne mi e platil oshte, nqkoi znae li", "bg", "with figures for letters" },
		{ "Mein Chef hat mir den Lohn nicht gezahlt", "de", "German" },
		{ "koennt ihr mir sagen wo ich das bekomme", "de", "without umlauts" },
		{ "My boss has not paid me, what can I do?", "en", "English" },
		{ "Szef nie zapłacił mi za marzec, co robić?", "pl", "Polish" },
		{ "szef mi nie zaplacil, co moge zrobic", "pl", "without diacritics" },
		{ "Patronul nu mi-a plătit salariul, ce fac?", "ro", "Romanian" },
		{ "nu stiu ce sa fac, cineva care stie?", "ro", "without diacritics" },
		{ "Начальник мне ничего не заплатил, что делать?", "ru", "Russian" },
		{ "Начальник мені нічого не заплатив, що робити?", "uk", "Ukrainian" },
		{ "Шефот не ми ја исплати платата, што да правам?", "mk", "Macedonian" },
		{ "Шеф ми није исплатио плату, шта да радим?", "sr", "Serbian" },
		{ "Šef mi nije isplatio plaću, što da radim?", "hr", "Croatian" },
		{ "Šéf mi nezaplatil, co mám dělat? Jsem tady sám.", "cs", "Czech" },
		{ "A főnököm nem fizette ki a béremet, mit tegyek?", "hu", "Hungarian" },
		{ "Patron maaşımı ödemedi, ne yapmam lazım bilen var mı?", "tr", "Turkish" },
		{ "Mijn baas heeft mij niet betaald, wat moet ik doen?", "nl", "Dutch" },
		{ "我的老板没有付我工资", NULL, "a script of none of them" },
		{ "1234 !!! :)", NULL, "no word at all" },
		{ "https://example.org/die/der/das", NULL, "an address is of no language" },
		{ "", NULL, "nothing" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *lang = lang_of(str_of(t[i].text));

		if ((lang == NULL) != (t[i].lang == NULL) || (lang != NULL &&
		    strcmp(lang, t[i].lang) != 0))
			fail_msg("%s: %s", t[i].point, lang == NULL ? "none" :
			    lang);
	}
	assert_null(lang_of(STR_NONE));
	assert_null(lang_of(STR("\xff\xd0\xe2\x82")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
