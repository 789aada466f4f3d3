/* store_damage.h -- what the tests of damaged logs share: each includes it once. */
#ifndef SKY_SPEC_STORE_DAMAGE_H
#define SKY_SPEC_STORE_DAMAGE_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "os/fs.h"
#include "store/store.h"
#include "test.h"
#include "world.h"

#define LOG "state/graph.log"
#define BAD "state/graph.log.bad"

static int dir;
static struct err err = ERR_INIT;
static struct buf note = BUF_INIT;

/* ---- helpers ---- */

static struct store *
open_store(struct world *w)
{
	struct store *s = NULL;

	buf_reset(&note);
	if (!T(store_open(&s, dir, "state", w->g, world_fns, WORLD_NFNS, &note, &err)))
		printf("%s\n", err.msg);
	return s;
}

static bool
noted(const char *words)
{
	bool ok = *words ? note.n > 0 && strstr(note.p, words) : note.n == 0;

	if (!ok)
		printf("the note is: %s\n", note.n ? note.p : "(none)");
	return ok && (note.n == 0 || !memchr(note.p, '\n', note.n));
}

static bool
reloads(struct world *w)
{
	struct world b;

	world_init(&b, w->rng, w->n);
	struct store *s = open_store(&b);
	bool ok = noted("") && world_same(w, &b) && world_sound(&b);
	T(store_close(s, b.g, &err));
	world_fini(&b);
	return ok;
}

/* In place: thousands of renames would take most of the time. */
static void
put_log(const void *p, size_t n)
{
	int fd = openat(dir, LOG, O_WRONLY | O_CREAT, 0644);

	T(fd >= 0 && pwrite(fd, p, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0);
	close(fd);
}

static void
get_log(struct buf *b)
{
	buf_reset(b);
	T(fs_read(dir, LOG, b, &err));
}

/* Whatever the log holds: it opens, what it gives is sound, and after the rest
 * was computed and put the next session finds all of it and no damage.  True when
 * there was a complaint. */
static bool
survives(struct keys *keys, uint32_t n, const char *what, bool redo)
{
	struct world b;

	world_init_on(&b, keys, n, n);
	struct store *s = open_store(&b);
	bool complained = note.n > 0;
	T_CASE(world_sound(&b), what);
	if (redo)
		world_evaluate(&b, b.g->version + 1, 0, 0, s);
	T_CASE(store_close(s, b.g, &err), what);
	if (redo)
		T_CASE(reloads(&b), what);
	world_fini(&b);
	return complained;
}

static void
begin(char name[])
{
	dir = mkdtemp(name) ? open(name, O_RDONLY | O_DIRECTORY) : -1;
	if (dir < 0)
		die(1, "no directory for the test");
}

static int
end(const char *name)
{
	fs_remove(AT_FDCWD, name, &err);
	buf_fini(&note);
	err_fini(&err);
	return test_end();
}

#endif
