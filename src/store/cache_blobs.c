/* cache_blobs.c -- see the header.
 *
 * The time stamp of a blob says when it was last used, to within an hour: that
 * spares most uses a write.
 *
 * `usage` holds two numbers: bytes, and how often they were added to since all
 * blobs were last counted.  A build that was killed has not told of its last
 * blobs, so they are counted again now and then.
 */
#include "store/cache_blobs.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/enc.h"
#include "os/clock.h"
#include "os/fs.h"
#include "os/lock.h"

#define HOUR_NS (INT64_C(3600) * 1000000000)
#define TRIM_EVERY ((uint64_t)64 << 20)  /* bytes added by one process */
#define COUNT_EVERY 200                  /* additions to `usage` */

void
blobs_init(struct blobs *b, const char *dir, uint64_t limit)
{
	b->dir = mem_strndup(dir, strlen(dir));
	b->limit = limit;
	atomic_init(&b->added, 0);
}

void
blobs_fini(struct blobs *b)
{
	mem_free(b->dir);
}

/* ---- one blob ---- */

/* DIR/v1/blobs/ab/cdef...; the directory alone with `parent`. */
static char *
blob_path(const struct blobs *b, struct digest blob, bool parent)
{
	char hex[DIGEST_HEX + 1];
	struct buf path = BUF_INIT;

	digest_hex(blob, hex);
	buf_printf(&path, "%s/blobs/%.2s", b->dir, hex);
	if (!parent)
		buf_printf(&path, "/%s", hex + 2);
	return buf_take(&path);
}

static void
used(const char *path, const struct fs_stat *st)
{
	int64_t age = clock_wall_ns() - st->mtime_ns;

	if (age > HOUR_NS || age < -HOUR_NS)
		fs_touch(-1, path);
}

/* Is a file there that may be this blob?  Whatever else is there goes. */
static bool
there(const char *path, struct fs_stat *st)
{
	struct err ignored = ERR_INIT;
	bool ok = fs_lstat(-1, path, st, &ignored) && st->kind == FS_FILE &&
	    (st->mode & 0400) != 0;

	if (!ok && st->kind != FS_NONE)
		fs_remove(-1, path, &ignored);
	err_fini(&ignored);
	return ok;
}

bool
blobs_fetch(struct blobs *b, struct digest blob, int dir, const char *to, bool executable)
{
	char *path = blob_path(b, blob, false);
	struct err e = ERR_INIT;
	struct fs_stat st = { .kind = FS_NONE };
	bool ok = there(path, &st) && fs_copy_checked(dir, path, to, executable, blob, &e);

	if (ok)
		used(path, &st);
	else if (e.code && strcmp(e.code, ERR_CHANGED) == 0)
		fs_remove(-1, path, &e);
	err_fini(&e);
	mem_free(path);
	return ok;
}

static bool
add_blob(struct blobs *b, struct digest blob, const char *path, int dir, const char *from,
	struct err *e)
{
	char *parent = blob_path(b, blob, true);
	bool ok = fs_mkdirs(-1, parent, e) && fs_copy(dir, from, path, false, e) &&
	    fs_chmod(-1, path, 0444, e);

	mem_free(parent);
	return ok;
}

bool
blobs_keep(struct blobs *b, struct digest blob, uint64_t size, int dir, const char *from,
	struct err *e)
{
	struct fs_stat st = { .kind = FS_NONE };

	if (size > b->limit / 8)
		return false;
	char *path = blob_path(b, blob, false);
	bool ok = there(path, &st) && st.size == size;
	if (ok) {
		used(path, &st);
	} else if (add_blob(b, blob, path, dir, from, e)) {
		ok = true;
		if (atomic_fetch_add(&b->added, size) + size >= TRIM_EVERY)
			blobs_trim(b);
	}
	mem_free(path);
	return ok;
}

/* ---- all blobs ---- */

struct entry {
	char *path;                       /* owned */
	uint64_t size;
	int64_t mtime_ns;
};

struct entries {
	struct entry *v;                  /* owned */
	size_t n, cap;
	uint64_t bytes;
};

static bool
is_blob_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("0123456789abcdef", name.p[i]))
			return false;
	return name.n == DIGEST_HEX - 2;
}

