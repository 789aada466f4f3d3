/* index.c -- arrays by number; one map, for depsets. */
#include "store/index.h"

#include "base/die.h"
#include "graph/groups.h"

static void
add_fn(struct index *ix, struct index_fn fn)
{
	if (fn.fn >= ix->nby_fn) {
		size_t old = ix->nby_fn;
		ix->by_fn = mem_grow(ix->by_fn, &ix->nby_fn, fn.fn + (size_t)1,
		    sizeof(ix->by_fn[0]));
		memset(ix->by_fn + old, 0, (ix->nby_fn - old) * sizeof(ix->by_fn[0]));
	}
	ix->fns[ix->nfns++] = fn;
	ix->by_fn[fn.fn] = (uint32_t)ix->nfns;
}

void
index_init(struct index *ix, struct keys *keys, const struct store_fn *fns, size_t nfns)
{
	memset(ix, 0, sizeof(*ix));
	ix->keys = keys;
	ix->fns = mem_alloc(nfns * sizeof(ix->fns[0]));
	map_init(&ix->depset_map);
	for (size_t i = 0; i < nfns; i++)
		add_fn(ix, (struct index_fn){ keys_fn(keys, str_of(fns[i].name)),
		    fns[i].flags, fns[i].version, INDEX_NONE });
}

void
index_init_like(struct index *ix, const struct index *like)
{
	index_init(ix, like->keys, NULL, 0);
	mem_free(ix->fns);
	ix->fns = mem_alloc(like->nfns * sizeof(ix->fns[0]));
	for (size_t i = 0; i < like->nfns; i++) {
		struct index_fn fn = like->fns[i];
		fn.local = INDEX_NONE;
		add_fn(ix, fn);
	}
}

void
index_fini(struct index *ix)
{
	mem_free(ix->fns);
	mem_free(ix->by_fn);
	mem_free(ix->locals);
	mem_free(ix->slots);
	mem_free(ix->depsets);
	map_fini(&ix->depset_map);
}

/* ---- functions ---- */

struct index_fn *
index_fn(const struct index *ix, uint16_t fn)
{
	return fn < ix->nby_fn && ix->by_fn[fn] ? &ix->fns[ix->by_fn[fn] - 1] : NULL;
}

uint32_t
index_fn_named(const struct index *ix, struct str name, uint64_t version, bool *stale)
{
	for (uint32_t i = 0; i < ix->nfns; i++) {
		const struct index_fn *f = &ix->fns[i];
		*stale = f->version != version;
		if ((!*stale || (f->flags & STORE_FN_RERUN)) && !(f->flags & STORE_FN_UNSTORED) &&
		    str_eq(keys_fn_name(ix->keys, f->fn), name))
			return i;
	}
	*stale = false;
	return INDEX_NONE;
}

/* ---- keys ---- */

uint32_t
index_local(const struct index *ix, const struct key *key)
{
	return key->id < ix->nlocals ? ix->locals[key->id] - 1 : INDEX_NONE;
}

static void
set_local(struct index *ix, uint32_t key, uint32_t local)
{
	if (key >= ix->nlocals) {
		size_t old = ix->nlocals;
		ix->locals = mem_grow(ix->locals, &ix->nlocals, key + (size_t)1,
		    sizeof(ix->locals[0]));
		memset(ix->locals + old, 0, (ix->nlocals - old) * sizeof(ix->locals[0]));
	}
	ix->locals[key] = local + 1;
}

uint32_t
index_add_key(struct index *ix, const struct key *key)
{
	uint32_t local = ix->nslots;

	CHECK(local < GROUP_MARK);
	if (local == ix->capslots)
		ix->slots = mem_grow(ix->slots, &ix->capslots, local + (size_t)1,
		    sizeof(ix->slots[0]));
	ix->slots[local] = (struct index_slot){ false, false, false };
	ix->nslots++;
	if (!key)
		return local;
	if (index_local(ix, key) != INDEX_NONE)
		index_set_node(ix, index_local(ix, key), false, false);
	set_local(ix, key->id, local);
	return local;
}

void
index_set_node(struct index *ix, uint32_t local, bool node, bool doubt)
{
	struct index_slot *s = &ix->slots[local];

	ix->doubts -= s->node && s->doubt;
	s->node = node;
	s->doubt = doubt;
	ix->doubts += node && doubt;
}

/* ---- depsets ---- */

static bool
same_depset(const void *ctx, uint32_t i, const void *what)
{
	const struct index *ix = ctx;

	return digest_eq(ix->depsets[i], *(const struct digest *)what);
}

static uint64_t
depset_hash(const void *ctx, uint32_t i)
{
	return ((const struct index *)ctx)->depsets[i].lo;
}

uint32_t
index_depset(const struct index *ix, struct digest d)
{
	return map_find(&ix->depset_map, d.lo, same_depset, ix, &d);
}

uint32_t
index_add_depset(struct index *ix, struct digest d)
{
	uint32_t i = ix->ndepsets++;

	if (i == ix->capdepsets)
		ix->depsets = mem_grow(ix->depsets, &ix->capdepsets, i + (size_t)1,
		    sizeof(ix->depsets[0]));
	ix->depsets[i] = d;
	map_insert(&ix->depset_map, d.lo, i, depset_hash, ix);
	return i;
}
