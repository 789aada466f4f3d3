/* settle.h -- a last look at what a session has made, so that the next need not.
 *
 * A file that was looked at in the tick of the clock in which it was written may
 * have changed in that tick without its stamp having moved.  So its content would
 * be read again by the next session.  At the end of this one the tick is over.
 */
#ifndef SKY_EVAL_SETTLE_H
#define SKY_EVAL_SETTLE_H

#include "eval/scan.h"

/* Asks node_fn.settle of these nodes, by `c->threads` threads and this one, and gives
 * those that want one their new stamp; put(arg, node) is told of each. */
void settle_nodes(struct graph *g, const struct scan_config *c, const uint32_t *ids, size_t n,
	void (*put)(void *arg, uint32_t node), void *arg);

#endif
