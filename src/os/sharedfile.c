/* sharedfile.c -- pread, pwrite, and O_APPEND, whose writes the kernel puts one
 * behind the other. */
#include "os/sharedfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool
sharedfile_open(struct sharedfile *f, const char *path, enum sharedfile_mode mode,
	struct err *e)
{
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;

	f->fd = open(path, flags | (mode == SHAREDFILE_APPEND ? O_APPEND : 0), 0644);
	if (f->fd < 0)
		return err_errno(e, errno, "cannot open %s", path);
	if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode))
		return true;
	sharedfile_close(f);
	return err_set(e, ERR_IO, "cannot open %s: it is not a regular file", path);
}

void
sharedfile_close(struct sharedfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

size_t
sharedfile_read(const struct sharedfile *f, uint64_t at, void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(f->fd, (char *)p + done, n - done, (off_t)(at + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

bool
sharedfile_write(const struct sharedfile *f, uint64_t at, const void *p, size_t n,
	struct err *e)
{
	ssize_t put;

	do
		put = pwrite(f->fd, p, n, (off_t)at);
	while (put < 0 && errno == EINTR);
	if (put == (ssize_t)n)
		return true;
	return err_errno(e, put < 0 ? errno : ENOSPC, "cannot write");
}

/* After a write with O_APPEND the position of the descriptor is its end. */
bool
sharedfile_append(const struct sharedfile *f, const void *p, size_t n, uint64_t *at,
	struct err *e)
{
	ssize_t put;
	off_t end;

	do
		put = write(f->fd, p, n);
	while (put < 0 && errno == EINTR);
	if (put != (ssize_t)n)
		return err_errno(e, put < 0 ? errno : ENOSPC, "cannot write");
	end = lseek(f->fd, 0, SEEK_CUR);
	if (end < (off_t)n)
		return err_errno(e, EIO, "cannot write");
	*at = (uint64_t)end - n;
	return true;
}
