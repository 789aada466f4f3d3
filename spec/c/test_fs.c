/* test_fs.c -- the disk, in a fresh directory under $TMPDIR or /tmp. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/die.h"
#include "os/fs.h"
#include "os/thread.h"
#include "test.h"

static int dir;
static struct err err = ERR_INIT;

static bool
put(const char *path, const char *text)
{
	return fs_write(dir, path, str_of(text), false, &err);
}

static bool
holds(const char *path, const char *text)
{
	struct buf b = BUF_INIT;
	bool ok = fs_read(dir, path, &b, &err) && str_eq(buf_str(&b), str_of(text));

	buf_fini(&b);
	return ok;
}

static enum fs_kind
kind(const char *path)
{
	struct fs_stat st;

	return fs_lstat(dir, path, &st, &err) ? st.kind : FS_SPECIAL;
}

/* The last failure had this code, and these words in its message. */
static bool
said(const char *code, const char *words)
{
	bool ok = err.code && strcmp(err.code, code) == 0 && strstr(err.msg, words);

	if (!ok)
		printf("the error is %s: %s\n", err.code ? err.code : "-", err.msg ? err.msg : "-");
	err_fini(&err);
	return ok;
}

static size_t
entries(const char *path)
{
	struct fs_list l;
	size_t n;

	if (!fs_list(dir, path, &l, &err))
		return SIZE_MAX;
	n = l.n;
	fs_list_fini(&l);
	return n;
}

static void
stats(void)
{
	struct fs_stat a, b;
	struct fs_counts before = fs_count();

	T(kind("none") == FS_NONE && kind("") == FS_DIR && kind(".") == FS_DIR);
	T(put("file", "12345") && kind("file") == FS_FILE && kind("file/below") == FS_NONE);
	T(fs_lstat(dir, "none", &a, &err) && a.size == 0 && a.inode == 0 && a.mtime_ns == 0);
	T(fs_lstat(dir, "file", &a, &err) && a.size == 5 && a.mode == 0644 && !a.executable);
	T(a.mtime_ns > INT64_C(1500000000000000000) && a.ctime_ns >= a.mtime_ns);
	T(a.inode != 0 && fs_lstat(dir, "file", &b, &err) && fs_stat_equal(&a, &b));
	T(fs_chmod(dir, "file", 0755, &err) && fs_lstat(dir, "file", &b, &err));
	T(b.executable && b.mode == 0755 && !fs_stat_equal(&a, &b));
	T(fs_symlink(dir, "file", "link", &err) && kind("link") == FS_SYMLINK);
	T(fs_symlink(dir, "nowhere", "dangling", &err) && kind("dangling") == FS_SYMLINK);
	T(mkfifoat(dir, "fifo", 0600) == 0 && kind("fifo") == FS_SPECIAL);
	T(fs_lstat(dir, "", &a, &err) && !a.executable);
	T(fs_symlink(dir, "loop2", "loop1", &err) && fs_symlink(dir, "loop1", "loop2", &err));
	T(!fs_lstat(dir, "loop1/x", &a, &err) && said(ERR_IO, "loop1/x"));
	T(fs_count().stats - before.stats == 14);
}

static void
links(void)
{
	struct buf b = BUF_INIT;

	T(fs_readlink(dir, "link", &b, &err) && strcmp(b.p, "file") == 0);
	T(fs_symlink(dir, "other", "link", &err));
	T(fs_readlink(dir, "link", &b, &err) && strcmp(b.p, "fileother") == 0);
	T(put("plain", "x") && fs_symlink(dir, "file", "plain", &err) &&
	    kind("plain") == FS_SYMLINK);
	T(!fs_readlink(dir, "file", &b, &err) && said(ERR_CHANGED, "not a symlink"));
	T(!fs_readlink(dir, "none", &b, &err) && said(ERR_NOT_FOUND, "none"));
	T(fs_mkdirs(dir, "linkdir", &err));
	T(!fs_symlink(dir, "x", "linkdir", &err) && said(ERR_IO, "linkdir"));
	T(strcmp(b.p, "fileother") == 0);
	buf_fini(&b);
}

