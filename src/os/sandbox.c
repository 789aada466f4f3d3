/* sandbox.c -- the kernel's part is three system calls (Landlock) and a filter of
 * a dozen instructions (seccomp).
 *
 * The kernel's header may be older than the kernel: what it does not know stands
 * here with its number.
 */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/path.h"
#include "os/fs.h"

#define RIGHT_EXECUTE (UINT64_C(1) << 0)
#define RIGHT_WRITE (UINT64_C(1) << 1)
#define RIGHT_READ (UINT64_C(1) << 2)
#define RIGHT_LIST (UINT64_C(1) << 3)
#define RIGHT_REMOVE_DIR (UINT64_C(1) << 4)
#define RIGHT_REMOVE_FILE (UINT64_C(1) << 5)
#define RIGHT_MAKE_DIR (UINT64_C(1) << 7)
#define RIGHT_MAKE_REG (UINT64_C(1) << 8)
#define RIGHT_MAKE_SOCK (UINT64_C(1) << 9)
#define RIGHT_MAKE_FIFO (UINT64_C(1) << 10)
#define RIGHT_MAKE_SYM (UINT64_C(1) << 12)
#define RIGHT_REFER (UINT64_C(1) << 13)        /* version 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)     /* version 3 */
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)    /* version 5 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)        /* version 6 */

#define FILE_RIGHTS (RIGHT_EXECUTE | RIGHT_WRITE | RIGHT_READ | RIGHT_TRUNCATE | \
	RIGHT_IOCTL_DEV)
#define DEVICE_RIGHTS (RIGHT_READ | RIGHT_WRITE | RIGHT_IOCTL_DEV)

/* struct landlock_ruleset_attr as of version 6. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};

struct grant {
	int fd;
	uint64_t rights;
};

enum { GRANTS_MAX = 256 };

struct sandbox {
	int version;
	uint64_t handled;
	struct grant grants[GRANTS_MAX];
	size_t ngrants;
	struct str dirs[GRANTS_MAX];     /* owned; what sandbox_covers knows */
	size_t ndirs;
	int run;                         /* /run, for who may use the network; -1: none */
};

/* Where systems keep programs, libraries and settings. */
static const char *const SYSTEM[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix",
	"/gnu", "/proc", "/sys", "/var/lib",
};

static const char *const DEVICES[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
	"/dev/ptmx", "/dev/pts", "/dev/shm",
};

/* ---- the kernel ---- */

static int
add_rule(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
	    &rule, 0);
}

static uint64_t
rights_of_version(int version)
{
	uint64_t rights = (UINT64_C(1) << 13) - 1;

	if (version >= 2)
		rights |= RIGHT_REFER;
	if (version >= 3)
		rights |= RIGHT_TRUNCATE;
	if (version >= 5)
		rights |= RIGHT_IOCTL_DEV;
	return rights;
}

static uint64_t
rights_of(unsigned rights)
{
	uint64_t r = 0;

	if (rights & SANDBOX_READ)
		r |= RIGHT_READ | RIGHT_EXECUTE;
	if (rights & SANDBOX_LIST)
		r |= RIGHT_LIST;
	if (rights & SANDBOX_WRITE)
		r |= RIGHT_WRITE | RIGHT_TRUNCATE | RIGHT_MAKE_REG | RIGHT_MAKE_SYM |
		    RIGHT_MAKE_DIR | RIGHT_MAKE_FIFO | RIGHT_MAKE_SOCK | RIGHT_REMOVE_FILE |
		    RIGHT_REMOVE_DIR | RIGHT_REFER;
	return r;
}

/* ---- the network ---- */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define OUR_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__i386__)
#define OUR_ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define OUR_ARCH AUDIT_ARCH_ARM
#else
#define OUR_ARCH 0
#endif

#define X32_BIT 0x40000000u
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_EQ(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (yes), (no))
#define ANSWER(k) BPF_STMT(BPF_RET | BPF_K, (k))

/* 32-bit programs on x86-64 have numbers of their own; there, and for io_uring,
 * sockets cannot be told apart and are all refused. */
