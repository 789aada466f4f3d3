/* spawn.c -- the life of a child process in the loop, after launch.c made it.
 *
 * Two descriptors are watched: the pidfd, readable when the main process has
 * ended, and the pipe.  When the pidfd speaks: what is in the pipe is read (no
 * more than it says it holds: a process in the background may go on writing),
 * the main process is reaped, and whoever is left of its group is killed.
 *
 * The leader is reaped before the group is killed, since only then the kernel's
 * answer to kill() says whether somebody was left.  Its number could be given
 * to a new process in between only if all other numbers were used up within
 * that microsecond.
 */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "os/capture.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/launch.h"
#include "os/orphans.h"

#define PIECE ((size_t)64 << 10)
#define PIECES_MAX 16               /* per turn of the loop: others wait too */
#define MS_NS INT64_C(1000000)
#define GRACE_NS (2000 * MS_NS)     /* between SIGTERM and SIGKILL */
#define REAP_NS (10 * MS_NS)
#define REAPS_MAX 500
#define DESCRIPTORS_KEPT 20         /* for reading, writing, the store, the sandbox */
#define DESCRIPTORS_EACH 2          /* pidfd and pipe */

struct spawn {
	struct loop *loop;
	struct launched proc;
	struct loop_poll *end, *pipe;   /* pipe: NULL after its end */
	struct loop_timer *timer;       /* timeout, then grace; NULL: none */
	struct capture capture;
	bool console, timed_out;
	struct orphans *orphans;        /* NULL: only the group is looked at */
	char *mark;                     /* owned; NULL: none */
	int64_t started_ns;
	int64_t deadline_ns;            /* of the time limit; 0: none */
	int64_t left_ns;                /* of it, while it stands still */
	int64_t own_rss;                /* our peak when it started, KiB */
	spawn_fn done;
	void *arg;
};

/* Killed processes of a group that have become our children (as subreaper) and
 * must be reaped once they are dead. */
struct reaper {
	pid_t group;
	int rounds;
	struct loop_timer *timer;
};

static int64_t
own_peak_rss(void)
{
	struct rusage ru;

	return getrusage(RUSAGE_SELF, &ru) == 0 ? ru.ru_maxrss : 0;
}

static void
close_pipe(struct spawn *s)
{
	if (!s->pipe)
		return;
	loop_poll_stop(s->pipe);
	close(s->proc.output);
	s->pipe = NULL;
}

/* Reads up to `max` bytes.  False at the end of the pipe. */
static bool
read_pipe(struct spawn *s, size_t max)
{
	char piece[PIECE];

	while (max > 0) {
		ssize_t n = read(s->proc.output, piece, max < PIECE ? max : PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		capture_add(&s->capture, piece, (size_t)n);
		max -= (size_t)n;
		if ((size_t)n < PIECE)
			break;
	}
	return true;
}

static void
on_pipe(void *arg)
{
	struct spawn *s = arg;

	if (!read_pipe(s, PIECES_MAX * PIECE))
		close_pipe(s);
}

static void
drain_pipe(struct spawn *s)
{
	int held = 0;

	if (s->pipe && ioctl(s->proc.output, FIONREAD, &held) == 0 && held > 0)
		read_pipe(s, (size_t)held);
	close_pipe(s);
}

/* True when nobody of the group is left to be reaped by us. */
static bool
reap_group(pid_t group)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG) != 0)
			return errno != EINTR;
		if (info.si_pid == 0)
			return false;
	}
}

static void
on_reap(void *arg)
{
	struct reaper *r = arg;

	if (!reap_group(r->group) && ++r->rounds < REAPS_MAX)
		return;
	loop_timer_stop(r->timer);
}

/* True when somebody was left.  The dead that nobody waited for are no
 * leftovers, but kill() would count them: they are reaped first. */
static bool
kill_group(struct loop *l, pid_t group)
{
	struct reaper *r;

	reap_group(group);
	if (kill(-group, SIGKILL) != 0)
		return false;
	if (!reap_group(group)) {
		r = mem_zalloc(sizeof(*r));
		r->group = group;
		r->timer = loop_timer_start(l, REAP_NS, REAP_NS, on_reap, r);
		loop_timer_own(r->timer, r);
	}
	return true;
}

static int64_t
ns_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000;
}

/* The kernel counts the memory that the child had before execve, which is
 * ours.  A peak above our own is the child's; below, nobody knows. */
static void
reap(struct spawn *s, struct spawn_result *r)
{
	struct rusage ru;
	int status;
	pid_t pid;

	do
		pid = wait4(s->proc.pid, &status, 0, &ru);
	while (pid < 0 && errno == EINTR);
	CHECK(pid == s->proc.pid);
	r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	r->user_ns = ns_of(ru.ru_utime);
	r->system_ns = ns_of(ru.ru_stime);
	r->max_rss = ru.ru_maxrss > s->own_rss ? ru.ru_maxrss : 0;
}

