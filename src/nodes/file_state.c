/* file_state.c -- node function FILE_STATE: what stands at a path, links not followed.
 *
 * A leaf.  The value says nothing of times, so that touch and checkout back and
 * forth change nothing above; the stat tuple is the node's stamp and spares
 * reading the content again.
 */
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/disk.h"
#include "nodes/fns.h"
#include "nodes/steady.h"

static struct value *
value_of_look(const struct disk_look *l)
{
	enum fs_kind kind = l->stamp.st.kind;
	char hex[DIGEST_HEX + 1];
	struct vb b;

	vb_init(&b);
	vb_map(&b, kind == FS_FILE ? 3 : kind == FS_SYMLINK ? 2 : 1);
	if (kind == FS_FILE) {
		digest_hex(l->digest, hex);
		vb_str(&b, STR("digest"));
		vb_str(&b, (struct str){ hex, DIGEST_HEX });
		vb_str(&b, STR("exec"));
		vb_bool(&b, l->stamp.st.executable);
	}
	vb_str(&b, STR("kind"));
	vb_str(&b, stat_kind_name(kind));
	if (kind == FS_SYMLINK) {
		vb_str(&b, STR("target"));
		vb_str(&b, buf_str(&l->target));
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static struct value *
value_of_stamp(const struct stat_stamp *s)
{
	struct vb b;

	vb_init(&b);
	stat_stamp_put(&b, s);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

/* An action that uses the file need not read it again when it has run. */
static void
remember(const struct host *host, struct str path, const struct disk_look *l)
{
	char hex[DIGEST_HEX + 1];

	if (!host->steady || l->stamp.st.kind != FS_FILE)
		return;
	digest_hex(l->digest, hex);
	steady_add(host->steady, path, &l->stamp.st, (struct str){ hex, DIGEST_HEX },
	    l->stamp.looked_ns);
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	const struct host *host = env_host(env);
	struct err e = ERR_INIT;
	struct disk_look l;
	struct str path;

	if (!key_arg_str(key, &path))
		err_set(&e, ERR_FUNCTION, "FILE_STATE wants a path");
	if (e.code || !disk_look(host->root_fd, path, &l, &e))
		return env_fail(env, &e);
	env_stamp(env, value_of_stamp(&l.stamp));
	remember(host, path, &l);
	struct value *v = value_of_look(&l);
	disk_look_fini(&l);
	return env_done(env, v);
}

enum verdict { SAME, OTHER, DOUBT };

/* What the stamp alone says; another size is another content. */
static enum verdict
compare_stamp(const struct host *host, struct vr arg, struct vr stamp)
{
	struct err e = ERR_INIT;
	struct stat_stamp s;
	struct disk_path p;
	struct fs_stat now;
	struct str path;

	if (!stamp.p || !vr_str(&arg, &path) || !stat_stamp_get(&stamp, &s) ||
	    !disk_path_set(&p, path, &e) || !fs_lstat(host->root_fd, p.z, &now, &e)) {
		err_fini(&e);
		return DOUBT;
	}
	if (now.kind != FS_FILE && now.kind != FS_SYMLINK)
		return now.kind == s.st.kind ? SAME : OTHER;
	if (stat_stamp_same(&s.st, &now) && !stat_stamp_racy(&s))
		return SAME;
	return now.kind != s.st.kind || now.size != s.st.size ? OTHER : DOUBT;
}

static bool
unchanged(const struct host *host, struct vr arg, struct vr value, struct vr stamp)
{
	(void)value;
	return compare_stamp(host, arg, stamp) == SAME;
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct host *host = env_host(env);
	const struct value *old = env_old_value(env), *stamp = env_old_stamp(env);
	struct err e = ERR_INIT;
	struct disk_look l;
	struct str path;

	if (!old || !key_arg_str(key, &path))
		return false;
	enum verdict verdict = !stamp ? DOUBT :
	    compare_stamp(host, key_arg(key), vr_of(stamp));
	if (verdict != DOUBT)
		return verdict == SAME;
	if (!disk_look(host->root_fd, path, &l, &e)) {
		err_fini(&e);
		return false;
	}
	struct value *v = value_of_look(&l);
	bool same = value_eq(v, old);
	if (same)
		env_stamp(env, value_of_stamp(&l.stamp));
	value_unref(v);
	disk_look_fini(&l);
	return same;
}

static struct value *
settle(const struct host *host, const struct key *key, const struct value *value,
	const struct value *stamp)
{
	struct value *settled = NULL;
	struct err e = ERR_INIT;
	struct vr r = vr_of(stamp);
	struct stat_stamp s;
	struct disk_look l;
	struct str path;

	if (!key_arg_str(key, &path) || !stat_stamp_get(&r, &s) || !stat_stamp_racy(&s) ||
	    (s.st.kind != FS_FILE && s.st.kind != FS_SYMLINK))
		return NULL;
	if (disk_look(host->root_fd, path, &l, &e)) {
		struct value *v = value_of_look(&l);
		if (value_eq(v, value) && !stat_stamp_racy(&l.stamp))
			settled = value_of_stamp(&l.stamp);
		value_unref(v);
		disk_look_fini(&l);
	}
	err_fini(&e);
	return settled;
}

const struct node_fn node_file_state = {
	.name = "FILE_STATE",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
	.unchanged = unchanged,
	.settle = settle,
};
