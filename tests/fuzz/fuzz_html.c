/*
 * Charsets and HTML, as strangers write them.  The first line is the charset
 * of the header; whatever comes, the result is UTF-8 and within its bounds.
 */
#include <stdint.h>
#include <stdlib.h>

#include "parse/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static size_t converters;
	struct str body = { (const char *)data, n }, charset, text;
	struct buf decoded, clean, out;

	if (converters == 0)
		converters = text_init();
	charset = str_cut(&body, '\n');
	buf_init(&decoded, 4 * n + 1000);
	buf_init(&clean, 4 * n + 1000);
	buf_init(&out, 40 * n + 1000);
	text = text_decode(body, charset, &decoded);
	if (decoded.failed || !str_is_utf8(text))
		abort();
	text = text_clean(text, &clean);
	(void)text_of_html(text, &out);
	if (!str_is_utf8(buf_get(&out)))
		abort();
	buf_fini(&decoded);
	buf_fini(&clean);
	buf_fini(&out);
	return 0;
}
