/* appendfile.c -- pread and pwrite at known places: no shared file position, and
 * a retry after a failed append overwrites what the failed one left. */
#include "os/appendfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

#define PIECE ((size_t)1 << 30)   /* one read or write moves less than 2 GiB */

static bool
opened(struct appendfile *f, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(f->fd, &st) != 0)
		return err_errno(e, errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "cannot open %s: it is not a regular file", path);
	f->size = (uint64_t)st.st_size;
	return true;
}

bool
appendfile_open(struct appendfile *f, int dir, const char *path, bool empty,
	struct err *e)
{
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	*f = (struct appendfile)APPENDFILE_NONE;
	f->fd = openat(dir, path, flags | (empty ? O_TRUNC : 0), 0644);
	if (f->fd < 0)
		return err_errno(e, errno, "cannot open %s", path);
	if (!opened(f, path, e)) {
		appendfile_close(f);
		return false;
	}
	f->path = mem_strndup(path, strlen(path));
	return true;
}

void
appendfile_close(struct appendfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	mem_free(f->path);
	*f = (struct appendfile)APPENDFILE_NONE;
}

bool
appendfile_read(const struct appendfile *f, struct buf *out, struct err *e)
{
	size_t old = out->n, size = (size_t)f->size;

	buf_reserve(out, size);
	for (size_t at = 0; at < size;) {
		size_t want = size - at < PIECE ? size - at : PIECE;
		ssize_t got = pread(f->fd, out->p + old + at, want, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int why = errno;
			buf_cut(out, old);
			return err_errno(e, why, "cannot read %s", f->path);
		}
		if (got == 0)
			break;
		at += (size_t)got;
		out->n = old + at;
	}
	out->p[out->n] = '\0';
	return true;
}

bool
appendfile_append(struct appendfile *f, const void *p, size_t n, struct err *e)
{
	const char *from = p;

	for (size_t at = 0; at < n;) {
		size_t want = n - at < PIECE ? n - at : PIECE;
		ssize_t put = pwrite(f->fd, from + at, want, (off_t)(f->size + at));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			int why = put < 0 ? errno : ENOSPC;
			while (ftruncate(f->fd, (off_t)f->size) != 0 && errno == EINTR)
				;
			return err_errno(e, why, "cannot write %s", f->path);
		}
		at += (size_t)put;
	}
	f->size += n;
	return true;
}

bool
appendfile_cut(struct appendfile *f, uint64_t size, struct err *e)
{
	int r;

	do
		r = ftruncate(f->fd, (off_t)size);
	while (r != 0 && errno == EINTR);
	if (r != 0)
		return err_errno(e, errno, "cannot cut %s", f->path);
	f->size = size;
	return true;
}

bool
appendfile_sync(struct appendfile *f, struct err *e)
{
	int r;

	do
		r = fdatasync(f->fd);
	while (r != 0 && errno == EINTR);
	return r == 0 || err_errno(e, errno, "cannot write %s", f->path);
}
