/* write.h -- a node of the graph as records. */
#ifndef SKY_STORE_WRITE_H
#define SKY_STORE_WRITE_H

#include "base/base.h"
#include "base/buf.h"
#include "graph/graph.h"
#include "store/index.h"

/* Appends the node's newest result to `out`, after what the log does not have yet
 * of functions, keys and depsets.  False when it cannot be
 * stored (an error, not stored by choice, or too large); complete records of
 * depsets may have been written then. */
bool write_node(struct index *ix, struct buf *out, const struct graph *g,
	const struct node *n);
/* Appends "forget", unless there is nothing to be forgotten. */
void write_forget(struct index *ix, struct buf *out, const struct graph *g,
	const struct node *n);
/* The same for a node that failed: "doubt" when its function is STORE_FN_KEPT. */
void write_failed(struct index *ix, struct buf *out, const struct graph *g,
	const struct node *n);

/* Calls enter(arg, depset) for the depsets below `v`, downwards; true: go on
 * below it, and leave(arg, depset) afterwards.  Without recursion. */
struct write_walk {
	bool (*enter)(void *arg, const struct value *depset);
	bool (*leave)(void *arg, const struct value *depset);   /* false: stop */
	void *arg;
};
bool write_walk_depsets(const struct value *v, const struct write_walk *w);

#endif
