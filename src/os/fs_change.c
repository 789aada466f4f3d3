/* fs_change.c -- the part of fs.h that writes: replace, make, remove.
 *
 * Whatever replaces something appears whole: it is made under a temporary name in
 * the same directory (".skylua-PID-N") and renamed.
 *
 * Removing a tree opens one descriptor per level.  Below DEPTH_MAX levels a
 * directory is moved up to the top of the tree instead of being entered, so
 * that neither descriptors nor the stack run out, however deep it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "os/fs.h"

#define PIECE ((size_t)64 << 10)
#define CHUNK ((size_t)1 << 30)   /* bytes per copy_file_range */
#define DEPTH_MAX 64
#define ROUNDS_MAX 100            /* somebody fills what we empty: give up */

static atomic_uint_fast32_t temp_count;

static void
temp_path(const char *path, struct buf *out)
{
	char name[48];
	unsigned n = (unsigned)atomic_fetch_add_explicit(&temp_count, 1, memory_order_relaxed);

	snprintf(name, sizeof(name), ".skylua-%ld-%u", (long)getpid(), n);
	buf_reset(out);
	path_join(out, path_dir(str_of(path)), str_of(name));
}

/* A new file under a temporary name, and that name; -1: errno says why. */
static int
temp_open(int dir, const char *path, struct buf *temp)
{
	int fd;

	do {
		temp_path(path, temp);
		fd = openat(dir, temp->p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	} while (fd < 0 && (errno == EEXIST || errno == EINTR));
	return fd;
}

/* The file itself, when it is new and a part of it does no harm; `temp` stays
 * empty.  When something is there, it is replaced as ever. */
static int
new_open(int dir, const char *path, struct buf *temp)
{
	int fd;

	do
		fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd < 0 && errno == EEXIST ? temp_open(dir, path, temp) : fd;
}

/* Ends what temp_open or new_open began; `ok` says if the content is complete.
 * On failure errno is kept and the file goes. */
static bool
finish(int dir, int fd, const struct buf *temp, const char *path, bool executable, bool ok)
{
	int err;

	ok = ok && fchmod(fd, executable ? 0755 : 0644) == 0;
	err = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		err = errno;
	}
	if (ok && (temp->n == 0 || renameat(dir, temp->p, dir, path) == 0))
		return true;
	err = ok ? errno : err;
	unlinkat(dir, temp->n > 0 ? temp->p : path, 0);
	errno = err;
	return false;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

typedef int open_fn(int dir, const char *path, struct buf *temp);

static bool
write_to(open_fn *open, int dir, const char *path, struct str text, bool executable,
	struct err *e)
{
	struct buf temp = BUF_INIT;
	bool ok;
	int fd;

	path = *path ? path : ".";   /* the root itself: the kernel refuses */
	fd = open(dir, path, &temp);
	ok = fd >= 0 && finish(dir, fd, &temp, path, executable, write_all(fd, text.p, text.n));
	if (!ok)
		err_errno(e, errno, "cannot write %s", path);
	buf_fini(&temp);
	return ok;
}

bool
fs_write(int dir, const char *path, struct str text, bool executable, struct err *e)
{
	return write_to(temp_open, dir, path, text, executable, e);
}

bool
fs_create(int dir, const char *path, struct str text, bool executable, struct err *e)
{
	return write_to(new_open, dir, path, text, executable, e);
}

static bool
copy_by_hand(int from, int to)
{
	char piece[PIECE];

	for (;;) {
		ssize_t n = read(from, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (!write_all(to, piece, (size_t)n))
			return false;
	}
}

/* Shares the blocks, or lets the kernel copy, or copies.  copy_file_range says
 * 0 for files of the kernel that do have content, and fails in many ways that
 * mean "not here"; both descriptors then stand where the next way goes on. */
static bool
copy_content(int from, int to)
{
	ssize_t n;

	if (ioctl(to, FICLONE, from) == 0)
		return true;
	do
		n = copy_file_range(from, NULL, to, NULL, CHUNK, 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
		return false;
	return copy_by_hand(from, to);
}

static int
open_source(int dir, const char *path, struct err *e)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		err_errno(e, errno, "cannot copy %s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(e, ERR_IO, "cannot copy %s: it is not a regular file", path);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
copy_to(open_fn *open, int dir, const char *from, const char *to, bool executable,
	struct err *e)
{
	struct buf temp = BUF_INIT;
	int in = open_source(dir, from, e), out;
	bool ok;

	if (in < 0)
		return false;
	out = open(dir, to, &temp);
	ok = out >= 0 && finish(dir, out, &temp, to, executable, copy_content(in, out));
	if (!ok)
		err_errno(e, errno, "cannot copy %s to %s", from, to);
	close(in);
	buf_fini(&temp);
	return ok;
}

/* As copy_content, and the digest of what was copied.  What the blocks are
 * shared with is read, too: that is the same bytes. */
static bool
copy_hashed(int from, int to, struct digest *out)
{
	struct hasher *h = hasher_new();
	bool shared = ioctl(to, FICLONE, from) == 0, ok = true;
	char piece[PIECE];
	ssize_t n;

	while (ok && (n = read(from, piece, sizeof(piece))) != 0) {
		if (n < 0) {
			ok = errno == EINTR;
			continue;
		}
		hasher_add(h, piece, (size_t)n);
		ok = shared || write_all(to, piece, (size_t)n);
	}
	*out = hasher_digest(h);
	hasher_free(h);
	return ok;
}

bool
fs_copy_checked(int dir, const char *from, const char *to, bool executable,
	struct digest want, struct err *e)
{
	struct buf temp = BUF_INIT;
	int in = open_source(dir, from, e), out;
	struct digest got = { 0, 0 };
	bool ok, same = true;

	if (in < 0)
		return false;
	out = new_open(dir, to, &temp);
	ok = out >= 0 && copy_hashed(in, out, &got);
	if (ok)
		same = digest_eq(got, want);
	ok = out >= 0 && finish(dir, out, &temp, to, executable, ok && same);
	if (!ok && !same)
		err_set(e, ERR_CHANGED, "%s is not what it was", from);
	else if (!ok)
		err_errno(e, errno, "cannot copy %s to %s", from, to);
	close(in);
	buf_fini(&temp);
	return ok;
}

bool
fs_copy(int dir, const char *from, const char *to, bool executable, struct err *e)
{
	return copy_to(temp_open, dir, from, to, executable, e);
}

bool
fs_create_copy(int dir, const char *from, const char *to, bool executable, struct err *e)
{
	return copy_to(new_open, dir, from, to, executable, e);
}

bool
fs_symlink(int dir, const char *target, const char *path, struct err *e)
{
	struct buf temp = BUF_INIT;
	bool ok = symlinkat(target, dir, path) == 0;

	if (!ok && errno == EEXIST) {
		do
			temp_path(path, &temp);
		while (!(ok = symlinkat(target, dir, temp.p) == 0) && errno == EEXIST);
		if (ok && renameat(dir, temp.p, dir, path) != 0) {
			int err = errno;
			unlinkat(dir, temp.p, 0);
			errno = err;
			ok = false;
		}
	}
	if (!ok)
		err_errno(e, errno, "cannot make the symlink %s", path);
	buf_fini(&temp);
	return ok;
}

bool
fs_rename(int dir, const char *from, const char *to, struct err *e)
{
	if (renameat(dir, from, dir, to) != 0)
		return err_errno(e, errno, "cannot rename %s to %s", from, to);
	return true;
}

void
fs_touch(int dir, const char *path)
{
	if (utimensat(dir, path, NULL, AT_SYMLINK_NOFOLLOW) != 0)
		errno = 0;
}

bool
fs_chmod(int dir, const char *path, uint32_t mode, struct err *e)
{
	if (fchmodat(dir, path, (mode_t)mode, 0) != 0)
		return err_errno(e, errno, "cannot change the mode of %s", path);
	return true;
}

/* 0: a directory is there (made now or before); else what went wrong, ENOTDIR
 * when something else has the name. */
static int
make_dir(int dir, const char *path)
{
	struct stat st;
	int err = mkdirat(dir, path, 0755) == 0 ? 0 : errno;

	if (err == 0)                    /* whatever the umask */
		fchmodat(dir, path, 0755, 0);
	if (err == 0 || err == ENOENT || err == ENOTDIR)
		return err;
	if (fstatat(dir, path, &st, 0) == 0)
		return S_ISDIR(st.st_mode) ? 0 : err == EEXIST ? ENOTDIR : err;
	if (err == EEXIST && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return errno;            /* it is there, and more is not to be known */
	return err == EEXIST ? ENOTDIR : err;
}

/* Makes the first `n` bytes of path, then one component more, and so on. */
static int
make_each(int dir, char *path)
{
	int err = 0;

	for (char *p = path; *p && err == 0;) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		char c = *p;
		*p = '\0';
		err = make_dir(dir, path);
		if (err == 0)
			*p = c;
	}
	return err;
}

/* Two tries: somebody may remove a parent between two of our steps. */
bool
fs_mkdirs(int dir, const char *path, struct err *e)
{
	struct buf part = BUF_INIT;
	int err = *path ? make_dir(dir, path) : 0;

	for (int round = 0; round < 2 && (err == ENOENT || err == ENOTDIR); round++) {
		buf_reset(&part);
		buf_adds(&part, path);
		err = make_each(dir, part.p);
	}
	if (err == ENOTDIR)
		err_set(e, ERR_IO, "cannot make the directory %s: %s is not a directory",
		    path, part.p);
	else if (err != 0)
		err_errno(e, err, "cannot make the directory %s", path);
	buf_fini(&part);
	return err == 0;
}

struct sweep {
	int top;             /* the tree's uppermost directory; -1: not open yet */
	unsigned moved;      /* directories moved up to it */
	struct buf culprit;  /* the name at which it failed */
};

static bool
is_gone(int err)
{
	return err == ENOENT || err == ENOTDIR;
}

/* 0: it is gone; ENOTEMPTY: a directory with entries; else why not. */
static int
remove_one(int dir, const char *name)
{
	int err;

	if (unlinkat(dir, name, 0) == 0 || is_gone(errno))
		return 0;
	err = errno;
	if (err != EISDIR && err != EPERM)
		return err;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno == ENOTDIR)
		return err;
	return errno == EEXIST ? ENOTEMPTY : errno;
}

static int
open_subdir(int dir, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags);

	if (fd < 0 && errno == EACCES &&
	    fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, flags);
	return fd;
}

static int
move_up(struct sweep *s, int dir, const char *name)
{
	char to[48];

	/* A directory whose ".." changes must be writable itself. */
	if (fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) != 0)
		return errno;
	do {
		snprintf(to, sizeof(to), ".skylua-rm-%u", s->moved++);
		if (renameat(dir, name, s->top, to) == 0)
			return 0;
	} while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
	return errno;
}

static int remove_tree(struct sweep *s, int dir, const char *name, int depth);

/* One pass over a directory; takes fd over. */
static int
empty_dir(struct sweep *s, int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	int err = 0;

	if (!d) {
		err = errno;
		close(fd);
		return err;
	}
	while (err == 0) {
		errno = 0;
		entry = readdir(d);
		if (!entry) {
			err = errno;
			break;
		}
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		err = remove_one(fd, name);
		if (err == EACCES && fchmod(fd, 0700) == 0)
			err = remove_one(fd, name);
		if (err == ENOTEMPTY && depth >= DEPTH_MAX)
			err = move_up(s, fd, name);
		else if (err == ENOTEMPTY)
			err = remove_tree(s, fd, name, depth + 1);
		if (err != 0 && s->culprit.n == 0)
			buf_adds(&s->culprit, name);
	}
	closedir(d);
	return err;
}

/* For a directory that has entries.  A round that moved something up to the top
 * has made progress and does not count. */
static int
remove_tree(struct sweep *s, int dir, const char *name, int depth)
{
	int err = ENOTEMPTY;

	for (int round = 0; round < ROUNDS_MAX && err == ENOTEMPTY;) {
		unsigned moved = s->moved;
		int fd = open_subdir(dir, name);
		if (fd < 0)
			return is_gone(errno) ? 0 : errno;
		if (depth == 0 && s->top < 0)
			s->top = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		err = empty_dir(s, fd, depth);
		if (err == 0)
			err = remove_one(dir, name);
		round += s->moved == moved;
	}
	return err;
}

bool
fs_remove(int dir, const char *path, struct err *e)
{
	struct sweep s = { .top = -1, .culprit = BUF_INIT };
	struct stat st;
	int err;

	/* Removing locks the directory even when there is nothing: others who write
	 * there would wait.  Looking does not. */
	if (*path && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0 && is_gone(errno))
		return true;
	path = *path ? path : ".";   /* the root itself: the kernel refuses */
	err = remove_one(dir, path);
	if (err == ENOTEMPTY)
		err = remove_tree(&s, dir, path, 0);
	if (s.top >= 0)
		close(s.top);
	if (err != 0 && s.culprit.n > 0)
		err_errno(e, err, "cannot remove %s in %s", s.culprit.p, path);
	else if (err != 0)
		err_errno(e, err, "cannot remove %s", path);
	buf_fini(&s.culprit);
	return err == 0;
}

bool
fs_remove_empty(int dir, const char *path)
{
	return unlinkat(dir, path, AT_REMOVEDIR) == 0;
}
