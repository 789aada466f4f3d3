/* action_lookups.c -- see the header.
 *
 * A header at D/NAME, with D on the include path, was looked for as NAME in what
 * stands before D there, and in the directories of files that may have included it,
 * which come first of all for #include "NAME".
 */
#include "nodes/action_lookups.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/path.h"
#include "nodes/disk.h"
#include "nodes/keys.h"

bool
action_lookups_is(struct str path)
{
	return str_starts(path, STR("./"));
}

static bool
is_listing(struct str entry)
{
	return entry.p[entry.n - 1] == '/';
}

/* ---- the include path ---- */

static const struct {
	const char *flag;
	bool quote;                  /* for #include "..." only */
} FLAGS[] = { { "-iquote", true }, { "-isystem", false }, { "-idirafter", false },
	{ "-I", false } };

static void
add_dir(const struct host *host, struct arena *arena, struct str word, bool quote,
	struct include_dirs *out)
{
	struct buf path = BUF_INIT;
	struct str root = str_of(host->root), p;

	if (path_normalize(&path, word)) {
		p = buf_str(&path);
		if (path_is_abs(p) && path_is_within(p, root))
			p = p.n == root.n ? STR("") :
			    (struct str){ p.p + root.n + 1, p.n - root.n - 1 };
		out->v[out->n++] = (struct include_dir){ arena_str(arena, p), quote };
	}
	buf_fini(&path);
}

void
action_lookups_dirs(const struct host *host, char *const *argv, struct arena *arena,
	struct include_dirs *out)
{
	size_t words = 0;

	while (argv[words])
		words++;
	out->v = arena_alloc(arena, (words + 1) * sizeof(out->v[0]));
	out->n = 0;
	for (size_t i = 0; i < words; i++) {
		struct str word = str_of(argv[i]);
		for (size_t f = 0; f < ARRAY_LEN(FLAGS); f++) {
			size_t skip = strlen(FLAGS[f].flag);
			if (!str_starts(word, str_of(FLAGS[f].flag)))
				continue;
			if (word.n > skip)
				add_dir(host, arena, (struct str){ word.p + skip, word.n - skip },
				    FLAGS[f].quote, out);
			else if (argv[i + 1])
				add_dir(host, arena, str_of(argv[++i]), FLAGS[f].quote, out);
			break;
		}
	}
}

/* ---- what was tried ---- */

struct walk {
	const struct host *host;
	const struct include_dirs *dirs;
	struct str *own;             /* owned: directories of files that include, sorted */
	size_t nown, capown;
	action_lookups_fn fn;
	void *arg;
	struct buf entry;
};

/* Where files may come that no action of ours makes. */
static bool
is_watched(const struct host *host, struct str dir)
{
	return !path_is_abs(dir) && !path_is_within(dir, str_of(host->out_dir));
}

static void
add_own(struct walk *w, struct str file)
{
	struct str dir = path_dir(file);

	if (!is_watched(w->host, dir) || (w->nown > 0 && str_eq(w->own[w->nown - 1], dir)))
		return;
	w->own = mem_grow(w->own, &w->capown, w->nown + 1, sizeof(w->own[0]));
	w->own[w->nown++] = dir;
}

static int
by_text(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void
collect_own(struct walk *w, const struct action_inputs *in, const struct str *headers, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->n; i++)
		if ((in->v[i].roles & INPUT_STRICT) && in->v[i].art.owner.n == 0)
			add_own(w, in->v[i].art.path);
	for (size_t i = 0; i < n; i++)
		if (!path_is_abs(headers[i]))
			add_own(w, headers[i]);
	if (w->nown > 1)
		qsort(w->own, w->nown, sizeof(w->own[0]), by_text);
	for (size_t i = 0; i < w->nown; i++)
		if (kept == 0 || !str_eq(w->own[kept - 1], w->own[i]))
			w->own[kept++] = w->own[i];
	w->nown = kept;
}

static bool
is_dir(const struct host *host, struct str path)
{
	struct err ignored = ERR_INIT;
	struct disk_path p;
	struct fs_stat st;

	bool yes = disk_path_set(&p, path, &ignored) &&
	    fs_lstat(host->root_fd, p.z, &st, &ignored) &&
	    (st.kind == FS_DIR || st.kind == FS_SYMLINK);
	err_fini(&ignored);
	return yes;
}

/* "NAME" is "a/b.h": as long as DIR has no "a", that says enough, for all headers
 * below "a". */
static void
tried(struct walk *w, struct str dir, struct str name)
{
	for (size_t n = 0; n < name.n;) {
		const char *slash = memchr(name.p + n, '/', name.n - n);
		size_t end = slash ? (size_t)(slash - name.p) : name.n;
		buf_reset(&w->entry);
		buf_adds(&w->entry, "./");
		path_join(&w->entry, dir, (struct str){ name.p, end });
		struct str entry = buf_str(&w->entry);
		w->fn(w->arg, entry);
		if (!slash || !is_dir(w->host, (struct str){ entry.p + 2, entry.n - 2 }))
			break;
		n = end + 1;
	}
}

