/* words.c -- size classes 1, 2, 4, ... words; arrays of at least 16 bytes, so
 * that a freed one can hold the pointer of the free list. */
#include "graph/words.h"

#include "base/die.h"

void
words_init(struct words *w)
{
	memset(w, 0, sizeof(*w));
	arena_init(&w->arena);
}

static unsigned
class_of(uint32_t n)
{
	unsigned c = 2;

	while ((UINT32_C(1) << c) < n)
		c++;
	return c;
}

uint32_t
words_cap(uint32_t n)
{
	return n == 0 ? 0 : UINT32_C(1) << class_of(n);
}

static void
next_free(const uint32_t *p, uint32_t **next)
{
	memcpy(next, p, sizeof(*next));
}

void
words_fini(struct words *w)
{
	arena_fini(&w->arena);
}

uint32_t *
words_new(struct words *w, uint32_t n)
{
	if (n == 0)
		return NULL;
	unsigned c = class_of(n);
	uint32_t *p = w->free[c];
	if (p) {
		next_free(p, &w->free[c]);
		return p;
	}
	return arena_alloc_raw(&w->arena, sizeof(uint32_t) << c, 8);
}

void
words_set_foreign(struct words *w, const void *begin, const void *end)
{
	w->foreign = begin;
	w->foreign_end = end;
}

static bool
is_foreign(const struct words *w, const uint32_t *p)
{
	return (const void *)p >= w->foreign && (const void *)p < w->foreign_end;
}

void
words_free(struct words *w, uint32_t *p, uint32_t n)
{
	if (n == 0 || is_foreign(w, p))
		return;
	unsigned c = class_of(n);
	memcpy(p, &w->free[c], sizeof(w->free[c]));
	w->free[c] = p;
}

void
words_push(struct words *w, uint32_t **p, uint32_t *n, uint32_t word)
{
	if (*n == words_cap(*n) || is_foreign(w, *p)) {
		uint32_t *grown = words_new(w, *n + 1);
		if (*n > 0)
			memcpy(grown, *p, *n * sizeof(uint32_t));
		words_free(w, *p, *n);
		*p = grown;
	}
	(*p)[(*n)++] = word;
}
