/* asks.c -- keys are interned, so the pointer says which it is. */
#include "nodes/asks.h"

#include "base/die.h"
#include "base/hash.h"

static bool
same_key(const void *ctx, uint32_t i, const void *what)
{
	return ((const struct asks *)ctx)->keys[i] == what;
}

static uint64_t
key_hash(const struct key *key)
{
	return hash64(&key->id, sizeof(key->id));
}

static uint64_t
hash_at(const void *ctx, uint32_t i)
{
	return key_hash(((const struct asks *)ctx)->keys[i]);
}

void
asks_init(struct asks *a)
{
	memset(a, 0, sizeof(*a));
	map_init(&a->map);
}

void
asks_fini(struct asks *a)
{
	mem_free(a->keys);
	mem_free(a->values);
	map_fini(&a->map);
}

void
asks_clear(struct asks *a)
{
	a->n = 0;
	map_clear(&a->map);
}

uint32_t
asks_add(struct asks *a, const struct key *key)
{
	uint64_t hash = key_hash(key);
	uint32_t at = map_find(&a->map, hash, same_key, a, key);

	if (at != MAP_NONE)
		return at;
	if (a->n == a->capkeys)
		a->keys = mem_grow(a->keys, &a->capkeys, a->n + 1, sizeof(a->keys[0]));
	at = (uint32_t)a->n;
	a->keys[a->n++] = key;
	map_insert(&a->map, hash, at, hash_at, a);
	return at;
}

bool
asks_get(struct asks *a, struct env *env)
{
	if (a->n == 0)
		return true;
	if (a->capvalues < a->n)
		a->values = mem_grow(a->values, &a->capvalues, a->n, sizeof(a->values[0]));
	return env_get_all(env, a->keys, a->n, a->values);
}

const struct value *
asks_value(const struct asks *a, const struct key *key)
{
	uint32_t at = map_find(&a->map, key_hash(key), same_key, a, key);

	CHECK(at != MAP_NONE);
	return a->values[at];
}
