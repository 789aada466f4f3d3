/* jobserver.h -- GNU make's jobserver, from both sides: how many processes a tree of
 * programs runs at once.
 *
 * A pipe holds one byte for each process that may still be started.  Each program
 * may run one process without asking; for each further one it takes a byte, and
 * puts it back afterwards.  Owner thread only.
 */
#ifndef SKY_OS_JOBSERVER_H
#define SKY_OS_JOBSERVER_H

#include "base/base.h"
#include "base/err.h"

struct jobserver;

/* The numbers under which a child gets the two ends, and what it is told of them. */
enum { JOBSERVER_READ = 3, JOBSERVER_WRITE = 4 };
#define JOBSERVER_MAKEFLAGS "MAKEFLAGS= -j --jobserver-auth=3,4"

/* A jobserver of our own with so many bytes; NULL with the reason. */
struct jobserver *jobserver_offer(int tokens, struct err *e);
/* The one that MAKEFLAGS (may be NULL) tells of; NULL: there is none that we may use.
 * To be called before other files are opened: make may have closed its ends, and their
 * numbers be given to others. */
struct jobserver *jobserver_join(const char *makeflags);
/* Puts back what is still held; NULL is fine. */
void jobserver_free(struct jobserver *j);
/* Never waits; false: there is no byte now. */
bool jobserver_take(struct jobserver *j);
void jobserver_give(struct jobserver *j);
size_t jobserver_held(const struct jobserver *j);
/* N of make's -jN; 0: not known. */
int jobserver_slots(const struct jobserver *j);
/* Readable when there may be a byte to take. */
int jobserver_fd(const struct jobserver *j);
/* The descriptors that become JOBSERVER_READ and JOBSERVER_WRITE of a child; both
 * are higher than these. */
const int *jobserver_ends(const struct jobserver *j);

#endif