/* The name under which a header was found in a directory; n 0: not in it. */
static struct str
name_in(struct str dir, struct str header)
{
	size_t skip = dir.n + (dir.n > 0);

	if (path_is_abs(header) || !path_is_within(header, dir) || header.n <= skip)
		return STR("");
	struct str name = { header.p + skip, header.n - skip };
	return str_starts(name, STR("../")) ? STR("") : name;    /* beside the workspace */
}

/* Found in directory number d of the include path. */
static void
found_in(struct walk *w, size_t d, struct str name)
{
	const struct include_dir *v = w->dirs->v;

	for (size_t i = 0; i < w->nown; i++)
		if (!str_eq(w->own[i], v[d].path))
			tried(w, w->own[i], name);
	for (size_t i = 0; i < d; i++)
		if (is_watched(w->host, v[i].path) && !str_eq(v[i].path, v[d].path))
			tried(w, v[i].path, name);
}

/* It may lie in several of them ("lib/h.h" in "." and in "lib"), and the depfile
 * does not say which it was: one place too many costs a run at worst. */
static void
header_tried(struct walk *w, struct str header)
{
	for (size_t d = 0; d < w->dirs->n; d++) {
		struct str name = name_in(w->dirs->v[d].path, header);
		if (name.n > 0)
			found_in(w, d, name);
	}
}

static void
listed(struct walk *w, struct str dir)
{
	buf_reset(&w->entry);
	buf_adds(&w->entry, "./");
	buf_addstr(&w->entry, dir);
	buf_addc(&w->entry, '/');
	w->fn(w->arg, buf_str(&w->entry));
}

void
action_lookups_each(const struct host *host, const struct include_dirs *dirs,
	const struct action_inputs *in, const struct str *headers, size_t n,
	action_lookups_fn fn, void *arg)
{
	struct walk w = { .host = host, .dirs = dirs, .fn = fn, .arg = arg };
	bool foreign = false;

	if (dirs->n == 0)
		return;
	collect_own(&w, in, headers, n);
	for (size_t i = 0; i < n; i++) {
		foreign = foreign || path_is_abs(headers[i]);
		header_tried(&w, headers[i]);
	}
	for (size_t i = 0; foreign && i < dirs->n; i++)
		if (!dirs->v[i].quote && is_watched(host, dirs->v[i].path))
			listed(&w, dirs->v[i].path);
	mem_free(w.own);
	buf_fini(&w.entry);
}

/* ---- answers ---- */

const struct key *
action_lookups_key(struct keys *k, struct str entry)
{
	struct str path = { entry.p + 2, entry.n - 2 };

	if (!is_listing(entry))
		return keys_file_kind(k, path);
	path.n--;
	return keys_directory_listing(k, path);
}

struct names {
	uint64_t *v;
	size_t n;
};

static int
by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* Hashes of all parts of the paths outside of the workspace: how much of a path was
 * in the #include is not known. */
static struct names
foreign_names(struct arena *arena, const struct header *headers, size_t n)
{
	struct names names = { NULL, 0 };
	size_t parts = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; path_is_abs(headers[i].path) && k < headers[i].path.n; k++)
			parts += headers[i].path.p[k] == '/';
	names.v = arena_alloc(arena, (parts + 1) * sizeof(names.v[0]));
	for (size_t i = 0; i < n; i++) {
		struct str p = headers[i].path;
		for (; path_is_abs(p) && p.n > 1; p = path_dir(p)) {
			struct str base = path_base(p);
			names.v[names.n++] = hash64(base.p, base.n);
		}
	}
	if (names.n > 1)
		qsort(names.v, names.n, sizeof(names.v[0]), by_number);
	return names;
}

/* The entries of a listing with one of the names; a hash that two names share costs
 * a run at worst. */
static struct str
known_entries(struct arena *arena, const struct value *listing, const struct names *names)
{
	struct buf out = BUF_INIT;
	struct vr r = vr_of(listing), list;
	struct str name;
	size_t n = 0;

	if (vr_field(&r, "entries", &list))
		vr_list(&list, &n);
	for (; n > 0; n--, vr_skip(&list)) {
		if (!vr_field_str(&list, "name", &name))
			continue;
		uint64_t hash = hash64(name.p, name.n);
		if (names->n > 0 &&
		    bsearch(&hash, names->v, names->n, sizeof(hash), by_number)) {
			buf_addstr(&out, name);
			buf_addc(&out, '\0');
		}
	}
	struct str s = arena_str(arena, buf_str(&out));
	buf_fini(&out);
	return s;
}

void
action_lookups_content(struct arena *arena, struct str entry, const struct value *answer,
	const struct header *headers, size_t n, struct content *out)
{
	struct vr r = vr_of(answer);

	memset(out, 0, sizeof(*out));
	out->kind = STR("none");
	if (!is_listing(entry)) {
		vr_str(&r, &out->kind);
		return;
	}
	struct names names = foreign_names(arena, headers, n);
	out->kind = STR("listing");
	out->digest = known_entries(arena, answer, &names);
}
