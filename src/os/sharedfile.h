/* sharedfile.h -- a file that several processes read and write at the same time.
 *
 * Nothing is locked: what is read may be half written or older than thought, so
 * its user checks it.  Of one struct, calls of several threads may overlap,
 * except for those of sharedfile_append.
 */
#ifndef SKY_OS_SHAREDFILE_H
#define SKY_OS_SHAREDFILE_H

#include "base/base.h"
#include "base/err.h"

struct sharedfile {
	int fd;                  /* -1: not open */
};

#define SHAREDFILE_NONE { -1 }

enum sharedfile_mode {
	SHAREDFILE_AT,           /* sharedfile_write */
	SHAREDFILE_APPEND        /* sharedfile_append */
};

/* Opens or makes (0644) a regular file; path absolute. */
bool sharedfile_open(struct sharedfile *f, const char *path, enum sharedfile_mode mode,
	struct err *e);
void sharedfile_close(struct sharedfile *f);     /* fine when it is not open */
/* Up to n bytes at `at`; how many there are (0 at the end, and on trouble). */
size_t sharedfile_read(const struct sharedfile *f, uint64_t at, void *p, size_t n);
bool sharedfile_write(const struct sharedfile *f, uint64_t at, const void *p, size_t n,
	struct err *e);
/* In one piece behind all that anybody has appended; *at is where.  False: nothing
 * or a part was written. */
bool sharedfile_append(const struct sharedfile *f, const void *p, size_t n, uint64_t *at,
	struct err *e);

#endif