static void
spawn_free(struct spawn *s)
{
	loop_timer_stop(s->timer);
	loop_poll_stop(s->end);
	close_pipe(s);
	close(s->proc.pidfd);
	capture_fini(&s->capture);
	mem_free(s->mark);
	mem_free(s);
}

/* A console process is in our own group: nobody is looked for by that. */
static void
end_leftovers(struct spawn *s, struct spawn_result *r)
{
	if (s->orphans) {
		orphans_end(s->orphans, s->proc.pid, s->mark, &r->left);
		r->leftovers = r->left.n > 0;
	} else {
		r->leftovers = !s->console && kill_group(s->loop, s->proc.pid);
	}
}

static void
on_end(void *arg)
{
	struct spawn *s = arg;
	struct spawn_result r = { .wall_ns = clock_mono_ns() - s->started_ns,
		.timed_out = s->timed_out, .output = BUF_INIT };

	drain_pipe(s);
	reap(s, &r);
	end_leftovers(s, &r);
	capture_text(&s->capture, &r.output);
	r.logged = capture_logged(&s->capture);
	loop_timer_stop(s->timer);
	s->timer = NULL;
	s->done(s->arg, s, &r);
	buf_fini(&r.output);
	buf_fini(&r.left);
	spawn_free(s);
}

static void
on_grace_over(void *arg)
{
	spawn_kill(arg, SIGKILL);
}

static void
on_timeout(void *arg)
{
	struct spawn *s = arg;

	s->timed_out = true;
	spawn_kill(s, SIGTERM);
	loop_timer_stop(s->timer);
	s->timer = loop_timer_start(s->loop, GRACE_NS, GRACE_NS, on_grace_over, s);
}

bool
spawn_start(struct loop *l, const struct spawn_request *req, spawn_fn done,
	void *arg, struct spawn **out, struct err *e)
{
	struct launched proc;
	int64_t started_ns = clock_mono_ns(), own_rss = own_peak_rss();
	struct spawn *s;

	if (!launch(req, &proc, e))
		return false;
	s = mem_zalloc(sizeof(*s));
	s->loop = l;
	s->proc = proc;
	s->started_ns = started_ns;
	s->own_rss = own_rss;
	s->done = done;
	s->arg = arg;
	capture_init(&s->capture, req->output_limit);
	if (req->log)
		capture_log(&s->capture, req->dir_fd, req->log);
	s->console = req->console;
	if (proc.output >= 0)
		s->pipe = loop_poll_start(l, proc.output, on_pipe, s);
	s->end = loop_poll_start(l, proc.pidfd, on_end, s);
	if (req->timeout_ns > 0) {
		s->deadline_ns = started_ns + req->timeout_ns;
		s->timer = loop_timer_start(l, req->timeout_ns, 0, on_timeout, s);
	}
	s->orphans = req->orphans;
	if (s->orphans)
		orphans_add(s->orphans, proc.pid);
	if (req->mark)
		s->mark = mem_strndup(req->mark, strlen(req->mark));
	*out = s;
	return true;
}

/* The group exists as long as its leader is not reaped, that is, as long as
 * there is a struct spawn. */
void
spawn_kill(struct spawn *s, int signum)
{
	kill(s->console ? s->proc.pid : -s->proc.pid, signum);
}

void
spawn_pause(struct spawn *s)
{
	if (s->console)
		return;
	spawn_kill(s, SIGSTOP);
	if (s->deadline_ns == 0 || s->timed_out)
		return;
	s->left_ns = s->deadline_ns - clock_mono_ns();
	loop_timer_stop(s->timer);
	s->timer = NULL;
}

void
spawn_resume(struct spawn *s)
{
	if (s->console)
		return;
	spawn_kill(s, SIGCONT);
	if (s->deadline_ns == 0 || s->timed_out)
		return;
	s->deadline_ns = clock_mono_ns() + s->left_ns;
	s->timer = loop_timer_start(s->loop, s->left_ns > 0 ? s->left_ns : 0, 0, on_timeout, s);
}

void
spawn_stop_self(void)
{
	kill(getpid(), SIGSTOP);
}

int
spawn_pid(const struct spawn *s)
{
	return s->proc.pid;
}

static size_t
open_descriptors(void)
{
	struct err ignored = ERR_INIT;
	struct fs_list list;
	size_t n = 0;

	if (fs_list(AT_FDCWD, "/proc/self/fd", &list, &ignored)) {
		n = list.n;
		fs_list_fini(&list);
	}
	err_fini(&ignored);
	return n;
}

size_t
spawn_room(void)
{
	size_t taken = open_descriptors() + DESCRIPTORS_KEPT;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	return limit.rlim_cur > taken + DESCRIPTORS_EACH ?
	    (size_t)(limit.rlim_cur - taken) / DESCRIPTORS_EACH : 1;
}

void
spawn_become_subreaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void
spawn_open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
