/* launch.c -- find the program, clone, and say plainly why it did not start.
 *
 * clone(CLONE_VM | CLONE_VFORK): the child runs on a stack of its own in our
 * memory while this thread stands still, until execve or its end.  Therefore
 * the child makes bare system calls only, all signals are blocked around it (a
 * handler of ours must not run in the child), and it reports a failure by
 * writing into our struct child.  It is kept out of the sanitizers' hands:
 * half of what they would record belongs to a process that is gone.
 */
#include "os/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "os/sandbox.h"
#include "os/spawn.h"

#define CHILD_STACK ((size_t)32 << 10)
#define DEFAULT_PATH "/usr/bin:/bin"   /* what the C library searches without PATH */
#define CHILD_UMASK 022                /* outputs are the same whoever builds */
#define CLOSE_MAX 65536                /* descriptors tried on kernels before 5.9 */

#ifdef __has_attribute
#if __has_attribute(disable_sanitizer_instrumentation)
#define CHILD_CODE __attribute__((noinline, disable_sanitizer_instrumentation))
#endif
#endif
#ifndef CHILD_CODE
#define CHILD_CODE __attribute__((noinline, no_sanitize_address, no_sanitize_thread, \
	no_sanitize_undefined))
#endif

/* ThreadSanitizer takes clone() for fork() and trips over a child that shares
 * our memory; the C library has the same function under this name as well. */
#if defined(__has_feature) && !defined(__SANITIZE_THREAD__)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
#define clone __clone
#endif

enum stage { STAGE_SETUP, STAGE_DIR, STAGE_SANDBOX, STAGE_EXEC };

struct child {
	const char *file;
	char *const *argv;
	char *const *env;
	char *const *script;         /* what to run when `file` is no program; or NULL */
	long parent;
	int dir_fd;
	int output;                  /* not below 3 */
	const int *extra;            /* two that become 3 and 4; NULL: none */
	bool console;
	int ruleset;                 /* 0: none */
	const struct sock_fprog *filter;   /* NULL: none */
	volatile enum stage stage;   /* written by the child */
	volatile int err;            /* written by the child; 0: it runs */
};

CHILD_CODE static int
child_fail(struct child *c, enum stage stage)
{
	c->stage = stage;
	c->err = errno;
	syscall(SYS_exit_group, 127);
	return 127;
}

/* The kernel's struct sigaction is all zero bytes for SIG_DFL on every
 * machine, and smaller than this. */
CHILD_CODE static void
child_reset_signals(void)
{
	static const uint64_t zero[16];
	static const uint64_t none;

	for (int sig = 1; sig <= 64; sig++)
		syscall(SYS_rt_sigaction, sig, zero, NULL, sizeof(none));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
}

CHILD_CODE static int
child_descriptors(const struct child *c)
{
	int first = 3;
	long null;

	if (syscall(SYS_dup3, c->output, 1, 0) < 0 || syscall(SYS_dup3, c->output, 2, 0) < 0)
		return -1;
	null = c->console ? 0 : syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);
	if (null < 0 || (null > 0 && syscall(SYS_dup3, null, 0, 0) < 0))
		return -1;
	for (; c->extra && first < 5; first++)
		if (syscall(SYS_dup3, c->extra[first - 3], first, 0) < 0)
			return -1;
	if (syscall(SYS_close_range, first, ~0U, 0) == 0)
		return 0;
	for (int fd = first; fd < CLOSE_MAX; fd++)
		syscall(SYS_close, fd);
	return 0;
}

/* Whoever is confined may not gain rights by starting a setuid program. */
CHILD_CODE static int
child_confine(const struct child *c)
{
	if (!c->ruleset && !c->filter)
		return 0;
	if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	if (c->ruleset && syscall(SYS_landlock_restrict_self, c->ruleset, 0) != 0)
		return -1;
	if (c->filter && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, c->filter) != 0)
		return -1;
	return 0;
}

CHILD_CODE static int
child_main(void *arg)
{
	struct child *c = arg;

	child_reset_signals();
	if (!c->console && syscall(SYS_setpgid, 0, 0) != 0)
		return child_fail(c, STAGE_SETUP);
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return child_fail(c, STAGE_SETUP);
	/* The parent died before the line above: nobody would kill us. */
	if (syscall(SYS_getppid) != c->parent)
		syscall(SYS_exit_group, 127);
	if (c->dir_fd != AT_FDCWD && syscall(SYS_fchdir, c->dir_fd) != 0)
		return child_fail(c, STAGE_DIR);
	syscall(SYS_umask, CHILD_UMASK);
	if (child_confine(c) != 0)
		return child_fail(c, STAGE_SANDBOX);
	if (child_descriptors(c) != 0)
		return child_fail(c, STAGE_SETUP);
	syscall(SYS_execve, c->file, c->argv, c->env);
	if (errno == ENOEXEC && c->script)
		syscall(SYS_execve, c->script[0], c->script, c->env);
	return child_fail(c, STAGE_EXEC);
}

