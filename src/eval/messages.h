/* messages.h -- who has stored messages (node.h), in the order to show them. */
#ifndef SKY_EVAL_MESSAGES_H
#define SKY_EVAL_MESSAGES_H

#include "graph/graph.h"

typedef void (*messages_fn)(void *arg, uint32_t node);
/* Calls fn for each node with messages among these and all that they depend on,
 * once, dependencies first. */
void messages_walk(const struct graph *g, const uint32_t *roots, size_t n, messages_fn fn,
	void *arg);

#endif
