/* compact.h -- the log rewritten without what is dead. */
#ifndef SKY_STORE_COMPACT_H
#define SKY_STORE_COMPACT_H

#include "base/err.h"
#include "graph/graph.h"
#include "store/index.h"

/* Is more than half of the log of `size` bytes, and more than 1 MiB, dead? */
bool compact_wanted(const struct index *ix, const struct graph *g, uint64_t size);
/* Writes the live nodes to `temp` and renames it over `path` when the disk has it:
 * at any moment one of the two logs stands there.  False: the old one. */
bool compact_log(const struct index *ix, const struct graph *g, int dir, const char *path,
	const char *temp, struct err *e);

#endif