/* Returns the pid, or -1 with errno. */
static int
clone_child(struct child *c, int *pidfd)
{
	_Alignas(16) char stack[CHILD_STACK];
	sigset_t all, before;
	int pid, err;

	sigfillset(&all);
	CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
	pid = clone(child_main, stack + sizeof(stack),
	    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, c, pidfd);
	err = errno;
	CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	errno = err;
	return pid;
}

/* When whoever started us ignores SIGCHLD, children vanish without telling how
 * they ended. */
static void
keep_exit_codes(void)
{
	struct sigaction act;

	if (sigaction(SIGCHLD, NULL, &act) != 0)
		return;
	if (act.sa_handler != SIG_IGN && !(act.sa_flags & SA_NOCLDWAIT))
		return;
	if (act.sa_handler == SIG_IGN)
		act.sa_handler = SIG_DFL;
	act.sa_flags &= ~SA_NOCLDWAIT;
	sigaction(SIGCHLD, &act, NULL);
}

static const char *
search_path(const struct spawn_request *req)
{
	if (req->path)
		return req->path;
	for (char *const *v = req->env; *v; v++)
		if (strncmp(*v, "PATH=", 5) == 0)
			return *v + 5;
	return DEFAULT_PATH;
}

static bool
is_program(int dir, const char *file)
{
	struct stat st;

	return faccessat(dir, file, X_OK, AT_EACCESS) == 0 &&
	    fstatat(dir, file, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static bool
is_plain_file(int dir, const char *file)
{
	struct stat st;

	return fstatat(dir, file, &st, 0) == 0 && S_ISREG(st.st_mode);
}

/* The first program of that name; empty entries (the current directory, once)
 * are left out.  `near` gets the first file that only lacks its x bit. */
static bool
find_in_path(int dir, const char *name, const char *path, struct buf *file,
	struct buf *near)
{
	while (*path) {
		size_t n = strcspn(path, ":");
		buf_reset(file);
		if (n > 0) {
			buf_add(file, path, n);
			if (file->p[n - 1] != '/')
				buf_addc(file, '/');
			buf_adds(file, name);
			if (is_program(dir, file->p))
				return true;
			if (near->n == 0 && is_plain_file(dir, file->p))
				buf_addstr(near, buf_str(file));
		}
		path += n + (path[n] == ':');
	}
	return false;
}

static bool
not_found(const char *name, const char *path, const char *near, struct err *e)
{
	if (*near) {
		err_set(e, ERR_TOOL, "cannot start %s: %s is not executable", name, near);
		err_hint(e, "chmod +x %s", near);
		return false;
	}
	err_set(e, ERR_TOOL, "cannot start %s: no program of that name", name);
	if (*path)
		err_hint(e, "it was searched for in %s", path);
	else
		err_hint(e, "the search path is empty");
	return false;
}

/* file: what to give to execve. */
static bool
find_program(const struct spawn_request *req, struct buf *file, struct err *e)
{
	const char *name = req->argv[0], *path = search_path(req);
	struct buf near = BUF_INIT;
	bool found;

	if (!name || !*name)
		return err_set(e, ERR_TOOL, "cannot start a command without a name");
	if (req->program) {
		buf_adds(file, req->program);
		return true;
	}
	if (strchr(name, '/')) {
		buf_adds(file, name);
		return true;
	}
	found = find_in_path(req->dir_fd, name, path, file, &near);
	if (!found)
		not_found(name, path, near.n ? near.p : "", e);
	buf_fini(&near);
	return found;
}

/* The program named behind "#!", or "" when the file has no such line. */
static void
read_interpreter(int dir, const char *file, struct buf *out)
{
	char line[256];
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	line[n > 0 ? n : 0] = '\0';
	buf_adds(out, "");
	if (strncmp(line, "#!", 2) == 0) {
		const char *from = line + 2 + strspn(line + 2, " \t");
		buf_add(out, from, strcspn(from, " \t\r\n"));
	}
}

/* execve says ENOENT for the file, for its interpreter and for its dynamic
 * linker alike. */
static bool
explain_missing(const struct child *c, const char *name, struct err *e)
{
	struct buf interpreter = BUF_INIT;

	read_interpreter(c->dir_fd, c->file, &interpreter);
	if (!is_plain_file(c->dir_fd, c->file))
		err_set(e, ERR_TOOL, "cannot start %s: no such file", name);
	else if (interpreter.n > 0)
		err_set(e, ERR_TOOL, "cannot start %s: its interpreter %s does not exist",
		    name, interpreter.p);
	else
		err_set(e, ERR_TOOL, "cannot start %s: the dynamic linker it needs "
		    "does not exist", name);
	buf_fini(&interpreter);
	return false;
}

static bool
explain_denied(const struct child *c, const char *name, struct err *e)
{
	struct buf interpreter = BUF_INIT;
	struct stat st;

	read_interpreter(c->dir_fd, c->file, &interpreter);
	if (fstatat(c->dir_fd, c->file, &st, 0) == 0 && S_ISDIR(st.st_mode)) {
		err_set(e, ERR_TOOL, "cannot start %s: it is a directory", name);
	} else if (faccessat(c->dir_fd, c->file, X_OK, AT_EACCESS) != 0) {
		err_set(e, ERR_TOOL, "cannot start %s: it is not executable", name);
		err_hint(e, "chmod +x %s", c->file);
	} else if (interpreter.n > 0) {
		err_set(e, ERR_TOOL, "cannot start %s: its interpreter %s may not be "
		    "executed", name, interpreter.p);
	} else {
		err_set(e, ERR_TOOL, "cannot start %s: the system forbids it", name);
	}
	buf_fini(&interpreter);
	return false;
}

static bool
explain_exec(const struct child *c, const char *name, struct err *e)
{
	switch (c->err) {
	case ENOENT:
		return explain_missing(c, name, e);
	case EACCES:
		return explain_denied(c, name, e);
	case ENOEXEC:
		err_set(e, ERR_TOOL, "cannot start %s: neither a program for this machine "
		    "nor a script with a \"#!\" line", name);
		return false;
	case E2BIG:
		err_set(e, ERR_TOOL, "cannot start %s: the command line and environment "
		    "are too long for the system", name);
		err_hint(e, "pass the arguments in a file");
		return false;
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EINVAL:
	case ELIBBAD:
		return err_set(e, ERR_TOOL, "cannot start %s: %s", name, strerror(c->err));
	default:
		return err_errno(e, c->err, "cannot start %s", name);
	}
}

static bool
explain_clone(int err, const char *name, struct err *e)
{
	const char *why = "the system refuses a new process";

	if (err == EAGAIN)
		why = "no process is left (the limit on their number is reached)";
	else if (err == ENOMEM)
		why = "no memory is left for a new process";
	else if (err == EMFILE || err == ENFILE)
		why = "no file descriptor is left";
	err_errno(e, err, "cannot start %s: %s", name, why);
	e->shortage = err == EAGAIN || err == ENOMEM || err == EMFILE || err == ENFILE;
	if (err == EMFILE)
		err_hint(e, "raise the limit (ulimit -n) or run fewer jobs");
	return false;
}

static bool
explain(const struct child *c, const char *name, struct err *e)
{
	switch (c->stage) {
	case STAGE_SETUP:
		return err_errno(e, c->err, "cannot prepare the process for %s", name);
	case STAGE_DIR:
		return err_errno(e, c->err, "cannot enter the directory to start %s in", name);
	case STAGE_SANDBOX:
		return err_errno(e, c->err, "cannot enter the sandbox of %s", name);
	case STAGE_EXEC:
		return explain_exec(c, name, e);
	}
	return err_set(e, ERR_TOOL, "cannot start %s", name);
}

/* A pipe, both ends above the standard descriptors, which may be closed. */
static bool
open_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		if (ends[i] > 2)
			continue;
		int high = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
		if (high < 0) {
			int err = errno;
			close(ends[0]);
			close(ends[1]);
			errno = err;
			return false;
		}
		close(ends[i]);
		ends[i] = high;
	}
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return true;
	close(ends[0]);
	close(ends[1]);
	return false;
}

