/* board.c -- the paged array of results. */
#include "graph/board.h"

#include "base/die.h"

struct board *
board_new(void)
{
	return mem_zalloc(sizeof(struct board));
}

void
board_free(struct board *b)
{
	for (uint32_t i = 0; i < b->npages; i++)
		mem_free((void *)(uintptr_t)atomic_load(&b->pages[i]));
	mem_free(b);
}

void
board_put(struct board *b, uint32_t key, enum board_kind kind, const struct value *v)
{
	uint32_t p = key >> BOARD_PAGE_BITS, i = key & ((1u << BOARD_PAGE_BITS) - 1);
	_Atomic uintptr_t *page = atomic_load_explicit(&b->pages[p], memory_order_relaxed);

	CHECK(p < BOARD_PAGES);
	if (!page) {
		page = mem_zalloc(sizeof(*page) << BOARD_PAGE_BITS);
		atomic_store_explicit(&b->pages[p], page, memory_order_release);
		if (p >= b->npages)
			b->npages = p + 1;
	}
	uintptr_t word = kind == BOARD_NONE ? 0 : (uintptr_t)v | (uintptr_t)kind;
	atomic_store_explicit(&page[i], word, memory_order_release);
}
