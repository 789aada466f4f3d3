/* action_twice.c -- the two trees are walked side by side, in the order of names. */
#include "nodes/action_twice.h"

#include "base/path.h"
#include "nodes/stat_stamp.h"
#include "os/fs.h"

enum { MAX_DEPTH = 256, SHOWN = 60 };

/* One entry of both trees. */
struct pair {
	struct action *a;
	struct buf one, two;
	struct str shown;            /* the path people know; its top is an output's */
	int depth;
};

static void
aside(const struct action *a, const char *run, struct str path, struct buf *out)
{
	struct str dir = str_of(a->host->out_dir);

	buf_reset(out);
	buf_printf(out, "%.*s/twice/%s/%.*s", STR_ARG(dir), run, (int)(path.n - dir.n - 1),
	    path.p + dir.n + 1);
}

static bool
move(struct action *a, const char *from, const char *to)
{
	struct buf dir = BUF_INIT;
	int root = a->host->root_fd;

	buf_addstr(&dir, path_dir(str_of(to)));
	bool ok = fs_remove(root, to, &a->e) && fs_mkdirs(root, dir.p, &a->e) &&
	    fs_rename(root, from, to, &a->e);
	buf_fini(&dir);
	return ok;
}

static bool
move_aside(struct action *a, const char *run)
{
	struct buf from = BUF_INIT, to = BUF_INIT;
	bool ok = true;

	for (size_t i = 0; ok && i < a->noutputs; i++) {
		buf_reset(&from);
		buf_addstr(&from, a->outputs[i].path);
		aside(a, run, a->outputs[i].path, &to);
		ok = move(a, from.p, to.p);
	}
	buf_fini(&from);
	buf_fini(&to);
	return ok;
}

bool
action_twice_keep(struct action *a)
{
	return move_aside(a, "1");
}

/* ---- the difference ---- */

static bool
differs(struct pair *p, const char *how)
{
	struct action *a = p->a;

	return err_set(&a->e, ERR_NOT_SAME, "%.*s: run twice, '%.*s' %s", STR_ARG(a->label),
	    STR_ARG(p->shown), how);
}

/* The line around `at`, when it is text; else nothing. */
static struct str
line_at(const struct buf *b, size_t at)
{
	size_t from = at, to = at;

	while (from > 0 && at - from < SHOWN && b->p[from - 1] != '\n')
		from--;
	while (to < b->n && to - from < 2 * SHOWN && b->p[to] != '\n')
		to++;
	for (size_t i = from; i < to; i++)
		if ((unsigned char)b->p[i] < 0x20 && b->p[i] != '\t')
			return STR("");
	return (struct str){ b->p + from, to - from };
}

static bool
compare_bytes(struct pair *p, const struct buf *x, const struct buf *y)
{
	size_t at = 0, line = 1;

	while (at < x->n && at < y->n && x->p[at] == y->p[at])
		line += x->p[at++] == '\n';
	if (at == x->n && at == y->n)
		return true;
	struct buf how = BUF_INIT;
	buf_printf(&how, "differs at byte %zu, line %zu (%zu and %zu bytes)", at, line, x->n,
	    y->n);
	differs(p, how.p);
	buf_fini(&how);
	struct str before = line_at(x, at), after = line_at(y, at);
	if (before.n > 0 || after.n > 0)
		err_hint(&p->a->e, "first:  %.*s\nsecond: %.*s", STR_ARG(before), STR_ARG(after));
	return false;
}

static bool
compare_files(struct pair *p)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	int root = p->a->host->root_fd;
	bool ok = fs_read(root, p->one.p, &x, &p->a->e) && fs_read(root, p->two.p, &y, &p->a->e) &&
	    compare_bytes(p, &x, &y);

	buf_fini(&x);
	buf_fini(&y);
	return ok;
}

