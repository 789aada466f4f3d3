/* frozen.h -- a graph at rest: flat arrays, used where they lie.
 *
 * What the store has written last and maps at start.  Nodes have the ids 0 ..
 * nnodes - 1, which are their ids in the graph too (graph/cold.h); dependency
 * groups are in the graph's own format, so that they need not be copied.  Who
 * makes a `struct frozen` has checked that the arrays are what was once written;
 * values are checked one by one, when they are used.
 */
#ifndef SKY_GRAPH_FROZEN_H
#define SKY_GRAPH_FROZEN_H

#include "base/base.h"
#include "graph/value.h"

enum {
	FROZEN_VALUE = 1,       /* has values; without: only a name that others refer to */
	FROZEN_STAMP = 2, FROZEN_MESSAGES = 4, FROZEN_RECOVERED = 8,
	FROZEN_INJECTED = 16,
	FROZEN_BEHIND = 32,     /* some dependency may have changed since */
	FROZEN_REDO = 64        /* an old value, to be computed again */
};

/* Native byte order: the header says which. */
struct frozen_node {
	uint32_t deps, ndeps;         /* words of `deps`: groups of node ids */
	uint32_t rdeps, nrdeps;       /* words of `rdeps`: ids */
	uint32_t changed_at, verified_at;
	uint32_t key, key_size;       /* bytes of `keys`: the argument */
	uint32_t hash;                /* lower half of frozen_hash */
	uint32_t parts;               /* where in `parts`, in FROZEN_UNITs */
	uint16_t fn;                  /* index in `fns` */
	uint16_t flags;
	uint32_t reserved;
};

/* A function, as this process knows it. */
struct frozen_fn {
	uint16_t fn;                  /* keys_fn */
	bool known;                   /* registered here, with this version */
	bool redo;                    /* by another version of the same kind of value */
	bool session;                 /* to be looked at once per process */
};

enum { FROZEN_UNIT = 8 };             /* bytes */

struct frozen {
	const struct frozen_node *nodes;
	const uint32_t *deps, *rdeps;
	const uint32_t *index;        /* open addressing by hash, id + 1 */
	const unsigned char *keys;
	const unsigned char *parts;
	const uint32_t *depsets;      /* where each stands in `parts`; kids come first */
	const struct frozen_fn *fns;
	uint32_t nnodes, nindex, ndepsets, nfns;
	uint32_t nparts;              /* FROZEN_UNITs */
	uint32_t version;             /* highest of all nodes */
	uint32_t nmessages, nrecovered, nbehind;   /* nodes with that; BEHIND or REDO */
	const void *begin, *end;      /* the memory that all this lies in */
};

/* A value in `parts`: this head, the numbers of its kids (depsets) and a checksum
 * of them if there are any, its bytes, padded to a whole unit. */
struct frozen_head {
	uint64_t lo, hi;              /* digest of the bytes */
	uint32_t size, nkids;
};

struct frozen_part {
	struct digest digest;
	const unsigned char *bytes;
	const uint32_t *kids;
	uint32_t size, nkids;
};

uint64_t frozen_hash(uint16_t fn, const void *arg, size_t size);   /* fn: index in fns */
/* The node of a key; UINT32_MAX: none. */
uint32_t frozen_find(const struct frozen *f, uint16_t fn, const void *arg, size_t size);
/* The part at *at, which moves behind it; false when it is damaged. */
bool frozen_part(const struct frozen *f, uint32_t *at, struct frozen_part *out);
uint32_t frozen_kids_sum(const uint32_t *kids, uint32_t n);
/* What a value takes, in FROZEN_UNITs. */
uint32_t frozen_part_units(uint32_t size, uint32_t nkids);

#endif
