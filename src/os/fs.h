/* fs.h -- the disk: stat, read, list, write, replace, remove.
 *
 * All paths are relative to the directory descriptor `dir` (the workspace root
 * of the world; "" is that directory) or absolute; bytes, never decoded.
 * Thread-safe: evaluator threads call these.  Stats, reads (also of links) and
 * lists count themselves in fs_count().
 */
#ifndef SKY_OS_FS_H
#define SKY_OS_FS_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum fs_kind {
	FS_NONE, FS_FILE, FS_DIR, FS_SYMLINK, FS_SPECIAL,
	FS_DENIED             /* whether something is there is not ours to know */
};

/* What lstat says.  Two equal stats of a file that is not racy mean equal
 * content. */
struct fs_stat {
	enum fs_kind kind;      /* FS_NONE: nothing there; the rest is zero */
	bool executable;        /* a file with any x bit */
	uint32_t mode;          /* permission bits */
	uint64_t size;
	int64_t mtime_ns, ctime_ns;
	uint64_t inode, device;
};

struct fs_entry {
	struct str name;        /* borrowed from the list */
	enum fs_kind kind;
};

struct fs_list {
	struct fs_entry *entries;   /* sorted by name, bytes */
	size_t n;
	struct buf names;           /* private: what the names point into */
};

struct fs_counts {
	uint64_t stats, reads, lists;
};

/* False only for errors other than "nothing there" (ENOENT, ENOTDIR give
 * FS_NONE) and "no permission" (EACCES gives FS_DENIED). */
bool fs_lstat(int dir, const char *path, struct fs_stat *out, struct err *e);
bool fs_stat_equal(const struct fs_stat *a, const struct fs_stat *b);
/* Appends the text of the link. */
bool fs_readlink(int dir, const char *path, struct buf *target, struct err *e);
/* Appends the whole file; of regular files only (symlinks are followed), so that
 * a pipe or a device cannot block. */
bool fs_read(int dir, const char *path, struct buf *out, struct err *e);
/* Content digest of a regular file, equal to digest_of() its bytes. *size gets
 * the bytes read. */
bool fs_digest(int dir, const char *path, struct digest *out, uint64_t *size,
	struct err *e);
/* Names in a directory without "." and "..". */
bool fs_list(int dir, const char *path, struct fs_list *out, struct err *e);
void fs_list_fini(struct fs_list *l);
/* Is it a directory without a single entry?  Costs the same for large ones. */
bool fs_is_empty(int dir, const char *path);

/* Writes a new file beside `path` and renames it over: `path` is the old file or
 * the new one, never a part.  The mode is 0644 or 0755 whatever the umask. */
bool fs_write(int dir, const char *path, struct str text, bool executable,
	struct err *e);
/* The same with the content of `from` (shared with it where the disk can). */
bool fs_copy(int dir, const char *from, const char *to, bool executable,
	struct err *e);
/* The same, but only when the content has the digest `want`: else ERR_CHANGED, and
 * nothing is at `to` that was not there. */
bool fs_copy_checked(int dir, const char *from, const char *to, bool executable,
	struct digest want, struct err *e);
/* The same two for a place where nothing is, without the detour: a process that
 * is killed leaves a part of the file and no other name. */
bool fs_create(int dir, const char *path, struct str text, bool executable,
	struct err *e);
bool fs_create_copy(int dir, const char *from, const char *to, bool executable,
	struct err *e);
/* Replaces a file or symlink at `path`. */
bool fs_symlink(int dir, const char *target, const char *path, struct err *e);
/* Makes the directory and those above it (0755); being there already is fine. */
bool fs_mkdirs(int dir, const char *path, struct err *e);
/* Removes a file, symlink or whole directory; nothing there is fine.  Follows no
 * symlink; directories that may not be written are made writable first. */
bool fs_remove(int dir, const char *path, struct err *e);
/* True: it was an empty directory, and is gone. */
bool fs_remove_empty(int dir, const char *path);
bool fs_rename(int dir, const char *from, const char *to, struct err *e);
/* Its time stamps become now; best effort. */
void fs_touch(int dir, const char *path);
bool fs_chmod(int dir, const char *path, uint32_t mode, struct err *e);

struct fs_counts fs_count(void);

#endif