static bool
compare_links(struct pair *p)
{
	struct buf x = BUF_INIT, y = BUF_INIT, how = BUF_INIT;
	int root = p->a->host->root_fd;
	bool ok = fs_readlink(root, p->one.p, &x, &p->a->e) &&
	    fs_readlink(root, p->two.p, &y, &p->a->e);

	if (ok && !str_eq(buf_str(&x), buf_str(&y))) {
		buf_printf(&how, "leads to %.*s and to %.*s", STR_ARG(buf_str(&x)),
		    STR_ARG(buf_str(&y)));
		ok = differs(p, how.p);
	}
	buf_fini(&x);
	buf_fini(&y);
	buf_fini(&how);
	return ok;
}

static bool compare(struct pair *p);

static bool
compare_entry(struct pair *p, struct str name)
{
	size_t one = p->one.n, two = p->two.n;
	struct str shown = p->shown;

	p->shown = str_of(arena_printf(&p->a->arena, "%.*s/%.*s", STR_ARG(shown), STR_ARG(name)));
	buf_printf(&p->one, "/%.*s", STR_ARG(name));
	buf_printf(&p->two, "/%.*s", STR_ARG(name));
	bool ok = compare(p);
	buf_cut(&p->one, one);
	buf_cut(&p->two, two);
	p->shown = shown;
	return ok;
}

static bool
compare_lists(struct pair *p, const struct fs_list *x, const struct fs_list *y)
{
	bool ok = true;

	for (size_t i = 0, k = 0; ok && (i < x->n || k < y->n);) {
		int c = i == x->n ? 1 : k == y->n ? -1 :
		    str_cmp(x->entries[i].name, y->entries[k].name);
		ok = compare_entry(p, c > 0 ? y->entries[k].name : x->entries[i].name);
		i += c <= 0;
		k += c >= 0;
	}
	return ok;
}

static bool
compare_dirs(struct pair *p)
{
	struct fs_list x = { 0 }, y = { 0 };
	int root = p->a->host->root_fd;

	if (p->depth == MAX_DEPTH)
		return true;
	p->depth++;
	bool ok = fs_list(root, p->one.p, &x, &p->a->e) && fs_list(root, p->two.p, &y, &p->a->e) &&
	    compare_lists(p, &x, &y);
	p->depth--;
	fs_list_fini(&x);
	fs_list_fini(&y);
	return ok;
}

static bool
compare(struct pair *p)
{
	int root = p->a->host->root_fd;
	struct fs_stat x, y;

	if (!fs_lstat(root, p->one.p, &x, &p->a->e) || !fs_lstat(root, p->two.p, &y, &p->a->e))
		return false;
	if (x.kind == FS_NONE || y.kind == FS_NONE)
		return x.kind == y.kind || differs(p, x.kind == FS_NONE ?
		    "was made by the second run only" : "was made by the first run only");
	if (x.kind != y.kind)
		return differs(p, "is of another kind the second time");
	if (x.kind == FS_DIR)
		return compare_dirs(p);
	if (x.kind == FS_SYMLINK)
		return compare_links(p);
	if (x.executable != y.executable)
		return differs(p, "is executable only once");
	return compare_files(p);
}

bool
action_twice_same(struct action *a)
{
	struct pair p = { .a = a };
	struct err ignored = ERR_INIT;
	bool ok = true;

	for (size_t i = 0; ok && i < a->noutputs; i++) {
		p.shown = a->outputs[i].path;
		aside(a, "1", p.shown, &p.one);
		buf_reset(&p.two);
		buf_addstr(&p.two, p.shown);
		ok = compare(&p);
	}
	for (size_t i = 0; ok && i < a->noutputs; i++) {
		aside(a, "1", a->outputs[i].path, &p.one);
		fs_remove(a->host->root_fd, p.one.p, &ignored);
	}
	if (!ok) {
		struct action kept = *a;     /* its error says enough */
		kept.e = ignored;
		move_aside(&kept, "2");
		ignored = kept.e;
		a->e.transient = true;
	}
	err_fini(&ignored);
	buf_fini(&p.one);
	buf_fini(&p.two);
	return ok;
}
