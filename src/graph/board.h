/* board.h -- what is done, for evaluator threads to read without asking.
 *
 * A paged array by key id of atomic pointers.  The owner puts a result up when
 * its node is done and takes it down when the node is dirtied (only between
 * evaluations).  Readers see a result or nothing; "nothing" means: ask the
 * owner.  A result stays readable until the evaluation ends.
 */
#ifndef SKY_GRAPH_BOARD_H
#define SKY_GRAPH_BOARD_H

#include <stdatomic.h>

#include "base/base.h"
#include "graph/value.h"

enum { BOARD_PAGE_BITS = 12, BOARD_PAGES = 1 << 19 };

enum board_kind { BOARD_NONE = 0, BOARD_VALUE = 1, BOARD_ERROR = 2, BOARD_RECOVERED = 3 };

struct board {
	_Atomic(_Atomic uintptr_t *) pages[BOARD_PAGES];
	uint32_t npages;             /* highest page in use + 1 */
};

struct board *board_new(void);
void board_free(struct board *b);
/* Owner: `v` is borrowed from the node; BOARD_NONE takes it down. */
void board_put(struct board *b, uint32_t key, enum board_kind kind, const struct value *v);

/* Any thread. */
static inline enum board_kind
board_get(const struct board *b, uint32_t key, const struct value **v)
{
	_Atomic uintptr_t *page = atomic_load_explicit(
	    &b->pages[key >> BOARD_PAGE_BITS], memory_order_acquire);
	if (!page)
		return BOARD_NONE;
	uintptr_t word = atomic_load_explicit(
	    &page[key & ((1u << BOARD_PAGE_BITS) - 1)], memory_order_acquire);
	*v = (const struct value *)(word & ~(uintptr_t)3);
	return (enum board_kind)(word & 3);
}

#endif
