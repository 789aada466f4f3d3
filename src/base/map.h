/* map.h -- open-addressing table from a 64-bit hash to a 32-bit index.
 *
 * The table stores indices only; the caller keeps the things they stand for
 * and says which are equal.  About one insert for each look-up or two, no
 * removal except clearing all: made for interning.  Linear probing, at most
 * 3/4 full, grown by doubling; 8 bytes a slot (index and half of the hash).
 */
#ifndef SKY_BASE_MAP_H
#define SKY_BASE_MAP_H

#include "base/base.h"

#define MAP_NONE UINT32_MAX

struct map_slot {
	uint32_t index;   /* MAP_NONE: empty */
	uint32_t tag;     /* upper half of the hash */
};

struct map {
	struct map_slot *slots;   /* owned */
	uint32_t cap;             /* power of two, or 0 */
	uint32_t n;
};

/* Is the thing at `index` the one described by `what`? */
typedef bool (*map_eq_fn)(const void *ctx, uint32_t index, const void *what);
/* The full hash of the thing at `index`, for growing. */
typedef uint64_t (*map_hash_fn)(const void *ctx, uint32_t index);

void map_init(struct map *m);
void map_fini(struct map *m);
void map_clear(struct map *m);
uint32_t map_find(const struct map *m, uint64_t hash, map_eq_fn eq,
	const void *ctx, const void *what);
/* `index` must not be in the table yet. */
void map_insert(struct map *m, uint64_t hash, uint32_t index,
	map_hash_fn hash_of, const void *ctx);

#endif
