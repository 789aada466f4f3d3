/* glob.c -- node function GLOB: the files of a package that match patterns.
 *
 * The patterns are walked level by level; an item is a directory and what is
 * left of a pattern there.  All look-ups of a level are one group: a listing
 * where the next segment is a pattern, else only the one name it says, so that
 * "extra/main.c" does not depend on what else is in extra/.
 *
 * Another package's files are not ours: a directory below the package that has
 * a BUILD.lua is not entered.  "**" enters no symlinks, so it ends; another
 * segment follows a link to a directory that stays in the workspace and out of
 * the output folder.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/match.h"
#include "base/path.h"
#include "eval/host.h"
#include "nodes/asks.h"
#include "nodes/fns.h"
#include "nodes/keys.h"

#define ERR_GLOB "E0217"             /* a pattern that can match nothing */

struct item {
	struct str dir;              /* relative to the package */
	struct str rest;             /* of the pattern, never empty */
	bool linked;                 /* dir must be checked with FILE before it is entered */
	bool exact;                  /* rest is the name of a symlink, not a pattern */
	bool entered;                /* by a pattern: dir may be another package */
	uint32_t file_at, package_at, answer_at;   /* what was asked: indices in asks */
};

struct items {
	struct item *v;              /* owned */
	size_t n, cap;
};

struct glob {
	struct env *env;
	const struct host *host;
	struct arena arena;          /* of one call */
	struct str pkg;
	struct vr include, exclude;  /* at the lists */
	struct items now, next;
	struct asks asks;
	struct str *found;           /* owned; relative to the package */
	size_t nfound, capfound;
	struct err e;
};

/* ---- small things ---- */

static struct str
first_segment(struct str pattern)
{
	const char *slash = memchr(pattern.p, '/', pattern.n);

	return slash ? (struct str){ pattern.p, (size_t)(slash - pattern.p) } : pattern;
}

/* What stands behind the first segment; empty when it is the last. */
static struct str
behind_first(struct str pattern)
{
	size_t n = first_segment(pattern).n;

	n += n < pattern.n;
	return (struct str){ pattern.p + n, pattern.n - n };
}

static bool
is_deep(struct str segment)
{
	return str_eq(segment, STR("**"));
}

static struct str
join(struct glob *g, struct str dir, struct str name)
{
	if (dir.n == 0)
		return name;
	return str_of(arena_printf(&g->arena, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name)));
}

static struct str
in_workspace(struct glob *g, struct str path)
{
	return path.n == 0 ? g->pkg : join(g, g->pkg, path);
}

static void
add_item(struct items *list, struct item item)
{
	if (list->n == list->cap)
		list->v = mem_grow(list->v, &list->cap, list->n + 1, sizeof(list->v[0]));
	list->v[list->n++] = item;
}

static void
add_found(struct glob *g, struct str path)
{
	if (g->nfound == g->capfound)
		g->found = mem_grow(g->found, &g->capfound, g->nfound + 1, sizeof(g->found[0]));
	g->found[g->nfound++] = path;
}

static int
by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int
by_item(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int c = str_cmp(x->dir, y->dir);

	if (c == 0)
		c = str_cmp(x->rest, y->rest);
	if (c == 0)
		c = x->linked - y->linked;
	if (c == 0)
		c = x->entered - y->entered;
	return c != 0 ? c : x->exact - y->exact;
}

/* Several "**" lead to the same place in many ways. */
static void
sort_items(struct items *list)
{
	size_t kept = 0;

	if (list->n > 1)
		qsort(list->v, list->n, sizeof(list->v[0]), by_item);
	for (size_t i = 0; i < list->n; i++)
		if (i == 0 || by_item(&list->v[i], &list->v[kept - 1]) != 0)
			list->v[kept++] = list->v[i];
	list->n = kept;
}

/* ---- asking ---- */

static uint32_t
ask(struct glob *g, const struct key *key)
{
	return asks_add(&g->asks, key);
}

static uint32_t
ask_package(struct glob *g, struct str dir)
{
	return ask(g, keys_file_kind(env_keys(g->env), join(g, dir, STR("BUILD.lua"))));
}

/* Is it looked for by name, in a directory whose listing nobody has seen? */
static bool
by_name(const struct item *item)
{
	return !item->exact && !match_is_pattern(first_segment(item->rest));
}

