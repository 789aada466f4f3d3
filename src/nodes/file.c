/* file.c -- node function FILE: a path with every symlink followed.
 *
 * The parent is resolved first, as a FILE of its own; then the last segment is
 * looked at under the parent's real path.  The target of a symlink is walked
 * here, segment by segment, over FILE_STATE nodes only: asking FILE for it
 * could make links that point at each other a cycle of keys.
 *
 * Segments still to be walked lie on a stack, one entry for each link being
 * expanded; an entry is taken off when what follows its end has been found to
 * be no link.  So a link met while it is on the stack leads to itself.
 */
#include "base/path.h"
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/fns.h"
#include "nodes/keys.h"
#include "nodes/stat_stamp.h"

enum { MAX_LINKS = 40 };             /* as many as Linux follows */

struct pending {
	struct str rest;                 /* segments not walked yet */
	struct str link;                 /* real path of the link; the first has none */
	struct str target;
};

struct walk {
	struct env *env;
	const struct host *host;
	struct str at;                   /* real path so far */
	const struct value *state;       /* FILE_STATE at it; NULL: a known directory */
	struct pending stack[MAX_LINKS + 1];
	size_t depth, links;
	bool below_file;                 /* a/b where a is no directory: nothing is there */
	struct err e;
};

enum step { STEP_ON, STEP_END, STEP_WAIT, STEP_ERROR };

