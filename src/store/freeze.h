/* freeze.h -- a graph written down as a snapshot, in a log of its own. */
#ifndef SKY_STORE_FREEZE_H
#define SKY_STORE_FREEZE_H

#include "base/err.h"
#include "graph/graph.h"
#include "store/index.h"

/* Writes all results worth keeping to `temp` and renames it over `path` when the
 * disk has it: at any moment one of the two logs stands there.  False: the old
 * log. */
bool freeze_graph(const struct index *ix, const struct graph *g, int dir, const char *path,
	const char *temp, struct err *e);

#endif
