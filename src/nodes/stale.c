/* stale.c -- outputs that no target makes any more go away (nodes.h).
 *
 * Nothing is searched for: what is gone is the difference between the old and the
 * new value of a node that was computed anew.
 *
 *   CONFIGURED_TARGET   paths that its actions made and make no more
 *   PACKAGE             targets that it had; in every configuration ever built
 *   TARGETS             labels whose package has lost its BUILD.lua: nobody asks for
 *                       that PACKAGE again
 *
 * What was made is known from the last good values of the ACTION nodes, which name
 * each file with digest and stamp.  Owner thread.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/path.h"
#include "eval/engine.h"
#include "nodes/action.h"
#include "nodes/action_outputs.h"
#include "nodes/action_stamp.h"
#include "nodes/claims.h"
#include "nodes/keys.h"
#include "nodes/nodes.h"

struct stale {
	struct engine *engine;       /* borrowed */
	struct keys *keys;           /* borrowed */
	struct host host;
	uint16_t package, target, pattern;       /* names of functions */
	void (*tell)(void *arg, const struct key *key, const struct value *event);
	void *arg;
	const struct key *key;       /* the node that was replaced */
	const struct value *gone;    /* a package that is no more, or NULL */
};

struct stale *
stale_new(struct engine *e,
	void (*tell)(void *arg, const struct key *key, const struct value *event), void *arg)
{
	struct stale *s = mem_zalloc(sizeof(*s));

	s->engine = e;
	s->keys = engine_graph(e)->keys;
	s->host = *engine_host(e);
	s->package = keys_fn(s->keys, STR("PACKAGE"));
	s->target = keys_fn(s->keys, STR("CONFIGURED_TARGET"));
	s->pattern = keys_fn(s->keys, STR("TARGETS"));
	s->tell = tell;
	s->arg = arg;
	return s;
}

void
stale_free(struct stale *s)
{
	mem_free(s);
}

/* The last good result of a node, also when this session has not looked at it. */
static const struct value *
last(const struct stale *s, const struct key *key, const struct value **stamp)
{
	struct graph *g = engine_graph(s->engine);
	uint32_t id = graph_find(g, key);
	const struct node *n = id == NODE_NONE ? NULL : graph_node(g, id);

	if (!n || !n->value || node_is_error(n))
		return NULL;
	if (stamp)
		*stamp = node_stamp(n);
	return n->value;
}

/* ---- one output ---- */

static void
put_text(struct vb *b, const char *name, struct str text)
{
	vb_str(b, str_of(name));
	vb_str(b, text);
}

static void
warn(const struct stale *s, struct str label, struct str text)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 4);
	put_text(&b, "event", STR("message"));
	put_text(&b, "label", label);
	put_text(&b, "level", STR("warning"));
	put_text(&b, "text", text);
	struct value *event = vb_finish(&b);
	s->tell(s->arg, s->key, event);
	value_unref(event);
	vb_fini(&b);
}

static void
say_kept(const struct stale *s, const struct artifact *art, const char *but)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "'%.*s' stays: %.*s made it and does not make it any more, but %s",
	    STR_ARG(art->path), STR_ARG(art->owner), but);
	warn(s, art->owner, buf_str(&text));
	buf_fini(&text);
}

static bool
is_label(struct str label, struct str pkg, struct str name)
{
	struct buf text = BUF_INIT;

	buf_printf(&text, "//%.*s:%.*s", STR_ARG(pkg), STR_ARG(name));
	bool same = str_eq(label, buf_str(&text));
	buf_fini(&text);
	return same;
}

/* Is it an output that a BUILD.lua declares now, of another target?  (Of this one it
 * is one elsewhere, under other settings.)  "sky-out/bin/a/b/c": the package is "a/b",
 * "a" or the root. */
static bool
is_declared(const struct stale *s, const struct artifact *art)
{
	struct str path = art->path, rel = path, owner;
	bool found = false;

	for (int i = 0; i < 2; i++) {
		const char *slash = memchr(rel.p, '/', rel.n);
		if (!slash)
			return false;
		rel = (struct str){ slash + 1, (size_t)(path.p + path.n - slash - 1) };
	}
	for (struct str dir = rel; dir.n > 0 && !found;) {
		dir = path_dir(dir);
		const struct value *v = last(s, keys_package(s->keys, dir), NULL);
		size_t skip = dir.n + (dir.n > 0);
		struct vr r, outputs;
		if (!v || v == s->gone)
			continue;
		r = vr_of(v);
		struct buf file = BUF_INIT;
		buf_add(&file, rel.p + skip, rel.n - skip);
		found = vr_field(&r, "outputs", &outputs) &&
		    vr_field_str(&outputs, file.p, &owner) && !is_label(art->owner, dir, owner);
		buf_fini(&file);
	}
	return found;
}

