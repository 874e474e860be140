/*
 * The helpers of plugins, as a plugin would use them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kp.h"

#define assert_text(s, text) do {                                              \
		struct kp_str s_ = (s);                                        \
		assert_int_equal(s_.n, strlen(text));                          \
		assert_memory_equal(s_.p, text, s_.n);                         \
	} while (0)

static void
test_json_is_read_by_path(void **state)
{
	struct kp_mem mem = KP_MEM;
	struct kp_json *json;
	const struct kp_json_member *members;
	size_t n;

	(void)state;
	json = kp_json(&mem, KP_S("{\"a\":{\"b\":[1,\"x\"],\"id\":-100123,"
	    "\"name\":\"n\",\"yes\":true},\"z\":null}"));
	assert_non_null(json);
	assert_text(kp_json_id(&mem, json, "a.id"), "-100123");
	assert_text(kp_json_id(&mem, json, "a.name"), "n");
	assert_null(kp_json_id(&mem, json, "a.b").p);
	assert_int_equal(kp_json_i64(json, "a.id", 0), -100123);
	assert_int_equal(kp_json_i64(json, "a.name", 7), 7);
	assert_true(kp_json_bool(json, "a.yes", false));
	assert_int_equal(kp_json_n(json, "a.b"), 2);
	assert_text(kp_json_str(kp_json_at(json, "a.b", 1), NULL), "x");
	assert_null(kp_json_at(json, "a.b", 2));
	assert_null(kp_json_get(json, "z"));
	assert_null(kp_json_get(json, "a.name.b"));
	members = kp_json_members(&mem, json, &n);
	assert_int_equal(n, 2);
	assert_text(members[1].key, "z");
	assert_null(kp_json(&mem, KP_S("{\"a\":")));
	assert_string_equal(mem.why, "JSON text is cut off");
	assert_null(kp_json(&mem, KP_S("null")));
	kp_mem_free(&mem);
}

static void
test_json_is_written(void **state)
{
	struct kp_mem mem = KP_MEM;
	struct kp_json *o = kp_json_object(&mem), *a = kp_json_array(&mem);

	(void)state;
	kp_json_set_i64(o, "n", 5);
	kp_json_set_str(o, "s", KP_S("a/\"b\""));
	kp_json_add_str(a, KP_S("x"));
	kp_json_add(a, o);
	assert_text(kp_json_text(&mem, a), "[\"x\",{\"n\":5,\"s\":\"a/\\\"b\\\"\"}]");
	kp_mem_free(&mem);
}

static void
test_urls(void **state)
{
	struct kp_mem mem = KP_MEM;
	struct kp_str base = KP_S("https://Forum.example:8443/a/b?x=1#top");

	(void)state;
	assert_text(kp_url_resolve(&mem, base, KP_S("../c?d=e")),
	    "https://Forum.example:8443/c?d=e");
	assert_text(kp_url_resolve(&mem, base, KP_S("//other.example/z")),
	    "https://other.example/z");
	assert_text(kp_url_add(&mem, base, "q", KP_S("ł &")),
	    "https://Forum.example:8443/a/b?x=1&q=%C5%82%20%26#top");
	assert_text(kp_url_add(&mem, KP_S("https://a.example/"), "q",
	    KP_NONE), "https://a.example/?q=");
	assert_text(kp_url_origin(&mem, base), "https://forum.example:8443");
	assert_text(kp_url_host(&mem, base), "forum.example");
	assert_text(kp_url_path(&mem, base), "/a/b");
	assert_text(kp_url_path(&mem, KP_S("https://a.example")), "/");
	assert_null(kp_url_host(&mem, KP_S("mailto:a@b.example")).p);
	assert_text(kp_form_add(&mem, kp_form_add(&mem, KP_NONE, "a",
	    KP_S("1")), "b", KP_S("=")), "a=1&b=%3D");
	kp_mem_free(&mem);
}

static void
test_what_comes_in(void **state)
{
	const struct kp_pair settings[] = {
		{ KP_S("pages"), KP_S("3") }, { KP_S("deep"), KP_S("yes") },
		{ KP_S("bad"), KP_S("three") },
	};
	struct kp_in in = { .size = sizeof(in), .settings = settings,
		.nsettings = 3, .state = KP_S("page 2 of 3") };

	(void)state;
	assert_int_equal(kp_setting_i64(&in, "pages", 1), 3);
	assert_int_equal(kp_setting_i64(&in, "bad", 1), 1);
	assert_true(kp_setting_on(&in, "deep"));
	assert_false(kp_setting_on(&in, "pages"));
	assert_null(kp_setting(&in, "other").p);
	assert_null(kp_header(&in, "link").p);
	assert_true(kp_state(&in, "page"));
	assert_false(kp_state(&in, "pag"));
	assert_text(kp_state_rest(&in), "2 of 3");
}

static void
test_hash_is_the_same_for_ever(void **state)
{
	struct kp_mem mem = KP_MEM;

	(void)state;
	/* Ids in databases hang on it: BLAKE2b-128 of "kompan" and of "". */
	assert_text(kp_hash(&mem, KP_S("kompan")), "a46cab8a5c94611b620bf43e9ec8c152");
	assert_text(kp_hash(&mem, KP_NONE), "cae66941d9efbd404e4d88758ea67670");
	kp_mem_free(&mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_is_read_by_path),
		cmocka_unit_test(test_json_is_written),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_what_comes_in),
		cmocka_unit_test(test_hash_is_the_same_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