static const struct sock_filter NO_NETWORK[] = {
	LOAD(arch),
	IF_EQ(OUR_ARCH, 4, 0),
	IF_EQ(AUDIT_ARCH_I386, 0, 9),
	LOAD(nr),
	IF_EQ(359 /* socket */, 8, 0),
	IF_EQ(102 /* socketcall */, 7, 6),
	LOAD(nr),
#if defined(__x86_64__)
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~X32_BIT),
#else
	BPF_STMT(BPF_MISC | BPF_TAX, 0),
#endif
	IF_EQ(SYS_io_uring_setup, 4, 0),
	IF_EQ(SYS_socket, 0, 2),
	LOAD(args[0]),
	IF_EQ(AF_UNIX, 0, 1),
	ANSWER(SECCOMP_RET_ALLOW),
	ANSWER(SECCOMP_RET_ERRNO | EACCES),
};

static const struct sock_fprog NO_NETWORK_PROGRAM = {
	.len = ARRAY_LEN(NO_NETWORK), .filter = (struct sock_filter *)NO_NETWORK,
};

const struct sock_fprog *
sandbox_no_network(void)
{
	return OUR_ARCH ? &NO_NETWORK_PROGRAM : NULL;
}

static bool
has_filters(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* ---- directories of the system ---- */

/* A descriptor above the standard ones; -1. */
static int
open_path(int dir, const char *path)
{
	int fd = openat(dir, path, O_PATH | O_CLOEXEC);

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return high;
}

static void
grant(struct sandbox *s, const char *path, uint64_t rights)
{
	if (s->ngrants == GRANTS_MAX)
		return;
	int fd = open_path(AT_FDCWD, path);
	if (fd >= 0)
		s->grants[s->ngrants++] = (struct grant){ fd, rights & s->handled };
}

static void
grant_dir(struct sandbox *s, struct str path)
{
	if (s->ngrants == GRANTS_MAX || s->ndirs == GRANTS_MAX)
		return;
	char *copy = mem_strndup(path.p, path.n);
	grant(s, copy, RIGHT_READ | RIGHT_EXECUTE | RIGHT_LIST);
	s->dirs[s->ndirs++] = (struct str){ copy, path.n };
}

/* All in a directory but what leads to the workspace. */
static void
grant_around(struct sandbox *s, struct str dir, struct str root)
{
	struct err ignored = ERR_INIT;
	struct buf path = BUF_INIT;
	struct fs_list list;

	if (!path_is_within(root, dir)) {
		grant_dir(s, dir);
		return;
	}
	buf_addstr(&path, dir);
	if (!str_eq(dir, root) && fs_list(AT_FDCWD, path.p, &list, &ignored)) {
		for (size_t i = 0; i < list.n; i++) {
			buf_cut(&path, dir.n);
			buf_addc(&path, '/');
			buf_addstr(&path, list.entries[i].name);
			grant_around(s, buf_str(&path), root);
		}
		fs_list_fini(&list);
	}
	buf_fini(&path);
	err_fini(&ignored);
}

/* Where /bin and its like are symlinks into /usr they need no rule of their own. */
static void
grant_system(struct sandbox *s, const char *path, struct str root)
{
	char *real = realpath(path, NULL);

	if (!real)
		return;
	if (!sandbox_covers(s, str_of(real)))
		grant_around(s, str_of(real), root);
	free(real);
	if (!sandbox_covers(s, str_of(path)) && !path_is_within(root, str_of(path)) &&
	    s->ndirs < GRANTS_MAX)
		s->dirs[s->ndirs++] = (struct str){ mem_strndup(path, strlen(path)),
			strlen(path) };
}

static void
grant_all(struct sandbox *s, struct str root)
{
	for (size_t i = 0; i < ARRAY_LEN(SYSTEM); i++)
		grant_system(s, SYSTEM[i], root);
	for (size_t i = 0; i < ARRAY_LEN(DEVICES); i++) {
		uint64_t rights = DEVICE_RIGHTS;
		if (strcmp(DEVICES[i], "/dev/shm") == 0 || strcmp(DEVICES[i], "/dev/pts") == 0)
			rights |= rights_of(SANDBOX_ALL);
		grant(s, DEVICES[i], rights);
	}
}

/* ---- life ---- */

struct sandbox *
sandbox_new(const char *root, struct err *e)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	const char *off = getenv("SKYLUA_NO_LANDLOCK");

	if (off && *off)
		version = -1;
	if (version < 1) {
		err_set(e, ERR_SANDBOX, "this kernel has no Landlock, so actions are not "
		    "kept from files they do not declare");
		err_hint(e, "Linux 5.13 or newer, with \"landlock\" among the kernel's lsm=");
		return NULL;
	}
	if (!has_filters() || !sandbox_no_network()) {
		err_set(e, ERR_SANDBOX, "this kernel has no seccomp filters, so actions are "
		    "not kept from the network");
		return NULL;
	}
	struct sandbox *s = mem_zalloc(sizeof(*s));
	s->version = (int)version;
	s->handled = rights_of_version(s->version);
	grant_all(s, str_of(root));
	s->run = open_path(AT_FDCWD, "/run");
	return s;
}

