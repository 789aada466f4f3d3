/* test_jobserver.c -- tokens: offered, joined by pipe and by fifo, given back. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "c/test.h"
#include "os/jobserver.h"

static unsigned
take_all(struct jobserver *j)
{
	unsigned n = 0;

	while (n < 10000 && jobserver_take(j))
		n++;
	return n;
}

static struct jobserver *
joined(int r, int w, const char *more)
{
	char text[96];

	snprintf(text, sizeof(text), "s -j7 --jobserver-auth=%d,%d%s", r, w, more);
	return jobserver_join(text);
}

static void
server_and_client(void)
{
	struct err err = ERR_INIT;
	struct jobserver *j = jobserver_offer(3, &err), *client;

	if (!T(j != NULL))
		return;
	const int *ends = jobserver_ends(j);
	T(ends[0] > JOBSERVER_WRITE && ends[1] > JOBSERVER_WRITE);
	client = joined(ends[0], ends[1], "");
	if (T(client != NULL)) {
		T(jobserver_slots(client) == 7);
		T(jobserver_take(client) && jobserver_take(j) && jobserver_take(client));
		T(!jobserver_take(j) && !jobserver_take(client));
		T(jobserver_held(j) == 1 && jobserver_held(client) == 2);
		jobserver_give(client);
		T(jobserver_take(j) && jobserver_held(j) == 2);
		jobserver_free(client);         /* gives back what it held */
	}
	T(take_all(j) == 1 && jobserver_held(j) == 3);
	jobserver_free(j);
	err_fini(&err);
}

/* Others share the pipe: it must go on blocking for them, and bytes come back as
 * they were. */
static void
leaves_the_pipe_alone(void)
{
	int ends[2];
	char c = 0;

	if (!T(pipe(ends) == 0))
		return;
	T(write(ends[1], "xy", 2) == 2);
	struct jobserver *j = joined(ends[0], ends[1], "");
	if (T(j != NULL)) {
		T(take_all(j) == 2);
		T(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
		jobserver_give(j);
		T(read(ends[0], &c, 1) == 1 && c == 'y');
		jobserver_free(j);
		T(read(ends[0], &c, 1) == 1 && c == 'x');
	}
	close(ends[0]);
	close(ends[1]);
}

static void
fifo(void)
{
	char dir[] = "/tmp/skylua-jobserver-XXXXXX", path[64], flags[128];
	int fd;

	if (!T(mkdtemp(dir) != NULL))
		return;
	snprintf(path, sizeof(path), "%s/fifo", dir);
	snprintf(flags, sizeof(flags), " -j3 --jobserver-auth=fifo:%s", path);
	T(jobserver_join(flags) == NULL);
	T(mkfifo(path, 0600) == 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	T(write(fd, "++", 2) == 2);
	struct jobserver *j = jobserver_join(flags);
	if (T(j != NULL)) {
		T(jobserver_slots(j) == 3 && take_all(j) == 2);
		jobserver_free(j);
	}
	close(fd);
	T(unlink(path) == 0 && rmdir(dir) == 0);
}

static void
what_is_none(void)
{
	int one[2], two[2];

	if (!T(pipe(one) == 0 && pipe(two) == 0))
		return;
	T(jobserver_join(NULL) == NULL && jobserver_join("") == NULL);
	T(jobserver_join("k -j4 --no-print-directory") == NULL);
	T(jobserver_join("--jobserver-auth=") == NULL);
	T(jobserver_join("--jobserver-auth=x,y") == NULL);
	T(joined(-2, -2, "") == NULL && joined(900, 901, "") == NULL);
	/* numbers that belong to others by now */
	T(joined(one[0], two[1], "") == NULL);
	T(joined(one[1], one[0], "") == NULL);
	T(joined(0, 1, " --jobserver-auth=-2,-2") == NULL);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

int
main(void)
{
	server_and_client();
	leaves_the_pipe_alone();
	fifo();
	what_is_none();
	return test_end();
}