static void
ask_item(struct glob *g, struct item *item)
{
	struct keys *k = env_keys(g->env);
	struct str dir = in_workspace(g, item->dir);
	struct str path = join(g, dir, item->exact ? item->rest : first_segment(item->rest));

	if (item->linked)
		item->file_at = ask(g, keys_file(k, dir));
	if (item->entered && by_name(item))
		item->package_at = ask_package(g, dir);
	if (item->exact)
		item->answer_at = ask(g, keys_file(k, path));
	else if (!by_name(item))
		item->answer_at = ask(g, keys_directory_listing(k, dir));
	else if (behind_first(item->rest).n == 0)
		item->answer_at = ask(g, keys_file_kind(k, path));
	else
		item->answer_at = ask_package(g, path);
}

/* ---- answers ---- */

/* Does a path lead to something of this kind that is not made by us? */
static bool
leads_to(const struct glob *g, const struct value *file, struct str want)
{
	struct vr r = vr_of(file);
	struct str kind, real;

	return vr_field_str(&r, "kind", &kind) && str_eq(kind, want) &&
	    vr_field_str(&r, "real", &real) && !path_is_within(real, str_of(g->host->out_dir));
}

static bool
may_follow(const struct glob *g, const struct value *file)
{
	struct vr r = vr_of(file);
	struct str real;

	return leads_to(g, file, STR("dir")) && vr_field_str(&r, "real", &real) &&
	    !path_is_abs(real);
}

static bool
is_kind(const struct value *kind, struct str want)
{
	struct vr r = vr_of(kind);
	struct str s;

	return vr_str(&r, &s) && str_eq(s, want);
}

static void
put_literal(struct glob *g, const struct item *item, const struct value *kind)
{
	struct str path = join(g, item->dir, first_segment(item->rest));
	struct str rest = behind_first(item->rest);

	if (rest.n == 0) {
		if (is_kind(kind, STR("file")))
			add_found(g, path);
	} else if (!is_kind(kind, STR("file"))) {
		add_item(&g->next, (struct item){ .dir = path, .rest = rest, .linked = true });
	}
}

/* A name in a listing against the first segment of what is left. */
static void
put_entry(struct glob *g, const struct item *item, struct str name, struct str kind)
{
	struct str seg = first_segment(item->rest), rest = behind_first(item->rest);
	bool dir = str_eq(kind, STR("dir")), link = str_eq(kind, STR("symlink"));
	struct str path;

	if (!match_name(is_deep(seg) ? STR("*") : seg, name))
		return;
	path = join(g, item->dir, name);
	if (is_deep(seg)) {
		if (dir)
			add_item(&g->next, (struct item){ .dir = path, .rest = item->rest,
			    .entered = true });
	} else if (rest.n > 0) {
		if (dir || link)
			add_item(&g->next, (struct item){ .dir = path, .rest = rest,
			    .linked = link, .entered = true });
	} else if (str_eq(kind, STR("file"))) {
		add_found(g, path);
	} else if (link) {
		add_item(&g->next,
		    (struct item){ .dir = item->dir, .rest = name, .exact = true });
	}
}

/* Calls put_entry for each entry; first looks if it is another package. */
static void
put_listing(struct glob *g, const struct item *item, const struct value *listing)
{
	struct vr r = vr_of(listing), list, scan, entry;
	struct str name, kind;
	size_t n;

	if (!vr_field(&r, "entries", &list) || !vr_list(&list, &n))
		return;
	scan = list;
	for (size_t i = 0; item->dir.n > 0 && i < n; i++, vr_skip(&scan))
		if (vr_field_str(&scan, "name", &name) && str_eq(name, STR("BUILD.lua")) &&
		    vr_field_str(&scan, "kind", &kind) && !str_eq(kind, STR("dir")))
			return;
	for (size_t i = 0; i < n; i++, vr_skip(&list)) {
		entry = list;
		CHECK(vr_field_str(&entry, "name", &name));
		CHECK(vr_field_str(&entry, "kind", &kind));
		put_entry(g, item, name, kind);
	}
}

static void
put_item(struct glob *g, const struct item *item)
{
	const struct value *answer = g->asks.values[item->answer_at];

	if (item->linked && !may_follow(g, g->asks.values[item->file_at]))
		return;
	if (item->entered && by_name(item) &&
	    is_kind(g->asks.values[item->package_at], STR("file")))
		return;
	if (item->exact) {
		if (leads_to(g, answer, STR("file")))
			add_found(g, join(g, item->dir, item->rest));
	} else if (!by_name(item)) {
		put_listing(g, item, answer);
	} else {
		put_literal(g, item, answer);
	}
}

