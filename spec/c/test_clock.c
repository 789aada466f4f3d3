/* test_clock.c -- both clocks, and the offset for specs (read once, so the
 * program runs itself again with another environment). */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "test.h"

/* Exit code of this program run with that offset. */
static int
run_with(const char *self, const char *offset)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(98);
		setenv("SKYLUA_FAKE_CLOCK", offset, 1);
		execl(self, self, offset, (char *)NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(int argc, char **argv)
{
	int64_t real = (int64_t)time(NULL) * 1000000000, wall, before;

	if (argc > 1) {
		int64_t off = clock_wall_ns() - real - strtoll(argv[1], NULL, 10);
		return off > -INT64_C(2000000000) && off < INT64_C(2000000000) ? 0 : 1;
	}
	unsetenv("SKYLUA_FAKE_CLOCK");
	wall = clock_wall_ns();
	T(wall - real < INT64_C(2000000000) && wall - real > -INT64_C(1000000000));
	before = clock_mono_ns();
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_mono_ns();
		if (now < before)
			T(now >= before);
		before = now;
	}
	before = clock_mono_ns();
	nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	T(clock_mono_ns() - before >= 20000000 && clock_mono_ns() - before < INT64_C(5000000000));
	T(run_with("/proc/self/exe", "0") == 0);
	T(run_with("/proc/self/exe", "3600000000000") == 0);
	T(run_with("/proc/self/exe", "-7200000000000") == 0);
	T(run_with("/proc/self/exe", "1h") == 2);
	T(run_with("/proc/self/exe", "") == 2);
	T(run_with("/proc/self/exe", "99999999999999999999") == 2);
	return test_end();
}
