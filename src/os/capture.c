/* capture.c -- a head that fills once, then a ring that is written round and
 * round. */
#include "os/capture.h"

#include <inttypes.h>

#include "base/die.h"

void
capture_init(struct capture *c, size_t limit)
{
	*c = (struct capture){ .head = BUF_INIT, .limit = limit, .ring_size = limit / 2 };
}

void
capture_fini(struct capture *c)
{
	buf_fini(&c->head);
	mem_free(c->ring);
	c->ring = NULL;
}

static void
ring_add(struct capture *c, const char *p, size_t n)
{
	c->beyond += n;
	if (c->ring_size == 0)
		return;
	if (!c->ring)
		c->ring = mem_alloc(c->ring_size);
	if (n > c->ring_size) {
		p += n - c->ring_size;
		n = c->ring_size;
	}
	while (n > 0) {
		size_t room = c->ring_size - c->ring_at;
		size_t part = n < room ? n : room;
		memcpy(c->ring + c->ring_at, p, part);
		c->ring_at = (c->ring_at + part) % c->ring_size;
		p += part;
		n -= part;
	}
}

void
capture_add(struct capture *c, const char *p, size_t n)
{
	size_t room = n;

	if (c->limit > 0)
		room = c->limit - c->ring_size - c->head.n;
	if (room > n)
		room = n;
	if (room > 0)
		buf_add(&c->head, p, room);
	if (n > room)
		ring_add(c, p + room, n - room);
}

void
capture_text(const struct capture *c, struct buf *out)
{
	buf_addstr(out, buf_str(&c->head));
	if (c->beyond > c->ring_size) {
		buf_printf(out, "\n... %" PRIu64 " bytes left out ...\n",
		    c->beyond - c->ring_size);
		if (c->ring) {
			buf_add(out, c->ring + c->ring_at, c->ring_size - c->ring_at);
			buf_add(out, c->ring, c->ring_at);
		}
	} else if (c->ring) {
		buf_add(out, c->ring, (size_t)c->beyond);
	}
}
