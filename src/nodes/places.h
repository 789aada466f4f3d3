/* places.h -- where each action stands in the record of its target.
 *
 * A record is read front to back: finding the i-th of ten thousand actions would
 * cost ten thousand steps for each of them.  Records with many actions are walked
 * once and the places noted.  Shared by all evaluator threads.
 */
#ifndef SKY_NODES_PLACES_H
#define SKY_NODES_PLACES_H

#include "graph/value.h"
#include "nodes/nodes.h"

/* Moves `list`, which is at the first of n items in `v`, to the i-th (from 0). */
void places_skip(struct places *p, const struct value *v, struct vr *list, size_t n, size_t i);

#endif
