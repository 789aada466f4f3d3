/* words.h -- arrays of 32-bit words, millions of small ones.
 *
 * Edge lists are short and many: they come from size classes (powers of two)
 * carved from an arena, with a free list each, without a header per array.
 * The owner of an array remembers its length; the class follows from it.
 */
#ifndef SKY_GRAPH_WORDS_H
#define SKY_GRAPH_WORDS_H

#include "base/arena.h"
#include "base/base.h"

struct words {
	struct arena arena;
	uint32_t *free[32];          /* per class: linked through the first two words */
	const void *foreign, *foreign_end;
};

void words_init(struct words *w);
void words_fini(struct words *w);
/* Arrays in this memory are somebody else's: used, but copied before they grow and
 * never freed. */
void words_set_foreign(struct words *w, const void *begin, const void *end);
/* Room for n words (NULL for 0); its capacity is words_cap(n). */
uint32_t *words_new(struct words *w, uint32_t n);
void words_free(struct words *w, uint32_t *p, uint32_t n);
uint32_t words_cap(uint32_t n);
/* Appends one word to the array *p of *n words. */
void words_push(struct words *w, uint32_t **p, uint32_t *n, uint32_t word);

#endif
