/* test_capture.c -- what is kept of an output, for all limits and cuts. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/capture.h"
#include "os/fs.h"
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

/* Into a log: all of it, and the note says where. */
static void
logged(void)
{
	char dir[] = "/tmp/skylua-capture-XXXXXX", text[1000];
	struct buf got = BUF_INIT, all = BUF_INIT;
	struct err e = ERR_INIT;
	struct capture c;

	T(mkdtemp(dir) != NULL);
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	memset(text, 'x', sizeof(text));
	capture_init(&c, 100);
	capture_log(&c, fd, "a/b/log");
	capture_add(&c, text, 60);
	T(!capture_logged(&c));
	capture_add(&c, text, sizeof(text));
	capture_add(&c, "end", 3);
	capture_text(&c, &got);
	T(capture_logged(&c) && strstr(got.p, "963 bytes left out; all of it: a/b/log ..."));
	capture_fini(&c);
	T(fs_read(fd, "a/b/log", &all, &e) && all.n == 1063);
	T(memcmp(all.p + 1060, "end", 3) == 0);
	buf_reset(&got);
	capture_init(&c, 10);
	capture_log(&c, fd, "a/b/log/no");
	capture_add(&c, text, 60);
	capture_text(&c, &got);
	T(!capture_logged(&c) && strstr(got.p, "50 bytes left out ..."));
	capture_fini(&c);
	T(fs_remove(AT_FDCWD, dir, &e));
	close(fd);
	buf_fini(&got);
	buf_fini(&all);
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
	logged();
	return test_end();
}
