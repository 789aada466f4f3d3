/* directory_listing.c -- node function DIRECTORY_LISTING: names and kinds in a directory.
 *
 * A leaf behind FILE of the directory.  Its stamp is [real path, stat]: adding,
 * removing or renaming an entry moves the directory's own time stamps, so an
 * unchanged stat spares listing it again.  The output folder is not shown:
 * what we make must not change what a glob sees.
 */
#include "base/path.h"
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/disk.h"
#include "nodes/fns.h"
#include "nodes/keys.h"
#include "os/clock.h"

enum { TRIES = 5 };

/* *l and *s belong together: nothing changed while the directory was read. */
static bool
list_steady(const struct host *host, struct str real, struct fs_list *l,
	struct stat_stamp *s, struct err *e)
{
	struct fs_stat before, after;
	struct disk_path p;

	if (!disk_path_set(&p, real, e))
		return false;
	for (int i = 0; i < TRIES; i++) {
		int64_t now = clock_wall_ns();
		if (!fs_lstat(host->root_fd, p.z, &before, e) ||
		    !fs_list(host->root_fd, p.z, l, e))
			return false;
		stat_stamp_of(s, &before, now);
		if (fs_lstat(host->root_fd, p.z, &after, e) && stat_stamp_same(&before, &after))
			return true;
		fs_list_fini(l);
		if (e->code)
			return false;
	}
	err_set(e, ERR_CHANGED, "directory %s changes all the time", p.z);
	e->transient = true;
	return false;
}

static bool
hidden(const struct host *host, struct str real, const struct fs_entry *entry)
{
	/* repositories beside this one have one of their own */
	return (real.n == 0 || path_ups(real) > 0) && str_eq(entry->name, str_of(host->out_dir));
}

static struct value *
value_of_list(const struct host *host, struct str real, const struct fs_list *l)
{
	struct vb b;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !hidden(host, real, &l->entries[i]);
	vb_init(&b);
	vb_map(&b, 2);
	vb_str(&b, STR("entries"));
	vb_list(&b, n);
	for (size_t i = 0; i < l->n; i++) {
		if (hidden(host, real, &l->entries[i]))
			continue;
		vb_map(&b, 2);
		vb_str(&b, STR("kind"));
		vb_str(&b, stat_kind_name(l->entries[i].kind));
		vb_str(&b, STR("name"));
		vb_str(&b, l->entries[i].name);
	}
	vb_str(&b, STR("kind"));
	vb_str(&b, STR("dir"));
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

/* Lists and stamps; NULL with *e. */
static struct value *
look(struct env *env, struct str real, struct err *e)
{
	const struct host *host = env_host(env);
	struct stat_stamp s;
	struct fs_list l;
	struct vb b;

	if (!list_steady(host, real, &l, &s, e))
		return NULL;
	struct value *v = value_of_list(host, real, &l);
	fs_list_fini(&l);
	vb_init(&b);
	vb_list(&b, 2);
	vb_str(&b, real);
	stat_stamp_put(&b, &s);
	env_stamp(env, vb_finish(&b));
	vb_fini(&b);
	return v;
}

static enum fn_result
no_directory(struct env *env, struct str kind)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 1);
	vb_str(&b, STR("kind"));
	vb_str(&b, kind);
	env_stamp(env, value_of_nil());
	enum fn_result r = env_done(env, vb_finish(&b));
	vb_fini(&b);
	return r;
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;
	struct str path, kind, real;

	if (!key_arg_str(key, &path)) {
		err_set(&e, ERR_FUNCTION, "DIRECTORY_LISTING wants a path");
		return env_fail(env, &e);
	}
	const struct value *file = env_get(env, keys_file(env_keys(env), path));
	if (!file)
		return FN_WAIT;
	struct vr r = vr_of(file);
	CHECK(vr_field_str(&r, "kind", &kind));
	if (!str_eq(kind, STR("dir")))
		return no_directory(env, kind);
	CHECK(vr_field_str(&r, "real", &real));
	struct value *v = look(env, real, &e);
	return v ? env_done(env, v) : env_fail(env, &e);
}

static bool
unchanged(const struct host *host, struct vr arg, struct vr value, struct vr stamp)
{
	struct err e = ERR_INIT;
	struct stat_stamp s;
	struct disk_path p;
	struct fs_stat now;
	struct str real, kind;
	size_t n;

	(void)arg;
	if (!vr_field_str(&value, "kind", &kind) || !str_eq(kind, STR("dir")))
		return true;             /* no directory: FILE says the rest */
	bool same = stamp.p && vr_list(&stamp, &n) && vr_str(&stamp, &real) &&
	    stat_stamp_get(&stamp, &s) && disk_path_set(&p, real, &e) &&
	    fs_lstat(host->root_fd, p.z, &now, &e) && stat_stamp_same(&s.st, &now) &&
	    !stat_stamp_racy(&s);
	err_fini(&e);
	return same;
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct value *old = env_old_value(env), *stamp = env_old_stamp(env);
	struct err e = ERR_INIT;
	struct str real;
	size_t n;

	if (!old || !stamp)
		return false;
	if (unchanged(env_host(env), key_arg(key), vr_of(old), vr_of(stamp)))
		return true;
	struct vr r = vr_of(stamp);
	if (!vr_list(&r, &n) || !vr_str(&r, &real))
		return false;
	struct value *v = look(env, real, &e);
	bool same = v && value_eq(v, old);
	value_unref(v);
	err_fini(&e);
	return same;
}

const struct node_fn node_directory_listing = {
	.name = "DIRECTORY_LISTING",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
	.unchanged = unchanged,
};
