/* cache.c -- opens itself when it is first used; closes itself to additions when
 * one failed. */
#include "store/cache.h"

#include "base/die.h"
#include "os/fs.h"
#include "os/thread.h"
#include "store/cache_blobs.h"
#include "store/cache_results.h"

/* Of the whole: what one log of results may have; the blobs have the rest. */
#define LOG_PART 16

enum state { UNUSED_YET, USABLE, FULL, BROKEN };

struct cache {
	char *dir;                        /* owned */
	uint64_t limit;
	_Atomic enum state state;
	struct mutex lock;                /* of what stands below */
	struct results results;
	char *trouble;                    /* owned: for people */
	struct blobs blobs;               /* any thread, once it is USABLE */
};

struct cache *
cache_new(const char *dir, uint64_t limit)
{
	struct cache *c = mem_zalloc(sizeof(*c));
	struct buf version = BUF_INIT;

	c->dir = mem_strndup(dir, strlen(dir));
	c->limit = limit;
	atomic_init(&c->state, UNUSED_YET);
	mutex_init(&c->lock);
	buf_printf(&version, "%s/v1", dir);
	blobs_init(&c->blobs, version.p, limit - limit / LOG_PART * 2);
	buf_fini(&version);
	return c;
}

void
cache_free(struct cache *c, struct buf *note)
{
	if (!c)
		return;
	enum state state = atomic_load(&c->state);
	if (state == USABLE && atomic_load(&c->blobs.added) > 0)
		blobs_trim(&c->blobs);
	if (c->trouble)
		buf_printf(note, "the cache %s %s: %s", c->dir,
		    state == BROKEN ? "is not used" : "got nothing more", c->trouble);
	if (state == USABLE || state == FULL)
		results_close(&c->results);
	blobs_fini(&c->blobs);
	mutex_fini(&c->lock);
	mem_free(c->trouble);
	mem_free(c->dir);
	mem_free(c);
}

/* Under the lock.  Takes e over. */
static void
set_trouble(struct cache *c, enum state state, struct err *e)
{
	if (!c->trouble && e->msg)
		c->trouble = mem_strndup(e->msg, strlen(e->msg));
	err_fini(e);
	atomic_store(&c->state, state);
}

/* Tells programs that make backups what this is. */
static void
write_tag(const struct cache *c)
{
	struct err ignored = ERR_INIT;
	struct buf path = BUF_INIT;
	struct fs_stat st;

	buf_printf(&path, "%s/CACHEDIR.TAG", c->dir);
	if (fs_lstat(-1, path.p, &st, &ignored) && st.kind == FS_NONE)
		fs_write(-1, path.p, STR("Signature: 8a477f597d28d172789f06886806bc55\n"), false,
		    &ignored);
	buf_fini(&path);
	err_fini(&ignored);
}

/* Under the lock. */
static bool
usable(struct cache *c)
{
	struct err e = ERR_INIT;
	enum state state = atomic_load(&c->state);

	if (state != UNUSED_YET)
		return state == USABLE || state == FULL;
	if (!fs_mkdirs(-1, c->blobs.dir, &e) ||
	    !results_open(&c->results, c->blobs.dir, c->limit / LOG_PART, &e)) {
		set_trouble(c, BROKEN, &e);
		return false;
	}
	write_tag(c);
	atomic_store(&c->state, USABLE);
	return true;
}

struct value *
cache_get(struct cache *c, struct digest key)
{
	struct value *v = NULL;

	mutex_lock(&c->lock);
	if (usable(c))
		v = results_get(&c->results, key);
	mutex_unlock(&c->lock);
	return v;
}

void
cache_put(struct cache *c, struct digest key, const struct value *v)
{
	struct err e = ERR_INIT;
	struct buf record = BUF_INIT;

	results_record(&record, key, v);
	mutex_lock(&c->lock);
	if (usable(c) && atomic_load(&c->state) == USABLE &&
	    !results_put(&c->results, key, buf_str(&record), &e))
		set_trouble(c, FULL, &e);
	mutex_unlock(&c->lock);
	buf_fini(&record);
}

bool
cache_fetch(struct cache *c, struct digest blob, int dir, const char *to, bool executable)
{
	return blobs_fetch(&c->blobs, blob, dir, to, executable);
}

bool
cache_keep(struct cache *c, struct digest blob, uint64_t size, int dir, const char *from)
{
	struct err e = ERR_INIT;

	if (atomic_load(&c->state) != USABLE)
		return false;
	bool ok = blobs_keep(&c->blobs, blob, size, dir, from, &e);
	if (e.code) {
		mutex_lock(&c->lock);
		set_trouble(c, FULL, &e);
		mutex_unlock(&c->lock);
	}
	return ok;
}