/* Sizes around those at which the way of reading changes. */
static void
reading(void)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 65535, 65536, 65537, 131072, 300001 };
	unsigned long long seed = 5;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct buf text = BUF_INIT, back = BUF_INIT;
		struct digest d;
		uint64_t size;
		for (size_t k = 0; k < sizes[i]; k++)
			buf_addc(&text, (char)test_random(&seed));
		T(fs_write(dir, "data", buf_str(&text), false, &err));
		buf_adds(&back, "before:");
		T(fs_read(dir, "data", &back, &err) && back.n == 7 + sizes[i]);
		T(memcmp(back.p, "before:", 7) == 0 && back.p[back.n] == '\0');
		T(sizes[i] == 0 || memcmp(back.p + 7, text.p, text.n) == 0);
		T(fs_digest(dir, "data", &d, &size, &err) && size == sizes[i]);
		T(digest_eq(d, digest_of(text.p, text.n)));
		buf_fini(&text);
		buf_fini(&back);
	}
}

static void
reading_odd_things(void)
{
	struct fs_counts before = fs_count();
	struct buf b = BUF_INIT;
	struct digest d = { 1, 2 };
	uint64_t size = 3;

	buf_adds(&b, "kept");
	T(!fs_read(dir, "none", &b, &err) && said(ERR_NOT_FOUND, "cannot read none: No such"));
	T(!fs_read(dir, "", &b, &err) && said(ERR_IO, "Is a directory"));
	T(!fs_read(dir, "fifo", &b, &err) && said(ERR_IO, "not a regular file"));
	T(!fs_read(dir, "/dev/zero", &b, &err) && said(ERR_IO, "not a regular file"));
	T(!fs_read(dir, "file/x", &b, &err) && said(ERR_IO, "Not a directory"));
	T(!fs_read(dir, "loop1", &b, &err) && said(ERR_IO, "symbolic links"));
	T(!fs_digest(dir, "none", &d, &size, &err) && said(ERR_NOT_FOUND, "none"));
	T(!fs_digest(dir, "fifo", &d, &size, &err) && said(ERR_IO, "not a regular file"));
	T(strcmp(b.p, "kept") == 0 && b.n == 4 && d.lo == 1 && size == 3);
	buf_reset(&b);
	T(fs_read(dir, "/proc/self/status", &b, &err) && b.n > 200 && strstr(b.p, "Pid:"));
	T(fs_digest(dir, "/proc/version", &d, &size, &err) && size > 10);
	buf_reset(&b);
	T(fs_read(dir, "/proc/version", &b, &err) && b.n == size);
	T(digest_eq(d, digest_of(b.p, b.n)));
	T(fs_count().reads - before.reads == 11);
	buf_fini(&b);
}

static void
listing(void)
{
	static const char *const names[] = { ".hidden", "A", "a", "a\nb", "a b", "b.c", "d", "l",
		"\xff\xfe" };
	struct fs_list l;

	T(fs_mkdirs(dir, "list/d/deeper", &err));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct buf path = BUF_INIT;
		buf_printf(&path, "list/%s", names[i]);
		if (*names[i] == 'l')
			T(fs_symlink(dir, "nowhere", path.p, &err));
		else if (*names[i] != 'd')
			T(put(path.p, ""));
		buf_fini(&path);
	}
	T(fs_list(dir, "list", &l, &err) && l.n == ARRAY_LEN(names));
	for (size_t i = 0; i < l.n; i++) {
		enum fs_kind want = *names[i] == 'd' ? FS_DIR :
		    *names[i] == 'l' ? FS_SYMLINK : FS_FILE;
		T_CASE(str_eq(l.entries[i].name, str_of(names[i])), names[i]);
		T_CASE(l.entries[i].kind == want, names[i]);
		T(l.entries[i].name.p[l.entries[i].name.n] == '\0');
	}
	fs_list_fini(&l);
	T(fs_list(dir, "list/d/deeper", &l, &err) && l.n == 0);
	fs_list_fini(&l);
	T(!fs_list(dir, "none", &l, &err) && said(ERR_NOT_FOUND, "cannot list") && l.n == 0);
	T(!fs_list(dir, "file", &l, &err) && said(ERR_IO, "Not a directory"));
	fs_list_fini(&l);
}

