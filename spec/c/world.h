/* world.h -- random graphs whose values say whose they are, for store tests.
 *
 * Nodes are numbered; a node depends on lower numbers only.  Its value begins
 * with the string "n<number>@<changed_at>", so that a result that came back
 * under a wrong key or of a wrong time shows.
 */
#ifndef SKY_SPEC_WORLD_H
#define SKY_SPEC_WORLD_H

#include "graph/graph.h"
#include "store/store.h"

enum { WORLD_POOL = 24, WORLD_NFNS = 4 };

struct world {
	struct keys *keys;
	bool own_keys;
	struct graph *g;
	unsigned long long rng;
	uint32_t n;                        /* numbers in use: 0 .. n - 1 */
	size_t pad;                        /* bytes of ballast per value */
	struct value *pool[WORLD_POOL];    /* depsets that values share */
	unsigned npool;
};

/* LEAF (session), LIST, SUM (version 2) and PASSING, which is not stored. */
extern const struct store_fn world_fns[WORLD_NFNS];

/* An empty graph on a table of its own, where ids differ from run to run. */
void world_init(struct world *w, unsigned long long seed, uint32_t n);
/* The same on a borrowed table. */
void world_init_on(struct world *w, struct keys *keys, unsigned long long seed, uint32_t n);
void world_fini(struct world *w);
unsigned world_random(struct world *w, unsigned below);
const struct key *world_key(struct keys *keys, uint32_t i);
uint32_t world_node(struct world *w, uint32_t i);              /* its node id */
/* New deps, value and so on at version `at`: DONE. */
void world_compute(struct world *w, uint32_t i, uint32_t at);
void world_fail(struct world *w, uint32_t i, uint32_t at);
/* A whole evaluation: all nodes that are not DONE are computed, some fail, a few
 * are left (1 in `leave`; 0: none); each is put into `s` if there is one. */
void world_evaluate(struct world *w, uint32_t at, unsigned fail, unsigned leave,
	struct store *s);
void world_put_all(struct world *w, struct store *s);

/* Is `b` what a store that was given `a` must load?  Prints the first difference. */
bool world_same(struct world *a, struct world *b);
/* Is `b` sound: values belong to their keys, what is DONE is not behind? */
bool world_sound(struct world *b);

#endif
