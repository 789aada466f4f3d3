/* stat_stamp.c -- a stamp is a list: kind, mode, size, mtime, ctime - mtime,
 * inode, looked - ctime; and for directories with a tree digest: its halves and
 * newest - ctime.  The differences are small, so they take few bytes. */
#include "nodes/stat_stamp.h"

enum { PLAIN = 7, TREE = 10 };

#define SECOND_NS INT64_C(1000000000)

static const struct str KINDS[] = {
	[FS_NONE] = { "none", 4 },
	[FS_FILE] = { "file", 4 },
	[FS_DIR] = { "dir", 3 },
	[FS_SYMLINK] = { "symlink", 7 },
	[FS_SPECIAL] = { "special", 7 },
	[FS_DENIED] = { "denied", 6 },
};

struct str
stat_kind_name(enum fs_kind kind)
{
	return KINDS[kind];
}

enum fs_kind
stat_kind_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
		if (str_eq(KINDS[i], name))
			return (enum fs_kind)i;
	return FS_NONE;
}

static int64_t
minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t
plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t
newest(const struct fs_stat *st)
{
	return st->mtime_ns > st->ctime_ns ? st->mtime_ns : st->ctime_ns;
}

void
stat_stamp_of(struct stat_stamp *s, const struct fs_stat *st, int64_t looked_ns)
{
	*s = (struct stat_stamp){ *st, looked_ns, { 0, 0 }, newest(st) };
}

bool
stat_stamp_same(const struct fs_stat *a, const struct fs_stat *b)
{
	return a->kind == b->kind && a->mode == b->mode && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && a->inode == b->inode;
}

/* Some file systems stamp whole seconds, even ones at that. */
static int64_t
granularity(const struct fs_stat *st)
{
	bool whole = st->mtime_ns % SECOND_NS == 0 && st->ctime_ns % SECOND_NS == 0;

	return whole ? 2 * SECOND_NS : STAT_GRANULARITY_NS;
}

bool
stat_stamp_racy(const struct stat_stamp *s)
{
	return s->st.kind != FS_NONE && s->newest_ns >= minus(s->looked_ns, granularity(&s->st));
}

void
stat_stamp_put(struct vb *b, const struct stat_stamp *s)
{
	bool tree = !digest_is_zero(s->tree);

	vb_list(b, tree ? TREE : PLAIN);
	vb_int(b, (int64_t)s->st.kind);
	vb_int(b, s->st.mode);
	vb_int(b, (int64_t)s->st.size);
	vb_int(b, s->st.mtime_ns);
	vb_int(b, minus(s->st.ctime_ns, s->st.mtime_ns));
	vb_int(b, (int64_t)s->st.inode);
	vb_int(b, minus(s->looked_ns, s->st.ctime_ns));
	if (!tree)
		return;
	vb_int(b, (int64_t)s->tree.lo);
	vb_int(b, (int64_t)s->tree.hi);
	vb_int(b, minus(s->newest_ns, s->st.ctime_ns));
}

bool
stat_stamp_get(struct vr *r, struct stat_stamp *s)
{
	int64_t v[TREE] = { 0 };
	size_t n;

	memset(s, 0, sizeof(*s));
	if (!vr_list(r, &n) || (n != PLAIN && n != TREE))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!vr_int(r, &v[i]))
			return false;
	if (v[0] < FS_NONE || v[0] > FS_DENIED)
		return false;
	s->st.kind = (enum fs_kind)v[0];
	s->st.mode = (uint32_t)v[1];
	s->st.executable = (v[1] & 0111) != 0;
	s->st.size = (uint64_t)v[2];
	s->st.mtime_ns = v[3];
	s->st.ctime_ns = plus(v[3], v[4]);
	s->st.inode = (uint64_t)v[5];
	s->looked_ns = plus(v[6], s->st.ctime_ns);
	s->tree = (struct digest){ (uint64_t)v[7], (uint64_t)v[8] };
	s->newest_ns = n == TREE ? plus(v[9], s->st.ctime_ns) : newest(&s->st);
	return true;
}
