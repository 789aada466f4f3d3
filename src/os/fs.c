/* fs.c -- looking at the disk and reading it; fs_change.c writes to it.
 *
 * Reading costs what the kernel asks for: one open, one fstat, and one read of
 * a byte more than the size, whose short count says that the end was reached.
 * No mmap: a file that shrinks under a mapping is a SIGBUS.
 */
#include "os/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"

#define PIECE ((size_t)64 << 10)   /* bytes per read; most sources fit */

static atomic_uint_fast64_t nstats, nreads, nlists;

static void
count(atomic_uint_fast64_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

struct fs_counts
fs_count(void)
{
	return (struct fs_counts){
		.stats = atomic_load_explicit(&nstats, memory_order_relaxed),
		.reads = atomic_load_explicit(&nreads, memory_order_relaxed),
		.lists = atomic_load_explicit(&nlists, memory_order_relaxed),
	};
}

/* "" is the directory itself; the kernel wants a dot for that. */
static const char *
named(const char *path)
{
	return *path ? path : ".";
}

static enum fs_kind
kind_of_mode(mode_t mode)
{
	if (S_ISREG(mode))
		return FS_FILE;
	if (S_ISDIR(mode))
		return FS_DIR;
	return S_ISLNK(mode) ? FS_SYMLINK : FS_SPECIAL;
}

static int64_t
stamp(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool
fs_lstat(int dir, const char *path, struct fs_stat *out, struct err *e)
{
	struct stat st;

	count(&nstats);
	if (fstatat(dir, named(path), &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return err_errno(e, errno, "cannot look at %s", named(path));
		*out = (struct fs_stat){ .kind = errno == EACCES ? FS_DENIED : FS_NONE };
		return true;
	}
	*out = (struct fs_stat){
		.kind = kind_of_mode(st.st_mode),
		.executable = S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0,
		.mode = st.st_mode & 07777,
		.size = (uint64_t)st.st_size,
		.mtime_ns = stamp(st.st_mtim),
		.ctime_ns = stamp(st.st_ctim),
		.inode = st.st_ino,
		.device = st.st_dev,
	};
	return true;
}

bool
fs_stat_equal(const struct fs_stat *a, const struct fs_stat *b)
{
	return a->kind == b->kind && a->executable == b->executable &&
	    a->mode == b->mode && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	    a->ctime_ns == b->ctime_ns && a->inode == b->inode && a->device == b->device;
}

bool
fs_readlink(int dir, const char *path, struct buf *target, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n;

	count(&nreads);
	n = readlinkat(dir, named(path), text, sizeof(text));
	if (n < 0 && errno == EINVAL)
		return err_set(e, ERR_CHANGED, "%s is not a symlink", named(path));
	if (n < 0)
		return err_errno(e, errno, "cannot read the symlink %s", named(path));
	buf_add(target, text, (size_t)n);
	return true;
}

/* An interrupted read is tried again. */
static ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* -1, or a descriptor of a regular file and its size.  O_NONBLOCK so that
 * opening a named pipe comes back; it changes nothing for files. */
static int
open_file(int dir, const char *path, size_t *size, struct err *e)
{
	int fd = openat(dir, named(path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	count(&nreads);
	if (fd < 0) {
		err_errno(e, errno, "cannot read %s", named(path));
		return -1;
	}
	if (fstat(fd, &st) != 0)
		err_errno(e, errno, "cannot read %s", named(path));
	else if (S_ISDIR(st.st_mode))
		err_errno(e, EISDIR, "cannot read %s", named(path));
	else if (!S_ISREG(st.st_mode))
		err_set(e, ERR_IO, "cannot read %s: it is not a regular file", named(path));
	else {
		*size = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

/* Files of the kernel say that their size is 0, so the end is where a read
 * finds nothing, or less than asked for just where the size says so. */
static bool
read_rest(int fd, size_t size, struct buf *out)
{
	size_t start = out->n, room = size + 1;
	ssize_t got;

	for (;;) {
		buf_reserve(out, room);
		got = read_some(fd, out->p + out->n, room);
		if (got <= 0)
			break;
		out->n += (size_t)got;
		if (out->n - start == size && (size_t)got < room)
			break;
		if ((size_t)got == room)
			room = PIECE;
		else
			room -= (size_t)got;
	}
	return got >= 0;
}

bool
fs_read(int dir, const char *path, struct buf *out, struct err *e)
{
	size_t start = out->n, size;
	int fd = open_file(dir, path, &size, e);
	bool ok;

	if (fd < 0)
		return false;
	ok = read_rest(fd, size, out);
	if (!ok)
		err_errno(e, errno, "cannot read %s", named(path));
	close(fd);
	buf_reserve(out, 0);
	buf_cut(out, ok ? out->n : start);
	return ok;
}

/* The file goes on behind the `n` bytes already in `piece`.  *size is the
 * bytes so far.  False: errno says why. */
static bool
digest_rest(int fd, char *piece, size_t n, struct digest *out, uint64_t *size)
{
	struct hasher *h = hasher_new();
	ssize_t got = (ssize_t)n;

	*size = 0;
	for (; got > 0; got = read_some(fd, piece, PIECE)) {
		hasher_add(h, piece, (size_t)got);
		*size += (uint64_t)got;
	}
	*out = hasher_digest(h);
	hasher_free(h);
	return got == 0;
}

bool
fs_digest(int dir, const char *path, struct digest *out, uint64_t *size,
	struct err *e)
{
	char piece[PIECE];
	struct digest d;
	uint64_t bytes;
	size_t expected;
	int fd = open_file(dir, path, &expected, e);
	ssize_t got;
	bool ok;

	if (fd < 0)
		return false;
	got = read_some(fd, piece, sizeof(piece));
	ok = got >= 0;
	if (ok && (size_t)got == expected && expected < sizeof(piece)) {
		bytes = expected;
		d = digest_of(piece, expected);
	} else if (ok) {
		ok = digest_rest(fd, piece, (size_t)got, &d, &bytes);
	}
	if (!ok)
		err_errno(e, errno, "cannot read %s", named(path));
	close(fd);
	if (ok) {
		*out = d;
		*size = bytes;
	}
	return ok;
}

/* FS_NONE: it went away since its name was read. */
static enum fs_kind
kind_of_entry(int fd, const struct dirent *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_REG:
		return FS_FILE;
	case DT_DIR:
		return FS_DIR;
	case DT_LNK:
		return FS_SYMLINK;
	case DT_UNKNOWN:
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			return FS_NONE;
		return kind_of_mode(st.st_mode);
	default:
		return FS_SPECIAL;
	}
}

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int
by_name(const void *a, const void *b)
{
	return str_cmp(((const struct fs_entry *)a)->name, ((const struct fs_entry *)b)->name);
}

/* The names may move while they are collected, so they get their addresses at
 * the end: they stand in `names` one behind the other, each with a NUL. */
static bool
collect(DIR *d, struct fs_list *out)
{
	struct dirent *entry;
	const char *at;
	size_t cap = 0;

	while ((void)(errno = 0), (entry = readdir(d))) {
		enum fs_kind kind = is_dots(entry->d_name) ? FS_NONE :
		    kind_of_entry(dirfd(d), entry);
		if (kind == FS_NONE)
			continue;
		size_t n = strlen(entry->d_name);
		buf_add(&out->names, entry->d_name, n + 1);
		out->entries = mem_grow(out->entries, &cap, out->n + 1, sizeof(*out->entries));
		out->entries[out->n++] = (struct fs_entry){ { NULL, n }, kind };
	}
	if (errno != 0)
		return false;
	at = out->names.p;
	for (size_t i = 0; i < out->n; at += out->entries[i++].name.n + 1)
		out->entries[i].name.p = at;
	if (out->n > 1)
		qsort(out->entries, out->n, sizeof(*out->entries), by_name);
	return true;
}

bool
fs_list(int dir, const char *path, struct fs_list *out, struct err *e)
{
	int fd = openat(dir, named(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool ok;

	count(&nlists);
	*out = (struct fs_list){ NULL, 0, BUF_INIT };
	ok = d && collect(d, out);
	if (!ok) {
		err_errno(e, errno, "cannot list the directory %s", named(path));
		fs_list_fini(out);
	}
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return ok;
}

bool
fs_is_empty(int dir, const char *path)
{
	int fd = openat(dir, named(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool empty = d != NULL;

	while (empty && ((void)(errno = 0), (entry = readdir(d))))
		empty = is_dots(entry->d_name);
	empty = empty && errno == 0;
	if (d)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	return empty;
}

void
fs_list_fini(struct fs_list *l)
{
	mem_free(l->entries);
	buf_fini(&l->names);
	*l = (struct fs_list){ NULL, 0, BUF_INIT };
}