static void
many_entries(void)
{
	struct fs_list l;
	char path[64];

	T(fs_mkdirs(dir, "many", &err));
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "many/file-%d", (i * 7919) % 3000);
		int fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		T(fd >= 0 && close(fd) == 0);
	}
	T(fs_list(dir, "many", &l, &err) && l.n == 3000);
	for (size_t i = 1; i < l.n; i++)
		T(str_cmp(l.entries[i - 1].name, l.entries[i].name) < 0);
	fs_list_fini(&l);
	T(fs_remove(dir, "many", &err) && kind("many") == FS_NONE);
}

static void
writing(void)
{
	struct fs_stat st;
	mode_t mask = umask(077);
	size_t before;

	T(fs_mkdirs(dir, "w/sub", &err));
	T(put("w/a", "one") && holds("w/a", "one"));
	T(fs_lstat(dir, "w/a", &st, &err) && st.mode == 0644);
	T(fs_write(dir, "w/a", STR("two"), true, &err) && holds("w/a", "two"));
	T(fs_lstat(dir, "w/a", &st, &err) && st.mode == 0755);
	umask(mask);
	T(put("w/a", "") && holds("w/a", ""));
	T(fs_write(dir, "w/a", (struct str){ NULL, 0 }, false, &err) && holds("w/a", ""));
	T(fs_symlink(dir, "../file", "w/link", &err) && put("w/link", "new"));
	T(kind("w/link") == FS_FILE && holds("file", "12345"));
	before = entries("w");
	T(!put("w/sub", "x") && said(ERR_IO, "cannot write w/sub: Is a directory"));
	T(!put("w/none/x", "x") && said(ERR_NOT_FOUND, "w/none/x"));
	T(!put("w/a/x", "x") && said(ERR_IO, "Not a directory"));
	T(!put("", "x") && said(ERR_IO, "cannot write"));
	T(entries("w") == before);
}

/* A disk that is full in the middle leaves the old file and nothing else. */
static void
writing_fails(void)
{
	struct rlimit old, tight = { 1000, RLIM_INFINITY };
	struct buf big = BUF_INIT;
	size_t before;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	T(put("w/full", "old") && getrlimit(RLIMIT_FSIZE, &old) == 0);
	before = entries("w");
	for (int i = 0; i < 2000; i++)
		buf_addc(&big, 'x');
	tight.rlim_max = old.rlim_max;
	T(put("big", big.p) && setrlimit(RLIMIT_FSIZE, &tight) == 0);
	bool wrote = put("w/full", big.p), copied = wrote;
	T(!wrote && said(ERR_IO, "File too large"));
	copied = fs_copy(dir, "big", "w/full", false, &err);
	T(setrlimit(RLIMIT_FSIZE, &old) == 0);
	T(!copied && said(ERR_IO, "File too large"));
	T(holds("w/full", "old") && entries("w") == before);
	signal(SIGXFSZ, handler);
	buf_fini(&big);
}

