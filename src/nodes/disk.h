/* disk.h -- a consistent look at one path, as all node functions take it. */
#ifndef SKY_NODES_DISK_H
#define SKY_NODES_DISK_H

#include "base/buf.h"
#include "base/err.h"
#include "nodes/stat_stamp.h"

enum { DISK_PATH_MAX = 4096 };   /* Linux' PATH_MAX, NUL included */

/* A path for system calls: terminated, "." for the root of the workspace. */
struct disk_path {
	char z[DISK_PATH_MAX];
};

struct disk_look {
	struct stat_stamp stamp;
	struct digest digest;      /* of the content of a regular file; else zero */
	struct buf target;         /* of a symlink */
};

bool disk_path_set(struct disk_path *p, struct str path, struct err *e);

/* Stats (the path itself, no link followed) and reads the content or target.
 * Stat and content belong together: when the file changes meanwhile it looks
 * again, a few times, then gives up with ERR_CHANGED (transient). */
bool disk_look(int dir, struct str path, struct disk_look *out, struct err *e);
void disk_look_fini(struct disk_look *l);

#endif
