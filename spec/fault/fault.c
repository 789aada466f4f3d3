/* fault.c -- system calls that fail, or kill the process, when a spec says so.
 *
 *   SKYLUA_FAIL=point:n:kind    the n-th call of a point ("5+": that one and all after)
 *       point  a name of the table below, or "any" for all of them together
 *       kind   an errno by name, "kill" (SIGKILL instead of the call), "short" (a
 *              read or write of one byte), "late" (the call, then SIGKILL)
 *   SKYLUA_FAIL_LOG=file        gets a line "point n" whenever it strikes
 *
 * Only build/skylua-fault has this: the same objects as build/skylua, linked with
 * --wrap (Makefile), so that the real binary pays nothing and holds nothing of it.
 * What a started process does is not touched.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum point {
	OPEN, READ, WRITE, STAT, LIST, RENAME, UNLINK, MKDIR, LINK, CHMOD, CUT, SYNC, MAP, LOCK,
	SPAWN, POINTS, ANY = POINTS
};

static const char *const POINT_NAMES[] = {
	[OPEN] = "open", [READ] = "read", [WRITE] = "write", [STAT] = "stat", [LIST] = "list",
	[RENAME] = "rename", [UNLINK] = "unlink", [MKDIR] = "mkdir", [LINK] = "link",
	[CHMOD] = "chmod", [CUT] = "cut", [SYNC] = "sync", [MAP] = "map", [LOCK] = "lock",
	[SPAWN] = "spawn", [ANY] = "any",
};

static const struct {
	const char *name;
	int err;
} ERRORS[] = {
	{ "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EDQUOT", EDQUOT }, { "EINTR", EINTR },
	{ "EIO", EIO }, { "EMFILE", EMFILE }, { "ENOENT", ENOENT }, { "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC }, { "EPERM", EPERM }, { "EROFS", EROFS },
};

enum kind { FAIL, KILL, SHORT, LATE };

static struct {
	enum point point;            /* POINTS + 1: none */
	enum kind kind;
	int err;
	long first;
	bool forever;
	const char *log;
	atomic_long calls;
} plan = { .point = POINTS + 1 };

static void
bad_plan(const char *text)
{
	fprintf(stderr, "SKYLUA_FAIL is not point:n:kind: \"%s\"\n", text);
	exit(2);
}

static void
read_kind(const char *text, const char *whole)
{
	static const char *const kinds[] = { [KILL] = "kill", [SHORT] = "short", [LATE] = "late" };

	for (int i = KILL; i <= LATE; i++)
		if (strcmp(text, kinds[i]) == 0) {
			plan.kind = (enum kind)i;
			return;
		}
	for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++)
		if (strcmp(text, ERRORS[i].name) == 0) {
			plan.err = ERRORS[i].err;
			return;
		}
	bad_plan(whole);
}

__attribute__((constructor)) static void
read_plan(void)
{
	const char *text = getenv("SKYLUA_FAIL");
	char name[16], kind[16];
	int used = 0;

	if (!text)
		return;
	if (sscanf(text, "%15[a-z]:%ld%n", name, &plan.first, &used) != 2)
		bad_plan(text);
	plan.forever = text[used] == '+';
	if (sscanf(text + used + plan.forever, ":%15[A-Za-z]", kind) != 1)
		bad_plan(text);
	plan.log = getenv("SKYLUA_FAIL_LOG");
	read_kind(kind, text);
	for (int i = 0; i <= ANY; i++)
		if (strcmp(name, POINT_NAMES[i]) == 0)
			plan.point = (enum point)i;
	if (plan.point > ANY)
		bad_plan(text);
}

static void
note(enum point p, long n)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%s %ld\n", POINT_NAMES[p], n);
	long fd = plan.log ? syscall(SYS_openat, AT_FDCWD, plan.log,
	    O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;

	if (fd >= 0) {
		syscall(SYS_write, fd, line, (size_t)len);
		syscall(SYS_close, fd);
	}
}

/* Is this call one that is to go wrong?  KILL does not come back. */
static bool
strikes(enum point p)
{
	if (plan.point != ANY && plan.point != p)
		return false;
	long n = atomic_fetch_add(&plan.calls, 1) + 1;
	if (n != plan.first && !(plan.forever && n > plan.first))
		return false;
	note(p, n);
	if (plan.kind == KILL)
		kill(getpid(), SIGKILL);
	errno = plan.err;
	return true;
}

/* The declaration of a wrapper, and the real function. */
#define WRAP(type, name, ...) \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

/* `late`: what the call would have done has happened when the process dies. */
#define CALL(point, failure, call) \
	do { \
		if (!strikes(point)) \
			return call; \
		if (plan.kind == FAIL) \
			return failure; \
		__typeof__(call) result = call; \
		if (plan.kind == LATE) \
			kill(getpid(), SIGKILL); \
		return result; \
	} while (0)