static void
copying(void)
{
	struct buf big = BUF_INIT;
	struct fs_stat st;

	for (int i = 0; i < 200000; i++)
		buf_printf(&big, "%d,", i);
	T(fs_write(dir, "big", buf_str(&big), false, &err));
	T(fs_copy(dir, "big", "w/copy", true, &err) && holds("w/copy", big.p));
	T(fs_lstat(dir, "w/copy", &st, &err) && st.mode == 0755);
	T(put("w/empty", "") && fs_copy(dir, "w/empty", "w/copy", false, &err) &&
	    holds("w/copy", ""));
	T(fs_lstat(dir, "w/copy", &st, &err) && st.mode == 0644);
	T(fs_copy(dir, "/proc/version", "w/proc", false, &err) && !holds("w/proc", ""));
	T(fs_copy(dir, "w/link", "w/link-copy", false, &err) && holds("w/link-copy", "new"));
	T(!fs_copy(dir, "none", "w/x", false, &err) && said(ERR_NOT_FOUND, "cannot copy none"));
	T(!fs_copy(dir, "w", "w2", false, &err) && said(ERR_IO, "not a regular file"));
	T(!fs_copy(dir, "fifo", "w2", false, &err) && said(ERR_IO, "not a regular file"));
	T(!fs_copy(dir, "big", "w/none/x", false, &err) && said(ERR_NOT_FOUND, "to w/none/x"));
	T(!fs_copy(dir, "big", "w/sub", false, &err) && said(ERR_IO, "Is a directory"));
	T(kind("w/x") == FS_NONE && kind("w2") == FS_NONE);
	T(fs_rename(dir, "w/copy", "w/moved", &err) && kind("w/copy") == FS_NONE);
	T(!fs_rename(dir, "w/copy", "w/moved", &err) && said(ERR_NOT_FOUND, "rename w/copy"));
	T(!fs_chmod(dir, "none", 0600, &err) && said(ERR_NOT_FOUND, "none"));
	buf_fini(&big);
}

static void
directories(void)
{
	struct fs_stat st;

	T(fs_mkdirs(dir, "", &err) && fs_mkdirs(dir, ".", &err) && fs_mkdirs(dir, "/", &err));
	T(fs_mkdirs(dir, "m/a/b/c", &err) && kind("m/a/b/c") == FS_DIR);
	T(fs_mkdirs(dir, "m/a/b/c", &err) && fs_mkdirs(dir, "m/a/b/d", &err));
	T(fs_lstat(dir, "m", &st, &err) && st.mode == 0755);
	T(put("m/file", "") && put("m/a/b/file", ""));
	T(!fs_mkdirs(dir, "m/file", &err) && said(ERR_IO, "m/file is not a directory"));
	T(!fs_mkdirs(dir, "m/file/x/y", &err) &&
	    said(ERR_IO, "cannot make the directory m/file/x/y: m/file is not a directory"));
	T(!fs_mkdirs(dir, "m/a/b/file/z", &err) && said(ERR_IO, ": m/a/b/file is not"));
	T(fs_symlink(dir, "a", "m/link", &err) && fs_mkdirs(dir, "m/link/new", &err));
	T(kind("m/a/new") == FS_DIR && fs_mkdirs(dir, "m/link", &err));
	T(fs_symlink(dir, "nowhere", "m/dead", &err));
	T(!fs_mkdirs(dir, "m/dead/x", &err) && said(ERR_IO, "m/dead is not a directory"));
	T(!fs_mkdirs(dir, "m/dead", &err) && said(ERR_IO, "m/dead is not a directory"));
}

static void
removing(void)
{
	T(fs_remove(dir, "none", &err) && fs_remove(dir, "none/x", &err));
	T(put("r", "") && fs_remove(dir, "r/x", &err) && kind("r") == FS_FILE);
	T(fs_remove(dir, "r", &err) && kind("r") == FS_NONE);
	T(fs_mkdirs(dir, "outside/kept", &err) && fs_mkdirs(dir, "r/a/b", &err));
	T(fs_symlink(dir, "../outside", "r/link", &err) && put("r/a/b/f", "x"));
	T(fs_symlink(dir, "../../../outside", "r/a/b/link", &err));
	T(mkfifoat(dir, "r/a/fifo", 0) == 0 && mkdirat(dir, "r/empty", 0755) == 0);
	T(fs_remove(dir, "r", &err) && kind("r") == FS_NONE && kind("outside/kept") == FS_DIR);
	T(fs_symlink(dir, "outside", "r", &err) && fs_remove(dir, "r", &err));
	T(kind("r") == FS_NONE && kind("outside/kept") == FS_DIR);
	T(mkdirat(dir, "r", 0755) == 0 && fs_remove(dir, "r", &err) && kind("r") == FS_NONE);
	T(!fs_remove(dir, "", &err) && said(ERR_IO, "cannot remove"));
	T(kind("outside") == FS_DIR);
}

