/* spawn.h -- child processes: start, capture, wait, kill.
 *
 * The child is started with vfork semantics (CLONE_VM|CLONE_VFORK) so that the
 * cost does not grow with our memory; between fork and exec it makes system
 * calls only.  It gets its own process group, stdin from /dev/null, stdout and
 * stderr joined into one pipe, no other descriptor, PDEATHSIG=KILL, default
 * signal dispositions, umask 022, and just the environment given.  Its end is the end of
 * the main process (a pidfd in the loop), never of its pipe: what is in the
 * pipe by then is read, then the group is killed.
 * Owner thread only.
 */
#ifndef SKY_OS_SPAWN_H
#define SKY_OS_SPAWN_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "os/loop.h"

struct spawn;

struct spawn_request {
	char *const *argv;       /* NULL-terminated; argv[0] with a slash is a path
	                            relative to dir_fd, else searched in `path` */
	char *const *env;        /* NULL-terminated "NAME=value" */
	const char *path;        /* search path for argv[0] (empty entries are left
	                            out); NULL: env's PATH, else /usr/bin:/bin */
	bool shell;              /* a script without "#!" is given to /bin/sh */
	const char *program;     /* the file to start, found before; NULL: see argv */
	int dir_fd;              /* directory the child starts in; not 0, 1 or 2 */
	int64_t timeout_ns;      /* 0: none; then SIGTERM to the group, SIGKILL later */
	bool console;            /* it has our stdin and stderr, and stays in our group;
	                            nothing is captured, and no group is killed */
	const int *extra;        /* two descriptors that it gets as 3 and 4; NULL: none */
	struct orphans *orphans; /* finds what has left the group; NULL: nobody does */
	const char *mark;        /* "NAME=value" that only it has in its environment; NULL */
	int ruleset;             /* of os/sandbox.h; 0: none */
	bool no_network;         /* no sockets but local ones */
	const char *log;         /* file for all output when it is more; NULL: none */
	size_t output_limit;     /* bytes of output kept: first and last half; 0: all */
};

struct spawn_result {
	int exit_code;           /* -1 when killed by a signal */
	int signal;              /* 0, or what killed it */
	bool timed_out;
	bool logged;             /* all output is in the request's log */
	bool leftovers;          /* others outlived it and were killed */
	struct buf left;         /* who they were, when the request has `orphans` */
	int64_t wall_ns;
	int64_t user_ns, system_ns;
	int64_t max_rss;         /* KiB; 0: less than our own peak, unknown */
	struct buf output;       /* stdout and stderr as they came; a note in the
	                            middle when some was dropped */
};

typedef void (*spawn_fn)(void *arg, struct spawn *s, struct spawn_result *r);

/* False with the reason (ERR_TOOL: not found, not executable, no such
 * interpreter; ERR_IO: no process or descriptor left) when nothing started.
 * Else done(arg, s, r) is called once from the loop; `r` and its output are
 * valid during the call only, s is freed after it. */
bool spawn_start(struct loop *l, const struct spawn_request *req, spawn_fn done,
	void *arg, struct spawn **out, struct err *e);
/* Sends `signum` to the process group; not from within or after done(). */
void spawn_kill(struct spawn *s, int signum);
/* The group stands still, and its time limit too; not for one with the console. */
void spawn_pause(struct spawn *s);
void spawn_resume(struct spawn *s);
/* This process stands still until somebody sends SIGCONT. */
void spawn_stop_self(void);
int spawn_pid(const struct spawn *s);
/* How many processes there are file descriptors for, with some left for all else
 * that we do; at least 1. */
size_t spawn_room(void);
/* Makes orphaned grandchildren ours, so that they can be found and killed. */
void spawn_become_subreaper(void);
/* Standard streams that the caller has closed lead to /dev/null, so that no file of
 * ours gets their numbers. */
void spawn_open_standard(void);

#endif
