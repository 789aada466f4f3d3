/* capture.h -- the output of a process, as much of it as one wants to keep.
 *
 * With a limit, the first and the last half of that many bytes are kept, and a
 * note says how many are missing between them.  Memory never exceeds the limit
 * by much, whatever the process writes.
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
};

void capture_init(struct capture *c, size_t limit);
void capture_fini(struct capture *c);
void capture_add(struct capture *c, const char *p, size_t n);
/* Appends what was kept to `out`. */
void capture_text(const struct capture *c, struct buf *out);

#endif
