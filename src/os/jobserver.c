/* jobserver.c -- bytes in a pipe.
 *
 * Whether a descriptor blocks belongs to the open file, which is shared with every
 * other program on the pipe.  Therefore we read through a file of our own, opened
 * by its name in /proc, and leave theirs as they are.
 */
#include "os/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"

enum {
	ABOVE = 10,               /* clear of the numbers that children get */
	TOKENS_MAX = 4096         /* every pipe has room for these */
};

struct jobserver {
	int read_fd;              /* ours: does not block */
	int ends[2];              /* of children */
	struct buf held;          /* the bytes taken: they go back as they came */
	int slots;
};

static int
reopen(int fd)
{
	char path[32];
	int mine, high;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	mine = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (mine < 0)
		return -1;
	high = fcntl(mine, F_DUPFD_CLOEXEC, ABOVE);
	close(mine);
	return high;
}

/* Takes over neither `r` nor `w`. */
static struct jobserver *
jobserver_new(int r, int w)
{
	struct jobserver *j = mem_zalloc(sizeof(*j));

	j->read_fd = reopen(r);
	j->ends[0] = fcntl(r, F_DUPFD_CLOEXEC, ABOVE);
	j->ends[1] = fcntl(w, F_DUPFD_CLOEXEC, ABOVE);
	if (j->read_fd >= 0 && j->ends[0] >= 0 && j->ends[1] >= 0)
		return j;
	jobserver_free(j);
	return NULL;
}

struct jobserver *
jobserver_offer(int tokens, struct err *e)
{
	struct jobserver *j;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		err_errno(e, errno, "cannot make a jobserver");
		return NULL;
	}
	j = jobserver_new(ends[0], ends[1]);
	if (!j)
		err_errno(e, errno, "cannot make a jobserver");
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; j && i < tokens && i < TOKENS_MAX; i++) {
		buf_addc(&j->held, '+');
		jobserver_give(j);
	}
	return j;
}

void
jobserver_free(struct jobserver *j)
{
	if (!j)
		return;
	while (j->held.n > 0)
		jobserver_give(j);
	for (int i = 0; i < 2; i++)
		if (j->ends[i] >= 0)
			close(j->ends[i]);
	if (j->read_fd >= 0)
		close(j->read_fd);
	buf_fini(&j->held);
	mem_free(j);
}

bool
jobserver_take(struct jobserver *j)
{
	ssize_t n;
	char c;

	do
		n = read(j->read_fd, &c, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return false;
	buf_addc(&j->held, c);
	return true;
}

/* The pipe has room: the byte was in it before. */
void
jobserver_give(struct jobserver *j)
{
	ssize_t n;

	CHECK(j->held.n > 0);
	do
		n = write(j->ends[1], j->held.p + j->held.n - 1, 1);
	while (n < 0 && errno == EINTR);
	buf_cut(&j->held, j->held.n - 1);
}

size_t
jobserver_held(const struct jobserver *j)
{
	return j->held.n;
}

int
jobserver_slots(const struct jobserver *j)
{
	return j->slots;
}

int
jobserver_fd(const struct jobserver *j)
{
	return j->read_fd;
}

const int *
jobserver_ends(const struct jobserver *j)
{
	return j->ends;
}

/* ---- MAKEFLAGS ---- */

/* The two ends of one pipe, and not any two descriptors that have got the numbers of
 * ends that make has closed. */
static bool
are_ends(int r, int w)
{
	struct stat a, b;

	return r >= 0 && w >= 0 && fstat(r, &a) == 0 && fstat(w, &b) == 0 &&
	    S_ISFIFO(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino &&
	    (fcntl(r, F_GETFL) & O_ACCMODE) != O_WRONLY &&
	    (fcntl(w, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

static struct jobserver *
join_fifo(struct str name)
{
	char *path = mem_strndup(name.p, name.n);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct jobserver *j = are_ends(fd, fd) ? jobserver_new(fd, fd) : NULL;

	if (fd >= 0)
		close(fd);
	mem_free(path);
	return j;
}

static struct jobserver *
join(struct str auth)
{
	int r = -1, w = -1;

	if (str_starts(auth, STR("fifo:")))
		return join_fifo((struct str){ auth.p + 5, auth.n - 5 });
	char *text = mem_strndup(auth.p, auth.n);
	bool ok = sscanf(text, "%d,%d", &r, &w) == 2 && are_ends(r, w);
	mem_free(text);
	return ok ? jobserver_new(r, w) : NULL;
}

static bool
starts_with(struct str word, struct str start, struct str *rest)
{
	if (!str_starts(word, start))
		return false;
	*rest = (struct str){ word.p + start.n, word.n - start.n };
	return true;
}

/* Words stand in MAKEFLAGS in the order they were given: the last one counts. */
struct jobserver *
jobserver_join(const char *makeflags)
{
	struct str auth = { NULL, 0 }, rest;
	long slots = 0;

	for (const char *p = makeflags ? makeflags : ""; *p;) {
		p += strspn(p, " ");
		struct str word = { p, strcspn(p, " ") };
		p += word.n;
		if (starts_with(word, STR("--jobserver-auth="), &rest) ||
		    starts_with(word, STR("--jobserver-fds="), &rest))
			auth = rest;
		else if (starts_with(word, STR("-j"), &rest))
			slots = strtol(rest.p, NULL, 10);
	}
	struct jobserver *j = auth.n > 0 ? join(auth) : NULL;
	if (j && slots > 0 && slots <= TOKENS_MAX)
		j->slots = (int)slots;
	return j;
}
