/* scan.h -- is all that some roots rest on still as the store knew it?
 *
 * The common case of a build is that nothing or little has changed.  Then walking
 * the state machine through every node would cost more than the looks at the
 * disk.  So, before an evaluation begins, everything below the roots is walked
 * once in the frozen arrays, what looks at the world is asked by several threads
 * at once (node_fn.unchanged), and whatever rests on nothing that has changed, or
 * may have, is DONE.  All else stays as it was: the evaluation finds out.
 */
#ifndef SKY_EVAL_SCAN_H
#define SKY_EVAL_SCAN_H

#include "eval/host.h"
#include "eval/task.h"
#include "graph/graph.h"

/* Nodes of FN_SETTLED functions. */
struct settled_node {
	uint32_t id;                 /* frozen, when `key` is NULL */
	const struct key *key;
	struct value *value;         /* owned */
};

struct settled {
	const struct frozen *f;
	struct keys *keys;
	struct settled_node *v;      /* owned */
	size_t n, cap;
};

void settled_fini(struct settled *s);
/* The key and the value of the i-th: false when it is damaged. */
bool settled_get(const struct settled *s, size_t i, const struct key **key, struct vr *value);

struct scan_config {
	const struct host *host;
	struct fn *(*fn)(void *arg, const struct key *key);   /* NULL result: unknown */
	struct fn *(*fn_by_id)(void *arg, uint16_t id);
	void *arg;
	int threads;                 /* besides the caller's */
	struct settled *settled;     /* extended */
};

/* The nodes that are known to be right now; each is counted in its function. Owner
 * thread, between evaluations. */
uint64_t scan_roots(struct graph *g, const struct scan_config *c, const uint32_t *roots,
	size_t n);

#endif