/* ---- the walk ---- */

/* "**" also stands for no segment at all; as the last one it stands for all
 * files below. */
static void
add_start(struct glob *g, struct item item)
{
	add_item(&g->now, item);
	while (!item.exact && is_deep(first_segment(item.rest))) {
		struct str rest = behind_first(item.rest);
		item.rest = rest.n > 0 ? rest : STR("*");
		add_item(&g->now, item);
	}
}

static bool
next_level(struct glob *g)
{
	sort_items(&g->now);
	asks_clear(&g->asks);
	for (size_t i = 0; i < g->now.n; i++)
		ask_item(g, &g->now.v[i]);
	if (!asks_get(&g->asks, g->env))
		return false;
	g->next.n = 0;
	for (size_t i = 0; i < g->now.n; i++)
		put_item(g, &g->now.v[i]);
	g->now.n = 0;
	for (size_t i = 0; i < g->next.n; i++)
		add_start(g, g->next.v[i]);
	return true;
}

static bool
excluded(const struct glob *g, struct str path)
{
	struct vr r = g->exclude;
	struct str pattern;
	size_t n;

	CHECK(vr_list(&r, &n));
	for (; n > 0; n--)
		if (vr_str(&r, &pattern) && match_path(pattern, path))
			return true;
	return false;
}

static struct value *
result(struct glob *g)
{
	size_t kept = 0;
	struct vb b;

	if (g->nfound > 1)
		qsort(g->found, g->nfound, sizeof(g->found[0]), by_text);
	for (size_t i = 0; i < g->nfound; i++)
		if ((kept == 0 || !str_eq(g->found[i], g->found[kept - 1])) &&
		    !excluded(g, g->found[i]))
			g->found[kept++] = g->found[i];
	vb_init(&b);
	vb_list(&b, kept);
	for (size_t i = 0; i < kept; i++)
		vb_str(&b, g->found[i]);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static bool
check_patterns(struct glob *g, struct vr list)
{
	struct str pattern;
	size_t n;

	if (!vr_list(&list, &n))
		return err_set(&g->e, ERR_FUNCTION, "GLOB wants lists of patterns");
	for (; n > 0; n--) {
		if (!vr_str(&list, &pattern))
			return err_set(&g->e, ERR_FUNCTION, "GLOB wants patterns as strings");
		const char *problem = match_problem(pattern);
		if (problem || pattern.n == 0)
			return err_set(&g->e, ERR_GLOB, "glob pattern '%.*s': %s",
			    STR_ARG(pattern), problem ? problem : "it is empty");
	}
	return true;
}

static bool
open_glob(struct glob *g, const struct key *key)
{
	struct vr r = key_arg(key);
	size_t n;

	if (!vr_list(&r, &n) || n != 3 || !vr_str(&r, &g->pkg))
		return err_set(&g->e, ERR_FUNCTION, "GLOB wants {package, include, exclude}");
	g->include = r;
	vr_skip(&r);
	g->exclude = r;
	return check_patterns(g, g->include) && check_patterns(g, g->exclude);
}

static enum fn_result
walk(struct glob *g)
{
	struct vr r = g->include;
	struct str pattern;
	size_t n;

	CHECK(vr_list(&r, &n));
	for (; n > 0; n--) {
		CHECK(vr_str(&r, &pattern));
		add_start(g, (struct item){ .dir = STR(""), .rest = pattern });
	}
	while (g->now.n > 0)
		if (!next_level(g))
			return FN_WAIT;
	return env_done(g->env, result(g));
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct glob g = { .env = env, .host = env_host(env), .e = ERR_INIT };

	arena_init(&g.arena);
	asks_init(&g.asks);
	enum fn_result r = open_glob(&g, key) ? walk(&g) : env_fail(env, &g.e);
	mem_free(g.now.v);
	mem_free(g.next.v);
	asks_fini(&g.asks);
	mem_free(g.found);
	arena_fini(&g.arena);
	return r;
}

const struct node_fn node_glob = {
	.name = "GLOB",
	.version = 1,
	.compute = compute,
};
