/* test_cache.c -- the local cache: several users at once, damage anywhere, a bound. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "os/fs.h"
#include "os/thread.h"
#include "store/cache.h"
#include "test.h"

#define MIB ((uint64_t)1 << 20)

static int dir;
static char root[] = "/tmp/test_cache.XXXXXX";
static char place[64];
static struct err err = ERR_INIT;

/* ---- helpers ---- */

static struct cache *
open_cache(uint64_t limit)
{
	return cache_new(place, limit);
}

static bool
close_cache(struct cache *c)
{
	struct buf note = BUF_INIT;

	cache_free(c, &note);
	bool ok = note.n == 0;
	if (!ok)
		printf("the note is: %s\n", note.p);
	buf_fini(&note);
	return ok;
}

static void
wipe(void)
{
	T(fs_remove(dir, "cache", &err));
}

static struct digest
key_of(uint32_t n)
{
	return digest_of(&n, sizeof(n));
}

/* A value of about `size` bytes that tells its number. */
static struct value *
value_for(uint32_t n, size_t size)
{
	char *text = mem_alloc(size + 1);

	memset(text, 'a' + (int)(n % 26), size);
	memcpy(text, &n, sizeof(n));
	struct value *v = value_of_str((struct str){ text, size });
	mem_free(text);
	return v;
}

static void
put(struct cache *c, uint32_t n, size_t size)
{
	struct value *v = value_for(n, size);

	cache_put(c, key_of(n), v);
	value_unref(v);
}

enum got { NOTHING, RIGHT, WRONG };

static enum got
get(struct cache *c, uint32_t n, size_t size)
{
	struct value *v = cache_get(c, key_of(n)), *want = value_for(n, size);
	enum got got = !v ? NOTHING : value_eq(v, want) ? RIGHT : WRONG;

	value_unref(v);
	value_unref(want);
	return got;
}

static void
slurp(const char *path, struct buf *out)
{
	buf_reset(out);
	T(fs_read(dir, path, out, &err));
}

static void
spill(const char *path, const char *p, size_t n)
{
	T(fs_write(dir, path, (struct str){ p, n }, false, &err));
}

/* A file to be kept: its digest. */
static struct digest
file(const char *path, uint32_t n, size_t size)
{
	struct value *v = value_for(n, size);
	struct str text;
	struct vr r = vr_of(v);

	T(vr_str(&r, &text));
	spill(path, text.p, text.n);
	struct digest d = digest_of(text.p, text.n);
	value_unref(v);
	return d;
}

/* ---- results ---- */

static void
test_results(void)
{
	struct cache *a = open_cache(64 * MIB), *b = open_cache(64 * MIB);

	wipe();
	T(get(a, 1, 100) == NOTHING);
	put(a, 1, 100);
	put(a, 2, 10000);
	T(get(a, 1, 100) == RIGHT && get(a, 2, 10000) == RIGHT && get(a, 3, 8) == NOTHING);
	T(get(b, 1, 100) == RIGHT && get(b, 2, 10000) == RIGHT);     /* at the same time */
	put(b, 1, 200);
	T(get(a, 1, 200) == RIGHT && get(b, 1, 200) == RIGHT);       /* replaced */
	put(a, 4, 20 << 20);                                         /* too large: not kept */
	T(get(a, 4, 20 << 20) == NOTHING);
	T(close_cache(a) && close_cache(b));
	a = open_cache(64 * MIB);
	T(get(a, 1, 200) == RIGHT && get(a, 2, 10000) == RIGHT);
	T(close_cache(a));
}

/* Nothing is made before it is needed. */
static void
test_lazy(void)
{
	struct fs_stat st;

	wipe();
	T(close_cache(open_cache(MIB)));
	T(fs_lstat(dir, "cache", &st, &err) && st.kind == FS_NONE);
}

enum { THREADS = 4, KEYS = 400 };

struct worker {
	struct cache *c;
	unsigned long long rng;
	unsigned wrong, right;
};

