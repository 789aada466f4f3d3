/* test_spawn.c -- one process at a time: how it ends, what it sees, what it
 * cannot start as. */
#include "spawn_test.h"

static void
ends(struct outcome *o)
{
	T(run_sh("exit 0", o) && o->r.exit_code == 0 && o->r.signal == 0 && says(o, ""));
	T(run_sh("exit 1", o) && o->r.exit_code == 1);
	T(run_sh("exit 255", o) && o->r.exit_code == 255 && o->r.signal == 0);
	T(run_sh("kill -9 $$", o) && o->r.exit_code == -1 && o->r.signal == SIGKILL);
	T(run_sh("kill -TERM $$", o) && o->r.exit_code == -1 && o->r.signal == SIGTERM);
	T(run_sh("kill -SEGV $$", o) && o->r.signal == SIGSEGV && !o->r.timed_out);
	T(run_sh("sleep 0.05", o) && o->r.wall_ns >= 50 * MS && o->r.wall_ns < PLENTY);
	T(!o->r.leftovers && !o->r.timed_out);
}

static void
output(struct outcome *o)
{
	T(run_sh("echo out; echo err >&2; echo out2", o) && says(o, "out\nerr\nout2\n"));
	T(run_sh("printf 'a\\000b\\377'", o) && o->text.n == 4 &&
	    memcmp(o->text.p, "a\0b\xff", 4) == 0);
	T(run_sh("exec >&- 2>&-; sleep 0.05; exit 3", o) && o->r.exit_code == 3 && says(o, ""));
	T(run_sh("echo early; exec >/dev/null 2>&1; sleep 0.05", o) && says(o, "early\n"));
}

/* 5 MB through a limit of 64 KiB: both ends are there, exactly. */
static void
big_output(struct outcome *o)
{
	char *argv[] = { self, "--child", "five-megabytes", NULL };
	struct spawn_request req = request(argv);
	char note[64];

	req.output_limit = 65536;
	snprintf(note, sizeof(note), "\n... %d bytes left out ...\n", 5000000 - 65536);
	T(run(&req, o) && o->r.exit_code == 0);
	T(o->text.n == 65536 + strlen(note));
	T(memcmp(o->text.p, "0000000\n0000001\n", 16) == 0);
	T(memcmp(o->text.p + 32768, note, strlen(note)) == 0);
	T(strcmp(o->text.p + o->text.n - 16, "0624998\n0624999\n") == 0);
	req.output_limit = 0;
	T(run(&req, o) && o->text.n == 5000000);
	for (size_t i = 0; i < 625000; i += 1000) {
		char line[16];
		snprintf(line, sizeof(line), "%07zu\n", i);
		T(memcmp(o->text.p + i * 8, line, 8) == 0);
	}
	req.output_limit = 5000000;
	T(run(&req, o) && o->text.n == 5000000 && !strstr(o->text.p, "left out"));
}

static void
surroundings(struct outcome *o)
{
	char *argv[] = { self, "--child", "environment", NULL };
	char *env[] = { "B=2", "A=1", "EMPTY=", "SPACE= x y ", NULL };
	struct spawn_request req = request(argv);
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	sigset_t block, before;
	int leak = open("/dev/null", O_RDONLY), high;

	req.env = env;
	T(run(&req, o) && says(o, "B=2\nA=1\nEMPTY=\nSPACE= x y \n"));
	req.env = (char *[]){ NULL };
	T(run(&req, o) && says(o, ""));
	T(run_self("stdin", o) && says(o, "null, empty\n"));
	high = fcntl(leak, F_DUPFD, 300);
	T(run_self("descriptors", o) && says(o, "0 1 2\n"));
	close(leak);
	close(high);
	T(run_self("group", o) && says(o, "own group, dies with us\n"));
	sigfillset(&block);
	sigaction(SIGPIPE, &ignore, &old);
	sigprocmask(SIG_SETMASK, &block, &before);
	T(run_self("signals", o) && says(o, "all default, none blocked\n"));
	sigset_t now;
	sigprocmask(SIG_SETMASK, &before, &now);
	T(sigismember(&now, SIGUSR1) && sigismember(&now, SIGINT));
	sigaction(SIGPIPE, &old, NULL);
}