/* The same for a child that writes to our stderr itself: nothing to read. */
static bool
share_stderr(int ends[2])
{
	ends[0] = -1;
	ends[1] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return ends[1] >= 0;
}

static bool
start(struct child *c, const char *name, struct launched *out, struct err *e)
{
	int err;

	out->pidfd = -1;
	out->pid = clone_child(c, &out->pidfd);
	if (out->pid < 0)
		return explain_clone(errno, name, e);
	err = c->err;
	if (err == 0)
		return true;
	while (waitpid(out->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(out->pidfd);
	return explain(c, name, e);
}

/* /bin/sh, the file, and the arguments: what a shell does with a script that has
 * no "#!". */
static char **
script_words(const struct spawn_request *req, char *file)
{
	static char shell[] = "/bin/sh";
	size_t n = 0;

	while (req->argv[n])
		n++;
	char **words = mem_alloc((n + 2) * sizeof(words[0]));
	words[0] = shell;
	words[1] = file;
	memcpy(words + 2, req->argv + 1, n * sizeof(words[0]));
	return words;
}

bool
launch(const struct spawn_request *req, struct launched *out, struct err *e)
{
	struct buf file = BUF_INIT;
	char **script = NULL;
	int ends[2];
	bool ok = find_program(req, &file, e);

	if (ok && !(req->console ? share_stderr(ends) : open_pipe(ends)))
		ok = explain_clone(errno, req->argv[0], e);
	else if (ok) {
		script = req->shell ? script_words(req, file.p) : NULL;
		struct child c = {
			.file = file.p, .argv = req->argv, .env = req->env, .script = script,
			.parent = getpid(), .dir_fd = req->dir_fd, .output = ends[1],
			.extra = req->extra, .console = req->console,
			.ruleset = req->ruleset,
			.filter = req->no_network ? sandbox_no_network() : NULL,
		};
		keep_exit_codes();
		ok = start(&c, req->argv[0], out, e);
		close(ends[1]);
		out->output = ends[0];
		if (!ok && ends[0] >= 0)
			close(ends[0]);
	}
	mem_free(script);
	buf_fini(&file);
	return ok;
}