static size_t
size_of(uint32_t n)
{
	return 8 + n % 7 * 1500;
}

static void
work(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 3000; i++) {
		uint32_t n = (uint32_t)(test_random(&w->rng) % KEYS);
		enum got got = get(w->c, n, size_of(n));
		w->wrong += got == WRONG;
		w->right += got == RIGHT;
		if (got == NOTHING)
			put(w->c, n, size_of(n));
	}
}

/* Two caches on one place, two threads each; the logs turn over all the time. */
static void
test_threads(uint64_t limit)
{
	struct cache *c[2] = { open_cache(limit), open_cache(limit) };
	struct worker w[THREADS];
	struct thread t[THREADS];

	wipe();
	for (int i = 0; i < THREADS; i++) {
		w[i] = (struct worker){ .c = c[i % 2], .rng = 77u + (unsigned)i };
		thread_start(&t[i], work, &w[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		thread_join(&t[i]);
		T(w[i].wrong == 0 && w[i].right > 1000);
	}
	T(close_cache(c[0]) && close_cache(c[1]));
}

/* ---- damage ---- */

#define LOG "cache/v1/results-1.log"
#define INDEX "cache/v1/results-1.index"

/* Nothing wrong comes out, and what was lost can be put again. */
static bool
survives(void)
{
	struct cache *c = open_cache(64 * MIB);
	bool ok = true;

	for (uint32_t n = 1; n <= 3; n++) {
		enum got got = get(c, n, 40);
		ok = ok && got != WRONG;
		if (got == NOTHING)
			put(c, n, 40);
		ok = ok && get(c, n, 40) == RIGHT;
	}
	return close_cache(c) && ok;
}

static void
test_damage(const char *path)
{
	struct buf good = BUF_INIT, log = BUF_INIT, index = BUF_INIT;
	size_t flipped = 0;

	wipe();
	T(survives());
	slurp(path, &good);
	slurp(LOG, &log);
	slurp(INDEX, &index);
	for (size_t i = 0; i < good.n; i++) {
		if (path[strlen(path) - 1] == 'x' && good.p[i] == '\0')
			continue;                    /* the index is mostly holes */
		good.p[i] ^= (char)(1 << i % 8);
		spill(path, good.p, good.n);
		T_CASE(survives(), path);
		good.p[i] ^= (char)(1 << i % 8);
		spill(LOG, log.p, log.n);
		flipped++;
	}
	T(flipped >= 12);
	spill(INDEX, index.p, index.n);
	for (size_t n = 0; strcmp(path, LOG) == 0 && n < good.n; n += 3) {
		spill(LOG, log.p, n);
		spill(INDEX, index.p, index.n);
		T_CASE(survives(), "cut");
	}
	buf_fini(&good);
	buf_fini(&log);
	buf_fini(&index);
}

/* A slot that leads to the result of another key, which is whole. */
static void
test_other_key(void)
{
	struct cache *c = open_cache(64 * MIB);
	struct digest other = key_of(1);

	wipe();
	put(c, 1, 40);
	other.lo ^= UINT64_C(1) << 40;               /* the same bucket, the same tag */
	T(!cache_get(c, other));
	T(get(c, 1, 40) == RIGHT);
	T(close_cache(c));
}

/* ---- the bound ---- */

static void
test_turning(void)
{
	struct cache *c = open_cache(MIB);            /* 64 KiB a log */
	struct fs_list list;
	uint64_t bytes = 0;
	struct fs_stat st;
	struct buf path = BUF_INIT;

	wipe();
	for (uint32_t n = 0; n < 500; n++) {
		T(n == 0 || get(c, 0, 1000) == RIGHT);
		put(c, n, 1000);
	}
	T(get(c, 0, 1000) == RIGHT && get(c, 499, 1000) == RIGHT && get(c, 1, 1000) == NOTHING);
	T(close_cache(c));
	T(fs_list(dir, "cache/v1", &list, &err));
	for (size_t i = 0; i < list.n; i++) {
		buf_reset(&path);
		buf_printf(&path, "cache/v1/%.*s", STR_ARG(list.entries[i].name));
		T(fs_lstat(dir, path.p, &st, &err));
		if (str_ends(list.entries[i].name, STR(".log")))
			bytes += st.size;
	}
	T(bytes > 64 << 10 && bytes < (128 << 10) + 4000);
	fs_list_fini(&list);
	buf_fini(&path);
}

static bool
exists(const char *path)
{
	struct fs_stat st;

	return T(fs_lstat(dir, path, &st, &err)) && st.kind != FS_NONE;
}

/* Logs that a build left when it was killed, and files that are no logs. */
static void
test_old_logs(void)
{
	wipe();
	T(fs_mkdirs(dir, "cache/v1", &err));
	spill("cache/v1/results-3.log", "", 0);
	spill("cache/v1/results-3.index", "", 0);
	spill("cache/v1/results-6.log", "", 0);
	spill("cache/v1/results-7.log", "", 0);
	spill("cache/v1/results-99999999999999999999.log", "", 0);
	spill("cache/v1/results-x.log", "", 0);
	struct cache *c = open_cache(64 * MIB);
	put(c, 1, 40);
	T(get(c, 1, 40) == RIGHT && close_cache(c));
	T(!exists("cache/v1/results-3.log") && !exists("cache/v1/results-3.index"));
	T(exists("cache/v1/results-6.log") && exists("cache/v1/results-7.index"));
	T(!exists("cache/v1/results-8.log") && exists("cache/v1/results-x.log"));
}

static const char *
blob_path(struct digest d)
{
	static char path[96];
	char hex[DIGEST_HEX + 1];

	digest_hex(d, hex);
	snprintf(path, sizeof(path), "cache/v1/blobs/%.2s/%s", hex, hex + 2);
	return path;
}

static void
make_old(const char *path, time_t seconds)
{
	struct timespec t[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

	T(utimensat(dir, path, t, 0) == 0);
}

static void
test_blobs(void)
{
	struct cache *c = open_cache(64 * MIB);
	struct digest d = file("from", 7, 100000);
	struct buf text = BUF_INIT;
	struct fs_stat st;

	wipe();
	T(!cache_keep(c, d, 100000, dir, "from"));    /* only after a look into it */
	T(get(c, 1, 8) == NOTHING);
	T(!cache_fetch(c, d, dir, "to", true));
	T(cache_keep(c, d, 100000, dir, "from") && cache_keep(c, d, 100000, dir, "from"));
	T(cache_fetch(c, d, dir, "to", true));
	slurp("to", &text);
	T(digest_eq(digest_of(text.p, text.n), d));
	T(fs_lstat(dir, "to", &st, &err) && st.executable);
	T(fs_lstat(dir, blob_path(d), &st, &err) && st.mode == 0444);
	text.p[50000] ^= 1;
	spill(blob_path(d), text.p, text.n);
	T(fs_remove(dir, "to", &err) && !cache_fetch(c, d, dir, "to", false));
	T(fs_lstat(dir, "to", &st, &err) && st.kind == FS_NONE);
	T(fs_lstat(dir, blob_path(d), &st, &err) && st.kind == FS_NONE);
	T(cache_keep(c, d, 100000, dir, "from") && cache_fetch(c, d, dir, "to", false));
	T(!cache_keep(c, d, 9 * MIB, dir, "from"));   /* too large a part of it all */
	T(close_cache(c));
	buf_fini(&text);
}

static void
test_eviction(void)
{
	struct cache *c = open_cache(MIB);            /* 896 KiB of blobs */
	struct digest d[12];
	struct fs_stat st;

	wipe();
	get(c, 1, 8);
	for (uint32_t i = 0; i < 12; i++) {
		d[i] = file("from", i, 100000);
		T(cache_keep(c, d[i], 100000, dir, "from"));
		make_old(blob_path(d[i]), 1000000 + (time_t)i);
	}
	T(cache_fetch(c, d[0], dir, "to", false));    /* used just now */
	T(fs_mkdirs(dir, "cache/v1/blobs/00/not-a-file", &err));
	spill("cache/v1/blobs/00/.skylua-1-1", "half", 4);
	make_old("cache/v1/blobs/00/.skylua-1-1", 1000000);
	spill("cache/v1/blobs/00/.skylua-2-2", "half", 4);
	T(close_cache(c));
	uint64_t left = 0;
	for (int i = 0; i < 12; i++) {
		T(fs_lstat(dir, blob_path(d[i]), &st, &err));
		left += st.size;
		T((st.kind == FS_FILE) == (i == 0 || i > 5));
	}
	T(left == 700000);
	T(fs_lstat(dir, "cache/v1/blobs/00/not-a-file", &st, &err) && st.kind == FS_NONE);
	T(fs_lstat(dir, "cache/v1/blobs/00/.skylua-1-1", &st, &err) && st.kind == FS_NONE);
	T(fs_lstat(dir, "cache/v1/blobs/00/.skylua-2-2", &st, &err) && st.kind == FS_FILE);
}

/* What `usage` says, after one blob was added to what it said before. */
static bool
usage_becomes(const char *before, const char *after)
{
	struct cache *c = open_cache(64 * MIB);
	struct digest d = file("from", 5, 100000);
	struct buf text = BUF_INIT;

	wipe();
	get(c, 1, 8);
	if (before)
		spill("cache/v1/usage", before, strlen(before));
	T(cache_keep(c, d, 100000, dir, "from"));
	T(close_cache(c));
	slurp("cache/v1/usage", &text);
	bool ok = str_eq(buf_str(&text), str_of(after));
	if (!ok)
		printf("usage is: %s\n", text.p);
	buf_fini(&text);
	return ok;
}

static void
test_usage(void)
{
	T(usage_becomes(NULL, "100000 0\n"));
	T(usage_becomes("5 3\n", "100005 4\n"));
	T(usage_becomes("5 200\n", "100000 0\n"));    /* counted again now and then */
	T(usage_becomes("", "100000 0\n"));
	T(usage_becomes("x 3\n", "100000 0\n"));
	T(usage_becomes("5", "100000 0\n"));
	T(usage_becomes("5 3\nmore\n", "100000 0\n"));
	T(usage_becomes("99999999999999999999999 1\n", "100000 0\n"));
}

/* ---- trouble ---- */

static bool
complains(const char *words)
{
	struct cache *c = open_cache(64 * MIB);
	struct digest d = file("from", 5, 100000);
	struct buf note = BUF_INIT;

	for (uint32_t i = 0; i < 3; i++)
		if (get(c, i, 10) == NOTHING && cache_keep(c, d, 100000, dir, "from"))
			put(c, i, 10);
	cache_free(c, &note);
	bool ok = note.n > 0 && strstr(note.p, words) && !strchr(note.p, '\n');
	if (!ok)
		printf("the note is: %s\n", note.n > 0 ? note.p : "(none)");
	buf_fini(&note);
	return ok;
}

static void
test_trouble(void)
{
	wipe();
	spill("cache", "", 0);
	T(complains("cache is not used: cannot make the directory"));
	wipe();
	T(fs_mkdirs(dir, "cache/v1/results-1.log", &err));
	T(complains("cache is not used: cannot open"));
	wipe();
	T(fs_mkdirs(dir, "cache/v1", &err));
	spill("cache/v1/blobs", "", 0);
	T(complains("cache got nothing more: cannot make the directory"));
	wipe();
}

int
main(void)
{
	T(mkdtemp(root) != NULL);
	snprintf(place, sizeof(place), "%s/cache", root);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_results();
	test_lazy();
	test_threads(64 * MIB);
	test_threads(8 * MIB);
	test_damage(LOG);
	test_damage(INDEX);
	test_other_key();
	test_turning();
	test_old_logs();
	test_blobs();
	test_eviction();
	test_usage();
	test_trouble();
	T(fs_remove(-1, root, &err));
	close(dir);
	err_fini(&err);
	return test_end();
}
