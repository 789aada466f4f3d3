/* nodes.h -- the table of all node functions written in C. */
#ifndef SKY_NODES_NODES_H
#define SKY_NODES_NODES_H

#include <stddef.h>

struct node_fn;

extern const struct node_fn *const nodes_all[];
extern const size_t nodes_count;

#endif
