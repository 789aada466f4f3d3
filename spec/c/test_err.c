/* test_err.c -- errors are filled, wrapped and freed; and the last words. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/err.h"
#include "test.h"

static void
filling(void)
{
	struct err e = ERR_INIT;

	T(!err_set(&e, ERR_TOOL, "no %s", "gcc"));
	T(strcmp(e.code, "E0307") == 0 && strcmp(e.msg, "no gcc") == 0);
	T(!e.transient && !e.hint && !e.file && e.line == 0);
	err_hint(&e, "install %s", "it");
	err_hint(&e, "%s, or not", e.hint);
	T(strcmp(e.hint, "install it, or not") == 0);
	err_place(&e, (struct str){ "BUILD.lua:junk", 9 }, 3, 7);
	T(strcmp(e.file, "BUILD.lua") == 0 && e.line == 3 && e.column == 7);
	T(!err_set(&e, ERR_ACTION, "while linking: %s (%s)", e.msg, e.hint));
	T(strcmp(e.msg, "while linking: no gcc (install it, or not)") == 0);
	T(!e.hint && !e.file && e.line == 0 && e.column == 0);
	err_fini(&e);
	T(!e.code && !e.msg);
	err_fini(&e);
}

static void
from_errno(void)
{
	struct err e = ERR_INIT;

	T(!err_errno(&e, EACCES, "cannot read %s", "a"));
	T(strcmp(e.code, ERR_IO) == 0 && e.transient);
	T(strcmp(e.msg, "cannot read a: Permission denied") == 0);
	err_errno(&e, ENOENT, "cannot read %s", "a");
	T(strcmp(e.code, ERR_NOT_FOUND) == 0 && e.transient);
	err_errno(&e, 99999, "odd");
	T(strstr(e.msg, "99999") != NULL);
	err_set(&e, ERR_IO, "plain");
	T(!e.transient);
	err_fini(&e);
}

static void do_die(void) { die(36, "the %s is gone", "machine"); }
static void do_check(void) { CHECK(1 + 1 == 3); }
static void do_oom(void) { mem_free(mem_alloc(SIZE_MAX / 4)); }

/* Runs fn in a child; its words land in `text`, its status is returned. */
static int
dying(void (*fn)(void), char *text, size_t size)
{
	int ends[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	if (!T(pipe(ends) == 0))
		return 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + n, size - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(ends[0]);
	T(waitpid(pid, &status, 0) == pid);
	return status;
}

static void
last_words(void)
{
	char text[4096];
	int status = dying(do_die, text, sizeof(text));

	T(WIFEXITED(status) && WEXITSTATUS(status) == 36);
	T(strcmp(text, "skylua: the machine is gone\n") == 0);
	status = dying(do_check, text, sizeof(text));
	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	T(strstr(text, "test_err.c:") && strstr(text, "1 + 1 == 3"));
	status = dying(do_oom, text, sizeof(text));
	T(WIFEXITED(status) && WEXITSTATUS(status) == 36);
	T(strstr(text, "out of memory") != NULL);
}

int
main(void)
{
	filling();
	from_errno();
	last_words();
	return test_end();
}

/* A sanitizer's malloc would stop the program instead of saying no. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}
