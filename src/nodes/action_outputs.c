/* action_outputs.c -- see the header. */
#include "nodes/action_outputs.h"

#include "base/path.h"
#include "nodes/output_look.h"

/* ---- before and after a failure ---- */

/* Makes a directory in the output folder.  A file or symlink of an earlier
 * build that stands in the way goes.  Each part is looked at, because behind a
 * symlink to a source directory the outputs we remove would be sources. */
static bool
make_dir(const struct host *host, struct str dir, struct err *e)
{
	int root = host->root_fd;
	struct disk_path p;
	struct fs_stat st = { .kind = FS_NONE };

	for (size_t i = strlen(host->out_dir) + 1; i <= dir.n; i++) {
		if (i < dir.n && dir.p[i] != '/')
			continue;
		if (!disk_path_set(&p, (struct str){ dir.p, i }, e) ||
		    !fs_lstat(root, p.z, &st, e))
			return false;
		if (st.kind == FS_DIR)
			continue;
		if (st.kind != FS_NONE && !fs_remove(root, p.z, e))
			return false;
		break;
	}
	if (st.kind == FS_DIR)
		return true;
	return disk_path_set(&p, dir, e) && fs_mkdirs(root, p.z, e);
}

bool
action_outputs_clear(const struct host *host, const struct artifact *outputs, size_t n,
	struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct str path = outputs[i].path;
		struct disk_path p;
		if (!make_dir(host, path_dir(path), e) || !disk_path_set(&p, path, e) ||
		    !fs_remove(host->root_fd, p.z, e) ||
		    (outputs[i].dir && !make_dir(host, path, e)))
			return false;
	}
	return true;
}

static void
drop_one(const struct action *a, struct str path)
{
	struct err ignored = ERR_INIT;
	struct disk_path p;

	if (disk_path_set(&p, path, &ignored))
		fs_remove(a->host->root_fd, p.z, &ignored);
	err_fini(&ignored);
}

void
action_outputs_drop(const struct action *a)
{
	for (size_t i = 0; i < a->noutputs; i++)
		drop_one(a, a->outputs[i].path);
	if (a->depfile.path.n > 0)
		drop_one(a, a->depfile.path);
}

/* ---- what was made ---- */

static bool
no_output(struct action *a, const struct artifact *out)
{
	err_set(&a->e, ERR_NO_OUTPUT, "%.*s did not create '%.*s'", STR_ARG(a->label),
	    STR_ARG(out->path));
	err_hint(&a->e, "the command ended well, but every declared output must be there");
	return false;
}

static bool
wrong_kind(struct action *a, const struct artifact *out, enum fs_kind kind)
{
	struct str name = stat_kind_name(kind);

	return err_set(&a->e, ERR_OUTPUT_KIND, "%.*s made '%.*s' as a %.*s, declared as a %s",
	    STR_ARG(a->label), STR_ARG(out->path), STR_ARG(name), out->dir ? "dir" : "file");
}

static bool
look_one(struct action *a, const struct artifact *out, struct made *m)
{
	enum fs_kind end;

	m->path = out->path;
	if ((a->kind == ACTION_RUN && !output_settle(a->host, out->path, &a->e)) ||
	    !output_look(a->host, out->path, &m->look, &end, &a->e))
		return false;
	if (m->look.stamp.st.kind == FS_NONE)
		return no_output(a, out);
	if (out->dir ? end == FS_DIR : end == FS_FILE)
		return true;
	if (!out->dir && m->look.stamp.st.kind == FS_SYMLINK && end == FS_NONE)
		return true;         /* dangling: its text is all there is */
	return wrong_kind(a, out, end);
}

bool
action_outputs_look(struct action *a, struct made **out)
{
	struct made *m = arena_alloc(&a->arena, (a->noutputs + 1) * sizeof(m[0]));

	*out = m;
	for (size_t i = 0; i < a->noutputs; i++)
		if (!look_one(a, &a->outputs[i], &m[i]))
			return false;
	return true;
}

void
action_outputs_fini(struct made *made, size_t n)
{
	for (size_t i = 0; i < n; i++)
		disk_look_fini(&made[i].look);
}

