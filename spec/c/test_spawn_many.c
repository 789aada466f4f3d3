/* test_spawn_many.c -- many processes, and a process table, descriptors and
 * signals that are not as one would wish. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "os/thread.h"
#include "spawn_test.h"

/* No descriptor, no process: clear, transient, and nothing is left behind. */
static void
exhausted(struct outcome *o)
{
	char *argv[] = { "/bin/true", NULL };
	struct spawn_request req = request(argv);
	struct rlimit old = { 0, 0 }, tight;
	int fds[64], n = 0;

	T(getrlimit(RLIMIT_NOFILE, &old) == 0);
	tight = old;
	tight.rlim_cur = 64;
	T(setrlimit(RLIMIT_NOFILE, &tight) == 0);
	while (n < 64 && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	for (int spare = 0; spare < 3; spare++) {
		bool ok = run(&req, o);
		T(!ok && err.transient && failed(ERR_IO, "no file descriptor is left"));
		close(fds[--n]);
	}
	T(run(&req, o) && o->r.exit_code == 0);
	while (n > 0)
		close(fds[--n]);
	T(setrlimit(RLIMIT_NOFILE, &old) == 0);
}

static size_t
entries(const char *path)
{
	struct fs_list l;
	size_t n = SIZE_MAX;

	if (fs_list(AT_FDCWD, path, &l, &err))
		n = l.n;
	fs_list_fini(&l);
	return n;
}

static bool
no_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

struct crowd { int running, started, finished, wrong; };

static void
crowd_done(void *arg, struct spawn *s, struct spawn_result *r)
{
	struct crowd *c = arg;

	(void)s;
	c->running--;
	c->finished++;
	c->wrong += r->exit_code != 0 || !str_eq(buf_str(&r->output), STR("hello\n"));
}

static void
crowd(int total, int at_once)
{
	char *argv[] = { "echo", "hello", NULL };
	struct spawn_request req = request(argv);
	struct crowd c = { 0, 0, 0, 0 };
	size_t before = entries("/proc/self/fd");
	int64_t start = clock_mono_ns();
	struct spawn *s;

	while (c.finished < total && clock_mono_ns() - start < 4 * PLENTY) {
		while (c.started < total && c.running < at_once) {
			if (!T(spawn_start(loop, &req, crowd_done, &c, &s, &err)))
				return;
			c.started++;
			c.running++;
		}
		loop_run(loop, true);
	}
	T(c.finished == total && c.running == 0 && c.wrong == 0);
	loop_run(loop, false);
	T(entries("/proc/self/fd") == before && no_children());
	printf("%d processes, %d at once: %lld us each\n", total, at_once,
	    (long long)((clock_mono_ns() - start) / total / 1000));
}

/* Other threads work and allocate while this one clones. */
static void
disturb(void *arg)
{
	struct mutex *m = arg;

	for (int i = 0; i < 3000; i++) {
		struct buf b = BUF_INIT;
		mutex_lock(m);
		buf_printf(&b, "%d", i);
		mutex_unlock(m);
		buf_fini(&b);
	}
}

static void
among_threads(void)
{
	struct thread threads[3];
	struct mutex m;

	mutex_init(&m);
	for (int i = 0; i < 3; i++)
		thread_start(&threads[i], disturb, &m);
	crowd(100, 4);
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
	mutex_fini(&m);
}

/* Our parent ignored SIGCHLD: exit codes still come back. */
static void
ignored_sigchld(struct outcome *o)
{
	struct sigaction act = { .sa_handler = SIG_IGN }, now;

	T(sigaction(SIGCHLD, &act, NULL) == 0);
	T(run_sh("exit 9", o) && o->r.exit_code == 9);
	T(sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

/* As subreaper, orphans of the group become ours: killed and reaped too. */
static void
orphans(struct outcome *o)
{
	spawn_become_subreaper();
	T(run_sh("sh -c 'sleep 1000 & sleep 1000' & sleep 0.05; exit 0", o));
	T(o->r.exit_code == 0 && o->r.leftovers);
	for (int i = 0; i < 500 && !no_children(); i++) {
		usleep(2000);
		loop_run(loop, false);
	}
	T(no_children());
	T(run_sh("(sleep 0 &) ; sleep 0.1", o) && !o->r.leftovers && no_children());
}

/* With 0, 1 and 2 closed in us, the child has its own three all the same. */
static void
closed_standard(void)
{
	int ends[2], status = 1;
	char text[100];
	ssize_t n;

	T(pipe(ends) == 0 && fcntl(ends[1], F_DUPFD, 50) == 50);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		struct outcome o = { .text = BUF_INIT };
		char *argv[] = { self, "--child", "descriptors", NULL };
		struct spawn_request req = request(argv);
		req.dir_fd = AT_FDCWD;
		/* our parent's loop is left alone: what the kernel knows of it is shared */
		for (int fd = 0; fd < 50; fd++)
			close(fd);
		int keep = open("/dev/null", O_RDONLY);   /* 0, so that the pipe is 1 and 2 */
		loop = loop_new();
		bool ok = keep == 0 && run(&req, &o);
		ok = ok && write(50, o.text.p, o.text.n) > 0;
		_exit(ok ? 0 : 1);
	}
	close(50);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	T(waitpid(pid, &status, 0) == pid && status == 0);
	T_CASE(strcmp(text, "0 1 2\n") == 0, text);
}

static void
tests(struct outcome *o)
{
	exhausted(o);
	crowd(300, 8);
	among_threads();
	ignored_sigchld(o);
	closed_standard();
	orphans(o);
}

int
main(int argc, char **argv)
{
	return spawn_test_main(argc, argv, tests);
}
