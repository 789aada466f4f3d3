/* mapfile.h -- a file as memory: pages come in as they are touched.
 *
 * Private: writing to the memory changes nothing on disk.
 */
#ifndef SKY_OS_MAPFILE_H
#define SKY_OS_MAPFILE_H

#include "base/base.h"
#include "base/err.h"

struct mapfile {
	char *p;         /* NULL: nothing is mapped */
	size_t n;        /* bytes */
};

/* The first `size` bytes of an open file; 0: an empty map.  Should somebody cut the
 * file short meanwhile, touching what is gone ends the process. */
bool mapfile_open(struct mapfile *m, int fd, uint64_t size, struct err *e);
/* A whole file, by its name. */
bool mapfile_open_path(struct mapfile *m, int dir, const char *path, struct err *e);
void mapfile_close(struct mapfile *m);     /* fine when nothing is mapped */

#endif
