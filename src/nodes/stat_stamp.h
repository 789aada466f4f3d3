/* stat_stamp.h -- what was seen of a file and when, kept beside its digest.
 *
 * While a stamp still holds, the content need not be read again.  The device
 * number is left out: some file systems give a new one at every mount.
 */
#ifndef SKY_NODES_STAT_STAMP_H
#define SKY_NODES_STAT_STAMP_H

#include "base/hash.h"
#include "graph/value.h"
#include "os/fs.h"

/* Clocks that stamp files tick every 1 to 10 ms; twice that, rounded up. */
#define STAT_GRANULARITY_NS INT64_C(20000000)

struct stat_stamp {
	struct fs_stat st;
	int64_t looked_ns;       /* wall time just before the look */
	struct digest tree;      /* of an output directory: all stats below; else zero */
	int64_t newest_ns;       /* newest time stamp of the file, or of all below */
};

void stat_stamp_of(struct stat_stamp *s, const struct fs_stat *st, int64_t looked_ns);
bool stat_stamp_same(const struct fs_stat *a, const struct fs_stat *b);
/* Git's rule: a file stamped at or after our look may have changed since
 * without its stamp having moved. */
bool stat_stamp_racy(const struct stat_stamp *s);
/* As one list of integers in a value, and back. */
void stat_stamp_put(struct vb *b, const struct stat_stamp *s);
bool stat_stamp_get(struct vr *r, struct stat_stamp *s);

/* "none", "file", "dir", "symlink", "special", and back. */
struct str stat_kind_name(enum fs_kind kind);
enum fs_kind stat_kind_of(struct str name);

#endif
