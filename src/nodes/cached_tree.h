/* cached_tree.h -- an output as plain data for the local cache, and back.
 *
 * A list: {"file", exec, content}; {"blob", exec, digest (16 bytes)};
 * {"link", target}; {"dir", name, tree, name, tree, ...}.  Small files stand in
 * the value, large ones are blobs of the cache.
 */
#ifndef SKY_NODES_CACHED_TREE_H
#define SKY_NODES_CACHED_TREE_H

#include "eval/host.h"
#include "nodes/disk.h"

/* Adds the output at `path`, which was seen as `look`, and keeps its blobs; *inlined
 * counts the bytes of small files.  False: it cannot be kept. */
bool cached_tree_put(const struct host *host, struct vb *b, struct str path,
	const struct disk_look *look, size_t *inlined);
/* Makes it again, where nothing is, and moves behind it.  False: a blob is missing or
 * damaged, or the disk said no; a part may be there. */
bool cached_tree_make(const struct host *host, struct vr *r, struct str path);

#endif