static void
directory(struct outcome *o)
{
	char *argv[] = { "pwd", NULL };
	struct spawn_request req = request(argv);
	struct buf real = BUF_INIT;

	T(fs_mkdirs(dir, "sub", &err));
	req.dir_fd = openat(dir, "sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_printf(&real, "/proc/self/fd/%d", req.dir_fd);
	char *want = realpath(real.p, NULL);
	buf_reset(&real);
	buf_printf(&real, "%s\n", want ? want : "?");
	T(run(&req, o) && says(o, real.p));
	free(want);
	close(req.dir_fd);
	req.dir_fd = AT_FDCWD;
	want = realpath(".", NULL);
	buf_reset(&real);
	buf_printf(&real, "%s\n", want ? want : "?");
	T(run(&req, o) && says(o, real.p));
	free(want);
	buf_fini(&real);
}

static void
programs(struct outcome *o)
{
	char *argv[] = { "tool", "arg", NULL };
	char *env[] = { "PATH=/nowhere::relative/bin:/usr/bin", NULL };
	struct spawn_request req = request(argv);

	T(fs_mkdirs(dir, "relative/bin", &err) && fs_mkdirs(dir, "first", &err));
	T(fs_write(dir, "relative/bin/tool", STR("#!/bin/sh\necho env $0 $1\n"), true, &err));
	T(fs_write(dir, "first/tool", STR("#!/bin/sh\necho req $0\n"), true, &err));
	T(fs_write(dir, "tool", STR("#!/bin/sh\necho wrong\n"), true, &err));
	req.env = env;
	T(run(&req, o) && says(o, "env relative/bin/tool arg\n"));
	req.path = "none:first/";
	T(run(&req, o) && says(o, "req first/tool\n"));
	argv[0] = "./first/tool";
	T(run(&req, o) && says(o, "req ./first/tool\n"));
	/* A directory of that name, or a file without x, does not hide the next. */
	T(fs_mkdirs(dir, "none/tool", &err) && fs_write(dir, "x", STR("no"), false, &err));
	T(fs_mkdirs(dir, "plain", &err) && fs_write(dir, "plain/tool", STR("no"), false, &err));
	argv[0] = "tool";
	req.path = "none:plain:first";
	T(run(&req, o) && says(o, "req first/tool\n"));
	argv[0] = "true";
	req.env = (char *[]){ NULL };
	req.path = NULL;
	T(run(&req, o) && o->r.exit_code == 0);
}

static void
not_startable(struct outcome *o)
{
	char *argv[] = { "no-such-tool", NULL };
	struct spawn_request req = request(argv);

	T(!run(&req, o) && strstr(err.hint, "searched for in /usr/bin:/bin"));
	T(!err.transient && failed(ERR_TOOL, "cannot start no-such-tool: no program of that name"));
	req.path = "";
	T(!run(&req, o) && strstr(err.hint, "search path is empty") &&
	    failed(ERR_TOOL, "no program"));
	req.path = "plain";
	argv[0] = "tool";
	T(!run(&req, o) && strcmp(err.hint, "chmod +x plain/tool") == 0);
	T(failed(ERR_TOOL, "cannot start tool: plain/tool is not executable"));
	argv[0] = "./none/such";
	T(!run(&req, o) && failed(ERR_TOOL, "cannot start ./none/such: no such file"));
	argv[0] = "./plain/tool";
	T(!run(&req, o) && failed(ERR_TOOL, "cannot start ./plain/tool: it is not executable"));
	argv[0] = "./plain";
	T(!run(&req, o) && failed(ERR_TOOL, "cannot start ./plain: it is a directory"));
	argv[0] = "./plain/tool/x";
	T(!run(&req, o) && failed(ERR_TOOL, "Not a directory"));
	argv[0] = "";
	T(!run(&req, o) && failed(ERR_TOOL, "without a name"));
	argv[0] = NULL;
	T(!run(&req, o) && failed(ERR_TOOL, "without a name"));
	T(fs_write(dir, "bad-interpreter", STR("#! /no/such/python -u\n"), true, &err));
	argv[0] = "./bad-interpreter";
	T(!run(&req, o) && !err.transient &&
	    failed(ERR_TOOL, "its interpreter /no/such/python does not exist"));
	T(fs_write(dir, "locked-interpreter", STR("#!plain/tool\n"), true, &err));
	argv[0] = "./locked-interpreter";
	T(!run(&req, o) && failed(ERR_TOOL, "its interpreter plain/tool may not be executed"));
	T(fs_write(dir, "text", STR("echo no hash bang\n"), true, &err));
	argv[0] = "./text";
	T(!run(&req, o) && failed(ERR_TOOL, "neither a program for this machine nor a script"));
	T(fs_write(dir, "zero", STR(""), true, &err));
	argv[0] = "./zero";
	T(!run(&req, o) && failed(ERR_TOOL, "neither a program"));
	argv[0] = "true";
	req.path = "/usr/bin:/bin";
	req.dir_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	T(!run(&req, o) && failed(ERR_IO, "cannot enter the directory to start true in"));
	close(req.dir_fd);
	T(o->calls == 0);
}

static void
too_long(struct outcome *o)
{
	struct buf big = BUF_INIT;
	char *argv[] = { "true", NULL, NULL };
	struct spawn_request req = request(argv);

	for (int i = 0; i < 1 << 18; i++)
		buf_addc(&big, 'x');
	argv[1] = big.p;
	T(!run(&req, o) && strstr(err.hint, "in a file"));
	T(failed(ERR_TOOL, "too long for the system"));
	buf_fini(&big);
}

/* A process in the background holds the pipe; the end is the end of the shell. */
static void
background(struct outcome *o)
{
	int64_t start = clock_mono_ns();

	T(run_sh("echo kept; sleep 1000 & echo $!", o) && o->r.exit_code == 0);
	T(clock_mono_ns() - start < 10000 * MS && o->r.leftovers);
	T(strncmp(o->text.p, "kept\n", 5) == 0);
	pid_t pid = (pid_t)strtol(o->text.p + 5, NULL, 10);
	T(pid > 1);
	for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++) {
		loop_run(loop, false);
		usleep(5000);
	}
	T(kill(pid, 0) != 0);
	/* One that never stops writing does not keep us reading. */
	T(run_sh("(while :; do echo noise; done) & sleep 0.1; exit 7", o));
	T(o->r.exit_code == 7 && o->r.leftovers && clock_mono_ns() - start < 20000 * MS);
	T(run_sh("sleep 0 & wait", o) && !o->r.leftovers);
}

