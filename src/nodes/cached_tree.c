/* cached_tree.c -- see the header. */
#include "nodes/cached_tree.h"

#include "base/path.h"

enum {
	MAX_DEPTH = 256,
	SMALL = 64 << 10,        /* up to this size a file costs less in the value */
	MANY = 1 << 20           /* of all small files of an action together */
};

struct tree {
	const struct host *host;
	struct buf path;         /* of the present entry */
	size_t *inlined;
	int depth;
	struct err e;            /* looked at by nobody: no is no */
};

/* ---- from disk ---- */

static bool
put_small(struct tree *t, struct vb *b, bool exec)
{
	struct buf text = BUF_INIT;
	bool ok = fs_read(t->host->root_fd, t->path.p, &text, &t->e);

	if (ok) {
		vb_list(b, 3);
		vb_str(b, STR("file"));
		vb_bool(b, exec);
		vb_str(b, buf_str(&text));
		*t->inlined += text.n;
	}
	buf_fini(&text);
	return ok;
}

static bool
put_blob(struct tree *t, struct vb *b, const struct fs_stat *st, struct digest digest)
{
	const struct host_cache *cache = t->host->cache;
	struct buf bytes = BUF_INIT;

	if (!cache->keep(cache->c, digest, st->size, t->host->root_fd, t->path.p))
		return false;
	digest_put(&bytes, digest);
	vb_list(b, 3);
	vb_str(b, STR("blob"));
	vb_bool(b, st->executable);
	vb_str(b, buf_str(&bytes));
	buf_fini(&bytes);
	return true;
}

static bool
put_file(struct tree *t, struct vb *b, const struct fs_stat *st, const struct digest *known)
{
	struct digest digest;
	uint64_t size;

	if (st->size <= SMALL && *t->inlined + st->size <= MANY)
		return put_small(t, b, st->executable);
	if (known)
		return put_blob(t, b, st, *known);
	return fs_digest(t->host->root_fd, t->path.p, &digest, &size, &t->e) &&
	    put_blob(t, b, st, digest);
}

/* A link into this very workspace would lead there from every other one, too. */
static bool
put_link(struct tree *t, struct vb *b)
{
	struct buf target = BUF_INIT;
	bool ok = fs_readlink(t->host->root_fd, t->path.p, &target, &t->e) &&
	    (!path_is_abs(buf_str(&target)) ||
	    !path_is_within(buf_str(&target), str_of(t->host->root)));

	if (ok) {
		vb_list(b, 2);
		vb_str(b, STR("link"));
		vb_str(b, buf_str(&target));
	}
	buf_fini(&target);
	return ok;
}

static bool put_entry(struct tree *t, struct vb *b, struct str name);

static bool
put_dir(struct tree *t, struct vb *b)
{
	struct fs_list list;
	bool ok = true;

	if (t->depth == MAX_DEPTH || !fs_list(t->host->root_fd, t->path.p, &list, &t->e))
		return false;
	vb_list(b, 1 + 2 * list.n);
	vb_str(b, STR("dir"));
	t->depth++;
	for (size_t i = 0; ok && i < list.n; i++)
		ok = put_entry(t, b, list.entries[i].name);
	t->depth--;
	fs_list_fini(&list);
	return ok;
}

static bool
put_any(struct tree *t, struct vb *b, const struct fs_stat *st, const struct digest *known)
{
	switch (st->kind) {
	case FS_FILE:
		return put_file(t, b, st, known);
	case FS_SYMLINK:
		return put_link(t, b);
	case FS_DIR:
		return put_dir(t, b);
	case FS_NONE:
	case FS_SPECIAL:
	case FS_DENIED:
		break;
	}
	return false;
}

static bool
put_entry(struct tree *t, struct vb *b, struct str name)
{
	size_t n = t->path.n;
	struct fs_stat st;

	vb_str(b, name);
	buf_addc(&t->path, '/');
	buf_addstr(&t->path, name);
	bool ok = fs_lstat(t->host->root_fd, t->path.p, &st, &t->e) && put_any(t, b, &st, NULL);
	buf_cut(&t->path, n);
	return ok;
}

bool
cached_tree_put(const struct host *host, struct vb *b, struct str path,
	const struct disk_look *look, size_t *inlined)
{
	struct tree t = { .host = host, .inlined = inlined };

	buf_addstr(&t.path, path);
	bool ok = put_any(&t, b, &look->stamp.st, &look->digest);
	buf_fini(&t.path);
	err_fini(&t.e);
	return ok;
}

/* ---- to disk ---- */

static bool
make_file(struct tree *t, struct vr *r)
{
	struct str text;
	bool exec;

	return vr_bool(r, &exec) && vr_str(r, &text) &&
	    fs_write(t->host->root_fd, t->path.p, text, exec, &t->e);
}

static bool
make_blob(struct tree *t, struct vr *r)
{
	const struct host_cache *cache = t->host->cache;
	struct str bytes;
	bool exec;

	return vr_bool(r, &exec) && vr_str(r, &bytes) && bytes.n == sizeof(struct digest) &&
	    cache->fetch(cache->c, digest_get(bytes.p), t->host->root_fd, t->path.p, exec);
}

static bool
make_link(struct tree *t, struct vr *r)
{
	struct buf target = BUF_INIT;
	struct str text;
	bool ok = vr_str(r, &text) && text.n > 0 && !memchr(text.p, '\0', text.n);

	if (ok) {
		buf_addstr(&target, text);
		ok = fs_symlink(t->host->root_fd, target.p, t->path.p, &t->e);
	}
	buf_fini(&target);
	return ok;
}

/* A name that stays in its directory. */
static bool
is_name(struct str name)
{
	return name.n > 0 && !memchr(name.p, '/', name.n) && !memchr(name.p, '\0', name.n) &&
	    !str_eq(name, STR(".")) && !str_eq(name, STR(".."));
}

static bool make_any(struct tree *t, struct vr *r);

static bool
make_dir(struct tree *t, struct vr *r, size_t left)
{
	size_t n = t->path.n;
	struct str name;
	bool ok = t->depth < MAX_DEPTH && left % 2 == 0 &&
	    fs_mkdirs(t->host->root_fd, t->path.p, &t->e);

	t->depth++;
	for (; ok && left > 0; left -= 2) {
		ok = vr_str(r, &name) && is_name(name);
		if (!ok)
			break;
		buf_addc(&t->path, '/');
		buf_addstr(&t->path, name);
		ok = make_any(t, r);
		buf_cut(&t->path, n);
	}
	t->depth--;
	return ok;
}

static bool
make_any(struct tree *t, struct vr *r)
{
	struct str what;
	size_t n;

	if (!vr_list(r, &n) || n == 0 || !vr_str(r, &what))
		return false;
	if (str_eq(what, STR("dir")))
		return make_dir(t, r, n - 1);
	if (str_eq(what, STR("link")))
		return n == 2 && make_link(t, r);
	if (str_eq(what, STR("blob")))
		return n == 3 && make_blob(t, r);
	return str_eq(what, STR("file")) && n == 3 && make_file(t, r);
}

bool
cached_tree_make(const struct host *host, struct vr *r, struct str path)
{
	struct tree t = { .host = host };

	buf_addstr(&t.path, path);
	bool ok = make_any(&t, r);
	buf_fini(&t.path);
	err_fini(&t.e);
	return ok;
}
