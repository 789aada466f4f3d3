/* capture.h -- the output of a process, as much of it as one wants to keep.
 *
 * With a limit, the first and the last half of that many bytes are kept, and a
 * note says how many are missing between them.  Memory never exceeds the limit
 * by much, whatever the process writes.  All of it goes into a file, when one is
 * named, as soon as it does not fit.
 */
#ifndef SKY_OS_CAPTURE_H
#define SKY_OS_CAPTURE_H

#include "base/base.h"
#include "base/buf.h"

struct capture {
	struct buf head;     /* the first bytes */
	char *ring;          /* owned; NULL until the head is full */
	size_t limit;        /* 0: none */
	size_t ring_size;
	size_t ring_at;      /* where the next byte goes */
	uint64_t beyond;     /* bytes that came after the head */
	int dir;             /* where `log` is */
	char *log;           /* owned; file for all of it, or NULL */
	bool log_tried;
	int fd;              /* of the log, once it is being written; -1: not (any more) */
};

void capture_init(struct capture *c, size_t limit);
void capture_fini(struct capture *c);
/* Before the first byte.  The file and its directory are made when they are needed. */
void capture_log(struct capture *c, int dir, const char *path);
bool capture_logged(const struct capture *c);   /* is all of it in the log? */
void capture_add(struct capture *c, const char *p, size_t n);
/* Appends what was kept to `out`. */
void capture_text(const struct capture *c, struct buf *out);

#endif