static size_t
open_descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* Deeper than there are descriptors, and longer than a path may be. */
static void
removing_deep(void)
{
	int at = dup(dir), levels = 5000;
	struct rlimit old = { 0, 0 }, few;

	for (int i = 0; i < levels; i++) {
		T(mkdirat(at, "deep", 0755) == 0 && (i % 50 != 0 || symlinkat("x", at, "s") == 0));
		int next = openat(at, "deep", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
	T(getrlimit(RLIMIT_NOFILE, &old) == 0);
	T(unlinkat(dir, "s", 0) == 0);
	few = old;
	few.rlim_cur = 100;
	T(setrlimit(RLIMIT_NOFILE, &few) == 0);
	T(fs_remove(dir, "deep", &err) && kind("deep") == FS_NONE);
	T(setrlimit(RLIMIT_NOFILE, &old) == 0);
}

/* Directories that may not be written or entered: only matters when not root. */
static void
removing_locked(void)
{
	T(fs_mkdirs(dir, "locked/a/b", &err) && put("locked/a/b/f", "") && put("locked/f", ""));
	T(fs_chmod(dir, "locked/a/b", 0500, &err) && fs_chmod(dir, "locked/a", 0, &err));
	T(fs_chmod(dir, "locked", 0, &err));
	T(fs_remove(dir, "locked", &err) && kind("locked") == FS_NONE);
	if (geteuid() == 0)
		return;
	T(fs_mkdirs(dir, "ours", &err) && put("ours/f", "") && fs_chmod(dir, "ours", 0500, &err));
	T(!fs_remove(dir, "ours/f", &err) && said(ERR_IO, "Permission denied"));
	T(!put("ours/g", "") && said(ERR_IO, "Permission denied"));
	T(!fs_mkdirs(dir, "ours/d/e", &err) && said(ERR_IO, "Permission denied"));
	T(fs_remove(dir, "ours", &err));
}

static void
race(void *arg)
{
	struct err e = ERR_INIT;
	bool *ok = arg;

	for (int i = 0; i < 200; i++) {
		char path[64];
		snprintf(path, sizeof(path), "race/%d/a/b/c/d", i);
		*ok = fs_mkdirs(dir, path, &e) && *ok;
		*ok = fs_write(dir, "race/same", STR("same text"), false, &e) && *ok;
		*ok = fs_symlink(dir, "same text", "race/link", &e) && *ok;
	}
	err_fini(&e);
}

static void
racing(void)
{
	struct thread threads[4];
	bool ok[4] = { true, true, true, true };

	T(fs_mkdirs(dir, "race", &err));
	for (int i = 0; i < 4; i++)
		thread_start(&threads[i], race, &ok[i]);
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	T(ok[0] && ok[1] && ok[2] && ok[3]);
	T(holds("race/same", "same text") && entries("race") == 202);
	T(fs_remove(dir, "race", &err));
}

int
main(void)
{
	struct buf path = BUF_INIT;
	const char *tmp = getenv("TMPDIR");
	size_t descriptors;

	buf_printf(&path, "%s/skylua-fs-XXXXXX", tmp ? tmp : "/tmp");
	if (!T(mkdtemp(path.p) != NULL))
		return test_end();
	dir = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	descriptors = open_descriptors();
	stats();
	links();
	reading();
	reading_odd_things();
	listing();
	many_entries();
	writing();
	writing_fails();
	copying();
	directories();
	removing();
	removing_deep();
	removing_locked();
	racing();
	T(open_descriptors() == descriptors);
	T(fs_remove(AT_FDCWD, path.p, &err) && access(path.p, F_OK) != 0);
	close(dir);
	err_fini(&err);
	buf_fini(&path);
	return test_end();
}
