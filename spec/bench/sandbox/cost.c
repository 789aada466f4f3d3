/* cost.c -- the price of one process: posix_spawn, ours, ours in the sandbox with
 * N declared inputs, and bubblewrap with as many.
 *
 *   cost DIR RUNS PROGRAM [BWRAP]      DIR is empty; medians in microseconds
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/sandbox.h"
#include "os/spawn.h"

enum { MOST = 1000 };

static int dir, runs;
static char *program, *bwrap;
static struct loop *loop;
static struct sandbox *sandbox;
static char *const env[] = { "PATH=/usr/bin:/bin", NULL };

static int
by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static double
median(void (*one)(size_t inputs), size_t inputs, int n)
{
	int64_t *took = mem_alloc((size_t)n * sizeof(took[0]));

	one(inputs);
	for (int i = 0; i < n; i++) {
		int64_t start = clock_mono_ns();
		one(inputs);
		took[i] = clock_mono_ns() - start;
	}
	qsort(took, (size_t)n, sizeof(took[0]), by_number);
	double us = (double)took[n / 2] / 1000;
	mem_free(took);
	return us;
}

static void
wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		die(1, "the program failed");
}

static void
bare(size_t inputs)
{
	char *argv[] = { program, NULL };
	pid_t pid;

	(void)inputs;
	if (posix_spawn(&pid, program, NULL, NULL, argv, env) != 0)
		die(1, "posix_spawn failed");
	wait_for(pid);
}

static void
ended(void *arg, struct spawn *s, struct spawn_result *r)
{
	(void)s;
	if (r->exit_code != 0)
		die(1, "the program failed: %s", r->output.p ? r->output.p : "");
	*(bool *)arg = true;
}

static void
run(int ruleset)
{
	char *argv[] = { program, NULL };
	struct spawn_request req = { .argv = argv, .env = env, .dir_fd = dir,
		.output_limit = 1 << 16, .ruleset = ruleset, .no_network = ruleset > 0 };
	struct err e = ERR_INIT;
	struct spawn *s;
	bool done = false;

	if (!spawn_start(loop, &req, ended, &done, &s, &e))
		die(1, "%s", e.msg);
	while (!done)
		loop_run(loop, true);
}

static void
ours(size_t inputs)
{
	(void)inputs;
	run(0);
}

static void
confined(size_t inputs)
{
	struct err e = ERR_INIT;
	char path[16];
	int ruleset = sandbox_ruleset(sandbox, false, &e);
	bool ok = ruleset > 0;

	for (size_t i = 0; ok && i < inputs; i++) {
		snprintf(path, sizeof(path), "in/%zu", i);
		ok = sandbox_allow(sandbox, ruleset, dir, str_of(path), SANDBOX_READ, &e);
	}
	ok = ok && sandbox_allow(sandbox, ruleset, dir, STR("out"), SANDBOX_WRITE, &e) &&
	    sandbox_allow(sandbox, ruleset, dir, STR("tmp"), SANDBOX_ALL, &e);
	if (!ok)
		die(1, "%s", e.msg);
	run(ruleset);
	sandbox_close(ruleset);
}

static void
bubblewrap(size_t inputs)
{
	static char *argv[3 * MOST + 32], names[MOST][16];
	size_t n = 0;
	pid_t pid;
	const char *first[] = { bwrap, "--ro-bind", "/usr", "/usr", "--ro-bind", "/lib", "/lib",
		"--ro-bind", "/bin", "/bin", "--ro-bind-try", "/lib64", "/lib64", "--dev", "/dev",
		"--proc", "/proc", "--unshare-net" };

	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		argv[n++] = (char *)(uintptr_t)first[i];
	for (size_t i = 0; i < inputs; i++) {
		snprintf(names[i], sizeof(names[i]), "in/%zu", i);
		argv[n++] = (char *)(uintptr_t)"--ro-bind";
		argv[n++] = names[i];
		argv[n] = mem_alloc(32);
		snprintf(argv[n++], 32, "/w/%s", names[i]);
	}
	argv[n++] = program;
	argv[n] = NULL;
	if (posix_spawn(&pid, bwrap, NULL, NULL, argv, env) != 0)
		die(1, "cannot start %s", bwrap);
	wait_for(pid);
	for (size_t i = 0; i < inputs; i++)
		mem_free(argv[ARRAY_LEN(first) + 3 * i + 2]);
}

static void
make_files(void)
{
	struct err e = ERR_INIT;
	char path[16];
	bool ok = fs_mkdirs(dir, "in", &e) && fs_mkdirs(dir, "out", &e) &&
	    fs_mkdirs(dir, "tmp", &e);

	for (size_t i = 0; ok && i < MOST; i++) {
		snprintf(path, sizeof(path), "in/%zu", i);
		ok = fs_write(dir, path, STR("x"), false, &e);
	}
	if (!ok)
		die(1, "%s", e.msg);
}

static void
row(const char *what, void (*one)(size_t), size_t inputs, int n, double floor)
{
	double us = median(one, inputs, n);

	if (floor > 0)
		printf("%-34s %9.0f %+9.0f\n", what, us, us - floor);
	else
		printf("%-34s %9.0f\n", what, us);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const size_t counts[] = { 10, 100, 1000 };
	struct err e = ERR_INIT;
	char what[64];

	if (argc < 4 || chdir(argv[1]) != 0)
		die(2, "cost DIR RUNS PROGRAM [BWRAP]");
	runs = atoi(argv[2]);
	program = argv[3];
	bwrap = argc > 4 && *argv[4] ? argv[4] : NULL;
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	loop = loop_new();
	sandbox = sandbox_new(argv[1], &e);
	make_files();
	printf("%-34s %9s %9s\n", "microseconds, median", "one", "more");
	double floor = median(bare, 0, runs);
	row("posix_spawn", bare, 0, runs, 0);
	floor = median(bare, 0, runs);
	row("skylua, no sandbox", ours, 0, runs, floor);
	double free_us = median(ours, 0, runs);
	if (sandbox)
		row("skylua, sandbox, no input", confined, 0, runs, free_us);
	else
		printf("no sandbox: %s\n", e.msg);
	for (size_t i = 0; sandbox && i < ARRAY_LEN(counts); i++) {
		snprintf(what, sizeof(what), "skylua, sandbox, %zu inputs", counts[i]);
		row(what, confined, counts[i], runs, free_us);
	}
	for (size_t i = 0; bwrap && i < ARRAY_LEN(counts); i++) {
		snprintf(what, sizeof(what), "bubblewrap, %zu inputs", counts[i]);
		row(what, bubblewrap, counts[i], counts[i] < 1000 ? runs / 4 + 1 : 3, floor);
	}
	return 0;
}
