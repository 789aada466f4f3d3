/* past.h -- what a node was before, so that going back costs no computation.
 *
 * A node that changes keeps its last few values, youngest first.  Each entry says
 * from which version on the value held (until the next younger one began), so
 * that "is this dependency now what it was at version v" can be answered long
 * after; the youngest few keep the whole result with its groups, so that the
 * evaluator can put it back when all groups have again the values they had at
 * `verified_at`.
 */
#ifndef SKY_GRAPH_PAST_H
#define SKY_GRAPH_PAST_H

#include "base/hash.h"
#include "graph/node.h"

struct graph;

enum { PAST_RESULTS = 4, PAST_ENTRIES = 12 };

struct past {
	struct past *older;
	struct digest is;          /* of value, error flag and recovered error */
	struct value *value;       /* owned; NULL: only the fingerprint is left */
	struct value *stamp, *messages, *recovered;   /* owned, as in node_extra */
	uint32_t *deps;            /* groups of node ids (graph's words) */
	uint32_t ndeps;
	uint32_t changed_at;       /* the value held from here on */
	uint32_t verified_at;      /* last version at which it was right */
	bool error;
};

/* Has `d`, which is DONE, the value that it had at version `at`?  False also
 * when that is no longer known. */
bool past_same(const struct node *d, uint32_t at);
/* The i-th remembered result, youngest first; NULL: none. */
struct past *past_result(const struct node *n, uint32_t i);
/* The node's result is about to be replaced at version `at`; `result`: it may be
 * put back later. */
void past_push(struct graph *g, struct node *n, uint32_t at, bool result);
/* Results can no longer be put back (the world has changed, not a dependency). */
void past_drop_results(struct graph *g, struct node *n);
void past_drop_all(struct graph *g, struct node *n);

#endif
