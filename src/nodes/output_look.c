/* output_look.c -- trees are walked with one growing path; each entry adds its
 * path below the top, so that nothing can hide behind another name. */
#include "nodes/output_look.h"

#include "base/path.h"
#include "os/clock.h"

enum { MAX_LINKS = 40, MAX_DEPTH = 256 };

struct tree {
	const struct host *host;
	size_t top;              /* bytes of the path of the whole tree */
	struct buf path;         /* of the present entry */
	struct hasher *stats;
	struct hasher *contents; /* NULL: stats only */
	int64_t newest_ns;
	int depth;
	struct err *e;
};

static void
hash_stat(struct tree *t, const struct fs_stat *st)
{
	int64_t newest = st->mtime_ns > st->ctime_ns ? st->mtime_ns : st->ctime_ns;

	hasher_add_u64(t->stats, (uint64_t)st->kind << 32 | st->mode);
	hasher_add_u64(t->stats, st->size);
	hasher_add_u64(t->stats, (uint64_t)st->mtime_ns);
	hasher_add_u64(t->stats, (uint64_t)st->ctime_ns);
	hasher_add_u64(t->stats, st->inode);
	if (newest > t->newest_ns)
		t->newest_ns = newest;
}

/* One entry that is no directory. */
static bool
tree_leaf(struct tree *t)
{
	struct disk_look l;
	struct str below = { t->path.p + t->top, t->path.n - t->top };

	if (!t->contents) {
		struct fs_stat st;
		if (!fs_lstat(t->host->root_fd, t->path.p, &st, t->e))
			return false;
		hash_stat(t, &st);
		return true;
	}
	if (!disk_look(t->host->root_fd, buf_str(&t->path), &l, t->e))
		return false;
	enum fs_kind kind = l.stamp.st.kind;
	hash_stat(t, &l.stamp.st);
	hasher_add_str(t->contents, below);
	hasher_add_u64(t->contents, (uint64_t)kind << 1 | l.stamp.st.executable);
	hasher_add_u64(t->contents, l.digest.lo);
	hasher_add_u64(t->contents, l.digest.hi);
	hasher_add_str(t->contents, buf_str(&l.target));
	disk_look_fini(&l);
	if (kind == FS_FILE || kind == FS_SYMLINK)
		return true;
	return err_set(t->e, ERR_OUTPUT_KIND, "%s is neither file, directory nor symlink",
	    t->path.p);
}

static bool tree_dir(struct tree *t);

static bool
tree_entry(struct tree *t, const struct fs_entry *entry)
{
	size_t n = t->path.n;
	bool ok;

	buf_addc(&t->path, '/');
	buf_addstr(&t->path, entry->name);
	hasher_add_str(t->stats, entry->name);
	ok = entry->kind == FS_DIR ? tree_dir(t) : tree_leaf(t);
	buf_cut(&t->path, n);
	return ok;
}

static bool
tree_dir(struct tree *t)
{
	struct fs_list list;
	struct fs_stat st;
	bool ok = true;

	if (t->depth == MAX_DEPTH)
		return err_set(t->e, ERR_OUTPUT_KIND, "%s: more than %d directories deep",
		    t->path.p, MAX_DEPTH);
	if (!fs_lstat(t->host->root_fd, t->path.p, &st, t->e) ||
	    !fs_list(t->host->root_fd, t->path.p, &list, t->e))
		return false;
	hash_stat(t, &st);
	hasher_add_u64(t->stats, list.n);
	if (t->contents) {
		hasher_add_str(t->contents,
		    (struct str){ t->path.p + t->top, t->path.n - t->top });
		hasher_add_u64(t->contents, list.n);
	}
	t->depth++;
	for (size_t i = 0; ok && i < list.n; i++)
		ok = tree_entry(t, &list.entries[i]);
	t->depth--;
	fs_list_fini(&list);
	return ok;
}

/* Fills the tree part of the stamp, and the digest unless it is NULL. */
static bool
look_tree(const struct host *host, struct str path, struct stat_stamp *stamp,
	struct digest *digest, struct err *e)
{
	struct tree t = { .host = host, .top = path.n, .e = e };

	stamp->looked_ns = clock_wall_ns();
	t.stats = hasher_new();
	t.contents = digest ? hasher_new() : NULL;
	buf_addstr(&t.path, path);
	bool ok = tree_dir(&t);
	stamp->tree = hasher_digest(t.stats);
	stamp->newest_ns = t.newest_ns;
	if (digest)
		*digest = hasher_digest(t.contents);
	hasher_free(t.stats);
	if (t.contents)
		hasher_free(t.contents);
	buf_fini(&t.path);
	return ok;
}

