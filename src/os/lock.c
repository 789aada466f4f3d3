/* lock.c -- flock on a file that is never removed.
 *
 * A lock is on a file, not on a name: when somebody removes the folder while
 * we wait for its lock, we would get a file that nobody else can see.  So the
 * name is looked up again once the lock is held, and a lock on a file that the
 * name does not lead to any more is given back.
 */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOLDER_MAX 400   /* bytes shown of the holder's text */

/* 1: yes; 0: no; -1: errno says why nobody knows. */
static int
still_named(int fd, int dir, const char *path)
{
	struct stat mine, named;

	if (fstat(fd, &mine) != 0)
		return -1;
	if (fstatat(dir, path, &named, 0) != 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	return mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

static int
flock_retry(int fd, int how)
{
	int r;

	do
		r = flock(fd, how);
	while (r != 0 && errno == EINTR);
	return r;
}

/* The text is only advice, so that a failure to write it is no failure. */
static void
write_who(int fd, const char *who)
{
	if (ftruncate(fd, 0) != 0 || pwrite(fd, who, strlen(who), 0) < 0)
		errno = 0;
}

static void
read_who(int fd, struct buf *holder)
{
	char text[HOLDER_MAX];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	buf_reset(holder);
	if (n > 0)
		buf_add(holder, text, (size_t)n);
}

/* Opens and locks.  -1: failed; 0: taken; 1: another one has it (only with
 * LOCK_NB), and l->fd is open for reading who. */
static int
take(struct lock *l, int dir, const char *path, int how, struct err *e)
{
	for (;;) {
		l->fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
		if (l->fd < 0) {
			err_errno(e, errno, "cannot open the lock file %s", path);
			return -1;
		}
		int named = flock_retry(l->fd, how) != 0 ? -1 : still_named(l->fd, dir, path);
		if (named > 0)
			return 0;
		if (named < 0)
			break;
		close(l->fd);
	}
	if (errno == EWOULDBLOCK)
		return 1;
	err_errno(e, errno, "cannot lock %s", path);
	close(l->fd);
	l->fd = -1;
	return -1;
}

bool
lock_try(struct lock *l, int dir, const char *path, const char *who, bool *busy,
	struct buf *holder, struct err *e)
{
	int r = take(l, dir, path, LOCK_EX | LOCK_NB, e);

	if (r < 0)
		return false;
	*busy = r == 1;
	if (r == 0) {
		write_who(l->fd, who);
		return true;
	}
	read_who(l->fd, holder);
	close(l->fd);
	l->fd = -1;
	return true;
}

bool
lock_wait(struct lock *l, int dir, const char *path, const char *who,
	struct err *e)
{
	if (take(l, dir, path, LOCK_EX, e) != 0)
		return false;
	write_who(l->fd, who);
	return true;
}

void
lock_release(struct lock *l)
{
	if (l->fd < 0)
		return;
	write_who(l->fd, "");
	close(l->fd);
	l->fd = -1;
}
