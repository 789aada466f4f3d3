/* orphans.c -- see the header.
 *
 * As a rule nobody is left, and that costs one read: the children are then just
 * those that we started.  Else all that belong to the action are killed, and again
 * those who become our children by that, until there is none.
 */
#include "os/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"

#define ROUND_NS 1000000            /* between two looks at who is dying */
#define ROUNDS_MAX 500
#define NAMES_MAX 4

struct orphans {
	int children;                /* /proc/PID/task/PID/children; -1: there is none */
	pid_t *ours;                 /* started by us, running; owned */
	size_t nours, cap;
	struct buf text;             /* of the file */
};

/* One look for what one action has left. */
struct hunt {
	struct orphans *o;
	pid_t group;
	const char *mark;
	struct buf *names;
	size_t nnames;
	bool any;                    /* somebody is still there */
};

/* ---- files of /proc ---- */

static bool
read_all(int fd, struct buf *out)
{
	buf_reset(out);
	for (;;) {
		buf_reserve(out, 4096);
		ssize_t n = pread(fd, out->p + out->n, 4096, (off_t)out->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			out->p[out->n] = '\0';
			return n == 0;
		}
		out->n += (size_t)n;
	}
}

static bool
read_of(pid_t pid, const char *name, struct buf *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && read_all(fd, out);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* "PID (comm) STATE PPID PGRP ..."; comm may hold anything. */
static bool
read_stat(pid_t pid, char *state, pid_t *group, struct buf *text)
{
	long parent, pgrp;

	if (!read_of(pid, "stat", text))
		return false;
	const char *end = strrchr(text->p, ')');
	if (!end || sscanf(end + 1, " %c %ld %ld", state, &parent, &pgrp) != 3)
		return false;
	*group = (pid_t)pgrp;
	return true;
}

static bool
has_mark(pid_t pid, const char *mark, struct buf *text)
{
	size_t n = strlen(mark) + 1;

	if (!read_of(pid, "environ", text))
		return false;
	for (size_t i = 0; i + n <= text->n;) {
		if (memcmp(text->p + i, mark, n) == 0)
			return true;
		i += strlen(text->p + i) + 1;
	}
	return false;
}

/* ---- the hunt ---- */

static bool
is_ours(const struct orphans *o, pid_t pid)
{
	for (size_t i = 0; i < o->nours; i++)
		if (o->ours[i] == pid)
			return true;
	return false;
}

static void
add_name(struct hunt *h, pid_t pid, struct buf *text)
{
	const char *end;

	if (h->nnames++ >= NAMES_MAX || !read_of(pid, "stat", text) ||
	    !(end = strrchr(text->p, ')')) || !strchr(text->p, '('))
		return;
	const char *from = strchr(text->p, '(') + 1;
	buf_printf(h->names, "%s%.*s (pid %ld)", h->names->n > 0 ? ", " : "", (int)(end - from),
	    from, (long)pid);
}

static bool
belongs(const struct hunt *h, pid_t pid, pid_t group, struct buf *text)
{
	const struct orphans *o = h->o;

	if (group == h->group || (h->mark && has_mark(pid, h->mark, text)))
		return true;
	return o->nours == 0;
}

static void
look_at(struct hunt *h, pid_t pid, bool first)
{
	struct buf text = BUF_INIT;
	pid_t group = 0;
	char state = 0;

	if (!read_stat(pid, &state, &group, &text) || group == getpgrp()) {
		buf_fini(&text);
		return;
	}
	if (state == 'Z' || state == 'X') {
		waitpid(pid, NULL, WNOHANG);
	} else if (belongs(h, pid, group, &text)) {
		if (first)
			add_name(h, pid, &text);
		kill(pid, SIGKILL);
		h->any = true;
	}
	buf_fini(&text);
}

/* How many of our children we did not start.  Those are looked at. */
static size_t
look(struct hunt *h, bool first)
{
	struct orphans *o = h->o;
	size_t n = 0, strangers = 0;

	h->any = false;
	if (!read_all(o->children, &o->text))
		return 0;
	for (const char *p = o->text.p; *p; p++)
		n += *p == ' ';
	if (n <= o->nours)
		return 0;
	for (char *p = o->text.p, *end; *p; p = end) {
		pid_t pid = (pid_t)strtol(p, &end, 10);
		if (end == p)
			break;
		if (is_ours(o, pid))
			continue;
		strangers++;
		look_at(h, pid, first);
	}
	return strangers;
}

static void
without_proc(pid_t group, struct buf *names)
{
	siginfo_t info = { .si_pid = 0 };

	while (waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
		info.si_pid = 0;
	if (kill(-group, SIGKILL) == 0)
		buf_adds(names, "a process of its group");
}

/* ---- life ---- */

struct orphans *
orphans_new(void)
{
	struct orphans *o = mem_zalloc(sizeof(*o));
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)getpid());
	o->children = open(path, O_RDONLY | O_CLOEXEC);
	return o;
}

void
orphans_free(struct orphans *o)
{
	if (o->children >= 0)
		close(o->children);
	buf_fini(&o->text);
	mem_free(o->ours);
	mem_free(o);
}

void
orphans_add(struct orphans *o, pid_t pid)
{
	if (o->nours == o->cap)
		o->ours = mem_grow(o->ours, &o->cap, o->nours + 1, sizeof(o->ours[0]));
	o->ours[o->nours++] = pid;
}

void
orphans_end(struct orphans *o, pid_t pid, const char *mark, struct buf *names)
{
	struct hunt h = { .o = o, .group = pid, .mark = mark, .names = names };
	struct timespec pause = { .tv_nsec = ROUND_NS };

	for (size_t i = 0; i < o->nours; i++)
		if (o->ours[i] == pid)
			o->ours[i] = o->ours[--o->nours];
	if (o->children < 0) {
		without_proc(pid, names);
		return;
	}
	if (look(&h, true) == 0)
		return;
	kill(-pid, SIGKILL);
	for (int i = 0; h.any && i < ROUNDS_MAX; i++) {
		nanosleep(&pause, NULL);
		look(&h, false);
	}
	if (h.nnames > NAMES_MAX)
		buf_printf(names, " and %zu more", h.nnames - NAMES_MAX);
}
