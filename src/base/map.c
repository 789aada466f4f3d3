/* map.c -- linear probing; the lower bits of the hash choose the slot, the
 * upper 32 are kept in it, so that a probe rarely asks the caller. */
#include "base/map.h"

#include "base/die.h"

#define CAP_MIN UINT32_C(16)
#define CAP_MAX (UINT32_C(1) << 31)

void
map_init(struct map *m)
{
	*m = (struct map){ NULL, 0, 0 };
}

void
map_fini(struct map *m)
{
	mem_free(m->slots);
	map_init(m);
}

/* All bytes 0xff is index MAP_NONE. */
static void
slots_empty(struct map_slot *slots, uint32_t cap)
{
	memset(slots, 0xff, cap * sizeof(*slots));
}

void
map_clear(struct map *m)
{
	if (m->n)
		slots_empty(m->slots, m->cap);
	m->n = 0;
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

uint32_t
map_find(const struct map *m, uint64_t hash, map_eq_fn eq, const void *ctx,
	const void *what)
{
	uint32_t mask = m->cap - 1, tag = tag_of(hash);

	if (m->n == 0)
		return MAP_NONE;
	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		struct map_slot s = m->slots[i];
		if (s.index == MAP_NONE)
			return MAP_NONE;
		if (s.tag == tag && eq(ctx, s.index, what))
			return s.index;
	}
}

static void
slot_put(struct map *m, uint64_t hash, uint32_t index)
{
	uint32_t mask = m->cap - 1, i = (uint32_t)hash & mask;

	while (m->slots[i].index != MAP_NONE)
		i = (i + 1) & mask;
	m->slots[i] = (struct map_slot){ index, tag_of(hash) };
}

static void
grow(struct map *m, map_hash_fn hash_of, const void *ctx)
{
	struct map_slot *old = m->slots;
	uint32_t old_cap = m->cap;

	CHECK(old_cap < CAP_MAX);
	m->cap = old_cap ? old_cap * 2 : CAP_MIN;
	m->slots = mem_alloc(m->cap * sizeof(*m->slots));
	slots_empty(m->slots, m->cap);
	for (uint32_t i = 0; i < old_cap; i++)
		if (old[i].index != MAP_NONE)
			slot_put(m, hash_of(ctx, old[i].index), old[i].index);
	mem_free(old);
}

void
map_insert(struct map *m, uint64_t hash, uint32_t index, map_hash_fn hash_of,
	const void *ctx)
{
	CHECK(index != MAP_NONE);
	if (m->n >= m->cap - m->cap / 4)
		grow(m, hash_of, ctx);
	slot_put(m, hash, index);
	m->n++;
}
