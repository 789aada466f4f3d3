/* path.c -- paths are walked segment by segment, from slash to slash. */
#include "base/path.h"

static struct str
cut(struct str s, size_t from, size_t to)
{
	return (struct str){ s.p + from, to - from };
}

/* Where the last segment begins: behind the last slash. */
static size_t
base_at(struct str p)
{
	size_t i = p.n;

	while (i > 0 && p.p[i - 1] != '/')
		i--;
	return i;
}

bool
path_is_abs(struct str p)
{
	return p.n > 0 && p.p[0] == '/';
}

struct str
path_dir(struct str p)
{
	size_t n = base_at(p);
	bool abs = path_is_abs(p);

	while (n > 0 && p.p[n - 1] == '/')
		n--;
	return cut(p, 0, n == 0 && abs ? 1 : n);
}

struct str
path_base(struct str p)
{
	return cut(p, base_at(p), p.n);
}

struct str
path_ext(struct str p)
{
	struct str base = path_base(p);
	size_t first = 0, dot = base.n;

	while (first < base.n && base.p[first] == '.')
		first++;
	while (dot > first && base.p[dot - 1] != '.')
		dot--;
	if (dot == first || dot == base.n)
		return cut(base, base.n, base.n);
	return cut(base, dot - 1, base.n);
}

void
path_join(struct buf *out, struct str dir, struct str name)
{
	buf_addstr(out, dir);
	if (dir.n > 0 && name.n > 0 && dir.p[dir.n - 1] != '/')
		buf_addc(out, '/');
	buf_addstr(out, name);
}

/* Takes the last segment of the path that begins at out->p + root away; false
 * when there is none. */
static bool
drop_last(struct buf *out, size_t root)
{
	size_t n = out->n;

	if (n == root)
		return false;
	while (n > root && out->p[n - 1] != '/')
		n--;
	buf_cut(out, n > root ? n - 1 : n);
	return true;
}

bool
path_normalize(struct buf *out, struct str p)
{
	size_t start = out->n, root, i = 0;
	bool abs = path_is_abs(p);

	if (p.n > 0 && memchr(p.p, '\0', p.n))
		return false;
	buf_adds(out, abs ? "/" : "");
	root = out->n;
	while (i < p.n) {
		size_t from = i;
		while (i < p.n && p.p[i] != '/')
			i++;
		struct str seg = cut(p, from, i++);
		if (seg.n == 0 || str_eq(seg, STR(".")))
			continue;
		if (str_eq(seg, STR(".."))) {
			if (drop_last(out, root) || abs)
				continue;
			buf_cut(out, start);
			return false;
		}
		if (out->n > root)
			buf_addc(out, '/');
		buf_addstr(out, seg);
	}
	return true;
}

bool
path_is_normal(struct str p)
{
	size_t i = 0;

	if (p.n == 0)
		return true;
	if (p.p[p.n - 1] == '/' || memchr(p.p, '\0', p.n))
		return false;
	while (i < p.n) {
		size_t from = i;
		while (i < p.n && p.p[i] != '/')
			i++;
		struct str seg = cut(p, from, i++);
		if (seg.n == 0 || str_eq(seg, STR(".")) || str_eq(seg, STR("..")))
			return false;
	}
	return true;
}

size_t
path_ups(struct str p)
{
	size_t n = 0;

	while (p.n - n >= 2 && p.p[n] == '.' && p.p[n + 1] == '.') {
		if (p.n - n == 2)
			return p.n;
		if (p.p[n + 2] != '/')
			break;
		n += 3;
	}
	return n;
}

bool
path_is_within(struct str p, struct str dir)
{
	if (dir.n == 0)
		return !path_is_abs(p);
	if (!str_starts(p, dir))
		return false;
	return p.n == dir.n || dir.p[dir.n - 1] == '/' || p.p[dir.n] == '/';
}