struct removal {
	struct stale *s;
	struct str path;
	struct err e;                /* why it could not be removed */
};

static void
remove_now(void *arg)
{
	struct removal *r = arg;
	struct disk_path p;

	if (disk_path_set(&p, r->path, &r->e))
		fs_remove(r->s->host.root_fd, p.z, &r->e);
}

static void
remove_empty_now(void *arg)
{
	const struct removal *r = arg;
	struct err ignored = ERR_INIT;
	struct disk_path p;

	if (disk_path_set(&p, r->path, &ignored))
		fs_remove_empty(r->s->host.root_fd, p.z);
	err_fini(&ignored);
}

static bool
is_empty(const struct stale *s, struct str dir)
{
	struct err ignored = ERR_INIT;
	struct disk_path p;

	bool empty = disk_path_set(&p, dir, &ignored) && fs_is_empty(s->host.root_fd, p.z);
	err_fini(&ignored);
	return empty;
}

/* Upwards to the directory of a configuration ("sky-out/bin"), which stays. */
static void
prune(struct stale *s, struct str dir)
{
	size_t top = strlen(s->host.out_dir) + 1;

	for (; dir.n > top && memchr(dir.p + top, '/', dir.n - top); dir = path_dir(dir)) {
		struct removal r = { s, dir, ERR_INIT };
		if (!is_empty(s, dir) ||
		    !claims_unless(s->host.claims, dir, true, remove_empty_now, &r))
			break;
	}
}

/* FS_DENIED: nobody knows. */
static enum fs_kind
kind_at(const struct stale *s, struct str path)
{
	struct fs_stat st = { .kind = FS_DENIED };
	struct err ignored = ERR_INIT;
	struct disk_path p;

	if (disk_path_set(&p, path, &ignored))
		fs_lstat(s->host.root_fd, p.z, &st, &ignored);
	err_fini(&ignored);
	return st.kind;
}

/* Is it as we made it?  Of a symlink only its text is ours; what it led to may have
 * gone a moment ago. */
static bool
is_ours(const struct stale *s, struct str path, enum fs_kind kind, const struct vr *made,
	struct stat_stamp *stamp)
{
	struct err ignored = ERR_INIT;
	struct buf text = BUF_INIT;
	struct disk_path p;
	struct str target;
	bool moved, ours;

	if (kind == FS_SYMLINK)
		ours = vr_field_str(made, "target", &target) &&
		    disk_path_set(&p, path, &ignored) &&
		    fs_readlink(s->host.root_fd, p.z, &text, &ignored) &&
		    str_eq(buf_str(&text), target);
	else
		ours = action_output_holds(&s->host, made, path, stamp, &moved, &text);
	err_fini(&ignored);
	buf_fini(&text);
	return ours;
}

static void
remove_made(struct stale *s, const struct artifact *art, enum fs_kind kind)
{
	struct removal r = { s, art->path, ERR_INIT };

	if (claims_unless(s->host.claims, art->path, kind == FS_DIR, remove_now, &r) &&
	    !r.e.code)
		prune(s, path_dir(art->path));
	else if (r.e.code)
		say_kept(s, art, r.e.msg);
	err_fini(&r.e);
}

/* `made` is what is recorded of it. */
static void
drop_made(struct stale *s, const struct artifact *art, const struct vr *made,
	struct stat_stamp *stamp)
{
	enum fs_kind kind = kind_at(s, art->path);

	if (kind != FS_NONE && is_declared(s, art))
		return;
	claims_settle(&s->host);
	if (kind == FS_NONE)                     /* a build was killed here */
		prune(s, path_dir(art->path));
	else if (is_ours(s, art->path, kind, made, stamp))
		remove_made(s, art, kind);
	else if ((kind == FS_DIR) == (stamp->st.kind == FS_DIR))
		say_kept(s, art, "it was changed since");
}

