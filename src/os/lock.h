/* lock.h -- one build at a time per output folder: a kernel lock (flock), which
 * goes when its process goes.  The file holds "pid N, command" for the message
 * of who waits; the text is advice, never the lock. */
#ifndef SKY_OS_LOCK_H
#define SKY_OS_LOCK_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"

struct lock { int fd; };

/* Takes the lock if it is free.  When it is not: *busy = true, the holder's
 * text is in `holder`, returns true and nothing is held.  `who` is written
 * into the file when taken. */
bool lock_try(struct lock *l, int dir, const char *path, const char *who,
	bool *busy, struct buf *holder, struct err *e);
/* Waits until it is free, then takes it. */
bool lock_wait(struct lock *l, int dir, const char *path, const char *who,
	struct err *e);
void lock_release(struct lock *l);   /* fine when nothing is held (fd < 0) */

#endif
