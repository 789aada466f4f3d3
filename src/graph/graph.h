/* graph.h -- all nodes of one engine, their edges, and what invalidates them.
 *
 * Owner thread only.  Invariants (graph_check): a node is among the rdeps of
 * each of its deps; a DONE node has only DONE deps (but one that was frozen may turn
 * out to be damaged, which loses its value and nothing else); what the board shows
 * is DONE.  Nodes never move and are never freed while the graph lives.
 */
#ifndef SKY_GRAPH_GRAPH_H
#define SKY_GRAPH_GRAPH_H

#include "base/base.h"
#include "graph/board.h"
#include "graph/cold.h"
#include "graph/groups.h"
#include "graph/key.h"
#include "graph/node.h"
#include "graph/past.h"
#include "graph/words.h"

#define NODE_NONE UINT32_MAX
enum { GRAPH_PAGE_BITS = 10 };

/* Told of nodes that become dirty or are deleted; NULL functions are skipped. */
struct graph_observer {
	void *arg;
	void (*dirtied)(void *arg, const struct node *n, bool changed);
	void (*deleted)(void *arg, const struct node *n);
};

struct graph {
	struct keys *keys;           /* borrowed */
	struct board *board;         /* owned */
	struct node **pages;         /* owned, 1 << GRAPH_PAGE_BITS nodes each */
	size_t cappages;
	uint32_t ncold_pages;        /* of these: the cold part's */
	uint32_t nnodes;
	struct cold *cold;           /* owned: nodes not yet thawed; NULL: none */
	uint32_t **by_key;           /* pages of node ids + 1 by key id */
	size_t capby_key;
	struct words words;          /* edge lists */
	uint32_t version;            /* of the newest evaluation; 0: none yet */
	uint32_t nmessages;          /* nodes that hold messages */
	uint32_t nrecovered;         /* nodes with an error that was met */
	struct graph_observer observer;
};

/* What an evaluation or the store has found out about a node. */
struct graph_result {
	struct value *value;         /* taken */
	struct value *stamp;         /* taken; NULL: none */
	struct value *messages;      /* taken; NULL: none */
	struct value *recovered;     /* taken; NULL: none */
	const uint32_t *deps;        /* groups of node ids, ndeps words; borrowed */
	uint32_t ndeps;
	bool error, transient;
	bool cycle;                  /* the error is a cycle */
	bool remember;               /* the result that this one replaces depended on
	                                nothing but its groups: it may be put back */
};

/* life */
struct graph *graph_new(struct keys *keys);
void graph_free(struct graph *g);

/* questions */
uint32_t graph_find(const struct graph *g, const struct key *key);  /* NODE_NONE */
static inline struct node *
graph_node(const struct graph *g, uint32_t id)
{
	struct node *n = &g->pages[id >> GRAPH_PAGE_BITS][id & ((1u << GRAPH_PAGE_BITS) - 1)];

	if (!n->key)
		cold_thaw((struct graph *)(uintptr_t)g, id);
	return n;
}
static inline struct value *
node_stamp(const struct node *n)
{
	return n->extra ? n->extra->stamp : NULL;
}
/* Exact reverse dependencies, in order of registration. */
const uint32_t *graph_rdeps(struct graph *g, struct node *n, uint32_t *count);

/* changes */
/* for cold.c */
void graph_set_id(struct graph *g, const struct key *key, uint32_t id);
void graph_drop_extra(struct graph *g, struct node *n);


uint32_t graph_intern(struct graph *g, const struct key *key);
uint32_t graph_intern_id(struct graph *g, uint32_t key_id);
/* Stores a result at version `at` and puts it up; equal values keep changed_at.
 * True when the value is another than before. The state is the caller's. */
bool graph_store_result(struct graph *g, uint32_t id, struct graph_result *take, uint32_t at);
/* Puts a remembered result (past.h) back, its groups having again the values they
 * had; true when the value is another than before. */
bool graph_restore(struct graph *g, uint32_t id, struct past *p, uint32_t at);
void graph_result_fini(struct graph_result *r);   /* of one that is not stored */
void graph_publish(struct graph *g, const struct node *n);
/* Puts a node of the store in: state DONE, not yet published. */
void graph_load(struct graph *g, uint32_t id, struct graph_result *take,
	uint32_t changed_at, uint32_t verified_at);
void graph_set_stamp(struct graph *g, struct node *n, struct value *take);
/* CHANGED (must be computed, whatever they once were) for these, DIRTY for all
 * that depend on them. */
void graph_dirty(struct graph *g, const uint32_t *ids, size_t n);
/* DIRTY (to be checked) for these that are DONE, and for all that depend on them. */
void graph_doubt(struct graph *g, const uint32_t *ids, size_t n);
/* The node and all that depend on it become NEW, with nothing known. */
void graph_delete(struct graph *g, uint32_t id);
/* A value from outside: DONE at version `at`; what depends on it is dirtied when
 * it is another.  A node with dependencies is only dirtied (I04). */
void graph_inject(struct graph *g, uint32_t id, struct value *take, uint32_t at);

/* debugging */
void graph_check(struct graph *g);

#endif