void
sandbox_free(struct sandbox *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->ngrants; i++)
		close(s->grants[i].fd);
	for (size_t i = 0; i < s->ndirs; i++)
		mem_free((char *)(uintptr_t)s->dirs[i].p);
	if (s->run >= 0)
		close(s->run);
	mem_free(s);
}

int
sandbox_version(const struct sandbox *s)
{
	return s->version;
}

bool
sandbox_covers(const struct sandbox *s, struct str path)
{
	for (size_t i = 0; i < s->ndirs; i++)
		if (path_is_within(path, s->dirs[i]))
			return true;
	return false;
}

/* ---- rulesets ---- */

static int
new_ruleset(const struct sandbox *s)
{
	struct ruleset_attr attr = { .fs = s->handled };
	size_t size = s->version >= 6 ? sizeof(attr) : sizeof(attr.fs);

	if (s->version >= 6)
		attr.scoped = SCOPE_SIGNAL;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return high;
}

static bool
fill(const struct sandbox *s, int ruleset, bool network)
{
	for (size_t i = 0; i < s->ngrants; i++) {
		const struct grant *g = &s->grants[i];
		if (add_rule(ruleset, g->fd, g->rights) != 0 && (errno != EINVAL ||
		    add_rule(ruleset, g->fd, g->rights & FILE_RIGHTS) != 0))
			return false;
	}
	return !network || s->run < 0 ||
	    add_rule(ruleset, s->run, RIGHT_READ | RIGHT_LIST) == 0;
}

static bool
cannot(int err, struct err *e)
{
	err_errno(e, err, "cannot prepare the sandbox");
	e->shortage = err == EMFILE || err == ENFILE || err == ENOMEM;
	return false;
}

int
sandbox_ruleset(const struct sandbox *s, bool network, struct err *e)
{
	int fd = new_ruleset(s);

	if (fd >= 0 && fill(s, fd, network))
		return fd;
	cannot(errno, e);
	if (fd >= 0)
		close(fd);
	return -1;
}

void
sandbox_close(int ruleset)
{
	if (ruleset > 0)
		close(ruleset);
}

/* Files and directories have different rights; which it is, the kernel says. */
bool
sandbox_allow(const struct sandbox *s, int ruleset, int dir, struct str path, unsigned rights,
	struct err *e)
{
	uint64_t all = rights_of(rights) & s->handled;
	char z[PATH_MAX];

	if (path.n >= sizeof(z))
		return true;
	memcpy(z, path.p, path.n);
	z[path.n] = '\0';
	int fd = open_path(dir, path.n > 0 ? z : ".");
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ||
		    errno == ELOOP || cannot(errno, e);
	bool ok = add_rule(ruleset, fd, all) == 0;
	if (!ok && errno == EINVAL && (all & FILE_RIGHTS))
		ok = add_rule(ruleset, fd, all & FILE_RIGHTS) == 0;
	int err = errno;
	close(fd);
	return ok || err == EINVAL || err == EBADFD || cannot(err, e);
}
