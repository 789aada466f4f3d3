/* index.h -- what stands in a log: the numbers it gives to functions, keys and
 * depsets.
 *
 * Filled by reading a log, extended by writing to it.  Owner thread only.
 */
#ifndef SKY_STORE_INDEX_H
#define SKY_STORE_INDEX_H

#include "base/base.h"
#include "base/hash.h"
#include "base/map.h"
#include "graph/key.h"
#include "store/store.h"

#define INDEX_NONE UINT32_MAX

/* A function as this process knows it. */
struct index_fn {
	uint16_t fn;              /* in keys */
	unsigned flags;           /* store_fn's */
	uint64_t version;
	uint32_t local;           /* its number in the log, or INDEX_NONE */
};

/* A key of the log, by its number there. */
struct index_slot {
	bool node;                /* it has a NODE record that was not forgotten since */
	bool doubt;               /* it has failed since */
	bool stale;               /* numbered under another version of its function */
};

struct index {
	struct keys *keys;        /* borrowed */
	struct index_fn *fns;     /* owned */
	size_t nfns;
	uint32_t *by_fn;          /* owned: 1 + index in fns, by function id */
	size_t nby_fn;
	uint32_t nlocal_fns;      /* FN records */
	uint32_t *locals;         /* owned: 1 + number in the log, by key id */
	size_t nlocals;
	struct index_slot *slots; /* owned, by number in the log */
	uint32_t nslots;
	size_t capslots;
	struct map depset_map;    /* digest -> index in depsets */
	struct digest *depsets;   /* owned */
	uint32_t ndepsets;
	size_t capdepsets;
	uint64_t records;
	uint32_t doubts;          /* slots with `node` and `doubt` */
};

void index_init(struct index *ix, struct keys *keys, const struct store_fn *fns, size_t nfns);
/* An empty one for another log of the same functions. */
void index_init_like(struct index *ix, const struct index *like);
void index_fini(struct index *ix);

/* NULL: unknown here. */
struct index_fn *index_fn(const struct index *ix, uint16_t fn);
/* INDEX_NONE: no such function, of another version, or not to be stored. *stale:
 * of another version, and to be run again (STORE_FN_RERUN). */
uint32_t index_fn_named(const struct index *ix, struct str name, uint64_t version,
	bool *stale);

uint32_t index_local(const struct index *ix, const struct key *key);   /* INDEX_NONE */
/* Gives the next number; NULL for a key that this process has no use for.  A key
 * that had a number loses the older one. */
uint32_t index_add_key(struct index *ix, const struct key *key);
void index_set_node(struct index *ix, uint32_t local, bool node, bool doubt);

uint32_t index_depset(const struct index *ix, struct digest d);         /* INDEX_NONE */
uint32_t index_add_depset(struct index *ix, struct digest d);

#endif