static struct value *
found(const struct walk *w, enum fs_kind kind)
{
	struct vr r = { NULL, NULL, NULL };
	struct str digest;
	struct vb b;
	bool exec = false;

	if (w->state)
		r = vr_of(w->state);
	vb_init(&b);
	bool there = kind != FS_NONE && kind != FS_DENIED;
	vb_map(&b, !there ? 1 : kind == FS_FILE ? 4 : 2);
	if (kind == FS_FILE) {
		CHECK(vr_field_str(&r, "digest", &digest) && vr_field_bool(&r, "exec", &exec));
		vb_str(&b, STR("digest"));
		vb_str(&b, digest);
		vb_str(&b, STR("exec"));
		vb_bool(&b, exec);
	}
	vb_str(&b, STR("kind"));
	vb_str(&b, stat_kind_name(kind));
	if (there) {
		vb_str(&b, STR("real"));
		vb_str(&b, w->at);
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static struct str
join(struct env *env, struct str dir, struct str name)
{
	const char *slash = dir.n == 0 || dir.p[dir.n - 1] == '/' ? "" : "/";

	return str_of(arena_printf(env_arena(env), "%.*s%s%.*s", STR_ARG(dir), slash,
	    STR_ARG(name)));
}

/* Takes the first segment off; "" when there is none. */
static struct str
next_segment(struct str *rest)
{
	size_t i = 0, n;

	while (i < rest->n && rest->p[i] == '/')
		i++;
	for (n = i; n < rest->n && rest->p[n] != '/';)
		n++;
	struct str seg = { rest->p + i, n - i };
	*rest = (struct str){ rest->p + n, rest->n - n };
	return seg;
}

/* ---- links that lead to themselves ---- */

/* The chain is told from its smallest link on, so that all who meet the cycle
 * have equal errors. */
static void
cycle_error(struct walk *w, size_t first)
{
	size_t n = w->depth - first, least = 0;
	struct buf text = BUF_INIT;

	for (size_t i = 1; i < n; i++)
		if (str_cmp(w->stack[first + i].link, w->stack[first + least].link) < 0)
			least = i;
	for (size_t i = 0; i <= n; i++) {
		buf_adds(&text, i ? " -> " : "");
		buf_addstr(&text, w->stack[first + (least + i) % n].link);
	}
	err_set(&w->e, ERR_SYMLINK, "symlink cycle: %s", text.p);
	err_hint(&w->e, "remove or retarget one of these links");
	buf_fini(&text);
}

static enum step
self_error(struct walk *w, size_t first)
{
	const struct pending *p = &w->stack[first];

	for (size_t i = first; i < w->depth; i++)
		if (w->stack[i].rest.n > 0) {
			err_set(&w->e, ERR_SYMLINK,
			    "symlink expands without end: %.*s -> %.*s",
			    STR_ARG(p->link), STR_ARG(p->target));
			return STEP_ERROR;
		}
	cycle_error(w, first);
	return STEP_ERROR;
}

static enum step
enter_link(struct walk *w, struct str link, struct str target)
{
	for (size_t i = 1; i < w->depth; i++)
		if (str_eq(w->stack[i].link, link))
			return self_error(w, i);
	if (w->links++ == MAX_LINKS) {
		err_set(&w->e, ERR_SYMLINK, "more than %d symlinks to follow at %.*s",
		    MAX_LINKS, STR_ARG(link));
		return STEP_ERROR;
	}
	w->stack[w->depth++] = (struct pending){ target, link, target };
	if (path_is_abs(target)) {
		w->at = STR("/");
		w->state = NULL;
	}
	return STEP_ON;
}

/* ---- the walk ---- */

/* Is it the root, or a directory that the root lies in? */
static bool
is_above(struct str path)
{
	return path_ups(path) == path.n && !path_is_abs(path);
}

static struct str
from_top(const struct walk *w, struct str above)
{
	struct str p = str_of(w->host->root);

	for (size_t i = 0; i < above.n; i += 3)
		p = path_dir(p);
	return p;
}

static void
go_up(struct walk *w)
{
	/* above the root a link's way is told from the top */
	w->at = path_dir(is_above(w->at) ? from_top(w, w->at) : w->at);
	w->state = NULL;
}

/* Does `name` lead from a directory above the root down towards it? */
static bool
goes_down(struct walk *w, struct str name)
{
	struct str root = str_of(w->host->root);

	if (w->at.n == 0 || !is_above(w->at))
		return false;
	if (!path_is_within(root, join(w->env, from_top(w, w->at), name)))
		return false;
	w->at.n -= w->at.n > 3 ? 3 : w->at.n;
	return true;
}

static enum fs_kind
state_kind(const struct value *state)
{
	struct vr r = vr_of(state);
	struct str kind;

	CHECK(vr_field_str(&r, "kind", &kind));
	return stat_kind_of(kind);
}

static bool
at_file(const struct walk *w)
{
	return w->state && state_kind(w->state) != FS_DIR;
}

static enum step
go_into(struct walk *w, struct str name)
{
	struct str path = join(w->env, w->at, name), target;

	if (goes_down(w, name)) {
		w->state = NULL;
		return STEP_ON;
	}
	if (str_eq(path, str_of(w->host->root))) {
		w->at = STR("");
		w->state = NULL;
		return STEP_ON;
	}
	const struct value *state = env_get(w->env, keys_file_state(env_keys(w->env), path));
	if (!state)
		return STEP_WAIT;
	struct vr r = vr_of(state);
	switch (state_kind(state)) {
	case FS_SYMLINK:
		CHECK(vr_field_str(&r, "target", &target));
		return enter_link(w, path, target);
	case FS_NONE:
	case FS_DENIED:
		w->state = state;
		return STEP_END;
	case FS_FILE:
	case FS_DIR:
	case FS_SPECIAL:
		break;
	}
	w->at = path;
	w->state = state;
	return STEP_ON;
}

static enum step
step(struct walk *w)
{
	struct str seg = next_segment(&w->stack[w->depth - 1].rest);

	if (seg.n == 0) {
		w->depth--;
		return w->depth == 0 ? STEP_END : STEP_ON;
	}
	if (at_file(w)) {
		w->below_file = true;
		return STEP_END;
	}
	if (str_eq(seg, STR(".")))
		return STEP_ON;
	if (str_eq(seg, STR(".."))) {
		go_up(w);
		return STEP_ON;
	}
	return go_into(w, seg);
}

static enum fn_result
follow(struct walk *w, struct str name)
{
	enum step s;

	w->stack[w->depth++] = (struct pending){ .rest = name };
	do
		s = step(w);
	while (s == STEP_ON);
	if (s == STEP_WAIT)
		return FN_WAIT;
	if (s == STEP_ERROR)
		return env_fail(w->env, &w->e);
	if (w->below_file)
		return env_done(w->env, found(w, FS_NONE));
	return env_done(w->env, found(w, w->state ? state_kind(w->state) : FS_DIR));
}

static bool
is_normal(struct str path)
{
	size_t skip = path_is_abs(path) ? 1 : path_ups(path);

	return path_is_normal((struct str){ path.p + skip, path.n - skip });
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct walk w = { .env = env, .host = env_host(env), .e = ERR_INIT };
	struct str path, kind;

	if (!key_arg_str(key, &path) || (path.n > 0 && !is_normal(path))) {
		err_set(&w.e, ERR_FUNCTION, "FILE wants a path in normal form");
		return env_fail(env, &w.e);
	}
	w.at = path;
	if (is_above(path) || str_eq(path, STR("/")))
		return env_done(env, found(&w, FS_DIR));
	const struct value *parent = env_get(env, keys_file(env_keys(env), path_dir(path)));
	if (!parent)
		return FN_WAIT;
	struct vr r = vr_of(parent);
	CHECK(vr_field_str(&r, "kind", &kind));
	if (!str_eq(kind, STR("dir")))
		return env_done(env, found(&w,
		    str_eq(kind, STR("denied")) ? FS_DENIED : FS_NONE));
	CHECK(vr_field_str(&r, "real", &w.at));
	return follow(&w, path_base(path));
}

const struct node_fn node_file = {
	.name = "FILE",
	.version = 1,
	.compute = compute,
};
