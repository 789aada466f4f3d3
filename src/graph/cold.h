/* cold.h -- the part of a graph that still lies frozen (graph/frozen.h).
 *
 * A node of the store is *cold* until somebody looks at it with graph_node():
 * then it is *thawed*, i.e. its key is interned and its values are made.  Until
 * then it has one byte here, and can be asked some questions without being
 * thawed.  Owner thread only, as all of the graph; frozen arrays may be read by
 * all threads.
 */
#ifndef SKY_GRAPH_COLD_H
#define SKY_GRAPH_COLD_H

#include "graph/frozen.h"
#include "graph/node.h"

struct graph;

enum {
	COLD_THAWED = 1,        /* the node in the graph counts */
	COLD_DIRTY = 2,         /* state NODE_DIRTY, not NODE_DONE */
	COLD_REDO = 4,          /* state NODE_CHANGED */
	COLD_LOST = 8,          /* ... and the old value is of no use */
	COLD_VERIFIED = 16      /* looked at in this session: DONE for good */
};

struct cold {
	const struct frozen *f;      /* until `release` */
	void (*release)(void *arg);  /* the graph ends */
	void *arg;
	bool open;                   /* what is thawed DONE is put on the board */
	uint8_t *is;                 /* owned: by id */
	struct node *nodes;          /* owned: the first pages of the graph */
	uint32_t *fns;               /* owned: 1 + index in f->fns by keys_fn id */
	size_t nfns;
	struct value **depsets;      /* owned, one reference each; NULL: not made yet */
};

/* Makes the frozen nodes those of the empty graph `g`, DONE but for the ones that
 * are marked otherwise, and not published.  At its end it calls `release`. */
void cold_attach(struct graph *g, const struct frozen *f, void (*release)(void *arg),
	void *arg);
void cold_fini(struct graph *g);
/* The id of a frozen node by its key, thawed or not; NODE_NONE. */
uint32_t cold_find(const struct graph *g, const struct key *key);
/* Value, stamp, messages and recovered error of a frozen node, new references;
 * NULL: not there.  False, with nothing, when it has none or one is damaged. */
bool cold_values(struct cold *c, uint32_t id, struct value *out[4]);
/* For graph_node(). */
void cold_thaw(struct graph *g, uint32_t id);
/* All is attached: from now on cold nodes count as they are, or, if `doubt`, those
 * that are DONE as DIRTY. */
void cold_open(struct graph *g, bool doubt);

/* ---- questions about any node, cold or not ---- */
bool graph_is_cold(const struct graph *g, uint32_t id);
enum node_state graph_state(const struct graph *g, uint32_t id);
uint32_t graph_changed_at(const struct graph *g, uint32_t id);
uint32_t graph_verified_at(const struct graph *g, uint32_t id);
const uint32_t *graph_deps(const struct graph *g, uint32_t id, uint32_t *words);
/* Has it stored messages? */
bool graph_speaks(const struct graph *g, uint32_t id);
/* Nodes that have been computed or injected, now or before. */
uint32_t graph_count(const struct graph *g);
/* Cold, DONE, and no error was met below: nothing else need be known of it. */
bool graph_is_settled(const struct graph *g, uint32_t id);

/* ---- changing a node that may be cold ---- */
/* CHANGED, without an old value, and what rests on it DIRTY. */
void graph_lose(struct graph *g, uint32_t id);
void cold_set_dirty(struct graph *g, uint32_t id);       /* it was DONE */
void cold_set_verified(struct graph *g, uint32_t id);    /* it was DIRTY: DONE */

#endif