/* Follows links from `path` on; *out is the last path, *st its stat. */
static bool
follow(const struct host *host, struct str path, struct buf *out, struct fs_stat *st,
	struct err *e)
{
	struct buf target = BUF_INIT, next = BUF_INIT;
	struct disk_path p;
	bool ok = true;

	buf_addstr(out, path);
	for (int i = 0; ok && i <= MAX_LINKS; i++) {
		ok = disk_path_set(&p, buf_str(out), e) && fs_lstat(host->root_fd, p.z, st, e);
		if (!ok || st->kind != FS_SYMLINK)
			break;
		buf_reset(&target);
		buf_reset(&next);
		ok = fs_readlink(host->root_fd, p.z, &target, e);
		if (!path_is_abs(buf_str(&target)))
			path_join(&next, path_dir(buf_str(out)), buf_str(&target));
		else
			buf_addstr(&next, buf_str(&target));
		buf_reset(out);
		buf_addstr(out, buf_str(&next));
	}
	buf_fini(&target);
	buf_fini(&next);
	if (ok && st->kind == FS_SYMLINK)
		st->kind = FS_NONE;      /* a circle leads nowhere */
	return ok;
}

static bool
look_behind(const struct host *host, struct str path, struct disk_look *out,
	enum fs_kind *end, struct err *e)
{
	struct buf real = BUF_INIT;
	struct stat_stamp unused;
	struct disk_look l;
	struct fs_stat st;
	bool ok = follow(host, path, &real, &st, e);

	if (ok)
		*end = st.kind;
	if (ok && st.kind == FS_FILE) {
		ok = disk_look(host->root_fd, buf_str(&real), &l, e);
		if (ok) {
			out->digest = l.digest;
			out->stamp.st.executable = l.stamp.st.executable;
			disk_look_fini(&l);
		}
	} else if (ok && st.kind == FS_DIR) {
		ok = look_tree(host, buf_str(&real), &unused, &out->digest, e);
	} else if (ok) {
		out->digest = digest_of(out->target.p, out->target.n);
	}
	buf_fini(&real);
	return ok;
}

bool
output_look(const struct host *host, struct str path, struct disk_look *out,
	enum fs_kind *end, struct err *e)
{
	bool ok = true;

	if (!disk_look(host->root_fd, path, out, e))
		return false;
	*end = out->stamp.st.kind;
	if (*end == FS_DIR)
		ok = look_tree(host, path, &out->stamp, &out->digest, e);
	else if (*end == FS_SYMLINK)
		ok = look_behind(host, path, out, end, e);
	if (!ok)
		disk_look_fini(out);
	return ok;
}

static bool settle(const struct host *host, struct buf *path, int depth, struct err *e);

static bool
settle_below(const struct host *host, struct buf *path, int depth, struct err *e)
{
	struct fs_list list;
	size_t n = path->n;
	bool ok = true;

	if (!fs_list(host->root_fd, path->p, &list, e))
		return false;
	for (size_t i = 0; ok && i < list.n; i++) {
		buf_addc(path, '/');
		buf_addstr(path, list.entries[i].name);
		ok = depth == MAX_DEPTH || settle(host, path, depth + 1, e);
		buf_cut(path, n);
	}
	fs_list_fini(&list);
	return ok;
}

static bool
settle(const struct host *host, struct buf *path, int depth, struct err *e)
{
	struct fs_stat st;

	if (!fs_lstat(host->root_fd, path->p, &st, e))
		return false;
	uint32_t mode = st.kind == FS_DIR || st.executable ? 0755 : 0644;
	if (st.kind != FS_FILE && st.kind != FS_DIR)
		return true;
	if (st.mode != mode && !fs_chmod(host->root_fd, path->p, mode, e))
		return false;
	return st.kind != FS_DIR || settle_below(host, path, depth, e);
}

bool
output_settle(const struct host *host, struct str path, struct err *e)
{
	struct buf text = BUF_INIT;

	buf_addstr(&text, path);
	bool ok = settle(host, &text, 0, e);
	buf_fini(&text);
	return ok;
}

bool
output_stamp_holds(const struct host *host, struct str path, const struct stat_stamp *s)
{
	struct err e = ERR_INIT;
	struct stat_stamp now = *s;
	struct disk_path p;
	struct fs_stat st;

	bool ok = !stat_stamp_racy(s) && disk_path_set(&p, path, &e) &&
	    fs_lstat(host->root_fd, p.z, &st, &e) && stat_stamp_same(&s->st, &st);
	if (ok && st.kind == FS_DIR)
		ok = look_tree(host, path, &now, NULL, &e) && digest_eq(now.tree, s->tree);
	err_fini(&e);
	return ok;
}
