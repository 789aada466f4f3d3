/* arena.h -- memory that dies together: one free for many allocations.
 *
 * Three lifetimes use it: the world, one evaluation, scratch (mark at entry,
 * release at exit).  Not thread-safe: one arena belongs to one thread.
 */
#ifndef SKY_BASE_ARENA_H
#define SKY_BASE_ARENA_H

#include "base/base.h"

struct arena_block;

struct arena {
	struct arena_block *block;   /* owned; newest first */
	struct arena_block *spare;   /* owned; NULL, or an empty block kept back */
	size_t used;                 /* bytes used of the newest block */
	size_t total;                /* bytes of all blocks, for statistics */
};

struct arena_mark {
	struct arena_block *block;
	size_t used;
};

void arena_init(struct arena *a);
void arena_fini(struct arena *a);

void *arena_alloc(struct arena *a, size_t size);      /* zeroed, 16-aligned */
/* Not zeroed; `align` is a power of two. */
void *arena_alloc_raw(struct arena *a, size_t size, size_t align);
char *arena_strndup(struct arena *a, const char *p, size_t n);
struct str arena_str(struct arena *a, struct str s);  /* a copy, NUL behind */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Release frees what was allocated after the mark; marks nest. */
struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

#endif
