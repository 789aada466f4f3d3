/* appendfile.h -- a file that grows at its end: read whole, appended to, cut.
 *
 * One writer; `size` is what this process knows to be good.  An append that
 * fails leaves the file as long as before: a short write is cut off, and the
 * next append goes to the same place.
 */
#ifndef SKY_OS_APPENDFILE_H
#define SKY_OS_APPENDFILE_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"

struct appendfile {
	int fd;          /* -1: not open */
	uint64_t size;   /* bytes */
	char *path;      /* owned; for messages */
};

#define APPENDFILE_NONE { -1, 0, NULL }

/* Opens or makes (0644) a regular file for reading and writing; with `empty`,
 * what it held is dropped. */
bool appendfile_open(struct appendfile *f, int dir, const char *path, bool empty,
	struct err *e);
/* Fine when nothing is open. */
void appendfile_close(struct appendfile *f);
bool appendfile_append(struct appendfile *f, const void *p, size_t n, struct err *e);
/* Other bytes in place of some that are there. */
bool appendfile_rewrite(struct appendfile *f, uint64_t at, const void *p, size_t n, struct err *e);
bool appendfile_cut(struct appendfile *f, uint64_t size, struct err *e);
/* Returns when the disk has it all. */
bool appendfile_sync(struct appendfile *f, struct err *e);

#endif
