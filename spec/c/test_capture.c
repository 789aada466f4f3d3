/* test_capture.c -- what is kept of an output, for all limits and cuts. */
#include "os/capture.h"
#include "test.h"

/* What should be kept, said in the simplest way. */
static void
expected(const char *text, size_t n, size_t limit, struct buf *out)
{
	size_t tail = limit / 2, head = limit - tail;

	if (limit == 0 || n <= limit) {
		buf_add(out, text, n);
		return;
	}
	buf_add(out, text, head);
	buf_printf(out, "\n... %zu bytes left out ...\n", n - limit);
	buf_add(out, text + n - tail, tail);
}

int
main(void)
{
	unsigned long long seed = 3;
	char text[600];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + test_random(&seed) % 26);
	for (size_t limit = 0; limit < 40; limit++) {
		for (size_t n = 0; n < 130; n++) {
			struct buf want = BUF_INIT, got = BUF_INIT;
			struct capture c;
			capture_init(&c, limit);
			for (size_t at = 0; at < n;) {
				size_t part = 1 + test_random(&seed) % 50;
				part = part < n - at ? part : n - at;
				capture_add(&c, text + at, part);
				at += part;
			}
			capture_text(&c, &got);
			expected(text, n, limit, &want);
			T(str_eq(buf_str(&got), buf_str(&want)));
			capture_fini(&c);
			buf_fini(&want);
			buf_fini(&got);
		}
	}
	return test_end();
}
