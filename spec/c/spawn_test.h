/* spawn_test.h -- what the two spawn tests share: run a process, keep its end.
 *
 * Each program is also its own helper: `test_spawn --child WHAT` does one thing
 * that a shell cannot do exactly.
 */
#ifndef SKY_SPEC_SPAWN_TEST_H
#define SKY_SPEC_SPAWN_TEST_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/spawn.h"
#include "test.h"

#define MS INT64_C(1000000)
#define PLENTY (30000 * MS)

static struct loop *loop;
static int dir;
static char *self;   /* absolute path of this program */
static struct err err = ERR_INIT;
static char *const plain_env[] = { "PATH=/usr/bin:/bin", NULL };

struct outcome {
	int calls;
	struct spawn_result r;   /* output is copied into text */
	struct buf text;
};

static inline void
on_done(void *arg, struct spawn *s, struct spawn_result *r)
{
	struct outcome *o = arg;

	T(spawn_pid(s) > 0);
	o->calls++;
	o->r = *r;
	o->r.output = (struct buf)BUF_INIT;
	buf_reset(&o->text);
	buf_addstr(&o->text, buf_str(&r->output));
}

static inline struct spawn_request
request(char *const *argv)
{
	return (struct spawn_request){ .argv = argv, .env = plain_env, .dir_fd = dir,
		.output_limit = 1 << 20 };
}

/* Makes loop_run come back, so that a wait can end in failure. */
static inline void
tick(void *arg)
{
	(void)arg;
}

static inline void
wait_for(struct outcome *o)
{
	int64_t end = clock_mono_ns() + PLENTY;
	struct loop_timer *t = loop_timer_start(loop, 100 * MS, 100 * MS, tick, NULL);

	while (o->calls == 0 && clock_mono_ns() < end)
		loop_run(loop, true);
	loop_timer_stop(t);
	T(o->calls == 1);
}

/* Runs to the end; false when it did not start. */
static inline bool
run(const struct spawn_request *req, struct outcome *o)
{
	struct spawn *s;

	o->calls = 0;
	buf_reset(&o->text);
	if (!spawn_start(loop, req, on_done, o, &s, &err))
		return false;
	T(o->calls == 0);
	wait_for(o);
	return true;
}

static inline bool
run_sh(const char *script, struct outcome *o)
{
	char *argv[] = { "sh", "-c", (char *)(uintptr_t)script, NULL };
	struct spawn_request req = request(argv);

	return T_CASE(run(&req, o), script);
}

static inline bool
run_self(const char *what, struct outcome *o)
{
	char *argv[] = { self, "--child", (char *)(uintptr_t)what, NULL };
	struct spawn_request req = request(argv);

	return T_CASE(run(&req, o), what);
}

static inline bool
says(struct outcome *o, const char *want)
{
	if (str_eq(buf_str(&o->text), str_of(want)))
		return true;
	printf("the output is: %.*s\n", STR_ARG(buf_str(&o->text)));
	return false;
}

static inline bool
failed(const char *code, const char *words)
{
	bool ok = err.code && strcmp(err.code, code) == 0 && strstr(err.msg, words);

	if (!ok)
		printf("the error is %s: %s\n", err.code ? err.code : "-", err.msg ? err.msg : "-");
	err_fini(&err);
	return ok;
}

static inline int
child_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	const char *gap = "";

	for (int fd = 0; d && fd < 1024; fd++)
		if (fd != dirfd(d) && fcntl(fd, F_GETFD) != -1) {
			printf("%s%d", gap, fd);
			gap = " ";
		}
	printf("\n");
	return d ? closedir(d) : 1;
}

static inline int
child_signals(void)
{
	sigset_t mask;
	int odd = 0;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int sig = 1; sig < 65; sig++) {
		struct sigaction act;
		if (sigaction(sig, NULL, &act) == 0)
			odd += act.sa_handler == SIG_IGN;
		odd += sigismember(&mask, sig) == 1;
	}
	printf(odd ? "%d odd\n" : "all default, none blocked\n", odd);
	return 0;
}

static inline int
child_stdin(void)
{
	struct stat in, null;
	char c;

	if (fstat(0, &in) == 0 && stat("/dev/null", &null) == 0 && in.st_rdev == null.st_rdev)
		printf("null, %s\n", read(0, &c, 1) == 0 ? "empty" : "readable");
	return 0;
}

static inline int
child_group(void)
{
	int sig = 0;

	prctl(PR_GET_PDEATHSIG, &sig);
	printf("%s group, %s\n", getpgrp() == getpid() ? "own" : "foreign",
	    sig == SIGKILL ? "dies with us" : "survives");
	return 0;
}

static inline int
child_memory(void)
{
	size_t n = (size_t)220 << 20;
	char *p = malloc(n);

	for (size_t i = 0; p && i < n; i += 512)
		((volatile char *)p)[i] = 1;
	free(p);
	return 0;
}

extern char **environ;

static inline int
child(const char *what)
{
	if (strcmp(what, "descriptors") == 0)
		return child_descriptors();
	if (strcmp(what, "signals") == 0)
		return child_signals();
	if (strcmp(what, "stdin") == 0)
		return child_stdin();
	if (strcmp(what, "group") == 0)
		return child_group();
	if (strcmp(what, "use-memory") == 0)
		return child_memory();
	if (strcmp(what, "environment") == 0)
		for (char **v = environ; *v; v++)
			puts(*v);
	if (strcmp(what, "five-megabytes") == 0)
		for (int i = 0; i < 625000; i++)
			printf("%07d\n", i);
	return 0;
}

/* Runs `tests` in a fresh directory. */
static inline int
spawn_test_main(int argc, char **argv, void (*tests)(struct outcome *o))
{
	struct outcome o = { .text = BUF_INIT };
	struct buf path = BUF_INIT;
	const char *tmp = getenv("TMPDIR");

	if (argc == 3 && strcmp(argv[1], "--child") == 0)
		return child(argv[2]);
	self = realpath("/proc/self/exe", NULL);
	buf_printf(&path, "%s/skylua-spawn-XXXXXX", tmp ? tmp : "/tmp");
	if (!T(self && mkdtemp(path.p) != NULL))
		return test_end();
	dir = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	loop = loop_new();
	tests(&o);
	loop_free(loop);
	T(fs_remove(AT_FDCWD, path.p, &err));
	close(dir);
	free(self);
	err_fini(&err);
	buf_fini(&o.text);
	buf_fini(&path);
	return test_end();
}

#endif
