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

/* 0, or errno. */
static int
put_at(const struct appendfile *f, uint64_t place, const char *from, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t want = n - at < PIECE ? n - at : PIECE;
		ssize_t put = pwrite(f->fd, from + at, want, (off_t)(place + at));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno : ENOSPC;
		at += (size_t)put;
	}
	return 0;
}

bool
appendfile_append(struct appendfile *f, const void *p, size_t n, struct err *e)
{
	int why = put_at(f, f->size, p, n);

	if (why != 0) {
		while (ftruncate(f->fd, (off_t)f->size) != 0 && errno == EINTR)
			;
		return err_errno(e, why, "cannot write %s", f->path);
	}
	f->size += n;
	return true;
}

bool
appendfile_rewrite(struct appendfile *f, uint64_t at, const void *p, size_t n, struct err *e)
{
	int why = put_at(f, at, p, n);

	return why == 0 || err_errno(e, why, "cannot write %s", f->path);
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
