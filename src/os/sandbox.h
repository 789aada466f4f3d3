/* sandbox.h -- what a process may open: Landlock rules, and no network by seccomp.
 *
 * A struct sandbox stands for "this machine can, and these are the directories of
 * the system"; it is made once and then only read, by any thread.  For a process
 * a *ruleset* is made from the paths it may use (system calls only, in the parent);
 * launch.c puts the child under it between vfork and exec.
 *
 * Rights are additive and reach everything below a directory; whatever no rule
 * names is refused with EACCES.  stat, readlink and chdir are never refused.
 */
#ifndef SKY_OS_SANDBOX_H
#define SKY_OS_SANDBOX_H

#include "base/base.h"
#include "base/err.h"

struct sandbox;
struct sock_fprog;

enum {
	SANDBOX_READ = 1,        /* read and execute files */
	SANDBOX_LIST = 2,        /* see the names in directories */
	SANDBOX_WRITE = 4,       /* make, write, rename and remove; without reading */
	SANDBOX_ALL = 7
};

/* NULL with a reason (ERR_SANDBOX) when the kernel cannot.  `root`: absolute path
 * of the workspace, which is left out when a directory of the system holds it. */
struct sandbox *sandbox_new(const char *root, struct err *e);
void sandbox_free(struct sandbox *s);
/* The version of Landlock, at least 1. */
int sandbox_version(const struct sandbox *s);

/* May every process read this absolute path? */
bool sandbox_covers(const struct sandbox *s, struct str path);

/* A ruleset that allows what the system's directories hold, as a descriptor (not
 * below 3, close-on-exec) for spawn_request; the caller closes it.  -1 with the
 * reason when a descriptor or memory is missing. */
int sandbox_ruleset(const struct sandbox *s, bool network, struct err *e);
void sandbox_close(int ruleset);   /* 0 is fine */
/* Allows a path, relative to `dir` or absolute; symlinks are followed.  What is
 * not there is passed over. */
bool sandbox_allow(const struct sandbox *s, int ruleset, int dir, struct str path,
	unsigned rights, struct err *e);

/* The filter that refuses sockets other than local ones; static. */
const struct sock_fprog *sandbox_no_network(void);

#endif