static void
put_output(struct vb *b, const struct made *m)
{
	const struct disk_look *l = &m->look;
	char hex[DIGEST_HEX + 1];

	digest_hex(l->digest, hex);
	vb_map(b, l->stamp.st.kind == FS_SYMLINK ? 5 : 4);
	vb_str(b, STR("digest"));
	vb_str(b, (struct str){ hex, DIGEST_HEX });
	vb_str(b, STR("exec"));
	vb_bool(b, l->stamp.st.executable);
	vb_str(b, STR("kind"));
	vb_str(b, stat_kind_name(l->stamp.st.kind));
	vb_str(b, STR("path"));
	vb_str(b, m->path);
	if (l->stamp.st.kind == FS_SYMLINK) {
		vb_str(b, STR("target"));
		vb_str(b, buf_str(&l->target));
	}
}

struct value *
action_outputs_value(const struct made *made, size_t n)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 3);
	vb_str(&b, STR("exit"));
	vb_int(&b, 0);
	vb_str(&b, STR("outputs"));
	vb_list(&b, n);
	for (size_t i = 0; i < n; i++)
		put_output(&b, &made[i]);
	vb_str(&b, STR("status"));
	vb_str(&b, STR("done"));
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

void
action_outputs_put_stamps(struct vb *b, const struct made *made, size_t n)
{
	vb_list(b, n);
	for (size_t i = 0; i < n; i++)
		stat_stamp_put(b, &made[i].look.stamp);
}

/* ---- still there? ---- */

static bool
same_content(const struct vr *old, const struct disk_look *now)
{
	struct str kind, digest, target = STR("");
	char hex[DIGEST_HEX + 1];
	bool exec;

	digest_hex(now->digest, hex);
	vr_field_str(old, "target", &target);
	return vr_field_str(old, "kind", &kind) && vr_field_str(old, "digest", &digest) &&
	    vr_field_bool(old, "exec", &exec) &&
	    str_eq(kind, stat_kind_name(now->stamp.st.kind)) &&
	    exec == now->stamp.st.executable &&
	    str_eq(target, buf_str(&now->target)) &&
	    str_eq(digest, (struct str){ hex, DIGEST_HEX });
}

bool
action_output_holds(const struct host *host, const struct vr *old, struct str path,
	struct stat_stamp *stamp, bool *moved, struct buf *why)
{
	struct err e = ERR_INIT;
	struct disk_look now;
	enum fs_kind end;

	if (output_stamp_holds(host, path, stamp))
		return true;
	bool ok = output_look(host, path, &now, &end, &e);
	bool same = ok && same_content(old, &now);
	if (same) {
		*stamp = now.stamp;
		*moved = true;
	} else {
		bool gone = ok && now.stamp.st.kind == FS_NONE;
		buf_printf(why, "output %s: %.*s", gone ? "missing" : "changed", STR_ARG(path));
	}
	if (ok)
		disk_look_fini(&now);
	err_fini(&e);
	return same;
}

bool
action_outputs_hold(const struct host *host, const struct value *value, struct vr stamps,
	struct value **moved, struct buf *why)
{
	struct vr r = vr_of(value), list;
	size_t n, nstamps;
	bool differs = false, ok = true;
	struct vb b;

	*moved = NULL;
	if (!vr_field(&r, "outputs", &list) || !vr_list(&list, &n) ||
	    !vr_list(&stamps, &nstamps) || n != nstamps) {
		buf_adds(why, "nothing recorded of its outputs");
		return false;
	}
	vb_init(&b);
	vb_list(&b, n);
	for (; ok && n > 0; n--, vr_skip(&list)) {
		struct stat_stamp s;
		struct str path;
		ok = stat_stamp_get(&stamps, &s) && vr_field_str(&list, "path", &path) &&
		    action_output_holds(host, &list, path, &s, &differs, why);
		if (ok)
			stat_stamp_put(&b, &s);
	}
	if (ok && differs)
		*moved = vb_finish(&b);
	vb_fini(&b);
	return ok;
}
