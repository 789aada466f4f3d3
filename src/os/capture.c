/* capture.c -- a head that fills once, then a ring that is written round and
 * round. */
#include "os/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/die.h"
#include "base/path.h"
#include "os/fs.h"

void
capture_init(struct capture *c, size_t limit)
{
	*c = (struct capture){ .head = BUF_INIT, .limit = limit,
		.ring_size = limit / 2, .fd = -1 };
}

void
capture_fini(struct capture *c)
{
	buf_fini(&c->head);
	mem_free(c->ring);
	c->ring = NULL;
	mem_free(c->log);
	c->log = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void
capture_log(struct capture *c, int dir, const char *path)
{
	c->dir = dir;
	c->log = mem_strndup(path, strlen(path));
}

bool
capture_logged(const struct capture *c)
{
	return c->fd >= 0;
}

/* A log that cannot be written (a full disk) is given up: the output that is kept
 * will say what is missing. */
static void
log_write(struct capture *c, const char *p, size_t n)
{
	while (c->fd >= 0 && n > 0) {
		ssize_t done = write(c->fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			close(c->fd);
			c->fd = -1;
			return;
		}
		p += done;
		n -= (size_t)done;
	}
}

static void
log_open(struct capture *c)
{
	struct str dir = path_dir(str_of(c->log));
	char *parent = mem_strndup(dir.p, dir.n);
	struct err ignored = ERR_INIT;

	if (fs_mkdirs(c->dir, parent, &ignored) && fs_remove(c->dir, c->log, &ignored))
		c->fd = openat(c->dir, c->log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	err_fini(&ignored);
	mem_free(parent);
	c->log_tried = true;
	log_write(c, c->head.p, c->head.n);
	log_write(c, c->ring, (size_t)c->beyond);   /* not yet gone round */
}

static void
ring_add(struct capture *c, const char *p, size_t n)
{
	if (c->log && !c->log_tried && c->beyond + n > c->ring_size)
		log_open(c);
	log_write(c, p, n);
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
		buf_printf(out, "\n... %" PRIu64 " bytes left out%s%s ...\n",
		    c->beyond - c->ring_size, c->fd >= 0 ? "; all of it: " : "",
		    c->fd >= 0 ? c->log : "");
		if (c->ring) {
			buf_add(out, c->ring + c->ring_at, c->ring_size - c->ring_at);
			buf_add(out, c->ring, c->ring_at);
		}
	} else if (c->ring) {
		buf_add(out, c->ring, (size_t)c->beyond);
	}
}