/* The same for reads and writes, which may do less than they were asked. */
#define MOVE(point, call, call_one) \
	do { \
		if (!strikes(point)) \
			return call; \
		if (plan.kind == FAIL) \
			return -1; \
		ssize_t result = plan.kind == SHORT && n > 0 ? call_one : call; \
		if (plan.kind == LATE) \
			kill(getpid(), SIGKILL); \
		return result; \
	} while (0)

static mode_t
mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	CALL(OPEN, -1, __real_openat(dir, path, flags, mode));
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = mode_of(flags, ap);
	va_end(ap);
	CALL(OPEN, -1, __real_open(path, flags, mode));
}

WRAP(ssize_t, read, int fd, void *p, size_t n)
{
	MOVE(READ, __real_read(fd, p, n), __real_read(fd, p, 1));
}

WRAP(ssize_t, pread, int fd, void *p, size_t n, off_t at)
{
	MOVE(READ, __real_pread(fd, p, n, at), __real_pread(fd, p, 1, at));
}

WRAP(ssize_t, readlinkat, int dir, const char *path, char *p, size_t n)
{
	CALL(READ, -1, __real_readlinkat(dir, path, p, n));
}

WRAP(ssize_t, write, int fd, const void *p, size_t n)
{
	MOVE(WRITE, __real_write(fd, p, n), __real_write(fd, p, 1));
}

WRAP(ssize_t, pwrite, int fd, const void *p, size_t n, off_t at)
{
	MOVE(WRITE, __real_pwrite(fd, p, n, at), __real_pwrite(fd, p, 1, at));
}

WRAP(ssize_t, copy_file_range, int in, off_t *at, int out, off_t *to, size_t n, unsigned flags)
{
	CALL(WRITE, -1, __real_copy_file_range(in, at, out, to, n, flags));
}

WRAP(int, fstatat, int dir, const char *path, struct stat *st, int flags)
{
	CALL(STAT, -1, __real_fstatat(dir, path, st, flags));
}

WRAP(int, fstat, int fd, struct stat *st)
{
	CALL(STAT, -1, __real_fstat(fd, st));
}

WRAP(struct dirent *, readdir, DIR *d)
{
	CALL(LIST, NULL, __real_readdir(d));
}

WRAP(int, renameat, int dir, const char *from, int todir, const char *to)
{
	CALL(RENAME, -1, __real_renameat(dir, from, todir, to));
}

WRAP(int, unlinkat, int dir, const char *path, int flags)
{
	CALL(UNLINK, -1, __real_unlinkat(dir, path, flags));
}

WRAP(int, mkdirat, int dir, const char *path, mode_t mode)
{
	CALL(MKDIR, -1, __real_mkdirat(dir, path, mode));
}

WRAP(int, symlinkat, const char *target, int dir, const char *path)
{
	CALL(LINK, -1, __real_symlinkat(target, dir, path));
}

WRAP(int, linkat, int dir, const char *from, int todir, const char *to, int flags)
{
	CALL(LINK, -1, __real_linkat(dir, from, todir, to, flags));
}

WRAP(int, fchmod, int fd, mode_t mode)
{
	CALL(CHMOD, -1, __real_fchmod(fd, mode));
}

WRAP(int, fchmodat, int dir, const char *path, mode_t mode, int flags)
{
	CALL(CHMOD, -1, __real_fchmodat(dir, path, mode, flags));
}

WRAP(int, ftruncate, int fd, off_t size)
{
	CALL(CUT, -1, __real_ftruncate(fd, size));
}

WRAP(int, fdatasync, int fd)
{
	CALL(SYNC, -1, __real_fdatasync(fd));
}

WRAP(int, fsync, int fd)
{
	CALL(SYNC, -1, __real_fsync(fd));
}

WRAP(void *, mmap, void *at, size_t n, int prot, int flags, int fd, off_t from)
{
	if (flags & MAP_ANONYMOUS)               /* memory, no file */
		return __real_mmap(at, n, prot, flags, fd, from);
	CALL(MAP, MAP_FAILED, __real_mmap(at, n, prot, flags, fd, from));
}

WRAP(int, flock, int fd, int how)
{
	CALL(LOCK, -1, __real_flock(fd, how));
}

int __real_clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
int __wrap_clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
int
__wrap_clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	va_list ap;

	va_start(ap, arg);
	int *pidfd = va_arg(ap, int *);          /* all that launch.c hands over */
	va_end(ap);
	CALL(SPAWN, -1, __real_clone(fn, stack, flags, arg, pidfd));
}
