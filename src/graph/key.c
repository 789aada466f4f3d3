/* key.c -- the table of keys.
 *
 * Evaluator threads intern keys all the time, so the table is split into
 * shards by hash, each with its own spin lock and arena.  Ids come from one
 * counter; the array from id to key is paged so that it never moves and can be
 * read without a lock by who got the id from the table.
 */
#include "graph/key.h"

#include <stdatomic.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/enc.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/spin.h"

enum {
	SHARD_BITS = 5,
	NSHARDS = 1 << SHARD_BITS,
	PAGE_BITS = 14,
	PAGE = 1 << PAGE_BITS,
	NPAGES = 1 << 17,             /* 2^31 keys */
	MAXFN = 65535
};

struct shard {
	struct spin lock;
	struct map map;               /* hash -> id */
	struct arena arena;
};

struct keys {
	struct shard shards[NSHARDS];
	_Atomic uint32_t count;
	const struct key **_Atomic pages[NPAGES];
	struct spin fn_lock;
	struct arena fn_arena;
	_Atomic uint32_t nfn;
	struct str fns[MAXFN];
};

struct lookup {
	uint16_t fn;
	struct str arg;
};

struct keys *
keys_new(void)
{
	struct keys *k = mem_zalloc(sizeof(*k));

	for (int i = 0; i < NSHARDS; i++) {
		map_init(&k->shards[i].map);
		arena_init(&k->shards[i].arena);
	}
	arena_init(&k->fn_arena);
	return k;
}

void
keys_free(struct keys *k)
{
	for (int i = 0; i < NSHARDS; i++) {
		map_fini(&k->shards[i].map);
		arena_fini(&k->shards[i].arena);
	}
	for (uint64_t i = 0, n = atomic_load(&k->count); i < n; i += PAGE)
		mem_free(atomic_load(&k->pages[i >> PAGE_BITS]));
	arena_fini(&k->fn_arena);
	mem_free(k);
}

uint16_t
keys_fn(struct keys *k, struct str name)
{
	uint32_t i, n;

	spin_lock(&k->fn_lock);
	n = atomic_load(&k->nfn);
	for (i = 0; i < n; i++)
		if (str_eq(k->fns[i], name))
			break;
	if (i == n) {
		CHECK(n < MAXFN);
		k->fns[n] = arena_str(&k->fn_arena, name);
		atomic_store(&k->nfn, n + 1);
	}
	spin_unlock(&k->fn_lock);
	return (uint16_t)i;
}

uint32_t
keys_fn_count(const struct keys *k)
{
	return atomic_load(&k->nfn);
}

struct str
keys_fn_name(const struct keys *k, uint16_t fn)
{
	CHECK(fn < atomic_load(&k->nfn));
	return k->fns[fn];
}

static bool
key_same(const void *ctx, uint32_t i, const void *what)
{
	const struct key *key = key_by_id(ctx, i);
	const struct lookup *l = what;

	return key->fn == l->fn && key->size == l->arg.n &&
	    memcmp(key->arg, l->arg.p, l->arg.n) == 0;
}

static uint64_t
hash_of(uint16_t fn, const void *arg, size_t size)
{
	return hash64(arg, size) + fn * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t
key_hash(const void *ctx, uint32_t i)
{
	const struct key *key = key_by_id(ctx, i);

	return hash_of(key->fn, key->arg, key->size) >> SHARD_BITS;
}

/* Puts a new key into the paged array; pages are made by whoever comes first. */
static void
publish(struct keys *k, const struct key *key)
{
	const struct key **_Atomic *slot = &k->pages[key->id >> PAGE_BITS];
	const struct key **page = atomic_load_explicit(slot, memory_order_acquire);

	CHECK(key->id >> PAGE_BITS < NPAGES);
	if (!page) {
		const struct key **fresh = mem_zalloc(PAGE * sizeof(fresh[0]));
		if (atomic_compare_exchange_strong(slot, &page, fresh))
			page = fresh;
		else
			mem_free(fresh);
	}
	page[key->id & (PAGE - 1)] = key;
}

static const struct key *
add(struct keys *k, struct shard *s, const struct lookup *l, uint64_t hash)
{
	struct key *key = arena_alloc_raw(&s->arena, sizeof(*key) + l->arg.n, 4);

	key->id = atomic_fetch_add_explicit(&k->count, 1, memory_order_relaxed);
	key->fn = l->fn;
	key->reserved = 0;
	key->size = (uint32_t)l->arg.n;
	key->hash = (uint32_t)(hash >> 32);
	memcpy(key->arg, l->arg.p, l->arg.n);
	publish(k, key);
	map_insert(&s->map, hash, key->id, key_hash, k);
	return key;
}

const struct key *
key_intern(struct keys *k, uint16_t fn, const void *arg, size_t size)
{
	uint64_t hash = hash_of(fn, arg, size);
	struct shard *s = &k->shards[hash & (NSHARDS - 1)];
	struct lookup l = { fn, { arg, size } };
	const struct key *key;

	spin_lock(&s->lock);
	uint32_t id = map_find(&s->map, hash >> SHARD_BITS, key_same, k, &l);
	key = id != MAP_NONE ? key_by_id(k, id) : add(k, s, &l, hash >> SHARD_BITS);
	spin_unlock(&s->lock);
	return key;
}

const struct key *
key_of_value(struct keys *k, uint16_t fn, const struct value *arg)
{
	CHECK(arg->nkids == 0);
	return key_intern(k, fn, value_bytes(arg), arg->size);
}

/* The commonest argument is encoded on the stack. */
const struct key *
key_of_int(struct keys *k, uint16_t fn, int64_t arg)
{
	unsigned char bytes[1 + ENC_MAX] = { VALUE_INT };

	return key_intern(k, fn, bytes, 1 + enc_i64_at(bytes + 1, arg));
}

const struct key *
key_of_str(struct keys *k, uint16_t fn, struct str arg)
{
	struct vb b;

	vb_init(&b);
	vb_str(&b, arg);
	const struct key *key = key_intern(k, fn, b.buf.p, b.buf.n);
	vb_fini(&b);
	return key;
}

const struct key *
key_by_id(const struct keys *k, uint32_t id)
{
	return atomic_load_explicit(&k->pages[id >> PAGE_BITS], memory_order_acquire)
	    [id & (PAGE - 1)];
}

uint32_t
keys_count(const struct keys *k)
{
	return atomic_load(&k->count);
}

struct vr
key_arg(const struct key *key)
{
	return (struct vr){ key->arg, key->arg + key->size, NULL };
}

bool
key_arg_str(const struct key *key, struct str *out)
{
	struct vr r = key_arg(key);

	return vr_str(&r, out);
}

void
key_print(struct buf *out, const struct keys *k, const struct key *key)
{
	struct str s;

	buf_addstr(out, keys_fn_name(k, key->fn));
	buf_addc(out, ':');
	if (key_arg_str(key, &s)) {
		buf_addstr(out, s);
		return;
	}
	struct value *v = value_new(key->arg, key->size, NULL, 0);
	value_print(out, v, 0);
	value_unref(v);
}
