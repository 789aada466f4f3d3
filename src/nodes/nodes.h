/* nodes.h -- the table of all node functions written in C. */
#ifndef SKY_NODES_NODES_H
#define SKY_NODES_NODES_H

#include <stddef.h>

struct node_fn;
struct claims;

extern const struct node_fn *const nodes_all[];
extern const size_t nodes_count;

/* What host.claims is to point to in a session that builds (nodes/claims.h). */
struct claims *claims_new(void);
void claims_free(struct claims *c);               /* NULL is fine */

#endif