static void
drop(struct stale *s, const struct artifact *art)
{
	const struct value *stamp = NULL, *value = last(s,
	    keys_action(s->keys, art->owner, art->config, art->index), &stamp);
	struct stat_stamp made_stamp;
	struct action_stamp old;
	struct str path;
	struct vr list;
	size_t n, nstamps;

	if (!value || !action_stamp_read(stamp, &old))
		return;
	struct vr r = vr_of(value);
	if (!vr_field(&r, "outputs", &list) || !vr_list(&list, &n) ||
	    !vr_list(&old.outputs, &nstamps) || n != nstamps)
		return;
	for (; n > 0 && stat_stamp_get(&old.outputs, &made_stamp); n--, vr_skip(&list))
		if (vr_field_str(&list, "path", &path) && str_eq(path, art->path))
			drop_made(s, art, &list, &made_stamp);
}

/* ---- a target under a configuration ---- */

struct outputs {
	struct artifact *v;
	size_t n, cap;
};

static void
collect(const struct value *target, struct outputs *out)
{
	struct vr r = vr_of(target), action, list;
	size_t nactions, n;

	if (!vr_field(&r, "actions", &action) || !vr_list(&action, &nactions))
		return;
	for (; nactions > 0; nactions--, vr_skip(&action)) {
		if (!vr_field(&action, "outputs", &list) || !vr_list(&list, &n))
			continue;
		for (; n > 0; n--) {
			out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof(out->v[0]));
			if (!artifact_read(&list, &out->v[out->n]))
				break;
			out->n++;
		}
	}
}

static int
by_path(const void *x, const void *y)
{
	return str_cmp(((const struct artifact *)x)->path, ((const struct artifact *)y)->path);
}

/* Most often a target that was analysed again makes what it made. */
static bool
same_paths(const struct outputs *a, const struct outputs *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = str_eq(a->v[i].path, b->v[i].path);
	return same;
}

/* `now` NULL: it is gone. */
static void
drop_difference(struct stale *s, const struct value *was, const struct value *now)
{
	struct outputs old = { 0 }, new = { 0 };

	collect(was, &old);
	if (now)
		collect(now, &new);
	if (!same_paths(&old, &new)) {
		if (new.n > 1)
			qsort(new.v, new.n, sizeof(new.v[0]), by_path);
		for (size_t i = 0; i < old.n; i++)
			if (new.n == 0 ||
			    !bsearch(&old.v[i], new.v, new.n, sizeof(new.v[0]), by_path))
				drop(s, &old.v[i]);
	}
	mem_free(old.v);
	mem_free(new.v);
}

/* ---- a target ---- */

static bool
is_of(const struct stale *s, const struct key *key, struct str label)
{
	struct str l;
	struct vr r;
	size_t n;

	if (key->fn != s->target)
		return false;
	r = key_arg(key);
	return vr_list(&r, &n) && n == 2 && vr_str(&r, &l) && str_eq(l, label);
}

static bool
drop_configured(struct stale *s, struct str label, struct str config)
{
	const struct value *v = last(s, keys_configured_target(s->keys, label, config), NULL);

	if (v)
		drop_difference(s, v, NULL);
	return v != NULL;
}

/* "sky-out/bin-ID" says that something was built under ID; a rule that reads what
 * it makes has stages besides ("ID@1"). */
static void
drop_by_folders(struct stale *s, const struct fs_list *out, struct str label)
{
	for (size_t i = 0; i < out->n; i++) {
		struct str name = out->entries[i].name, id = STR("");
		struct buf stage = BUF_INIT;
		bool more = true;
		if (str_starts(name, STR("bin-")))
			id = (struct str){ name.p + 4, name.n - 4 };
		else if (!str_eq(name, STR("bin")))
			continue;
		drop_configured(s, label, id);
		for (int k = 1; more; k++) {
			buf_reset(&stage);
			buf_printf(&stage, "%.*s@%d", STR_ARG(id), k);
			more = drop_configured(s, label, buf_str(&stage));
		}
		buf_fini(&stage);
	}
}

/* Every configuration of a target, and every stage of those, has asked for TARGET;
 * but what was in error meanwhile has come back without its edges. */
static void
drop_target(struct stale *s, const struct fs_list *out, struct str label)
{
	struct graph *g = engine_graph(s->engine);
	uint32_t id = graph_find(g, keys_target(s->keys, label)), n = 0;
	const uint32_t *rdeps = id == NODE_NONE ? NULL : graph_rdeps(g, graph_node(g, id), &n);

	for (uint32_t i = 0; i < n; i++) {
		const struct key *key = graph_node(g, rdeps[i])->key;
		const struct value *v = is_of(s, key, label) ? last(s, key, NULL) : NULL;
		if (v)
			drop_difference(s, v, NULL);
	}
	drop_by_folders(s, out, label);
}

