/* steady.h -- files that were found to have the content they should have.
 *
 * After a command has run, its inputs are compared with the digests it was run for.
 * A file that is an input of many actions is read once for that: as long as its
 * stat is the very same, it holds the same.  Shared by all evaluator threads.
 */
#ifndef SKY_NODES_STEADY_H
#define SKY_NODES_STEADY_H

#include "base/base.h"
#include "nodes/nodes.h"
#include "nodes/stat_stamp.h"

/* Was it said before that this file, with this stat, has this digest (hex)? */
bool steady_has(struct steady *s, struct str path, const struct fs_stat *st, struct str digest);
/* It has: so FILE_STATE says, or a comparison.  `looked_ns`: wall time before `st` was
 * taken.  Nothing is kept of a file that may still change without its stamps moving. */
void steady_add(struct steady *s, struct str path, const struct fs_stat *st, struct str digest,
	int64_t looked_ns);

#endif