/* What is no blob was being made, or left by who was killed. */
static void
add_entry(struct entries *all, const char *dir, struct str name)
{
	struct err ignored = ERR_INIT;
	struct buf path = BUF_INIT;
	struct fs_stat st;

	buf_printf(&path, "%s/%.*s", dir, STR_ARG(name));
	if (fs_lstat(-1, path.p, &st, &ignored) && st.kind != FS_NONE) {
		if (st.kind != FS_FILE || (!is_blob_name(name) &&
		    clock_wall_ns() - st.mtime_ns > HOUR_NS)) {
			fs_remove(-1, path.p, &ignored);
		} else {
			if (all->n == all->cap)
				all->v = mem_grow(all->v, &all->cap, all->n + 1, sizeof(all->v[0]));
			all->bytes += st.size;
			all->v[all->n++] = (struct entry){ buf_take(&path), st.size, st.mtime_ns };
		}
	}
	buf_fini(&path);
	err_fini(&ignored);
}

static void
collect(const struct blobs *b, struct entries *all)
{
	struct err ignored = ERR_INIT;
	struct buf path = BUF_INIT;

	for (unsigned shard = 0; shard < 256; shard++) {
		struct fs_list list;
		buf_reset(&path);
		buf_printf(&path, "%s/blobs/%02x", b->dir, shard);
		if (!fs_list(-1, path.p, &list, &ignored))
			continue;
		for (size_t i = 0; i < list.n; i++)
			add_entry(all, path.p, list.entries[i].name);
		fs_list_fini(&list);
	}
	buf_fini(&path);
	err_fini(&ignored);
}

static int
by_age(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->mtime_ns != b->mtime_ns)
		return a->mtime_ns < b->mtime_ns ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* The bytes that are left. */
static uint64_t
count_and_evict(const struct blobs *b)
{
	struct entries all = { NULL, 0, 0, 0 };
	struct err ignored = ERR_INIT;
	size_t i = 0;

	collect(b, &all);
	if (all.bytes > b->limit) {
		qsort(all.v, all.n, sizeof(all.v[0]), by_age);
		for (; i < all.n && all.bytes > b->limit / 5 * 4; i++)
			if (fs_remove(-1, all.v[i].path, &ignored))
				all.bytes -= all.v[i].size;
	}
	for (i = 0; i < all.n; i++)
		mem_free(all.v[i].path);
	mem_free(all.v);
	err_fini(&ignored);
	return all.bytes;
}

/* ---- usage ---- */

/* False: there is none that could be believed. */
static bool
read_usage(const char *path, uint64_t *bytes, uint64_t *times)
{
	struct err ignored = ERR_INIT;
	struct buf text = BUF_INIT;
	bool ok = fs_read(-1, path, &text, &ignored) && text.n > 0 && text.n < 64;
	char *at = NULL, *end = NULL;

	if (ok) {
		*bytes = strtoull(text.p, &at, 10);
		*times = strtoull(at, &end, 10);
		ok = at > text.p && end > at && strcmp(end, "\n") == 0 &&
		    *bytes < UINT64_MAX / 4;
	}
	buf_fini(&text);
	err_fini(&ignored);
	return ok;
}

static void
trim_locked(struct blobs *b, uint64_t added, struct err *e)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	uint64_t bytes, times;

	buf_printf(&path, "%s/usage", b->dir);
	bool known = read_usage(path.p, &bytes, &times) && times < COUNT_EVERY;
	if (known) {
		bytes += added;
		times++;
	}
	if (!known || bytes > b->limit) {
		bytes = count_and_evict(b);
		times = 0;
	}
	buf_printf(&text, "%llu %llu\n", (unsigned long long)bytes, (unsigned long long)times);
	fs_write(-1, path.p, buf_str(&text), false, e);
	buf_fini(&path);
	buf_fini(&text);
}

void
blobs_trim(struct blobs *b)
{
	struct err ignored = ERR_INIT;
	struct lock lock = { -1 };
	struct buf path = BUF_INIT, holder = BUF_INIT;
	bool busy = true;

	buf_printf(&path, "%s/lock", b->dir);
	if (lock_try(&lock, -1, path.p, "", &busy, &holder, &ignored) && !busy) {
		trim_locked(b, atomic_exchange(&b->added, 0), &ignored);
		lock_release(&lock);
	}
	buf_fini(&path);
	buf_fini(&holder);
	err_fini(&ignored);
}
