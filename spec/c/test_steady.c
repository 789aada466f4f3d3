/* test_steady.c -- what was compared need not be compared again, unless anything
 * about it is another one. */
#include "nodes/steady.h"

#include "test.h"

static const int64_t OLD = 1000, NOW = 1000 + 10 * STAT_GRANULARITY_NS;

int
main(void)
{
	struct steady *s = steady_new();
	struct str path = STR("a/b.c"), digest = STR("0123456789abcdef");
	struct fs_stat st = { .kind = FS_FILE, .mode = 0644, .size = 7, .mtime_ns = OLD,
		.ctime_ns = OLD, .inode = 5 };
	struct fs_stat other;

	T(!steady_has(s, path, &st, digest));
	steady_add(s, path, &st, digest, NOW);
	steady_add(s, path, &st, digest, NOW);
	T(steady_has(s, path, &st, digest));
	T(!steady_has(s, STR("a/b.h"), &st, digest));
	T(!steady_has(s, path, &st, STR("fedcba9876543210")));
	other = st;
	other.size++;
	T(!steady_has(s, path, &other, digest));
	other = st;
	other.mtime_ns++;
	T(!steady_has(s, path, &other, digest));
	other = st;
	other.ctime_ns++;
	T(!steady_has(s, path, &other, digest));
	other = st;
	other.inode++;
	T(!steady_has(s, path, &other, digest));
	other = st;
	other.mode = 0755;
	T(!steady_has(s, path, &other, digest));

	/* stamped when we looked: it may change once more within the same tick */
	other = st;
	other.ctime_ns = NOW;
	steady_add(s, path, &other, digest, NOW);
	T(!steady_has(s, path, &other, digest));

	for (int i = 0; i < 1000; i++) {
		other.inode = (uint64_t)i;
		other.ctime_ns = OLD;
		steady_add(s, path, &other, digest, NOW);
	}
	T(steady_has(s, path, &other, digest) && steady_has(s, path, &st, digest));
	steady_free(s);
	steady_free(NULL);
	return test_end();
}