/* Those that `was` had and `now` has not; NULL: no package any more. */
static void
drop_targets(struct stale *s, struct str pkg, const struct value *was, const struct value *now)
{
	struct vr old = vr_of(was), new = now ? vr_of(now) : old, of_old, of_new, unused;
	struct err e = ERR_INIT;
	struct buf label = BUF_INIT;
	struct fs_list out = { 0 };
	struct str name;
	size_t n;

	if (!vr_field(&old, "targets", &of_old) || !vr_field(&new, "targets", &of_new) ||
	    !vr_map(&of_old, &n))
		return;
	for (; n > 0 && vr_str(&of_old, &name); n--, vr_skip(&of_old)) {
		buf_reset(&label);
		buf_addstr(&label, name);
		if (now && vr_field(&of_new, label.p, &unused))
			continue;
		buf_reset(&label);
		buf_printf(&label, "%s%.*s:%.*s", str_starts(pkg, STR("@")) ? "" : "//",
		    STR_ARG(pkg), STR_ARG(name));
		if (!out.entries && !fs_list(s->host.root_fd, s->host.out_dir, &out, &e)) {
			warn(s, buf_str(&label), str_of(e.msg));
			break;
		}
		drop_target(s, &out, buf_str(&label));
	}
	fs_list_fini(&out);
	buf_fini(&label);
	err_fini(&e);
}

/* A package whose BUILD.lua is not there is none. */
static void
drop_package(struct stale *s, struct str pkg, const struct value *was)
{
	struct vr r = vr_of(was);
	struct buf file = BUF_INIT;
	struct str dir = pkg;

	vr_field_str(&r, "dir", &dir);
	path_join(&file, dir, STR("BUILD.lua"));
	if (kind_at(s, buf_str(&file)) == FS_NONE) {
		s->gone = was;
		drop_targets(s, pkg, was, NULL);
		s->gone = NULL;
	}
	buf_fini(&file);
}

/* ---- a pattern ---- */

/* "//a/b:c" -> "a/b" */
static struct str
package_of(struct str label)
{
	struct str p = label;

	while (p.n > 0 && p.p[p.n - 1] != ':')
		p.n--;
	p.n -= p.n > 0;
	return str_starts(p, STR("//")) ? (struct str){ p.p + 2, p.n - 2 } : p;
}

struct packages {
	struct str *v;
	size_t n, cap;
};

/* Labels stand in the list package by package. */
static void
add_packages(struct packages *out, const struct value *pattern)
{
	struct vr r = vr_of(pattern);
	struct str label;
	size_t n;

	if (!vr_list(&r, &n))
		return;
	for (; n > 0 && vr_str(&r, &label); n--) {
		struct str pkg = package_of(label);
		if (out->n > 0 && str_eq(out->v[out->n - 1], pkg))
			continue;
		out->v = mem_grow(out->v, &out->cap, out->n + 1, sizeof(out->v[0]));
		out->v[out->n++] = pkg;
	}
}

static int
by_text(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void
drop_pattern(struct stale *s, const struct value *was, const struct value *now)
{
	struct packages old = { 0 }, new = { 0 };

	add_packages(&old, was);
	if (now)
		add_packages(&new, now);
	if (new.n > 1)
		qsort(new.v, new.n, sizeof(new.v[0]), by_text);
	for (size_t i = 0; i < old.n; i++) {
		if (new.n > 0 && bsearch(&old.v[i], new.v, new.n, sizeof(new.v[0]), by_text))
			continue;
		const struct value *v = last(s, keys_package(s->keys, old.v[i]), NULL);
		if (v)
			drop_package(s, old.v[i], v);
	}
	mem_free(old.v);
	mem_free(new.v);
}

/* ---- from outside ---- */

/* A stage of a target knows the first actions only; the target knows all. */
static bool
is_stage(const struct key *key)
{
	struct vr r = key_arg(key);
	struct str label, config;
	size_t n;

	return vr_list(&r, &n) && n == 2 && vr_str(&r, &label) && vr_str(&r, &config) &&
	    memchr(config.p, '@', config.n) != NULL;
}

void
stale_replaced(struct stale *s, const struct key *key, const struct value *old,
	const struct value *now)
{
	struct str pkg;

	if (s->host.dry)
		return;
	s->key = key;
	if (key->fn == s->target) {
		if (now && !is_stage(key))
			drop_difference(s, old, now);
	} else if (key->fn == s->package && key_arg_str(key, &pkg)) {
		if (now)
			drop_targets(s, pkg, old, now);
		else
			drop_package(s, pkg, old);
	} else if (key->fn == s->pattern) {
		drop_pattern(s, old, now);
	}
}
