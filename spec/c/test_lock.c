/* test_lock.c -- one holder at a time, also across processes and kill -9. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/fs.h"
#include "os/lock.h"
#include "test.h"

static int dir;
static struct err err = ERR_INIT;

/* A process that takes the lock, says so by a byte, and waits to be killed. */
static pid_t
other_holder(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	T(pipe(ends) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct lock l;
		bool ok = lock_wait(&l, dir, "lock", "pid 123, build //...", &err);
		T(write(ends[1], ok ? "y" : "n", 1) == 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	T(read(ends[0], &byte, 1) == 1 && byte == 'y');
	close(ends[0]);
	return pid;
}

static void
in_one_process(void)
{
	struct buf holder = BUF_INIT, text = BUF_INIT;
	struct lock a = { -1 }, b = { -1 };
	bool busy = true;

	T(lock_try(&a, dir, "lock", "pid 1, first", &busy, &holder, &err) && !busy && a.fd >= 0);
	T(fs_read(dir, "lock", &text, &err) && strcmp(text.p, "pid 1, first") == 0);
	T(lock_try(&b, dir, "lock", "pid 2, b", &busy, &holder, &err) && busy && b.fd < 0);
	T(strcmp(holder.p, "pid 1, first") == 0);
	T(lock_try(&b, dir, "lock", "pid 2, b", &busy, &holder, &err) && busy);
	T(strcmp(holder.p, "pid 1, first") == 0);
	lock_release(&b);
	lock_release(&a);
	lock_release(&a);
	T(lock_try(&b, dir, "lock", "2", &busy, &holder, &err) && !busy);
	buf_reset(&text);
	T(fs_read(dir, "lock", &text, &err) && strcmp(text.p, "2") == 0);
	lock_release(&b);
	buf_fini(&holder);
	buf_fini(&text);
}

static void
across_processes(void)
{
	struct buf holder = BUF_INIT;
	struct lock l = { -1 };
	bool busy = false;
	pid_t pid = other_holder();

	T(lock_try(&l, dir, "lock", "me", &busy, &holder, &err) && busy);
	T(strcmp(holder.p, "pid 123, build //...") == 0);
	T(kill(pid, SIGKILL) == 0);
	T(lock_wait(&l, dir, "lock", "me", &err) && l.fd >= 0);
	T(waitpid(pid, NULL, 0) == pid);
	lock_release(&l);
	buf_fini(&holder);
}

/* The waiter must not be content with a lock on a file that has been removed. */
static void
removed_meanwhile(void)
{
	struct buf holder = BUF_INIT;
	struct lock l = { -1 };
	bool busy = false;
	pid_t pid = other_holder(), killer;

	fflush(stdout);
	killer = fork();
	if (killer == 0) {
		usleep(50000);
		unlinkat(dir, "lock", 0);
		kill(pid, SIGKILL);
		_exit(0);
	}
	T(lock_wait(&l, dir, "lock", "waiter", &err));
	T(waitpid(killer, NULL, 0) == killer && waitpid(pid, NULL, 0) == pid);
	struct lock again = { -1 };
	T(lock_try(&again, dir, "lock", "third", &busy, &holder, &err) && busy);
	T(strcmp(holder.p, "waiter") == 0);
	lock_release(&l);
	buf_fini(&holder);
}

static void
failing(void)
{
	struct buf holder = BUF_INIT;
	struct lock l = { -1 };
	bool busy = false;

	T(!lock_try(&l, dir, "none/lock", "x", &busy, &holder, &err));
	T(strcmp(err.code, ERR_NOT_FOUND) == 0 && strstr(err.msg, "none/lock"));
	T(mkdirat(dir, "folder", 0755) == 0 && !lock_wait(&l, dir, "folder", "x", &err));
	T(strcmp(err.code, ERR_IO) == 0 && l.fd < 0);
	lock_release(&l);
	err_fini(&err);
	buf_fini(&holder);
}

int
main(void)
{
	struct buf path = BUF_INIT;
	const char *tmp = getenv("TMPDIR");

	buf_printf(&path, "%s/skylua-lock-XXXXXX", tmp ? tmp : "/tmp");
	if (!T(mkdtemp(path.p) != NULL))
		return test_end();
	dir = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	in_one_process();
	across_processes();
	removed_meanwhile();
	failing();
	T(fs_remove(AT_FDCWD, path.p, &err));
	close(dir);
	buf_fini(&path);
	return test_end();
}
