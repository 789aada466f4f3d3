/* test.h -- the smallest harness: T(expr) counts, and says where it failed.
 *
 * A test program ends with `return test_end();`, whose last line is
 * "N passed, N failed"; its exit code is 1 when anything failed.
 */
#ifndef SKY_SPEC_TEST_H
#define SKY_SPEC_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned long test_passed, test_failed;

#define T(e) test_check((e), __FILE__, __LINE__, #e, "")
/* The same with a text that says which case of a table it was. */
#define T_CASE(e, what) test_check((e), __FILE__, __LINE__, #e, (what))

static inline bool
test_check(bool ok, const char *file, int line, const char *expr, const char *what)
{
	if (ok) {
		test_passed++;
		return true;
	}
	test_failed++;
	printf("%s:%d: failed: %s%s%s\n", file, line, expr, *what ? "   case: " : "", what);
	fflush(stdout);
	return false;
}

static inline int
test_end(void)
{
	printf("%lu passed, %lu failed\n", test_passed, test_failed);
	return test_failed != 0 || test_passed == 0;
}

/* A small random generator (xorshift64*), so that a seed gives the same case
 * everywhere. */
static inline unsigned long long
test_random(unsigned long long *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

#endif
