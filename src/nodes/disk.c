/* disk.c -- stat, read, stat again: equal stats mean that nobody wrote between. */
#include "nodes/disk.h"

#include "os/clock.h"

enum { TRIES = 5 };

enum outcome { SEEN, MOVED, BROKEN };

bool
disk_path_set(struct disk_path *p, struct str path, struct err *e)
{
	if (path.n == 0)
		path = STR(".");
	if (memchr(path.p, '\0', path.n))
		return err_set(e, ERR_IO, "a path with a NUL byte in it: '%.*s'",
		    (int)strnlen(path.p, path.n), path.p);
	if (path.n >= sizeof(p->z))
		return err_set(e, ERR_IO, "%.*s...: file name too long", 80, path.p);
	memcpy(p->z, path.p, path.n);
	p->z[path.n] = '\0';
	return true;
}

/* Gone or of another kind since it was stat'ed is movement; all other trouble
 * is trouble. */
static enum outcome
outcome_of(struct err *e)
{
	if (strcmp(e->code, ERR_NOT_FOUND) != 0 && strcmp(e->code, ERR_CHANGED) != 0)
		return BROKEN;
	err_fini(e);
	return MOVED;
}

static enum outcome
look_file(int dir, const char *z, struct disk_look *out, struct err *e)
{
	struct fs_stat after;
	uint64_t size;

	if (!fs_digest(dir, z, &out->digest, &size, e))
		return outcome_of(e);
	if (!fs_lstat(dir, z, &after, e))
		return BROKEN;
	return size == after.size && stat_stamp_same(&out->stamp.st, &after) ? SEEN : MOVED;
}

static enum outcome
look_link(int dir, const char *z, struct disk_look *out, struct err *e)
{
	buf_reset(&out->target);
	return fs_readlink(dir, z, &out->target, e) ? SEEN : outcome_of(e);
}

static enum outcome
look_once(int dir, const char *z, struct disk_look *out, struct err *e)
{
	struct fs_stat st;
	int64_t now = clock_wall_ns();

	if (!fs_lstat(dir, z, &st, e))
		return BROKEN;
	stat_stamp_of(&out->stamp, &st, now);
	switch (st.kind) {
	case FS_FILE:
		return look_file(dir, z, out, e);
	case FS_SYMLINK:
		return look_link(dir, z, out, e);
	case FS_NONE:
	case FS_DIR:
	case FS_SPECIAL:
	case FS_DENIED:
		break;
	}
	return SEEN;
}

bool
disk_look(int dir, struct str path, struct disk_look *out, struct err *e)
{
	struct disk_path p;

	memset(out, 0, sizeof(*out));
	if (!disk_path_set(&p, path, e))
		return false;
	for (int i = 0; i < TRIES; i++) {
		out->digest = (struct digest){ 0, 0 };
		switch (look_once(dir, p.z, out, e)) {
		case SEEN:
			return true;
		case BROKEN:
			disk_look_fini(out);
			return false;
		case MOVED:
			break;
		}
	}
	disk_look_fini(out);
	err_set(e, ERR_CHANGED, "%s changes all the time", p.z);
	err_hint(e, "wait until what writes it has ended, then build again");
	e->transient = true;
	return false;
}

void
disk_look_fini(struct disk_look *l)
{
	buf_fini(&l->target);
}
