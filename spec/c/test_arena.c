/* test_arena.c -- alignment, zeroes, marks, and that memory does not creep. */
#include <stdint.h>

#include "base/arena.h"
#include "test.h"

static void
alignment(void)
{
	static const size_t aligns[] = { 1, 2, 8, 16, 64, 256, 4096 };
	struct arena a;

	arena_init(&a);
	for (size_t round = 0; round < 200; round++) {
		size_t align = aligns[round % ARRAY_LEN(aligns)];
		char *p = arena_alloc_raw(&a, round * 37, align);
		T((uintptr_t)p % align == 0);
		memset(p, 0xa5, round * 37);
	}
	arena_fini(&a);
	T(a.total == 0 && a.block == NULL);
}

static bool
all_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void
zeroes_and_marks(void)
{
	struct arena a;
	struct arena_mark start, inner;
	char *kept;

	arena_init(&a);
	start = arena_mark(&a);
	kept = arena_strndup(&a, "kept", 4);
	inner = arena_mark(&a);
	for (size_t n = 1; n < 300000; n = n * 3 + 1) {
		unsigned char *p = arena_alloc(&a, n);
		T((uintptr_t)p % 16 == 0 && all_zero(p, n));
		memset(p, 0xff, n);
	}
	arena_release(&a, inner);
	T(strcmp(kept, "kept") == 0);
	unsigned char *again = arena_alloc(&a, 1000);
	T(all_zero(again, 1000));
	arena_release(&a, start);
	T(all_zero(arena_alloc(&a, 1000), 1000));
	arena_fini(&a);
}

/* Filled and released in a loop, an arena asks for no more memory. */
static void
no_creep(void)
{
	struct arena a;
	size_t after_two = 0;

	arena_init(&a);
	for (int round = 0; round < 1000; round++) {
		struct arena_mark m = arena_mark(&a);
		for (int i = 0; i < 20; i++)
			arena_alloc(&a, 3000);
		arena_release(&a, m);
		if (round == 2)
			after_two = a.total;
		if (round > 2)
			T(a.total == after_two);
	}
	arena_fini(&a);
}

static void
blocks_grow(void)
{
	struct arena a;
	size_t before;

	arena_init(&a);
	T(a.total == 0);
	arena_alloc(&a, 1);
	T(a.total == 4096);
	while (a.total < 8u << 20)
		arena_alloc(&a, 500);
	before = a.total;
	while (a.total == before)
		arena_alloc(&a, 500);
	T(a.total - before == 1u << 20);
	before = a.total;
	arena_alloc(&a, 5u << 20);
	T(a.total - before >= 5u << 20 && a.total - before < (5u << 20) + 4096);
	arena_fini(&a);
}

static void
texts(void)
{
	struct arena a;
	struct str s;

	arena_init(&a);
	T(strcmp(arena_printf(&a, "%s-%d", "x", 42), "x-42") == 0);
	T(strlen(arena_printf(&a, "%5000d", 1)) == 5000);
	s = arena_str(&a, (struct str){ "a\0b", 3 });
	T(s.n == 3 && memcmp(s.p, "a\0b", 4) == 0);
	s = arena_str(&a, (struct str){ NULL, 0 });
	T(s.n == 0 && s.p[0] == '\0');
	T(*arena_strndup(&a, NULL, 0) == '\0');
	arena_fini(&a);
}

int
main(void)
{
	alignment();
	zeroes_and_marks();
	no_creep();
	blocks_grow();
	texts();
	return test_end();
}