static bool
alive(pid_t pid)
{
	char path[64], state = 'Z';
	struct buf b = BUF_INIT;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fs_read(AT_FDCWD, path, &b, &err) && strrchr(b.p, ')'))
		state = strrchr(b.p, ')')[2];
	err_fini(&err);
	buf_fini(&b);
	return state != 'Z' && state != 'X';
}

static bool
all_die(const char *pids)
{
	bool any = true;

	for (int i = 0; i < 1000 && any; i++) {
		char *end;
		any = false;
		for (const char *p = pids; *p; p = *end ? end + 1 : end) {
			pid_t pid = (pid_t)strtol(p, &end, 10);
			any = any || (pid > 1 && alive(pid));
		}
		loop_run(loop, false);
		usleep(5000);
	}
	return !any;
}

static void
timeouts(struct outcome *o)
{
	char *argv[] = { "sh", "-c", NULL, NULL };
	struct spawn_request req = request(argv);
	int64_t start;

	/* A tree: the shell, a child, a grandchild. */
	req.timeout_ns = 100 * MS;
	argv[2] = "sleep 1000 & echo $!; sh -c 'sleep 1001 & echo $!; wait' & echo $!; wait";
	T(run(&req, o) && o->r.timed_out && o->r.signal == SIGTERM && o->r.exit_code == -1);
	T(o->r.wall_ns >= 99 * MS && all_die(o->text.p));
	/* It catches SIGTERM and ends in good order. */
	argv[2] = "trap 'echo bye; exit 5' TERM; echo hi; while :; do sleep 0.01; done";
	T(run(&req, o) && o->r.timed_out && o->r.exit_code == 5 && strstr(o->text.p, "bye\n"));
	/* It does not listen. */
	argv[2] = "trap '' TERM; echo $$; while :; do sleep 0.01; done";
	start = clock_mono_ns();
	T(run(&req, o) && o->r.timed_out && o->r.signal == SIGKILL && o->r.exit_code == -1);
	T(clock_mono_ns() - start >= 2000 * MS && all_die(o->text.p));
	/* It is in time. */
	req.timeout_ns = PLENTY;
	argv[2] = "exit 4";
	T(run(&req, o) && !o->r.timed_out && o->r.exit_code == 4);
}

static void
killing(struct outcome *o)
{
	char *argv[] = { "sh", "-c", "sleep 1000 & sleep 1000; exit 1", NULL };
	struct spawn_request req = request(argv);
	struct spawn *s;

	o->calls = 0;
	T(spawn_start(loop, &req, on_done, o, &s, &err));
	T(getpgid(spawn_pid(s)) == spawn_pid(s));
	usleep(20000);
	spawn_kill(s, SIGINT);
	wait_for(o);
	T(o->r.signal == SIGINT && !o->r.timed_out);
}

static void
usage(struct outcome *o)
{
	T(run_self("use-memory", o) && o->r.exit_code == 0);
	T(o->r.max_rss == 0 || o->r.max_rss > 200 << 10);
	T(o->r.max_rss < 4 << 20);
	T(run_sh("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", o));
	T(o->r.user_ns > 0 && o->r.user_ns < PLENTY && o->r.system_ns >= 0);
	T(o->r.user_ns <= o->r.wall_ns * 2);
}

static void
tests(struct outcome *o)
{
	ends(o);
	output(o);
	big_output(o);
	surroundings(o);
	directory(o);
	programs(o);
	not_startable(o);
	too_long(o);
	background(o);
	timeouts(o);
	killing(o);
	usage(o);
}

int
main(int argc, char **argv)
{
	return spawn_test_main(argc, argv, tests);
}
